import * as pulumi from "@pulumi/pulumi";

/** A resource whose descendants are changed as one. */
export abstract class Grouping extends pulumi.ComponentResource {
  /** By what its members are known as such: project, stack and resource. It is there once the group is. */
  abstract readonly group: pulumi.Output<string>;
}

/** The group that a resource with this parent belongs to. */
export function groupOf(parent: pulumi.Resource | undefined): Grouping | undefined {
  if (parent === undefined || parent instanceof Grouping) return parent;
  return groupOf((parent as { __parentResource?: pulumi.Resource }).__parentResource); // Pulumi tells a parent in no other way.
}
