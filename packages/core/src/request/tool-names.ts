import { shortId } from "./ids.ts";

/** The tool names that a protocol accepts. */
export interface ToolNameRule {
  /** Shortest length. Default 1. */
  min?: number;
  /** Longest length. */
  max: number;
  /** Matches characters that are not allowed. */
  refused: RegExp;
  /** Matches an allowed first character. Default: any allowed character. */
  first?: RegExp;
}

/** A mapping between the caller's tool names and the names sent to the vendor. */
export interface ToolNames {
  encode(name: string): string;
  decode(name: string): string;
  /** True when at least one name had to be changed. */
  changed: boolean;
}

/** The mapping where no name is changed. */
export const SAME_NAMES: ToolNames = { encode: (name) => name, decode: (name) => name, changed: false };

/** Maps tool names to what the rule allows. Allowed names stay; others are cleaned, padded, and made unique by a hash. */
export function toolNames(names: readonly string[], rule: ToolNameRule): ToolNames {
  if (names.length === 0) return SAME_NAMES;
  const encoded = new Map<string, string>();
  const decoded = new Map<string, string>();
  const isAllowed = (name: string): boolean =>
    name.length >= (rule.min ?? 1) &&
    name.length <= rule.max &&
    name.search(rule.refused) < 0 &&
    (rule.first === undefined || rule.first.test(name[0] ?? ""));
  // Allowed names come first, so that a cleaned name cannot take one of them.
  for (const name of names) if (isAllowed(name)) decoded.set(name, name);
  for (const name of names) {
    if (isAllowed(name) || encoded.has(name)) continue;
    let clean = name.replace(new RegExp(rule.refused.source, "g"), "_");
    if (rule.first !== undefined && !rule.first.test(clean[0] ?? "")) clean = `t_${clean}`;
    clean = clean.padEnd(rule.min ?? 1, "_").slice(0, rule.max);
    if (decoded.has(clean)) clean = `${clean.slice(0, rule.max - 7)}_${shortId(name, 6)}`;
    encoded.set(name, clean);
    decoded.set(clean, name);
  }
  return { encode: (name) => encoded.get(name) ?? name, decode: (name) => decoded.get(name) ?? name, changed: encoded.size > 0 };
}
