/** Cuts a stream into answers: everything up to a line that starts with the mark, and what that line says. */
export class MarkedStream {
  private readonly open: Buffer;
  private chunks: Buffer[] = [];
  private readonly waiting: ((answer: { data: Buffer; says: string }) => void)[] = [];
  private readonly ready: { data: Buffer; says: string }[] = [];

  constructor(mark: string) {
    this.open = Buffer.from(`\n${mark} `);
  }

  /** The next answer, in the order of the requests. */
  next(): Promise<{ data: Buffer; says: string }> {
    const answer = this.ready.shift();
    return answer ? Promise.resolve(answer) : new Promise((resolve) => this.waiting.push(resolve));
  }

  /** What came after the last mark. */
  rest(): Buffer {
    return Buffer.concat(this.chunks);
  }

  push(chunk: Buffer): void {
    // Only the seam to what came before and the new chunk can hold a mark, so a large answer is not searched again and again.
    const seam = this.tail(this.open.length + 128);
    const looked = Buffer.concat([seam, chunk]);
    this.chunks.push(chunk);
    if (looked.indexOf(this.open) >= 0) this.cut();
  }

  private tail(bytes: number): Buffer {
    const parts: Buffer[] = [];
    for (let i = this.chunks.length - 1, left = bytes; i >= 0 && left > 0; i--) {
      const part = this.chunks[i]!.subarray(-left);
      parts.unshift(part);
      left -= part.length;
    }
    return Buffer.concat(parts);
  }

  private cut(): void {
    let all = Buffer.concat(this.chunks);
    for (;;) {
      const at = all.indexOf(this.open);
      const end = at < 0 ? -1 : all.indexOf("\n", at + this.open.length);
      if (end < 0) break;
      this.answer({ data: all.subarray(0, at), says: all.subarray(at + this.open.length, end).toString() });
      all = all.subarray(end + 1);
    }
    this.chunks = all.length > 0 ? [all] : [];
  }

  private answer(answer: { data: Buffer; says: string }): void {
    const wait = this.waiting.shift();
    if (wait) wait(answer);
    else this.ready.push(answer);
  }
}
