/** Shows how far something is: one line that changes on a terminal, else a line now and then. */
export interface Progress {
  show(text: string): void;
  /** Ends it, with a last line where `text` is given. */
  end(text?: string): void;
}

/** A progress on `stream`; where it is no terminal, a line every `every` milliseconds at most. */
export function progressOn(stream: NodeJS.WriteStream = process.stderr, every = 20_000): Progress {
  const terminal = stream.isTTY;
  let last = 0;
  return {
    show(text) {
      if (!terminal && Date.now() - last < every) return;
      last = Date.now();
      stream.write(terminal ? `\r\x1b[K${text.slice(0, (stream.columns || 80) - 1)}` : `${text}\n`);
    },
    end(text) {
      stream.write(`${terminal ? "\r\x1b[K" : ""}${text ? `${text}\n` : ""}`);
    },
  };
}

/** A span of time as people say it: `2 min 5 s`. */
export function span(milliseconds: number): string {
  const all = Math.round(milliseconds / 1000);
  return all < 60 ? `${all} s` : `${Math.floor(all / 60)} min ${all % 60} s`;
}
