import { shortId } from "./wire.ts";

/**
 * Tool names as the wire allows them, and back. Names that fit stay; others are cleaned, padded, and told apart by a hash, so that two names never
 * meet. The map is rendered state: the reader undoes it.
 */
export interface NameRule {
  min?: number;
  max: number;
  /** Characters that may not stay. */
  refused: RegExp;
  /** What the first character must be. Default: anything allowed. */
  first?: RegExp;
}
export interface Names {
  wire(name: string): string;
  neutral(wire: string): string;
  changed: boolean;
}
export function toolNames(names: readonly string[], rule: NameRule): Names {
  const there = new Map<string, string>();
  const back = new Map<string, string>();
  const fits = (name: string): boolean =>
    name.length >= (rule.min ?? 1) &&
    name.length <= rule.max &&
    name.search(rule.refused) < 0 &&
    (rule.first === undefined || rule.first.test(name[0] ?? ""));
  // Those that fit are placed first: a cleaned name must never take the place of a true one.
  for (const name of names) if (fits(name)) back.set(name, name);
  for (const name of names) {
    if (fits(name) || there.has(name)) continue;
    let wire = name.replace(new RegExp(rule.refused.source, "g"), "_");
    if (rule.first !== undefined && !rule.first.test(wire[0] ?? "")) wire = `t_${wire}`;
    wire = wire.padEnd(rule.min ?? 1, "_").slice(0, rule.max);
    if (back.has(wire)) wire = `${wire.slice(0, rule.max - 7)}_${shortId(name, 6)}`;
    there.set(name, wire);
    back.set(wire, name);
  }
  return { wire: (name) => there.get(name) ?? name, neutral: (wire) => back.get(wire) ?? wire, changed: there.size > 0 };
}
