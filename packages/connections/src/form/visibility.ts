import { valueAt } from "../dotted-path.ts";
import type { FormField } from "./field.ts";

/** True when a field is shown: its condition holds, where an absent value counts as its default and an unset switch as off. */
export function isShown(field: FormField, fields: readonly FormField[], values: unknown): boolean {
  const { condition } = field;
  if (condition === undefined) return true;
  const other = fields.find(({ path }) => path === condition.path);
  const value = valueAt(values, condition.path) ?? other?.default ?? (other?.kind === "tri-state" ? false : undefined);
  return value === condition.equals && (other === undefined || isShown(other, fields, values));
}
