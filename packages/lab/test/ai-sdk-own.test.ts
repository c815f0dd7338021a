/** The judge over this repository's own package for the AI SDK: one provider for each protocol. `npm run ai-sdk` judges all of them with all groups. */
import { checks, idOf, readFixtures, runCheck } from "@lumiverse/conformance/internals";
import { describe, expect, it } from "vitest";
import { answerChecks } from "../src/ai-sdk/answer-checks.ts";
import { isForOwnPackage, ownSubject } from "../src/ai-sdk/own-package.ts";
import { copyCases } from "../src/ai-sdk/packages.ts";
import { installedIn } from "../src/providers/provider-packages.ts";

/** A model of the SDK has no time limits. After a STOP beside content Gemini's answer may go on for 15 s, which is longer than this fault's limit around the model. */
const LEFT_OUT = ["google, faults: open-after-the-end"];
const GROUPS: readonly string[] = ["golden", "streamed and unstreamed", "faults", "base URL", "canary"];

describe("the judge finds no fault in @lumiverse/ai-sdk", () => {
  it.each(["groq", "openai", "anthropic", "google"])(
    "over %s",
    async (id) => {
      const [installed] = await installedIn(new URL("../../../providers", import.meta.url).pathname, [id]);
      if (installed === undefined) throw new Error(`${id} is not a provider`);
      const subject = ownSubject(installed);
      const { folder } = copyCases(installed.fixtures, (fixture) => isForOwnPackage(id, fixture));
      const all = [
        ...answerChecks(subject, readFixtures(folder)),
        ...checks(subject, { fixtures: folder, runs: 1 }).filter(({ group }) => group !== "golden"),
      ].filter(
        (check) =>
          GROUPS.includes(check.group) && installed.known[idOf(check)] === undefined && !LEFT_OUT.includes(`${id}, ${idOf(check)}`),
      );
      const failed: string[] = [];
      for (const check of all) {
        const { outcome, message } = await runCheck(check, {});
        if (outcome === "failed") failed.push(`${idOf(check)}: ${message}`);
      }
      expect(failed).toEqual([]);
      expect(all.length).toBeGreaterThan(100);
    },
    120_000,
  );
});
