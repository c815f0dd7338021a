/** Alternatives: anyOf, oneOf, enumerations. */
import { isObject, type JsonObject } from "@lumiverse/core";
import type { Drop } from "./containers.ts";
import { put, resolve, step } from "./pointers.ts";
import { typesOf } from "./types.ts";
import type { Walk } from "./walk.ts";

export function unions(walk: Walk, given: JsonObject, out: JsonObject, at: string, depth: number): void {
  const keyword = Array.isArray(given["anyOf"]) ? "anyOf" : "oneOf";
  const list = given[keyword];
  if (!Array.isArray(list)) return;
  if (keyword === "anyOf" && Array.isArray(given["oneOf"]))
    walk.lose(at, "oneOf", "anyOf and oneOf together can't be said here: oneOf was left out");
  if (keyword === "oneOf" && !disjoint(walk, list)) walk.lose(at, "oneOf", "said as anyOf here: a value may fit more than one branch");
  const isNull = (branch: unknown): boolean => isObject(branch) && branch["type"] === "null";
  const nulls = walk.table.nulls === "nullable" && list.some(isNull);
  const branches: JsonObject[] = [];
  for (let n = 0; n < list.length; n++) if (!(nulls && isNull(list[n]))) branches.push(walk.visit(list[n], step(at, keyword, n), depth));
  if (nulls) out["nullable"] = true;
  const only = branches[0];
  if (nulls && branches.length === 1 && only !== undefined) for (const key of Object.keys(only)) put(out, key, only[key]);
  else out["anyOf"] = branches;
  if (walk.table.allRequired !== true) return;
  // Known refusal: objects under anyOf "must not share identical first keys", unless that key tells them apart.
  const firsts = branches.map((branch) => (isObject(branch["properties"]) ? Object.keys(branch["properties"])[0] : undefined));
  if (firsts.some((first, n) => first !== undefined && firsts.indexOf(first) !== n) && !disjoint(walk, list))
    walk.lose(at, keyword, "objects under anyOf must begin with different properties here, or with one that tells them apart");
}

/** Do no two branches share a value? Shown by their types, or by a required property whose constant differs. */
function disjoint(walk: Walk, list: readonly unknown[]): boolean {
  const branches = list.map((branch) =>
    isObject(branch) && typeof branch["$ref"] === "string" ? resolve(walk.root, branch["$ref"])?.schema : branch,
  );
  if (!branches.every(isObject)) return false;
  const told = new Set<string>();
  const types = branches.map((branch) => typesOf(branch));
  const number = (type: string): string => (type === "integer" ? "number" : type);
  if (types.every((own) => own.length > 0 && own.every((type) => !told.has(number(type)) && told.add(number(type)) !== undefined)))
    return true;
  const first = branches[0];
  const names = isObject(first) && isObject(first["properties"]) ? Object.keys(first["properties"]) : [];
  return names.some((name) => {
    const words = new Set<string>();
    return branches.every((branch) => {
      const property = isObject(branch) && isObject(branch["properties"]) ? branch["properties"][name] : undefined;
      if (!isObject(property) || !Array.isArray(branch["required"]) || !branch["required"].includes(name)) return false;
      const own = "const" in property ? [property["const"]] : Array.isArray(property["enum"]) ? property["enum"] : [];
      return own.length > 0 && own.every((value) => !words.has(JSON.stringify(value)) && words.add(JSON.stringify(value)) !== undefined);
    });
  });
}

export function choices(walk: Walk, given: JsonObject, out: JsonObject, drop: Drop): void {
  const keyword = Array.isArray(given["enum"]) ? "enum" : "const";
  if (!(keyword in given)) return;
  const list: readonly unknown[] = Array.isArray(given["enum"]) ? given["enum"] : [given["const"]];
  walk.enumValues += list.length;
  if (walk.table.enums === "any") {
    out[keyword] = given[keyword];
    return;
  }
  const values = list.filter((value) => value !== null);
  if (values.length < list.length) out["nullable"] = true;
  if (values.every((value) => typeof value === "string")) out["enum"] = values;
  else drop(keyword, "only strings can be enumerated here: the values stand in the description");
}
