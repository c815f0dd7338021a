import type { JsonObject } from "@lumiverse/core";
import type { Lose } from "./walk.ts";

/** Draft 4 said `exclusiveMinimum: true` beside `minimum`. */
export function bound(given: JsonObject, keyword: string, out: JsonObject): boolean {
  if (keyword !== "exclusiveMinimum" && keyword !== "exclusiveMaximum") return false;
  if (typeof given[keyword] !== "boolean") return false;
  const plain = keyword === "exclusiveMinimum" ? "minimum" : "maximum";
  if (given[keyword] === true && given[plain] !== undefined) {
    out[keyword] = given[plain];
    delete out[plain];
  }
  return true;
}

/** Bounds of whole numbers can be said without the exclusive form. */
export function exclusive(given: JsonObject, keyword: string, out: JsonObject, lose: Lose, at: string): boolean {
  if (keyword !== "exclusiveMinimum" && keyword !== "exclusiveMaximum") return false;
  const plain = keyword === "exclusiveMinimum" ? "minimum" : "maximum";
  const value = given[keyword] === true ? given[plain] : given[keyword];
  if (value === false) return true;
  if (typeof value !== "number") return false;
  if (given["type"] !== "integer" && !(Array.isArray(given["type"]) && given["type"].includes("integer"))) {
    lose(at, keyword, `only ${plain} is taken here, which lets the bound itself pass`);
    out[plain] = value;
  } else out[plain] = keyword === "exclusiveMinimum" ? Math.floor(value) + 1 : Math.ceil(value) - 1;
  return true;
}
