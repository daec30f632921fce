/** Routing tables that the kernel looks up by itself (linux/rtnetlink.h, RT_TABLE_LOCAL and so on). */
export const LOCAL = 255;
export const MAIN = 254;
export const DEFAULT = 253;
