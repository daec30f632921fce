import { modelOf } from "../provider/model.js";
import { declared } from "./problems.js";
import { there, type Declared, type Run } from "./run.js";

/** Which resources are meant; and which are waited for, as more may be declared once they are there: never what waits for the answer. */
export interface Which {
  includes(object: Omit<Declared, "resource">): boolean;
  waitsFor(object: Declared): boolean;
  /** Told of those that come to light. */
  found?(objects: Declared[]): void;
  /** Whether what is declared later is an error. Default: true. */
  closes?: boolean;
}

/** Whether a resource looks at all that the program declares, and comes after that. */
export const comesLast = ({ type }: Pick<Declared, "type">): boolean => modelOf(type).kind.last === true;

/** All that is meant of what a program declares, also by what waits until others are there. What is declared later is too late for `by`. */
export async function everything(run: Run, by: string, { includes, waitsFor, found = () => undefined, closes = true }: Which): Promise<Declared[]> {
  await Promise.resolve(); // The rest of what the program declares in one go.
  found(run.objects.filter(includes));
  for (let known = 0; ; ) {
    await declared(run);
    const objects = [...run.objects];
    if (objects.length === known) {
      if (closes) run.closed.push({ by, includes });
      return objects.filter(includes);
    }
    found(objects.slice(known).filter(includes));
    known = objects.length;
    await there(objects.filter(waitsFor).map((o) => o.resource));
  }
}
