/** Objects and arrays: closed, required, tuples, by what the vendor's table says. */
import { isObject, type JsonObject } from "@lumiverse/core";
import { put, step } from "./pointers.ts";
import { annotations } from "./tables.ts";
import { anything, type Walk } from "./walk.ts";

export type Drop = (keyword: string, message?: string) => void;

export function object(walk: Walk, given: JsonObject, out: JsonObject, at: string, depth: number, drop: Drop): void {
  const { table, lose } = walk;
  const properties: JsonObject = {};
  const source = isObject(given["properties"]) ? given["properties"] : {};
  const required = new Set(Array.isArray(given["required"]) ? given["required"].filter((name) => typeof name === "string") : []);
  const names: string[] = [];
  for (const name of Object.keys(source)) {
    const pointer = step(at, "properties", name);
    // A property that may not be there is said by leaving it out of a closed object.
    if (source[name] === false && !required.has(name)) {
      if (table.additional === "maps") lose(pointer, "false", "that this property must be absent can't be said here");
      continue;
    }
    walk.properties++;
    names.push(name);
    let child = walk.visit(source[name], pointer, depth + 1);
    if (table.allRequired === true && !required.has(name)) {
      lose(pointer, "required", "every property is required here: an optional one is null where it would be absent");
      child = orNull(child);
    }
    put(properties, name, child);
  }
  const kept = table.allRequired === true ? names : names.filter((name) => required.has(name));
  for (const name of required)
    if (!names.includes(name)) lose(at, "required", `${JSON.stringify(name)} is required but not among the properties`);
  const rest = given["additionalProperties"] ?? given["unevaluatedProperties"];
  const open = rest !== undefined && rest !== false;
  const map = isObject(rest) && !Object.keys(rest).every((key) => annotations.has(key));
  if (table.noEmptyObjects === true && names.length === 0) {
    if (depth > 1 || open) lose(at, "properties", "an object without named properties is refused here: it is asked for as JSON text");
    if (depth > 1) out["type"] = "string";
    return;
  }
  if (names.length > 0 || table.allRequired === true || isObject(given["properties"])) out["properties"] = properties;
  if (kept.length > 0 || table.allRequired === true) out["required"] = kept;
  if (table.additional === "closed") {
    if (open || (rest === undefined && given["properties"] === undefined))
      drop("additionalProperties", "objects are closed here: only the named properties come");
    out["additionalProperties"] = false;
  } else if (table.additional === "maps") {
    if (typeof rest === "boolean") out["additionalProperties"] = rest;
    else if (rest !== undefined) out["additionalProperties"] = walk.visit(rest, step(at, "additionalProperties"), depth + 1);
  } else if (map) drop("additionalProperties", "objects are closed here: only the named properties come");
}

export function array(walk: Walk, given: JsonObject, out: JsonObject, at: string, depth: number, drop: Drop): void {
  const tuple = Array.isArray(given["prefixItems"]) ? given["prefixItems"] : Array.isArray(given["items"]) ? given["items"] : undefined;
  const keyword = Array.isArray(given["prefixItems"]) ? "prefixItems" : "items";
  const rest =
    tuple !== undefined && keyword === "items" ? given["additionalItems"] : Array.isArray(given["items"]) ? undefined : given["items"];
  const from = step(at, tuple !== undefined && keyword === "items" ? "additionalItems" : "items");
  if (tuple === undefined) {
    if (rest !== undefined) out["items"] = walk.visit(rest, from, depth + 1);
    else if (walk.table.additional !== "maps") out["items"] = anything(walk, undefined, at);
    return;
  }
  const members = tuple.map((member: unknown, n: number) => walk.visit(member, step(at, keyword, n), depth + 1));
  if (walk.table.tuples) {
    out["prefixItems"] = members;
    if (rest === false) out["maxItems"] = members.length;
    else if (rest !== undefined) out["items"] = walk.visit(rest, from, depth + 1);
    return;
  }
  drop(keyword, "tuples are not taken here: each entry may be any of the members");
  const branches = isObject(rest) ? [...members, walk.visit(rest, from, depth + 1)] : members;
  out["items"] = branches.length === 1 ? branches[0] : { anyOf: branches };
}

function orNull(schema: JsonObject): JsonObject {
  const { type } = schema;
  if (Array.isArray(type) ? type.includes("null") : type === "null") return schema;
  if (type === undefined || schema["enum"] !== undefined || schema["const"] !== undefined) {
    if (Array.isArray(schema["anyOf"]) && type === undefined) return { ...schema, anyOf: [...schema["anyOf"], { type: "null" }] };
    return { anyOf: [schema, { type: "null" }] };
  }
  return { ...schema, type: [...(Array.isArray(type) ? type : [type]), "null"] };
}
