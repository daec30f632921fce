import type { Manager } from "./managers.js";

/**
 * Prints lines of a program and a link that it configures (* for all), for the session's own shell: what systemd-networkd and NetworkManager
 * wrote of each link that they took on, which may be older than they; and the arguments of DHCP clients.
 */
export const askOwners = `(for d in /sys/class/net/*; do
  read -r i <"$d/ifindex" || continue
  network= state=
  while IFS== read -r key value; do case $key in NETWORK_FILE) network=$value ;; ADMIN_STATE) state=$value ;; esac; done <"/run/systemd/netif/links/$i"
  [ -z "$network" ] || [ "$state" = unmanaged ] || echo "systemd-networkd \${d##*/}"
  while read -r line; do [ "$line" != managed=true ] || echo "NetworkManager \${d##*/}"; done <"/run/NetworkManager/devices/$i"
done
for p in /proc/[0-9]*; do
  read -r name <"$p/comm" || continue
  case $name in dhclient | dhcpcd | udhcpc) ;; *) continue ;; esac
  [ ! -e "$p/ns/net" ] || [ "$p/ns/net" -ef /proc/self/ns/net ] || continue
  links=
  for word in $(tr '\\0' ' ' <"$p/cmdline"); do [ ! -e "/sys/class/net/$word" ] || links="$links $word"; done
  for link in \${links:-"*"}; do echo "$name $link"; done
done) 2>/dev/null`;

/** The program that configures a link. What a manager wrote of it counts while the manager runs. */
export function readOwner(text: string, link: string, managers: Manager[]): string | undefined {
  const runs = (name: string) => !["systemd-networkd", "NetworkManager"].includes(name) || managers.some((m) => m.name === name);
  return text.split("\n").map((line) => line.split(" ")).find(([name, on]) => runs(name!) && (on === link || on === "*"))?.[0];
}
