export { ensureEngine, engineEnv } from "./engine.js";
export { boot, down, hosts, info, kill, up, type LabHost, type LabInfo, type UpOptions } from "./lab.js";
export { plainUser } from "./layer.js";
export { underlay } from "./plan.js";
export { capture, type Capture, type CaptureOptions } from "./packets.js";
export { lacks, type Ability } from "./trial.js";
export type { Kernel } from "./sorts.js";
