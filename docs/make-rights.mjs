// Writes provider/sudo/named.ts, what each kind needs root for, from the kinds themselves: `npm run rights`.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { kinds } from "../dist/provider/registry.js";
import { source } from "../dist/provider/sudo/derive.js";

writeFileSync(join(import.meta.dirname, "../provider/sudo/named.ts"), source(kinds));
