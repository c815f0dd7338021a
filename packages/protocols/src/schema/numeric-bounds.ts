/** Exclusive bounds for hosts that accept only inclusive ones. */
import type { SchemaNode } from "./compilation.ts";
import { typesOf } from "./types.ts";

/** Expresses an exclusive bound by an inclusive one, which for integers loses nothing. False when the keyword is something else. */
export function convertExclusiveBound({ compilation, given, out, at }: SchemaNode, keyword: string): boolean {
  if (keyword !== "exclusiveMinimum" && keyword !== "exclusiveMaximum") return false;
  const inclusive = keyword === "exclusiveMinimum" ? "minimum" : "maximum";
  const value = given[keyword];
  if (typeof value !== "number") return false;
  const types = typesOf(given);
  if (!types.includes("integer") || types.includes("number")) {
    compilation.addLoss(at, keyword, `The host accepts only ${inclusive}, so the bound itself is allowed.`);
    out[inclusive] = value;
  } else out[inclusive] = keyword === "exclusiveMinimum" ? Math.floor(value) + 1 : Math.ceil(value) - 1;
  return true;
}
