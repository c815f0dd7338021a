/** Judges this repository's own package for the AI SDK, with one provider for each protocol. `npm run ai-sdk` judges all of them with all groups. */
import { type Check, checks, idOf, readFixtures, runCheck } from "@lumiverse/conformance/internals";
import { describe, expect, it } from "vitest";
import { answerChecks } from "../src/ai-sdk/answer-checks.ts";
import { isForOwnPackage, ownSubject } from "../src/ai-sdk/own-package.ts";
import { copyCases } from "../src/ai-sdk/packages.ts";
import { type Installed, installedIn } from "../src/providers/provider-packages.ts";

const GROUPS: readonly string[] = ["golden", "streamed and unstreamed", "faults", "base URL", "canary"];

/** Faults that a time limit of the SDK or of the connection must end. */
const TIME_LIMITS = /silence|timeout|heartbeats|open-after/;

async function installed(id: string): Promise<Installed> {
  const [found] = await installedIn(new URL("../../../providers", import.meta.url).pathname, [id]);
  if (found === undefined) throw new Error(`${id} is not a provider`);
  return found;
}

async function failuresOf(all: readonly Check[]): Promise<string[]> {
  const failed: string[] = [];
  for (const check of all) {
    const { outcome, message } = await runCheck(check, {});
    if (outcome === "failed") failed.push(`${idOf(check)}: ${message}`);
  }
  return failed;
}

describe("the judge finds no fault in @lumiverse/ai-sdk", () => {
  it.each(["groq", "openai", "anthropic", "google"])(
    "over %s",
    async (id) => {
      const provider = await installed(id);
      const subject = ownSubject(provider);
      const { folder } = copyCases(provider.fixtures, (fixture) => isForOwnPackage(id, fixture));
      const all = [
        ...answerChecks(subject, readFixtures(folder)),
        ...checks(subject, { fixtures: folder, runs: 1 }).filter(({ group }) => group !== "golden"),
      ].filter((check) => GROUPS.includes(check.group) && provider.known[idOf(check)] === undefined);
      expect(await failuresOf(all)).toEqual([]);
      expect(all.length).toBeGreaterThan(100);
    },
    120_000,
  );

  it("whose connection limits the time of a call", async () => {
    const provider = await installed("groq");
    const { folder } = copyCases(provider.fixtures, (fixture) => isForOwnPackage("groq", fixture));
    const all = checks(ownSubject(provider, "connection"), { fixtures: folder, runs: 1 }).filter(
      (check) => check.group === "faults" && TIME_LIMITS.test(idOf(check)) && provider.known[idOf(check)] === undefined,
    );
    expect(await failuresOf(all)).toEqual([]);
    expect(all.length).toBeGreaterThan(5);
  }, 60_000);
});
