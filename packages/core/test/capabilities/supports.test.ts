import { describe, expect, it } from "vitest";
import { type Capability, type Evidence, supports } from "../../src/index.ts";
import { registerEvidence, supportOf } from "../../src/provider.ts";
import { connectTo } from "../support/calls.ts";
import { sampleProvider, sampleProviderWith } from "../support/sample-provider.ts";

describe("supports()", () => {
  const evidence: Record<string, Evidence[]> = {
    tools: [
      { kind: "documented", source: "https://docs.sample.example/tools" },
      { kind: "recorded", source: "fixtures/tools", model: "m-2" },
      { kind: "derived", source: "fixtures/tool-loop" },
      { kind: "documented", source: "https://docs.sample.example/m-1", model: "m-1" },
    ],
  };
  const provider = sampleProviderWith(
    { capabilities: { tools: true, seed: "unknown", reasoning: ["low", "high"] } },
    {
      id: "evident",
      catalogue: async () => ({
        date: "2026-11-01",
        source: "s",
        models: [{ id: "m-1", source: "s", capabilities: { seed: true, "input.image": false, tools: false } }],
      }),
    },
  );
  registerEvidence("evident", evidence);
  const ask = (capability: Capability, model = "m-1") => supports(provider, capability, model);

  it("distinguishes yes, no and unknown", async () => {
    expect((await ask("tools")).support).toBe("yes");
    expect((await ask("input.image")).support).toBe("no");
    expect((await ask("topK")).support).toBe("unknown");
    expect((await ask("models")).support).toBe("no");
    expect(supportOf(undefined)).toBe("unknown");
    expect(supportOf([0, 2])).toBe("yes");
  });
  it("returns the value and its evidence, strongest first, and of equally strong that of this model", async () => {
    expect(await ask("reasoning")).toEqual({
      capability: "reasoning",
      support: "yes",
      value: ["low", "high"],
      evidence: [{ kind: "declared", source: sampleProvider.docs }],
    });
    expect((await ask("tools")).evidence.map((one) => one.source)).toEqual([
      "fixtures/tools",
      "fixtures/tool-loop",
      "https://docs.sample.example/m-1",
      "https://docs.sample.example/tools",
    ]);
    expect((await ask("topK")).evidence).toEqual([]);
  });
  it("lets the route decide, and the catalogue completes what the route leaves open", async () => {
    expect((await ask("seed")).value).toBe(true);
    expect((await ask("tools")).value).toBe(true);
    expect((await ask("seed", "m-9")).support).toBe("unknown");
  });
  it("gives the same claim on a connection", async () => {
    expect(await connectTo("http://127.0.0.1:1", {}, provider).supports("tools", "m-1")).toEqual(await ask("tools"));
  });
});
