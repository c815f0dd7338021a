/** Mutants of cases, in a copy of the provider's fixtures: changes that someone could make to get past the suite. */
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Case, exchangeHash } from "@lumiverse/conformance/internals";
import type { Mutant } from "./mutant.ts";

/** The mutants of cases. */
export const caseMutants: readonly Mutant[] = [
  {
    id: "scenario-deleted",
    title: "a scenario that the claims require is deleted",
    rules: ["completeness"],
    changeCases: (folder) => rmSync(join(folder, "text"), { recursive: true }),
  },
  {
    id: "scenario-forgotten",
    title: "a scenario is deleted, also from the list",
    rules: ["completeness"],
    changeCases(folder) {
      rmSync(join(folder, "text"), { recursive: true });
      const list = join(folder, "scenarios.json");
      const names = JSON.parse(readFileSync(list, "utf8")) as string[]; // the suite has checked that it is a list of names
      writeFileSync(list, JSON.stringify(names.filter((name) => name !== "text")));
    },
  },
  {
    id: "case-unreadable",
    title: "a field of a case is misspelled",
    rules: ["format"],
    changeCases: (folder) => change(folder, "text", (one) => ({ ...one, expects: one.expect })),
  },
  {
    id: "recording-edited",
    title: "the body of a recorded exchange is edited by hand",
    rules: ["provenance"],
    changeCases(folder, fixtures) {
      const [exchange] = fixtures.find((fixture) => fixture.name === "text")?.exchanges ?? [];
      if (exchange === undefined) return;
      const sha256 = exchangeHash({ ...exchange, body: new TextEncoder().encode("the recorded body") });
      change(folder, "text", (one) => ({
        ...one,
        exchanges: one.exchanges.map((each) => ({ ...each, provenance: { ...each.provenance, kind: "recorded", sha256 } })),
      }));
    },
  },
  {
    id: "secret-kept",
    title: "a case contains text that looks like a key",
    rules: ["provenance"],
    changeCases: (folder) => change(folder, "text", (one) => ({ ...one, title: `made with sk-${"a1B2".repeat(8)}` })),
  },
  {
    id: "answer-edited",
    title: "a case expects an answer that the host did not give",
    rules: ["golden"],
    changeCases: (folder) =>
      change(folder, "text", (one) => ({
        ...one,
        expect: { ...one.expect, response: { ...one.expect.response, text: "Something else." } },
      })),
  },
  {
    id: "refused-key-expected-valid",
    title: "the case of a refused key expects that it is valid",
    rules: ["credential: no case expects that a refused key is valid"],
    notApplicable: (fixtures) => (fixtures.some(({ name }) => name === "key-refused") ? undefined : "there is no case key-refused"),
    changeCases(folder) {
      cpSync(join(folder, "key-refused"), join(folder, "check-refused"), { recursive: true });
      change(folder, "check-refused", ({ request: _, exchanges, ...one }) => ({
        ...one,
        operation: "check",
        streaming: false,
        exchanges: exchanges.flatMap(({ for: mode, ...exchange }) => (mode === "stream" ? [] : [exchange])),
        expect: { value: { key: "valid", usable: true } },
      }));
    },
  },
];

function change(folder: string, name: string, how: (one: Case) => object): void {
  const path = join(folder, name, "case.json");
  writeFileSync(path, JSON.stringify(how(JSON.parse(readFileSync(path, "utf8")) as Case))); // the suite has just read it
}
