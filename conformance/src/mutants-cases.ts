/** Cases that are spoilt, in a copy of the provider's folder: what somebody does to get past the suite. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Case, exchangeHash } from "./fixture.ts";
import type { Mutant } from "./mutant.ts";

export const caseMutants: readonly Mutant[] = [
  {
    id: "scenario-deleted",
    title: "a scenario that the claims ask for is gone",
    rules: ["completeness"],
    spoil: (folder) => rmSync(join(folder, "text"), { recursive: true }),
  },
  {
    id: "scenario-forgotten",
    title: "a scenario is gone, from its list too",
    rules: ["completeness"],
    spoil(folder) {
      rmSync(join(folder, "text"), { recursive: true });
      const list = join(folder, "scenarios.json");
      const names = JSON.parse(readFileSync(list, "utf8")) as string[]; // a list of names, by the rule before this one
      writeFileSync(list, JSON.stringify(names.filter((name) => name !== "text")));
    },
  },
  {
    id: "case-unreadable",
    title: "a field of a case is spelled as no field is",
    rules: ["format"],
    spoil: (folder) => change(folder, "text", (one) => ({ ...one, expects: one.expect })),
  },
  {
    id: "recording-edited",
    title: "the body of a recorded exchange is edited by hand",
    rules: ["provenance"],
    spoil(folder, fixtures) {
      const [exchange] = fixtures.find((fixture) => fixture.name === "text")?.exchanges ?? [];
      if (exchange === undefined) return;
      const sha256 = exchangeHash({ ...exchange, body: new TextEncoder().encode("as it was recorded") });
      change(folder, "text", (one) => ({
        ...one,
        exchanges: one.exchanges.map((each) => ({ ...each, provenance: { ...each.provenance, kind: "recorded", sha256 } })),
      }));
    },
  },
  {
    id: "secret-kept",
    title: "a case holds what looks like a key",
    rules: ["provenance"],
    spoil: (folder) => change(folder, "text", (one) => ({ ...one, title: `made with sk-${"a1B2".repeat(8)}` })),
  },
  {
    id: "answer-edited",
    title: "a case expects an answer that the host did not give",
    rules: ["golden"],
    spoil: (folder) =>
      change(folder, "text", (one) => ({
        ...one,
        expect: { ...one.expect, response: { ...one.expect.response, text: "Something else." } },
      })),
  },
];

function change(folder: string, name: string, how: (one: Case) => object): void {
  const path = join(folder, name, "case.json");
  writeFileSync(path, JSON.stringify(how(JSON.parse(readFileSync(path, "utf8")) as Case))); // read by the suite a moment ago
}
