/** What one run of the compiler knows, and what becomes of a schema that can't be said. */
import { isObject, type JsonObject } from "@lumiverse/core";
import type { Table } from "./tables.ts";

export type Lose = (pointer: string, keyword: string, message: string) => void;
export interface Walk {
  root: JsonObject;
  table: Table;
  /** Compiles a schema inside this one. */
  visit(source: unknown, at: string, depth: number): JsonObject;
  lose: Lose;
  /** Source schemas that are being walked right now: meeting one again is a cycle. */
  open: Set<unknown>;
  /** `$ref` pointer to name in `$defs`. */
  names: Map<string, string>;
  queue: { name: string; source: unknown; at: string }[];
  nodes: number;
  properties: number;
  enumValues: number;
}

export function cut(walk: Walk, at: string, keyword: string, message: string): JsonObject {
  walk.lose(at, keyword, message);
  return { type: "string", description: "JSON text" };
}

export function anything(walk: Walk, source: unknown, at: string): JsonObject {
  const description = isObject(source) && typeof source["description"] === "string" ? source["description"] : undefined;
  // JSON Schema dialects that do not constrain every value take an empty schema.
  if (walk.table.additional === "maps" && walk.table.typeInBranches !== true) return description === undefined ? {} : { description };
  walk.lose(at, "type", "a value of any shape can't be asked for here: it is asked for as JSON text");
  return { type: "string", description: description === undefined ? "JSON text" : `${description} (as JSON text)` };
}

/** A keyword in words, for a description. */
export const say = (keyword: string, value: unknown): string => `${keyword}: ${(JSON.stringify(value) ?? "").slice(0, 200)}`;
