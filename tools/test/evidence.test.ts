import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { supports } from "@lumiverse/core";
import { describe, expect, it } from "vitest";
import { allProviders, replayedFile } from "../src/provider-data.ts";
import { root } from "../src/workspace.ts";

interface Entry {
  source: string;
  sha256: string;
}
// `npm run corpus` writes the file in this shape.
const replayed = JSON.parse(readFileSync(join(root, replayedFile), "utf8")) as Record<string, Record<string, Entry[]>>;
const entries = Object.values(replayed).flatMap((capabilities) => Object.values(capabilities).flat());
const recordings = process.env["LUMIVERSE_RECORDINGS"];

describe("evidence", () => {
  it.skipIf(recordings === undefined)("of kind replayed names recordings that exist and are unchanged", () => {
    const wrong = entries.filter(({ source, sha256 }) => {
      const file = join(recordings ?? "", source);
      return !existsSync(file) || createHash("sha256").update(readFileSync(file)).digest("hex") !== sha256;
    });
    expect(entries.length).toBeGreaterThan(100);
    expect(wrong).toEqual([]);
  });

  it("is returned by supports() with the fixture or recording once the application has imported it", async () => {
    const groq = (await allProviders()).find((data) => data.id === "groq")?.provider;
    if (groq === undefined) throw new Error("Groq is missing");
    const ask = () => supports(groq, "tools", "openai/gpt-oss-120b");
    expect(await ask()).toMatchObject({ support: "yes", evidence: [{ kind: "declared", source: groq.docs }] });
    await import(pathToFileURL(join(root, "providers/groq/src/evidence.ts")).href);
    const claim = await ask();
    expect(claim.support).toBe("yes");
    expect(claim.evidence[0]).toMatchObject({ kind: "replayed", sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
  });

  it("of every provider equals that of its entry point, which its other modules do not import", async () => {
    for (const { id, evidence } of await allProviders()) {
      const folder = join(root, "providers", id, "src");
      expect((await import(pathToFileURL(join(folder, "evidence.ts")).href)).evidence, id).toEqual(evidence);
      for (const file of readdirSync(folder)) expect(readFileSync(join(folder, file), "utf8"), `${id}/${file}`).not.toContain("./evidence");
    }
  });
});
