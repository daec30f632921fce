import { expect, test } from "vitest";
import { story } from "./example.js";
import { useLab } from "./lab.js";
import { onHost } from "./snapshot.js";

const name = "t-port";
const lab = useLab(name, 2, { kernel: ["iptables-nft"] });

const reply = '{"Age":12,"Msg":"hello world! this is web!"}';
const get = (host: string, url: string, within = "") => onHost(name, host, `${within} curl -s --max-time 5 ${url}`);

// There is no Docker in the lab: what is like a container is a process in a network namespace of its own making.
test("container-port: the host's port 80 leads to the container's, from outside and from the host itself", () =>
  story(
    "container-port",
    name,
    lab,
    { ipv6: "true" },
    async () => {
      expect(await onHost(name, "host1", "ip netns exec web ip -br -4 addr show eth0")).toContain("172.18.0.3/24");
      expect(await get("host2", "http://192.168.32.245/")).toBe(reply);
      expect(await get("host2", "http://[fd00:32::245]/")).toBe(reply);
      for (const url of ["http://[fd00:32::245]/", "http://192.168.32.245/", "http://localhost:80/"]) expect(await get("host1", url)).toBe(reply);
      expect(await get("host1", "http://192.168.32.245/", "ip netns exec web")).toBe(reply);
      // What passes the host on its way to others' port 80 goes on to them.
      await onHost(name, "host1", "ip netns exec web timeout 5 bash -c 'echo > /dev/tcp/192.168.32.246/80' 2>&1 | grep -q refused");
    },
    ["pid"],
  ),
);
