import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { checksumOf, engineVersion, releaseTarget } from "./engine-lookup.js";
import type { Progress } from "./progress.js";
import { run } from "./run.js";

/** Where Pulumi's releases are; `LINUXNET_PULUMI_RELEASES` names a mirror. */
const releases = () => process.env.LINUXNET_PULUMI_RELEASES || "https://get.pulumi.com/releases/sdk";

/** Milliseconds that an answer, and then each further piece of it, may take. */
const patience = 4000;

/**
 * Downloads Pulumi's own release into `folder`, checked against its published SHA-256. Answers undefined when it is there, else why it
 * cannot be had: no internet is an ordinary case, found out in seconds.
 */
export async function download(folder: string, progress: Progress, base = releases()): Promise<string | undefined> {
  const target = releaseTarget(process.platform, process.arch);
  if (!target) return `Pulumi has no release for ${process.platform}-${process.arch}`;
  const file = `pulumi-${engineVersion}-${target}.tar.gz`;
  const archive = join(folder, file);
  try {
    const list = await get(`${base}/pulumi-${engineVersion.slice(1)}-checksums.txt`, AbortSignal.timeout(patience));
    const wanted = checksumOf(await list.text(), file);
    if (!wanted) return `the published checksums do not mention ${file}`;
    const got = await save(`${base}/${file}`, archive, progress);
    if (got !== wanted) return `${file} has the SHA-256 ${got}, not the published ${wanted}`;
    await run(["tar", "-xzf", archive, "-C", folder]);
    await rename(join(folder, "pulumi"), join(folder, "bin")); // the archive holds one folder of that name
    return undefined;
  } catch (error) {
    const cause = (error as Error).cause as { code?: string } | undefined;
    return cause?.code ?? (error as Error).message;
  } finally {
    await rm(archive, { force: true });
  }
}

async function get(url: string, signal: AbortSignal): Promise<Response> {
  const response = await fetch(url, { signal });
  if (!response.ok) throw new Error(`${url}: HTTP status ${response.status}`);
  return response;
}

/** Saves what `url` has and answers its SHA-256. */
async function save(url: string, path: string, progress: Progress): Promise<string> {
  const stalled = new AbortController();
  const give = () => stalled.abort(new Error(`${url}: no data for ${patience / 1000} s`));
  let timer = setTimeout(give, patience);
  const hash = createHash("sha256");
  let size = 0;
  try {
    const response = await get(url, stalled.signal);
    const pieces = async function* (source: AsyncIterable<Buffer>) {
      for await (const piece of source) {
        clearTimeout(timer);
        timer = setTimeout(give, patience);
        hash.update(piece);
        size += piece.length;
        progress.show(`downloading the Pulumi engine ${engineVersion}: ${(size / 1e6).toFixed(0)} MB`);
        yield piece;
      }
    };
    await pipeline(Readable.fromWeb(response.body as import("node:stream/web").ReadableStream), pieces, createWriteStream(path));
    return hash.digest("hex");
  } finally {
    clearTimeout(timer);
  }
}
