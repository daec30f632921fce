import { readFileSync } from "node:fs";
import { join } from "node:path";

const source = readFileSync(join(__dirname, "http-web.pl"), "utf8");

/** The command of a web server that answers `{"Age":12,"Msg":MESSAGE}`: its program goes along as an argument, so nothing is to be put on the host. */
export function httpWeb(address: string, port: number, message: string): string[] {
  return ["perl", "-e", source, address, String(port), message];
}
