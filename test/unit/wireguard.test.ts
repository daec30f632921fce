import { describe, expect, test } from "vitest";
import { check } from "../../provider/check.js";
import { typed } from "../../provider/errors.js";
import { publicKeyOf } from "../../provider/kinds/wireguard.js";
import { kinds } from "../../provider/registry.js";

const host = { ssh: "host1", verifyHostKey: true, sudo: false };
const owner = "net/dev/it";
const privateKey = "2GJ/F6a5Y2kBxSnNO1mmTq1Wxi5xCHcDuSAqdI0Yr0E=";
const peer = "HIgo9xNzJMWLKASShiTqIybxZ0U3wGLiUeJ1PKf8ykw=";
const presharedKey = "/UwcSPg38hW/D9Y3tcS1FOV0K1wuURMbS0sesJEP5ak=";
const checked = (given: object) => check(kinds.WireGuard, { name: "wg0", privateKey, ...given, host, owner });
const problems = (given: object) => checked(given).problems.map((p) => `${p.property}: ${p.reason}`);

test("a public key follows from its private key (RFC 7748, 6.1)", () => {
  const alice = Buffer.from("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a", "hex");
  expect(Buffer.from(publicKeyOf(alice.toString("base64")), "base64").toString("hex")).toBe("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
});

describe("a WireGuard link", () => {
  const want = checked({ listenPort: 51820, fwmark: 16, peers: { [peer]: { endpoint: "[2001:DB8::1]:51820", allowedIps: ["10.9.1.2", "FD00::/64", "10.9.1.2/32"], keepalive: 25, presharedKey } } }).value as never;

  test("is told all that it is to be on its input, and nothing of it is in a command line", () => {
    const [made, sync, up] = kinds.WireGuard.add(want);
    expect([made, sync, up].map((c) => typed(c!))).toEqual(["ip link add name wg0 type wireguard", "wg syncconf wg0 /dev/stdin", "ip link set dev wg0 up"]);
    expect(sync!.input!.split("\n")).toEqual([
      "[Interface]",
      `PrivateKey = ${privateKey}`,
      "ListenPort = 51820",
      "FwMark = 16",
      "[Peer]",
      `PublicKey = ${peer}`,
      `PresharedKey = ${presharedKey}`,
      "PersistentKeepalive = 25",
      "AllowedIPs = 10.9.1.2/32, fd00::/64",
      "Endpoint = [2001:db8::1]:51820",
      "",
    ]);
  });

  test("is told also what it is no longer to be, as `wg syncconf` leaves what is not said; a port that nobody chose stays", () => {
    const [sync] = kinds.WireGuard.set(checked({ peers: { [peer]: {} } }).value as never, ["peers"], { listenPort: 40000 });
    expect(sync!.input!.split("\n").slice(2)).toEqual(["ListenPort = 40000", "FwMark = off", "[Peer]", `PublicKey = ${peer}`, `PresharedKey = ${Buffer.alloc(32).toString("base64")}`, "PersistentKeepalive = off", ""]);
  });

  test("says what is wrong with a key without telling it", () => {
    const close = `${privateKey.slice(0, -2)}F=`;
    for (const wrong of [close, "secret", "", `${privateKey}\n[Peer]`]) {
      const said = problems({ privateKey: wrong });
      expect(said).toEqual(["privateKey: is not a WireGuard key: 32 bytes in base64, as `wg genkey` prints them"]);
      expect(problems({ peers: { [peer]: { presharedKey: wrong } } })).toEqual([`peers["${peer}"].presharedKey: is not a WireGuard key: 32 bytes in base64, as \`wg genkey\` prints them`]);
      expect(() => publicKeyOf(wrong)).toThrow(/^the private key is not a WireGuard key/);
    }
  });

  test("has peers that can be told apart", () => {
    const other = publicKeyOf(presharedKey);
    expect(problems({ peers: { [publicKeyOf(privateKey)]: {} } })).toEqual([`peers["${publicKeyOf(privateKey)}"]: is this link's own public key`]);
    expect(problems({ peers: { [peer]: { allowedIps: ["10.0.0.0/8"] }, [other]: { allowedIps: ["10.0.0.0/8"] } } })).toEqual([`peers["${other}"].allowedIps: 10.0.0.0/8 is behind the peer ${peer} already, and a prefix is behind one only`]);
    expect(problems({ peers: { [peer]: { allowedIps: ["default"] } } })[0]).toMatch(/say 0\.0\.0\.0\/0, ::\/0 or both/);
    expect(problems({ peers: { [peer]: { allowedIps: ["10.0.0.1/8"] } } })[0]).toMatch(/^peers\[.*\.allowedIps\[0\]: .*has host bits set/);
    expect(problems({ peers: { nobody: {} } })[0]).toMatch(/^peers/);
  });

  test.each(["host:51820", "192.0.2.1", "192.0.2.1:0", "192.0.2.1:65536", "2001:db8::1:51820", "[192.0.2.1]:1", "[2001:db8::1]", ":1", "192.0.2.1:1\nPrivateKey = x"])("%j is no place to find a peer", (endpoint) =>
    expect(problems({ peers: { [peer]: { endpoint } } })[0]).toMatch(/endpoint: [^]* is not an address with a port, such as/),
  );
});
