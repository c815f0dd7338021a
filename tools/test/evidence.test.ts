import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { supports } from "@lumiverse/core";
import { describe, expect, it } from "vitest";
import { providerFacts, replayedFile } from "../src/provider-facts.ts";
import { root } from "../src/workspace.ts";

interface Entry {
  source: string;
  sha256: string;
}
// Our own file, written by the corpus run.
const replayed = JSON.parse(readFileSync(join(root, replayedFile), "utf8")) as Record<string, Record<string, Entry[]>>;
const entries = Object.values(replayed).flatMap((capabilities) => Object.values(capabilities).flat());
const recordings = process.env["LUMIVERSE_RECORDINGS"];

describe("evidence", () => {
  it.skipIf(recordings === undefined)("of kind replayed names recordings that are there and have not changed", () => {
    const wrong = entries.filter(({ source, sha256 }) => {
      const file = join(recordings ?? "", source);
      return !existsSync(file) || createHash("sha256").update(readFileSync(file)).digest("hex") !== sha256;
    });
    expect(entries.length).toBeGreaterThan(100);
    expect(wrong).toEqual([]);
  });

  it("reaches supports(): a claim says by which fixture or recording", async () => {
    const groq = (await providerFacts()).find((facts) => facts.id === "groq")?.provider;
    const claim = groq === undefined ? undefined : await supports(groq, "tools", "openai/gpt-oss-120b");
    expect(claim?.support).toBe("yes");
    expect(claim?.evidence[0]).toMatchObject({ kind: "replayed", sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
  });

  it("of every provider is what its module hands out", async () => {
    for (const { id, provider, evidence } of await providerFacts()) expect(await provider.evidence?.(), id).toEqual(evidence);
  });
});
