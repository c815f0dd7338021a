/** The state of one compilation, and what replaces a schema that the target cannot express. */
import { isObject, type JsonObject } from "@lumiverse/core/provider";
import type { TargetRules } from "./targets.ts";

/** Reports what a keyword lost at a JSON pointer. */
export type AddLoss = (pointer: string, keyword: string, message: string) => void;
/** The state of one compilation. */
export interface Compilation {
  root: JsonObject;
  rules: TargetRules;
  /** Compiles a schema inside this one. */
  visit(source: unknown, at: string, depth: number): JsonObject;
  addLoss: AddLoss;
  /** Source schemas that are being compiled. One that comes again is a cycle. */
  open: Set<unknown>;
  /** `$ref` pointer to name in `$defs`. */
  names: Map<string, string>;
  queue: { name: string; source: unknown; at: string }[];
  /** Schemas that were compiled or joined. */
  nodes: number;
  properties: number;
  enumValues: number;
  /** The sum of `maxItems`. */
  maxItems: number;
  /** Members of `allOf` that are being joined, one inside the other. */
  merging: number;
}

/** One schema while it is compiled. */
export interface SchemaNode {
  compilation: Compilation;
  given: JsonObject;
  out: JsonObject;
  at: string;
  depth: number;
  /** Moves a keyword into the description, with a loss. */
  dropKeyword(keyword: string, message?: string): void;
}

/** The state before the first schema. */
export function startCompilation(of: Pick<Compilation, "root" | "rules" | "visit" | "addLoss">): Compilation {
  return { ...of, open: new Set(), names: new Map(), queue: [], nodes: 0, properties: 0, enumValues: 0, maxItems: 0, merging: 0 };
}

/** Replaces a schema that cannot be expressed by JSON text. */
export function cutOff(compilation: Compilation, at: string, keyword: string, message: string): JsonObject {
  compilation.addLoss(at, keyword, message);
  return { type: "string", description: "JSON text" };
}

/** A schema that accepts any value, or JSON text where the target has none. */
export function anything(compilation: Compilation, source: unknown, at: string): JsonObject {
  const description = isObject(source) && typeof source["description"] === "string" ? source["description"] : undefined;
  // Targets that do not constrain every value accept an empty schema.
  if (compilation.rules.additional === "maps" && compilation.rules.typeInBranches !== true)
    return description === undefined ? {} : { description };
  compilation.addLoss(at, "type", "The host does not accept a schema for any value, so JSON text is requested.");
  return { type: "string", description: description === undefined ? "JSON text" : `${description} (as JSON text)` };
}

/** A keyword and its value as text for a description. */
export const keywordText = (keyword: string, value: unknown): string => `${keyword}: ${(JSON.stringify(value) ?? "").slice(0, 200)}`;

/** The loss of a keyword that was moved into the description. */
export const IN_DESCRIPTION = "The host does not accept this keyword, so it was moved into the description.";

/** The loss of a pattern. */
export const NOT_PORTABLE = "Hosts refuse patterns that not every engine compiles, so it was moved into the description.";

/** Puts keywords that were dropped into the description, where the model still reads them. */
export function addDescription(out: JsonObject, described: readonly string[]): void {
  if (described.length === 0) return;
  const { description } = out;
  out["description"] = `${typeof description === "string" ? `${description} ` : ""}(${described.join("; ")})`;
}
