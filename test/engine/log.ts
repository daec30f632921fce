import { onHost } from "./snapshot.js";

/** The log points that pings from one address to another passed on a host, as its kernel logged them. */
export async function pointsPassed(lab: string, host: string, from: string, to: string): Promise<string[]> {
  const lines = await onHost(lab, host, "dmesg");
  return lines.split("\n").filter((line) => line.includes(` SRC=${from} DST=${to} `)).map((line) => /\w+-\w+-1-/.exec(line)![0]);
}

/** Empties the kernel's log of a host. */
export const forgetLog = (lab: string, host: string): Promise<string> => onHost(lab, host, "dmesg --clear");
