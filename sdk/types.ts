import type * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import type { Shape } from "../provider/kind.js";

/** Anything that a program may give as an input: the value, or an output that becomes it, at any depth. */
type Deep<T> = T extends readonly (infer E)[] ? pulumi.Input<Deep<E>>[] : T extends object ? { [K in keyof T]: pulumi.Input<Deep<T[K]>> } : T;

/** The arguments that follow from a shape. */
export type ArgsOf<S extends Shape> = { [K in keyof z.input<z.ZodObject<S>>]: pulumi.Input<Deep<z.input<z.ZodObject<S>>[K]>> };

/** The outputs that follow from a shape: every property is also an output. */
export type OutputsOf<S extends Shape> = { readonly [K in keyof z.output<z.ZodObject<S>>]-?: pulumi.Output<z.output<z.ZodObject<S>>[K]> };

/** The arguments of a set: what its entries are, by names that the program chooses and that diffs show. */
export interface SetArgsOf<S extends Shape> {
  /** The objects, by names of your choice. */
  entries: pulumi.Input<Record<string, pulumi.Input<ArgsOf<S>>>>;
}

/** The outputs of a set. */
export interface SetOutputsOf<S extends Shape> {
  readonly entries: pulumi.Output<Record<string, z.output<z.ZodObject<S>>>>;
}

/** What every link has besides its properties. */
export interface LinkOutputs {
  /** What its alias says of whose it is, where the program gives it no alias of its own. */
  readonly mark: pulumi.Output<string | undefined>;
  /** Index that the kernel gave the link; another one each time it is made. Wire resources by `name`, which previews know. */
  readonly ifindex: pulumi.Output<number>;
}
