/**
 * Schemas as draft 2020-12 of JSON Schema allows them. Vendors check the schema of every tool against that draft, and one schema that fails makes them refuse the
 * whole request. Servers of the Model Context Protocol publish older drafts, types of programming languages, and values that no draft allows.
 */
import { isObject, type JsonObject } from "@lumiverse/core/provider";
import type { AddLoss } from "./compilation.ts";
import { mapSchemas, omit } from "./pointers.ts";
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

const INVALID = "JSON Schema does not allow this value here, so it was dropped.";
const OLD = "This spelling is not the one of JSON Schema, so it was replaced.";
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
  if (open.has(source) || ++validation.nodes > MOST_NODES) {
    addLoss(at, "$ref", "The schema object contains itself, or is too large. Use $ref.");
    return {};
  }
  open.add(source);
  // `$schema` and `$id` say where a schema came from. Hosts refuse what they cannot look up: "'…' is not a 'uri-reference'", "failed to compile JSON schema".
  const out = mapSchemas(omit(source, "$schema", "$id"), at, (value, pointer, key) => {
    if (isObject(value)) return valid(value, validation, pointer, depth + 1);
    if (typeof value === "boolean") return value;
    addLoss(pointer, "schema", INVALID);
    // A property of which nothing usable is said accepts anything.
    return key === "properties" ? {} : undefined;
  });
  open.delete(source);
  for (const key of Object.keys(out)) {
    const value = out[key];
    if (key === "type") {
      out[key] = validType(value);
      if (out[key] !== value) addChange(at, key, OLD);
    } else if (typeof value === "boolean" && isOldFlag(key)) {
      addChange(at, key, OLD);
      delete out[key];
      if (value) applyOldFlag(source, key, out);
    } else if (!isAllowed(key, value)) {
      if (!annotations.has(key)) addLoss(at, key, INVALID);
      delete out[key];
    } else if (key === "required") out[key] = namesIn(value);
    else if (key === "$ref") out[key] = localReference(String(value), validation.base);
    if (out[key] === undefined) delete out[key];
  }
  convertTuple(out, at, addChange);
  listRequired(source, out);
  return out;
}

/** The names of a list, each of them once. */
const namesIn = (list: unknown): unknown => [...new Set([list].flat().filter((name) => typeof name === "string"))];

// ── values ───────────────────────────────────────────────────────────────────────────────────────────────────────────

const wordsOf = (table: Readonly<Record<string, string>>): ReadonlyMap<string, string> =>
  new Map(Object.entries(table).flatMap(([name, words]) => words.split(" ").map((word) => [word, name] as const)));

/** The type of a keyword's value. */
const VALUES = wordsOf({
  string: "title description format pattern $ref $comment",
  boolean: "uniqueItems deprecated readOnly writeOnly",
  number: "minimum maximum exclusiveMinimum exclusiveMaximum",
  object: "properties $defs definitions patternProperties dependentSchemas dependentRequired dependencies",
  list: "required enum examples anyOf oneOf allOf prefixItems",
});

function isAllowed(key: string, value: unknown): boolean {
  const type = VALUES.get(key);
  if (type === "list") return Array.isArray(value) && (value.length > 0 || key === "required");
  if (type === "object") return isObject(value);
  if (/^(?:min|max)[LIPC]|^multipleOf$/.test(key))
    return typeof value === "number" && value >= 0 && (key !== "multipleOf" ? value % 1 === 0 : value > 0);
  return type === undefined || typeof value === type;
}

/** Types as programming languages call them. A file or a date is sent as text. */
const TYPES = wordsOf({
  object: "object dict map record struct",
  array: "array list tuple set",
  string: "string str text date datetime uuid uri url enum file",
  integer: "integer int long",
  number: "number float double decimal",
  boolean: "boolean bool",
  null: "null none",
});

/** A type that nobody knows, such as "any", restricts nothing. */
function validType(value: unknown): unknown {
  const words = [value].flat();
  const found = [...new Set(words.map((word) => (typeof word === "string" ? TYPES.get(word.toLowerCase()) : undefined)))];
  if (found.length === 0 || found.includes(undefined)) return undefined;
  if (!Array.isArray(value)) return found[0];
  return found.length === value.length && found.every((word, n) => word === value[n]) ? value : found;
}

// ── older drafts ─────────────────────────────────────────────────────────────────────────────────────────────────────

/** Draft 4: `exclusiveMinimum: true` next to `minimum`. Draft 3: `required: true` on a property itself, which `listRequired` reads. */
const isOldFlag = (key: string): boolean => key === "exclusiveMinimum" || key === "exclusiveMaximum" || key === "required";

function applyOldFlag(source: JsonObject, key: string, out: JsonObject): void {
  const inclusive = key === "exclusiveMinimum" ? "minimum" : "maximum";
  if (key === "required" || typeof source[inclusive] !== "number") return;
  out[key] = source[inclusive];
  delete out[inclusive];
}

/** Draft 7: a tuple is a list in `items`. */
function convertTuple(out: JsonObject, at: string, addChange: AddLoss): void {
  const { items: tuple, additionalItems: rest } = out;
  if (!Array.isArray(tuple)) return;
  addChange(at, "items", OLD);
  delete out["items"];
  delete out["additionalItems"];
  out["prefixItems"] = tuple;
  if (rest !== undefined) out["items"] = rest;
}

function listRequired({ properties }: JsonObject, out: JsonObject): void {
  if (!isObject(properties)) return;
  const flagged = Object.keys(properties).filter((name) => isObject(properties[name]) && properties[name]["required"] === true);
  if (flagged.length === 0) return;
  out["required"] = [...new Set([...(Array.isArray(out["required"]) ? out["required"] : []), ...flagged])];
}

/** A reference into the schema's own `$id`, which is not sent. */
function localReference(ref: string, base: string): string {
  const local = base !== "" && ref.startsWith(base) ? ref.slice(base.length) : ref;
  return local === "" ? "#" : local.startsWith("#") ? local : ref;
}
