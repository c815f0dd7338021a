/**
 * The schema compiler: turns a caller's JSON Schema into one that a vendor accepts, and reports what is lost. A loss is a change after which a value may be
 * valid that the caller's schema refuses, or must look different from what it describes. Removing annotations, or closing an object that was open by
 * default, is not a loss. Keywords that a vendor refuses are moved into the description, where the model still reads them.
 */
import { type CompiledSchemas, isObject, type JsonObject, type JsonSchema } from "@lumiverse/core/provider";
import { mergeAllOf } from "../all-of.ts";
import {
  addDescription,
  anything,
  type Compilation,
  cutOff,
  IN_DESCRIPTION,
  keywordText,
  NOT_PORTABLE,
  type SchemaNode,
  startCompilation,
} from "../compilation.ts";
import { compileOnce } from "../compile-once.ts";
import { isPortablePattern } from "../patterns.ts";
import { omit, setField } from "../pointers.ts";
import { annotations, structure, type TargetRules, targets } from "../targets.ts";
import { foreignTo, typesOf } from "../types.ts";
import { validSchema } from "../valid.ts";
import { compileArray, compileObject } from "./objects-and-arrays.ts";
import { omitKeywords } from "./omit-keywords.ts";
import { reference } from "./references.ts";
import { compileEnum, compileUnions } from "./unions.ts";

/** A vendor's schema dialect, or plain JSON Schema except for some keywords. */
export type Target = keyof typeof targets | { readonly omit: readonly string[] };

/** What one keyword lost. */
export interface SchemaLoss {
  /** JSON pointer into the caller's schema, as a fragment: `#/properties/age`. */
  pointer: string;
  keyword: string;
  message: string;
  /** The change is one of spelling: the schema accepts the same values. */
  keepsMeaning?: true;
}
/** A compiled schema and what it lost. */
export interface CompiledSchema {
  schema: JsonObject;
  losses: SchemaLoss[];
}

/** Compiles a schema for a target. Never throws, and does not change the given schema. `kept`: what earlier calls have compiled. */
export function compileSchema(schema: JsonSchema | boolean, target: Target, kept?: CompiledSchemas): CompiledSchema {
  return compileOnce(kept, JSON.stringify(target), schema, () => compileFor(schema, target));
}

function compileFor(schema: JsonSchema | boolean, target: Target): CompiledSchema {
  const losses: SchemaLoss[] = [];
  const seen = new Set<string>();
  const addLoss = (pointer: string, keyword: string, message: string): void => {
    const key = `${pointer} ${keyword}`;
    if (seen.has(key)) return;
    seen.add(key);
    losses.push({ pointer, keyword, message });
  };
  const root = isObject(schema) ? validSchema(schema, addLoss) : schema;
  if (typeof target !== "string") return { schema: omitKeywords(root, { omitted: new Set(target.omit), addLoss }), losses };
  const rules = targets[target];
  const visit: Compilation["visit"] = (inner, at, depth) => compileNode(compilation, inner, at, depth);
  const compilation = startCompilation({ root: isObject(root) ? root : {}, rules, addLoss, visit });
  const out = compileNode(compilation, root, "#", 1);
  // Definitions are compiled after the root, so that recursion finds their names.
  const defs: JsonObject = {};
  for (const { name, source, at } of compilation.queue) setField(defs, name, compileNode(compilation, source, at, 1));
  if (compilation.queue.length > 0) out["$defs"] = defs;
  if (rules.root === "object" && out["type"] !== "object")
    addLoss("#", out["anyOf"] === undefined ? "type" : "anyOf", "The host requires an object at the root.");
  const { limits } = rules;
  if (limits !== undefined && compilation.properties > limits.properties)
    addLoss("#", "properties", `The schema has more than ${limits.properties} properties.`);
  if (limits !== undefined && compilation.enumValues > limits.enumValues)
    addLoss("#", "enum", `The schema has more than ${limits.enumValues} enum values.`);
  return { schema: out, losses };
}

/** Inlined definitions can double at every level. After this many schemas the rest is replaced by JSON text. */
const MOST_NODES = 20_000;
/** Deeper schemas are replaced by JSON text, so that recursion cannot overflow the call stack. */
const DEEPEST = 500;

function compileNode(compilation: Compilation, source: unknown, at: string, depth: number): JsonObject {
  if (source === true || (isObject(source) && Object.keys(source).every((key) => annotations.has(key))))
    return anything(compilation, source, at);
  if (!isObject(source)) return cutOff(compilation, at, "false", "The host does not accept a schema that matches nothing.");
  if (compilation.open.has(source))
    return cutOff(compilation, at, "$ref", "The host does not accept recursion, so JSON text is requested at this level.");
  if (compilation.open.size > DEEPEST) return cutOff(compilation, at, "depth", `The schema is nested more than ${DEEPEST} levels deep.`);
  if (++compilation.nodes > MOST_NODES) return cutOff(compilation, at, "$ref", "The schema is too large when its definitions are inlined.");
  compilation.open.add(source);
  const out =
    typeof source["$ref"] === "string" ? reference(compilation, source, at, depth) : compileKeywords(compilation, source, at, depth);
  compilation.open.delete(source);
  return out;
}

/** A schema that is not a reference. */
function compileKeywords(compilation: Compilation, given: JsonObject, at: string, depth: number): JsonObject {
  const { rules, addLoss } = compilation;
  const { allOf: members } = given;
  if (Array.isArray(members))
    return compileNode(compilation, mergeAllOf(compilation, { base: omit(given, "allOf"), members }, at), at, depth);
  if (rules.limits !== undefined && depth > rules.limits.depth)
    addLoss(at, "depth", `The schema is nested more than ${rules.limits.depth} levels deep.`);
  const types = typesOf(given);
  const values = types.filter((type) => type !== "null");
  // Only one type per schema, so several types become branches.
  if (rules.nulls === "nullable" && values.length > 1) {
    const branches = values.map((type) => {
      const ofType = omit(given, "type", "nullable", "description", "title", ...foreignTo(given, type));
      return compileKeywords(compilation, { ...ofType, type }, at, depth);
    });
    return finish({ anyOf: branches, ...(isNullable(given, types) ? { nullable: true } : {}) }, given, rules, []);
  }
  const described: string[] = [];
  const dropKeyword = (keyword: string, message = IN_DESCRIPTION): void => {
    addLoss(at, keyword, message);
    if (given[keyword] !== undefined) described.push(keywordText(keyword, given[keyword]));
  };
  const node: SchemaNode = { compilation, given, out: compiledType(given, types, rules), at, depth, dropKeyword };
  if (values.includes("object")) compileObject(node);
  if (values.includes("array")) compileArray(node);
  compileUnions(node);
  compileEnum(node);
  compileFormat(node);
  for (const keyword of Object.keys(given)) {
    if (keyword === "default" || keyword === "examples" || keyword === "example") {
      if (!rules.keeps.has(keyword)) described.push(keywordText(keyword, given[keyword]));
      else setField(node.out, keyword, given[keyword]);
    } else compileKeyword(node, keyword);
  }
  if (rules.typeInBranches === true) moveTypeIntoBranches(node.out);
  return finish(node.out, given, rules, described);
}

function isNullable(given: JsonObject, types: readonly string[]): boolean {
  return (
    types.includes("null") ||
    given["nullable"] === true ||
    (Array.isArray(given["enum"]) && given["enum"].includes(null) && types.length === 0)
  );
}

/** The schema's type in the form of the target, and nothing else. */
function compiledType(given: JsonObject, types: readonly string[], { nulls }: TargetRules): JsonObject {
  const nullable = isNullable(given, types);
  const values = types.filter((type) => type !== "null");
  const out: JsonObject = {};
  if (nulls === "nullable") {
    if (values[0] !== undefined) out["type"] = values[0];
    else if (nullable && types.length > 0) out["type"] = "null";
    if (nullable && values.length > 0) out["nullable"] = true;
  } else if (types.length > 0) {
    const all = nullable ? [...values, "null"] : values;
    out["type"] = all.length === 1 ? all[0] : all;
  }
  return out;
}

function compileFormat({ compilation, given, out, dropKeyword }: SchemaNode): void {
  const { formats } = compilation.rules;
  const { format } = given;
  if (typeof format !== "string") return;
  if (formats === undefined || formats.has(format)) out["format"] = format;
  else dropKeyword("format");
}

/** A keyword without structure of its own. */
function compileKeyword(node: SchemaNode, keyword: string): void {
  const { compilation, given, out, dropKeyword } = node;
  const { rules } = compilation;
  const value = given[keyword];
  if (structure.has(keyword)) return;
  if (keyword === "minItems" && rules.minItems !== undefined && Number(value) > rules.minItems) dropKeyword(keyword);
  else if (keyword === "maxItems" && rules.maxItemsSum !== undefined && (compilation.maxItems += Number(value)) > rules.maxItemsSum)
    dropKeyword(keyword);
  else if (keyword === "pattern" && rules.keeps.has(keyword) && !isPortablePattern(String(value))) dropKeyword(keyword, NOT_PORTABLE);
  else if (rules.keeps.has(keyword)) setField(out, keyword, value);
  else if (annotations.has(keyword) || keyword.startsWith("x-") || keyword === "__proto__") return;
  else if (!(rules.keeps.has("minimum") && convertExclusiveBound(node, keyword))) dropKeyword(keyword);
}

/** Expresses an exclusive bound by an inclusive one, which for integers loses nothing. False when the keyword is something else. */
function convertExclusiveBound({ compilation, given, out, at }: SchemaNode, keyword: string): boolean {
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

/** For targets that want the type in the branches of an `anyOf`, not next to it. */
function moveTypeIntoBranches(out: JsonObject): void {
  const { anyOf: branches, type } = out;
  if (!Array.isArray(branches) || type === undefined) return;
  for (const branch of branches)
    if (isObject(branch) && branch["type"] === undefined && branch["anyOf"] === undefined) branch["type"] = type;
  delete out["type"];
}

function finish(out: JsonObject, given: JsonObject, rules: TargetRules, described: readonly string[]): JsonObject {
  if (typeof given["description"] === "string" && out["description"] === undefined) out["description"] = given["description"];
  if (typeof given["title"] === "string" && out["title"] === undefined && rules.keeps.has("title")) out["title"] = given["title"];
  addDescription(out, described);
  return out;
}
