import { checkShape } from "../../provider/check.js";
import type { Problem, Shape } from "../../provider/kind.js";
import { problemsError, report } from "../problems.js";

/**
 * What a component was given, with its defaults; what is wrong between its properties is told with the problems of other resources.
 * @throws where nothing can be built from it
 */
export function checked<T>(who: string, shape: Shape, given: Record<string, unknown>, conflicts: (args: T) => readonly Problem[] = () => []): T {
  const { value, problems } = checkShape(shape, given);
  report(who, problems.length > 0 ? problems : conflicts(value as T));
  if (problems.length > 0) throw problemsError();
  return value as T;
}
