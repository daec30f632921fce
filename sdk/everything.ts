import { declared } from "./problems.js";
import { there, type Declared, type Run } from "./run.js";

/** Which resources are meant; and which are waited for, as more may be declared once they are there: never what waits for the answer. */
export interface Which {
  includes(object: Omit<Declared, "resource">): boolean;
  waitsFor(object: Declared): boolean;
  /** Told of those that come to light. */
  found?(objects: Declared[]): void;
}

/** All that is meant of what a program declares, also by what waits until others are there. What is declared later is too late for `by`, and an error. */
export async function everything(run: Run, by: string, { includes, waitsFor, found = () => undefined }: Which): Promise<Declared[]> {
  await Promise.resolve(); // The rest of what the program declares in one go.
  found(run.objects.filter(includes));
  for (let known = 0; ; ) {
    await declared(run);
    const objects = [...run.objects];
    if (objects.length === known) {
      run.closed.push({ by, includes });
      return objects.filter(includes);
    }
    found(objects.slice(known).filter(includes));
    known = objects.length;
    await there(objects.filter(waitsFor).map((o) => o.resource));
  }
}
