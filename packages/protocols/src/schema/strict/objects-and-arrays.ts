/** Objects and arrays: which are closed, what is required, and tuples. */
import { isObject, type JsonObject } from "@lumiverse/core/provider";
import { anything, type SchemaNode } from "../compilation.ts";
import { childPointer, setField } from "../pointers.ts";
import { annotations } from "../targets.ts";

const CLOSED = "The host accepts closed objects only, so only the named properties are returned.";

export function compileObject(node: SchemaNode): void {
  const { compilation, given, out, at, depth } = node;
  const { rules, addLoss } = compilation;
  const required = new Set(Array.isArray(given["required"]) ? given["required"].filter((name) => typeof name === "string") : []);
  const properties = compileProperties(node, required);
  const names = Object.keys(properties);
  const kept = rules.allRequired === true ? names : names.filter((name) => required.has(name));
  for (const name of required)
    if (!names.includes(name)) addLoss(at, "required", `${JSON.stringify(name)} is required but is not one of the properties.`);
  if (rules.noEmptyObjects === true && names.length === 0) {
    if (depth > 1 || isOpen(given))
      addLoss(at, "properties", "The host does not accept an object without named properties, so JSON text is requested.");
    if (depth > 1) out["type"] = "string";
    return;
  }
  if (names.length > 0 || rules.allRequired === true || isObject(given["properties"])) out["properties"] = properties;
  if (kept.length > 0 || rules.allRequired === true) out["required"] = kept;
  compileAdditional(node);
}

function compileProperties({ compilation, given, at, depth }: SchemaNode, required: ReadonlySet<unknown>): JsonObject {
  const { rules, addLoss } = compilation;
  const properties: JsonObject = {};
  const source = isObject(given["properties"]) ? given["properties"] : {};
  for (const name of Object.keys(source)) {
    const pointer = childPointer(at, "properties", name);
    // A closed object without the property expresses that it must be absent.
    if (source[name] === false && !required.has(name)) {
      if (rules.additional === "maps") addLoss(pointer, "false", "The host cannot require that a property is absent.");
      continue;
    }
    compilation.properties++;
    let child = compilation.visit(source[name], pointer, depth + 1);
    if (rules.allRequired === true && !required.has(name)) {
      addLoss(pointer, "required", "The host requires every property, so an optional one is null instead of absent.");
      child = orNull(child);
    }
    setField(properties, name, child);
  }
  return properties;
}

/** What the schema says of properties without a name. */
function additionalOf(given: JsonObject): unknown {
  return given["additionalProperties"] ?? given["unevaluatedProperties"];
}

function isOpen(given: JsonObject): boolean {
  const rest = additionalOf(given);
  return rest !== undefined && rest !== false;
}

function compileAdditional({ compilation, given, out, at, depth, dropKeyword }: SchemaNode): void {
  const { additional } = compilation.rules;
  const rest = additionalOf(given);
  if (additional === "closed") {
    if (isOpen(given) || (rest === undefined && given["properties"] === undefined)) dropKeyword("additionalProperties", CLOSED);
    out["additionalProperties"] = false;
  } else if (additional === "maps") {
    if (typeof rest === "boolean") out["additionalProperties"] = rest;
    else if (rest !== undefined) out["additionalProperties"] = compilation.visit(rest, childPointer(at, "additionalProperties"), depth + 1);
  } else if (isObject(rest) && !Object.keys(rest).every((key) => annotations.has(key))) dropKeyword("additionalProperties", CLOSED);
}

export function compileArray({ compilation, given, out, at, depth, dropKeyword }: SchemaNode): void {
  const { prefixItems: tuple, items: rest } = given;
  const from = childPointer(at, "items");
  if (!Array.isArray(tuple)) {
    if (rest !== undefined) out["items"] = compilation.visit(rest, from, depth + 1);
    else if (compilation.rules.additional !== "maps") out["items"] = anything(compilation, undefined, at);
    return;
  }
  const members = tuple.map((member: unknown, n: number) => compilation.visit(member, childPointer(at, "prefixItems", n), depth + 1));
  if (compilation.rules.tuples) {
    out["prefixItems"] = members;
    if (rest === false) out["maxItems"] = members.length;
    else if (rest !== undefined) out["items"] = compilation.visit(rest, from, depth + 1);
    return;
  }
  dropKeyword("prefixItems", "The host does not accept tuples, so each entry may be any of the members.");
  const branches = isObject(rest) ? [...members, compilation.visit(rest, from, depth + 1)] : members;
  out["items"] = branches.length === 1 ? branches[0] : { anyOf: branches };
}

/** A schema that accepts null too. */
function orNull(schema: JsonObject): JsonObject {
  const { type } = schema;
  if (Array.isArray(type) ? type.includes("null") : type === "null") return schema;
  if (type === undefined || schema["enum"] !== undefined || schema["const"] !== undefined) {
    if (Array.isArray(schema["anyOf"]) && type === undefined) return { ...schema, anyOf: [...schema["anyOf"], { type: "null" }] };
    return { anyOf: [schema, { type: "null" }] };
  }
  return { ...schema, type: [...(Array.isArray(type) ? type : [type]), "null"] };
}
