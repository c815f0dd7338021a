import { nearestNames } from "@lumiverse/connections";
import type { AliasInput } from "./alias.ts";
import type { Names } from "./names.ts";
import { findTarget } from "./target.ts";

/** A target of an alias that no connection serves: a name is misspelled, or its connection was renamed or removed. */
export interface MissingTarget {
  readonly alias: string;
  /** As the alias names it. */
  readonly target: string;
  /** Its index in the list. */
  readonly index: number;
  /** What is wrong, and what it means for calls. */
  readonly message: string;
}

/** Targets of aliases and fallback lists that no connection serves. */
export function missingTargets(aliases: Iterable<Pick<AliasInput, "name" | "targets">>, names: Pick<Names, "profiles">): MissingTarget[] {
  const connections = [...names.profiles.values()].map(({ name }) => name);
  const missing: MissingTarget[] = [];
  for (const { name: alias, targets } of aliases) {
    const isServed = targets.map(({ target }) => findTarget(target, names) !== undefined);
    const consequence = isServed.includes(true) ? "It is passed over." : "Calls are refused.";
    for (const [index, { target }] of targets.entries()) {
      if (isServed[index] === true) continue;
      const near = nearestNames(target.split("/")[0] ?? "", connections);
      const suggestion = near.length === 0 ? "" : ` Near names: ${near.join(", ")}.`;
      missing.push({ alias, target, index, message: `there is no connection for "${target}". ${consequence}${suggestion}` });
    }
  }
  return missing;
}
