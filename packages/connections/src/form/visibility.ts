import { isObject } from "@lumiverse/core/provider";
import type { FormField } from "./field.ts";

/** True when a field is shown: its condition holds, where an absent value counts as its default and an unset switch as off. */
export function isShown(field: FormField, fields: readonly FormField[], values: unknown): boolean {
  const { condition } = field;
  if (condition === undefined) return true;
  const other = fields.find(({ path }) => path === condition.path);
  const value = valueIn(values, condition.path) ?? other?.default ?? (other?.kind === "tri-state" ? false : undefined);
  return value === condition.equals && (other === undefined || isShown(other, fields, values));
}

export function valueIn(values: unknown, path: string): unknown {
  let at = values;
  for (const key of path.split(".")) at = isObject(at) ? at[key] : undefined;
  return at;
}
