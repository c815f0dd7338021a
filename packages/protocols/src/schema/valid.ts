/**
 * Schemas as draft 2020-12 of JSON Schema allows them. Vendors check the schema of every tool against that draft, and one schema that fails makes them refuse the
 * whole request. Servers of the Model Context Protocol publish older drafts, types of programming languages, and values that no draft allows.
 */
import { isObject, type JsonObject } from "@lumiverse/core/provider";
import type { AddLoss } from "./compilation.ts";
import { mapSchemas, omit } from "./pointers.ts";
import { annotations, children } from "./targets.ts";

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
    // A property without a usable schema accepts anything.
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

function isAllowed(key: string, value: unknown): boolean {
  if (value === null) return key === "const" || key === "default";
  if (/^(?:enum|anyOf|oneOf|allOf|prefixItems)$/.test(key)) return Array.isArray(value) && value.length > 0;
  if (/^(?:min|max)[LIPC]/.test(key)) return Number.isInteger(value) && Number(value) >= 0;
  if (/imum$|^multipleOf$/.test(key)) return typeof value === "number" && (value > 0 || key !== "multipleOf");
  if (/^(?:title|description|format|pattern|\$ref|\$comment)$/.test(key)) return typeof value === "string";
  return key === "required" ? Array.isArray(value) : isObject(value) || !children.record.includes(key);
}

/** Types as programming languages call them. A file or a date is sent as text. */
const TYPES: ReadonlyMap<string, string> = new Map(
  "object array string integer number boolean null dict=object map=object list=array str=string text=string date=string enum=string file=string int=integer long=integer float=number double=number bool=boolean none=null"
    .split(" ")
    .map((word) => {
      const [name = "", type = name] = word.split("=");
      return [name, type];
    }),
);

/** An unknown type, such as "any", restricts nothing. */
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
  if (tuple.length > 0) out["prefixItems"] = tuple;
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
