import { defineKind } from "../kind.js";
import { parseLink } from "./link.js";
import { join, port, portConflict, portShape } from "./port.js";

export const vrfPortShape = {
  ...portShape,
};

export const vrfPort = defineKind({
  ...port(vrfPortShape),
  name: "VrfPort",
  parse: ([shown]) => {
    const link = parseLink(shown);
    return link?.master ? { ...portConflict(link, "vrf"), dev: link.name, master: link.master } : undefined;
  },
  add: (want) => [join(want)],
  set: (want) => [join(want)],
});
