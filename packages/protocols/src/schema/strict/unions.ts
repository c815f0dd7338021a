/** Alternatives: `anyOf`, `oneOf` and enumerations. */
import { isObject, type JsonObject } from "@lumiverse/core/provider";
import type { Compilation, SchemaNode } from "../compilation.ts";
import { childPointer, resolve, setField } from "../pointers.ts";
import { typesOf } from "../types.ts";

export function compileUnions({ compilation, given, out, at, depth }: SchemaNode): void {
  const keyword = Array.isArray(given["anyOf"]) ? "anyOf" : "oneOf";
  const list = given[keyword];
  if (!Array.isArray(list)) return;
  if (keyword === "anyOf" && Array.isArray(given["oneOf"]))
    compilation.addLoss(at, "oneOf", "The host does not accept anyOf and oneOf together, so oneOf was dropped.");
  if (keyword === "oneOf" && !disjoint(compilation, list))
    compilation.addLoss(at, "oneOf", "oneOf became anyOf, so a value may match more than one branch.");
  const isNull = (branch: unknown): boolean => isObject(branch) && branch["type"] === "null";
  const nulls = compilation.rules.nulls === "nullable" && list.some(isNull);
  const branches: JsonObject[] = [];
  for (let n = 0; n < list.length; n++)
    if (!(nulls && isNull(list[n]))) branches.push(compilation.visit(list[n], childPointer(at, keyword, n), depth));
  if (nulls) out["nullable"] = true;
  const only = branches[0];
  if (nulls && branches.length === 1 && only !== undefined) for (const key of Object.keys(only)) setField(out, key, only[key]);
  else out["anyOf"] = branches;
  if (compilation.rules.allRequired !== true) return;
  // OpenAI refuses objects under anyOf that "share identical first keys", unless that key distinguishes them.
  const firsts = branches.map((branch) => (isObject(branch["properties"]) ? Object.keys(branch["properties"])[0] : undefined));
  if (firsts.some((first, n) => first !== undefined && firsts.indexOf(first) !== n) && !disjoint(compilation, list))
    compilation.addLoss(
      at,
      keyword,
      "The host requires that objects under anyOf begin with different properties, or with one that distinguishes them.",
    );
}

/** True when no value matches two branches, by their types or by a required property whose constants differ. */
function disjoint(compilation: Compilation, list: readonly unknown[]): boolean {
  const branches = list.map((branch) =>
    isObject(branch) && typeof branch["$ref"] === "string" ? resolve(compilation.root, branch["$ref"])?.schema : branch,
  );
  if (!branches.every(isObject)) return false;
  const seen = new Set<string>();
  const types = branches.map((branch) => typesOf(branch));
  const number = (type: string): string => (type === "integer" ? "number" : type);
  if (types.every((own) => own.length > 0 && own.every((type) => !seen.has(number(type)) && seen.add(number(type)) !== undefined)))
    return true;
  const first = branches[0];
  const names = isObject(first) && isObject(first["properties"]) ? Object.keys(first["properties"]) : [];
  return names.some((name) => {
    const constants = new Set<string>();
    return branches.every((branch) => {
      const property = isObject(branch) && isObject(branch["properties"]) ? branch["properties"][name] : undefined;
      if (!isObject(property) || !Array.isArray(branch["required"]) || !branch["required"].includes(name)) return false;
      const own = "const" in property ? [property["const"]] : Array.isArray(property["enum"]) ? property["enum"] : [];
      return (
        own.length > 0 && own.every((value) => !constants.has(JSON.stringify(value)) && constants.add(JSON.stringify(value)) !== undefined)
      );
    });
  });
}

export function compileEnum({ compilation, given, out, dropKeyword }: SchemaNode): void {
  const keyword = Array.isArray(given["enum"]) ? "enum" : "const";
  if (!(keyword in given)) return;
  const list: readonly unknown[] = Array.isArray(given["enum"]) ? given["enum"] : [given["const"]];
  compilation.enumValues += list.length;
  if (compilation.rules.enums === "any") {
    out[keyword] = given[keyword];
    return;
  }
  const values = list.filter((value) => value !== null);
  if (values.length < list.length) out["nullable"] = true;
  if (values.every((value) => typeof value === "string")) out["enum"] = values;
  else dropKeyword(keyword, "The host accepts enums of strings only, so the values were moved into the description.");
}
