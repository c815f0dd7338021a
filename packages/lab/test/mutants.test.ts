import { checks, faults, type Group } from "@lumiverse/conformance/internals";
import { describe, expect, it } from "vitest";
import { acme } from "../../../conformance/test/acme/provider.ts";
import { FIXTURES } from "../../../conformance/test/temporary-cases.ts";
import { mutantTable, subjectTable, survivorsIn } from "../src/mutants/mutant-table.ts";
import { mutants } from "../src/mutants/mutants.ts";
import { runMutants, type Verdict } from "../src/mutants/run-mutants.ts";

describe("mutants", () => {
  it("are caught by every rule that they break", async () => {
    // `npm run mutants` tries every fault of a long list. Here some of each list are tried.
    const shorter = mutants.map((mutant) => ({ ...mutant, rules: mutant.rules.filter((_, i) => i % 12 === 0 || mutant.rules.length < 3) }));
    const verdicts = await runMutants(acme, { fixtures: FIXTURES, runs: 15, hangAfterMs: 5_000 }, shorter);
    expect(survivorsIn({ acme: verdicts })).toEqual([]);
    // Every mutant applies to the sample, except those about Responses or Messages, which the sample does not use, those about models that refuse calls without
    // their reasoning, which it does not have, and those for which its cases lack several stop sequences, a tool choice and an answer at its limit.
    const notApplicableToTheSample = [
      "call-reasoning-lost",
      "delta-of-another-block",
      "done-arguments-ignored",
      "terminal-arguments-ignored",
      "stop-reversed",
      "choice-lost",
      "limit-is-stop",
      "citation-with-file",
      "server-result-lost",
    ];
    expect(verdicts.flatMap(({ mutant, notApplicable }) => (notApplicable === undefined ? [] : [mutant]))).toEqual(
      notApplicableToTheSample,
    );
    expect(verdicts).toHaveLength(mutants.length);
  }, 240_000);

  it("exist for every rule and every fault", () => {
    const caught = new Set<string>(mutants.flatMap((mutant) => mutant.rules));
    const caughtGroups = new Set([...caught].map((rule) => rule.split(":")[0]));
    for (const group of new Set(checks(acme, { fixtures: FIXTURES }).map((check): Group => check.group)))
      if (group !== "faults") expect(caughtGroups).toContain(group);
    for (const fault of faults) expect(caught).toContain(`faults: ${fault.id}`);
  });

  it("survive if one of their rules does not catch them", async () => {
    const blind = mutants
      .filter((mutant) => mutant.id === "key-order")
      .map((mutant) => ({ ...mutant, rules: ["golden", "splits"] as const }));
    const [verdict] = await runMutants(acme, { fixtures: FIXTURES, runs: 5 }, blind);
    expect(verdict).toMatchObject({ missedBy: ["splits"] });
    expect(survivorsIn({ acme: verdict === undefined ? [] : [verdict] })).toEqual(["acme: key-order survives: not caught by splits"]);
  }, 60_000);

  it("that survive or do not apply are named in the tables", () => {
    const verdicts: Verdict[] = [
      { mutant: "wrong-usage", killedBy: [], missedBy: ["golden"] },
      { mutant: "tool-index", killedBy: [], missedBy: [], notApplicable: "no case has two calls" },
      { mutant: "key-order", killedBy: ["golden: text (stream)"], missedBy: [] },
    ];
    const table = mutantTable({ acme: verdicts });
    expect(table).toContain("| wrong-usage | the output tokens are one too high | golden | 0 of 1, SURVIVES in acme |  |");
    expect(table).toContain("| 0 of 0 | no case has two calls: acme |");
    expect(table).toContain("| golden | 1 of 1 |  |");
    expect(table).toContain("| not run |");
    expect(subjectTable({ acme: verdicts })).toContain("| acme | 1 of 2 | tool-index |");
  });
});
