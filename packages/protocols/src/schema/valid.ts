/**
 * Schemas as draft 2020-12 of JSON Schema allows them. Vendors check the schema of every tool against that draft, and one schema that fails makes them refuse the
 * whole request. Servers of the Model Context Protocol publish older drafts, types of programming languages, and values that no draft allows.
 */
import { isObject, type JsonObject } from "@lumiverse/core/provider";
import type { AddLoss } from "./compilation.ts";
import { childPointer, setField } from "./pointers.ts";
import { annotations } from "./targets.ts";

interface Validation {
  addLoss: AddLoss;
  /** Reports another spelling of the same meaning. */
  addChange: AddLoss;
  /** The `$id` of the root, against which references are written. */
  base: string;
  /** Schemas on the way to the current one. */
  open: Set<unknown>;
  nodes: number;
}

/** Visits a schema inside the current one, by the keys that lead to it. */
type Visit = (schema: unknown, ...path: readonly (string | number)[]) => unknown;

/** The value that the draft allows; undefined when there is none. */
type Repair = (value: unknown, visit: Visit, drop: Drop) => unknown;
/** Reports what was dropped inside the value, by the keys that lead to it. */
type Drop = (path: readonly (string | number)[], message?: string) => void;

const INVALID = "This is not a value that JSON Schema allows here, so it was dropped.";
/** Schemas in schemas beyond this depth are passed on unchanged. */
const DEEPEST = 200;
/** Objects that share their parts can double at every level. After this many schemas the rest accepts anything. */
const MOST_NODES = 200_000;

/**
 * The schema with every value that the draft does not allow replaced or dropped. Never throws, and does not change the given schema. `addChange` gets what is only
 * spelled in another way. Default: nothing does.
 */
export function validSchema(given: JsonObject, addLoss: AddLoss, addChange: AddLoss = () => {}): JsonObject {
  const { $id: id } = given;
  return valid(given, { addLoss, addChange, base: typeof id === "string" ? id : "", open: new Set(), nodes: 0 }, "#", 0);
}

function valid(source: JsonObject, validation: Validation, at: string, depth: number): JsonObject {
  const { addLoss, addChange, open } = validation;
  if (depth > DEEPEST) return source;
  if (open.has(source)) {
    addLoss(at, "$ref", "The schema object contains itself. Use $ref.");
    return {};
  }
  if (++validation.nodes > MOST_NODES) {
    addLoss("#", "schema", `The schema has more than ${MOST_NODES} parts.`);
    return {};
  }
  open.add(source);
  const out: JsonObject = {};
  for (const key of Object.keys(source)) {
    // Where a schema came from. Hosts refuse what they cannot look up: "'…' is not a 'uri-reference'", "failed to compile JSON schema".
    if (key === "$schema" || key === "$id" || source[key] === undefined) continue;
    if (typeof source[key] === "boolean" && convertDraft4Bound(source, key, out)) {
      addChange(at, key, "This spelling of draft 4 was replaced by the current one.");
      continue;
    }
    if (key === "required" && typeof source[key] === "boolean") {
      addChange(at, key, "This spelling of draft 3 was replaced by the list of the object.");
      continue;
    }
    const repair = REPAIRS.get(key);
    const visit: Visit = (schema, ...path) =>
      isObject(schema) ? valid(schema, validation, childPointer(at, key, ...path), depth + 1) : schema;
    const drop: Drop = (path, message = INVALID) => addLoss(childPointer(at, key, ...path), key, message);
    const value = repair === undefined ? source[key] : repair(source[key], visit, drop);
    if (key === "type" && value !== source[key]) noteType(source[key], value, at, addChange);
    else if (value === undefined && !annotations.has(key)) addLoss(at, key, INVALID);
    if (value !== undefined) setField(out, key, key === "$ref" ? localReference(value, validation.base) : value);
  }
  open.delete(source);
  convertTuple(out, at, addChange);
  listRequired(source, out);
  return out;
}

// ── what each keyword accepts ────────────────────────────────────────────────────────────────────────────────────────

const text: Repair = (value) => (typeof value === "string" ? value : undefined);
const flag: Repair = (value) => (typeof value === "boolean" ? value : undefined);
const number: Repair = (value) => (typeof value === "number" && Number.isFinite(value) ? value : undefined);
const count: Repair = (value) => (Number.isInteger(value) && Number(value) >= 0 ? value : undefined);
const isSchema = (value: unknown): boolean => isObject(value) || typeof value === "boolean";
const schema: Repair = (value, visit) => (isSchema(value) ? visit(value) : undefined);

/** Names, each of them once. */
const names: Repair = (value, _visit, drop) => {
  if (!Array.isArray(value)) return undefined;
  const found = [...new Set(value.filter((name) => typeof name === "string"))];
  if (found.length < value.length) drop([]);
  return found;
};

const schemas: Repair = (value, visit, drop) => {
  if (!Array.isArray(value)) return undefined;
  const out: unknown[] = [];
  value.forEach((one: unknown, n) => {
    if (isSchema(one)) out.push(visit(one, n));
    else drop([n]);
  });
  return out.length === 0 ? undefined : out;
};

const items: Repair = (value, visit, drop) => (Array.isArray(value) ? schemas(value, visit, drop) : schema(value, visit, drop));

const namesOrSchema: Repair = (value, visit, drop) => (Array.isArray(value) ? names : schema)(value, visit, drop);

/** A property of which nothing usable is said accepts anything. */
const property: Repair = (value, visit, drop) => {
  if (isSchema(value)) return visit(value);
  drop([], "This is not a schema, so anything is accepted.");
  return {};
};

const byName =
  (repair: Repair): Repair =>
  (value, visit, drop) => {
    if (!isObject(value)) return undefined;
    const out: JsonObject = {};
    for (const name of Object.keys(value)) {
      if (value[name] === undefined) continue;
      const one = repair(
        value[name],
        (inner, ...path) => visit(inner, name, ...path),
        (path, message) => drop([name, ...path], message),
      );
      if (one === undefined) drop([name]);
      else setField(out, name, one);
    }
    return out;
  };

const additional: Repair = (value, visit) =>
  isSchema(value) ? visit(value) : value === "false" ? false : value === "true" ? true : undefined;

/** Types as programming languages call them. A file or a date is sent as text. */
const TYPES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    object: "object dict dictionary map mapping record struct json hash",
    array: "array list tuple set sequence",
    string: "string str text varchar char date datetime date-time time timestamp uuid uri url email enum file binary bytes base64",
    integer: "integer int int32 int64 long bigint",
    number: "number float double decimal real numeric",
    boolean: "boolean bool",
    null: "null none nil undefined void",
  }).flatMap(([type, words]) => words.split(" ").map((word) => [word, type] as const)),
);

/** A type that nobody knows, such as "any", restricts nothing. */
const type: Repair = (value) => {
  const words = [value].flat();
  const found = [...new Set(words.map((word) => (typeof word === "string" ? TYPES.get(word.toLowerCase()) : undefined)))];
  if (found.length === 0 || found.includes(undefined)) return undefined;
  if (!Array.isArray(value)) return found[0];
  return found.length === value.length && found.every((word, n) => word === value[n]) ? value : found;
};

function noteType(given: unknown, sent: unknown, at: string, addChange: AddLoss): void {
  const instead = sent === undefined ? "it was dropped" : `${JSON.stringify(sent)} was sent`;
  addChange(at, "type", `JSON Schema has no type ${JSON.stringify(given)?.slice(0, 100)}, so ${instead}.`);
}

const byKeyword = (repair: Repair, keywords: string): (readonly [string, Repair])[] => keywords.split(" ").map((word) => [word, repair]);

const REPAIRS: ReadonlyMap<string, Repair> = new Map<string, Repair>([
  ...byKeyword(text, "title description format pattern $ref $comment contentEncoding contentMediaType"),
  ...byKeyword(flag, "uniqueItems deprecated readOnly writeOnly"),
  ...byKeyword(number, "minimum maximum exclusiveMinimum exclusiveMaximum"),
  ...byKeyword(count, "minLength maxLength minItems maxItems minProperties maxProperties minContains maxContains"),
  ...byKeyword(schema, "not if then else contains propertyNames contentSchema unevaluatedItems additionalItems"),
  ...byKeyword(additional, "additionalProperties unevaluatedProperties"),
  ...byKeyword(schemas, "anyOf oneOf allOf prefixItems"),
  ...byKeyword(byName(schema), "patternProperties $defs definitions dependentSchemas"),
  ["properties", byName(property)],
  ["dependencies", byName(namesOrSchema)],
  ["dependentRequired", byName(names)],
  ["required", names],
  ["items", items],
  ["type", type],
  ["multipleOf", (value) => (typeof value === "number" && value > 0 ? value : undefined)],
  ["enum", (value) => (Array.isArray(value) && value.length > 0 ? value : undefined)],
  ["examples", (value) => (Array.isArray(value) ? value : undefined)],
  ["$anchor", (value) => (typeof value === "string" && /^[A-Za-z_][\w.-]*$/.test(value) ? value : undefined)],
]);

// ── older drafts ─────────────────────────────────────────────────────────────────────────────────────────────────────

/** Draft 4: `exclusiveMinimum: true` next to `minimum`. False when the keyword is something else. */
function convertDraft4Bound(source: JsonObject, keyword: string, out: JsonObject): boolean {
  if (keyword !== "exclusiveMinimum" && keyword !== "exclusiveMaximum") return false;
  const inclusive = keyword === "exclusiveMinimum" ? "minimum" : "maximum";
  if (source[keyword] === true && typeof source[inclusive] === "number") {
    out[keyword] = source[inclusive];
    delete out[inclusive];
  }
  return true;
}

/** Draft 7: a tuple is a list in `items`. */
function convertTuple(out: JsonObject, at: string, addChange: AddLoss): void {
  const { items: tuple, additionalItems: rest } = out;
  if (!Array.isArray(tuple)) return;
  addChange(at, "items", "This spelling of tuples was replaced by prefixItems.");
  delete out["items"];
  delete out["additionalItems"];
  out["prefixItems"] = tuple;
  if (rest !== undefined) out["items"] = rest;
}

/** Draft 3: `required: true` on a property itself. */
function listRequired({ properties }: JsonObject, out: JsonObject): void {
  if (!isObject(properties)) return;
  const flagged = Object.keys(properties).filter((name) => isObject(properties[name]) && properties[name]["required"] === true);
  if (flagged.length === 0) return;
  const listed = Array.isArray(out["required"]) ? out["required"] : [];
  out["required"] = [...new Set([...listed, ...flagged])];
}

/** A reference into the schema's own `$id`, which is not sent. */
function localReference(ref: unknown, base: string): unknown {
  if (typeof ref !== "string" || base === "" || !ref.startsWith(base)) return ref;
  const local = ref.slice(base.length);
  return local === "" ? "#" : local.startsWith("#") ? local : ref;
}
