import { ownKernel } from "./own-kernel.js";
import { sharedKernel } from "./shared-kernel.js";
import type { Sort } from "./sort.js";

/** The sorts of hosts, by whose kernel they run on. */
export const sorts = { own: ownKernel, shared: sharedKernel } satisfies Record<string, Sort>;

/** Whose kernel a host runs on: its own, or the machine's. */
export type Kernel = keyof typeof sorts;

export const kernels = Object.keys(sorts) as Kernel[];
