const settled = (doing: Promise<unknown>): Promise<void> => doing.then(
  () => undefined,
  () => undefined,
);

/** Whose turn it is on one host: most changes are made side by side, some alone, all in the order in which they ask. */
export class Turns {
  private alone_: Promise<void> = Promise.resolve();
  private since: Promise<void>[] = [];

  beside<T>(work: () => Promise<T>): Promise<T> {
    const done = this.alone_.then(work);
    this.since.push(settled(done));
    return done;
  }

  alone<T>(work: () => Promise<T>): Promise<T> {
    const done = Promise.all([this.alone_, ...this.since]).then(work);
    this.alone_ = settled(done);
    this.since = [];
    return done;
  }
}
