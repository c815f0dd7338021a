import { describe, expect, it } from "vitest";
import { mutants, mutantTable, runMutants, type Verdict } from "../src/mutants.ts";
import { acme } from "./acme/provider.ts";
import { FIXTURES } from "./copies.ts";

describe("mutants", () => {
  it("are each caught by the rule that they break", async () => {
    const verdicts = await runMutants(acme, { fixtures: FIXTURES, runs: 15 });
    expect(
      verdicts.filter((verdict) => verdict.killedBy.length === 0 && verdict.idle === undefined).map((verdict) => verdict.mutant),
    ).toEqual([]);
    // The sample's cases leave no excuse to any of them.
    expect(verdicts.filter((verdict) => verdict.idle !== undefined)).toEqual([]);
    expect(verdicts).toHaveLength(mutants.length);
  }, 120_000);

  it("that live or do not apply are named in the table", () => {
    const verdicts: Verdict[] = [
      { mutant: "wrong-usage", killedBy: [] },
      { mutant: "tool-index", killedBy: [], idle: "no case has two calls" },
      { mutant: "key-order", killedBy: ["golden: text (stream)"] },
    ];
    const table = mutantTable({ acme: verdicts });
    expect(table).toContain("| wrong-usage | output tokens are one too many | LIVES |");
    expect(table).toContain("idle: no case has two calls |");
    expect(table).toContain("golden: text (stream) |");
    expect(table).toContain("not run |");
  });
});
