/**
 * The schema compiler: what a caller's JSON Schema becomes where it is going, and what it lost on the way. A loss is a change after which a value may
 * pass that the caller's schema refuses, or must look other than it asked; leaving out annotations, or closing an object that was open by
 * default, is none. What a vendor does not take goes into the description, where the model still reads it.
 */
import { isObject, type JsonObject, type JsonSchema } from "@lumiverse/core";
import { bound, exclusive } from "./bounds.ts";
import { array, object } from "./containers.ts";
import { plain } from "./plain.ts";
import { less, put } from "./pointers.ts";
import { merge, reference } from "./references.ts";
import { annotations, structure, type Table, tables } from "./tables.ts";
import { foreignTo, typesOf } from "./types.ts";
import { choices, unions } from "./unions.ts";
import { anything, cut, say, type Walk } from "./walk.ts";

/** A vendor's dialect, or plain JSON Schema without some keywords. */
export type Target = keyof typeof tables | { readonly without: readonly string[] };

export interface SchemaLoss {
  /** JSON pointer into the caller's schema, as a fragment: `#/properties/age`. */
  pointer: string;
  keyword: string;
  message: string;
}
export interface CompiledSchema {
  schema: JsonObject;
  losses: SchemaLoss[];
}

export function compileSchema(schema: JsonSchema | boolean, target: Target): CompiledSchema {
  const losses: SchemaLoss[] = [];
  const seen = new Set<string>();
  const lose = (pointer: string, keyword: string, message: string): void => {
    const key = `${pointer} ${keyword}`;
    if (seen.has(key)) return;
    seen.add(key);
    losses.push({ pointer, keyword, message });
  };
  if (typeof target !== "string") return { schema: plain(schema, new Set(target.without), "#", lose, new Set()), losses };
  const table = tables[target];
  const root = isObject(schema) ? schema : {};
  const walk: Walk = {
    root,
    table,
    lose,
    visit: (source, at, depth) => node(walk, source, at, depth),
    open: new Set(),
    names: new Map(),
    queue: [],
    nodes: 0,
    properties: 0,
    enumValues: 0,
  };
  const out = node(walk, schema, "#", 1);
  // Definitions are compiled after the root, so that recursion meets names and not itself.
  const defs: JsonObject = {};
  for (const { name, source, at } of walk.queue) put(defs, name, node(walk, source, at, 1));
  if (walk.queue.length > 0) out["$defs"] = defs;
  if (table.root === "object" && out["type"] !== "object")
    lose("#", out["anyOf"] === undefined ? "type" : "anyOf", "the root must be an object here");
  const { limits } = table;
  if (limits !== undefined && walk.properties > limits.properties) lose("#", "properties", `more than ${limits.properties} properties`);
  if (limits !== undefined && walk.enumValues > limits.enumValues) lose("#", "enum", `more than ${limits.enumValues} enum values`);
  return { schema: out, losses };
}

/** Inlined definitions can double at every level; beyond so many schemas the rest is cut. */
const MOST_NODES = 20_000;

function node(walk: Walk, source: unknown, at: string, depth: number): JsonObject {
  if (source === true || (isObject(source) && Object.keys(source).every((key) => annotations.has(key)))) return anything(walk, source, at);
  if (!isObject(source))
    return cut(
      walk,
      at,
      source === false ? "false" : "schema",
      source === false ? "a schema that nothing fits can't be said here" : "this is no schema",
    );
  if (walk.open.has(source)) return cut(walk, at, "$ref", "recursion is not taken here: this level is asked for as JSON text");
  if (++walk.nodes > MOST_NODES) return cut(walk, at, "$ref", "the schema is too large with its definitions written out");
  walk.open.add(source);
  const out = typeof source["$ref"] === "string" ? reference(walk, source, source["$ref"], at, depth) : whole(walk, source, at, depth);
  walk.open.delete(source);
  return out;
}

/** A schema that is no reference. */
function whole(walk: Walk, given: JsonObject, at: string, depth: number): JsonObject {
  const { table, lose } = walk;
  if (Array.isArray(given["allOf"])) return node(walk, merge(walk, less(given, "allOf"), given["allOf"], at), at, depth);
  if (table.limits !== undefined && depth > table.limits.depth) lose(at, "depth", `nested more than ${table.limits.depth} levels deep`);
  const types = typesOf(given);
  const nullable =
    types.includes("null") ||
    given["nullable"] === true ||
    (Array.isArray(given["enum"]) && given["enum"].includes(null) && types.length === 0);
  const values = types.filter((type) => type !== "null");
  // One type a schema: the others become branches.
  if (table.nulls === "nullable" && values.length > 1) {
    const branches = values.map((type) =>
      whole(walk, { ...less(given, "type", "nullable", "description", "title", ...foreignTo(type)), type }, at, depth),
    );
    return finish({ anyOf: branches, ...(nullable ? { nullable: true } : {}) }, given, table, []);
  }
  const out: JsonObject = {};
  const told: string[] = [];
  const drop = (keyword: string, message = "not taken here: it stands in the description"): void => {
    lose(at, keyword, message);
    if (given[keyword] !== undefined) told.push(say(keyword, given[keyword]));
  };
  if (table.nulls === "nullable") {
    if (values[0] !== undefined) out["type"] = values[0];
    else if (nullable && types.length > 0) out["type"] = "null";
    if (nullable && values.length > 0) out["nullable"] = true;
  } else if (values.length > 0 || nullable) {
    const all = nullable ? [...values, "null"] : values;
    if (values.length > 0 || types.length > 0) out["type"] = all.length === 1 ? all[0] : all;
  }
  if (values.includes("object")) object(walk, given, out, at, depth, drop);
  if (values.includes("array")) array(walk, given, out, at, depth, drop);
  unions(walk, given, out, at, depth);
  choices(walk, given, out, drop);
  if (typeof given["format"] === "string") {
    if (table.formats === undefined || table.formats.has(given["format"])) out["format"] = given["format"];
    else drop("format");
  }
  for (const keyword of Object.keys(given)) {
    if (structure.has(keyword)) continue;
    const value = given[keyword];
    if (keyword === "minItems" && table.minItems !== undefined && Number(value) > table.minItems) drop(keyword);
    else if (table.keeps.has(keyword) && !bound(given, keyword, out)) put(out, keyword, value);
    else if (keyword === "default" || keyword === "examples" || keyword === "example") told.push(say(keyword, value));
    else if (
      !table.keeps.has(keyword) &&
      !annotations.has(keyword) &&
      !keyword.startsWith("x-") &&
      keyword !== "__proto__" &&
      !(table.keeps.has("minimum") && exclusive(given, keyword, out, lose, at))
    )
      drop(keyword);
  }
  if (table.typeInBranches === true && Array.isArray(out["anyOf"]) && out["type"] !== undefined) {
    for (const branch of out["anyOf"])
      if (isObject(branch) && branch["type"] === undefined && branch["anyOf"] === undefined) branch["type"] = out["type"];
    delete out["type"];
  }
  return finish(out, given, table, told);
}

function finish(out: JsonObject, given: JsonObject, table: Table, told: readonly string[]): JsonObject {
  if (typeof given["description"] === "string" && out["description"] === undefined) out["description"] = given["description"];
  if (typeof given["title"] === "string" && out["title"] === undefined && table.keeps.has("title")) out["title"] = given["title"];
  if (told.length > 0) out["description"] = `${typeof out["description"] === "string" ? `${out["description"]} ` : ""}(${told.join("; ")})`;
  return out;
}
