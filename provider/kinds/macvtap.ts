import { defineMacvlan, macvlanShape } from "./macvlan.js";

export const macvtapShape = {
  ...macvlanShape,
};

/** Its queue holds 500 packets (TUN_READQ_SIZE of linux/if_macvlan.h). */
export const macvtap = defineMacvlan("Macvtap", "macvtap", macvtapShape, { txqueuelen: 500 });
