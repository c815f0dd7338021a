import { describe, expect, it } from "vitest";
import { xai } from "../src/provider.ts";

describe("the version in a model id", () => {
  const capabilities = (model: string) => xai.route({ ...call, request: { model, messages: [] } }).capabilities;
  const call = {
    settings: {},
    streaming: false,
    hasKey: true,
    policy: { unsupported: {}, replayScope: "own" as const },
    degradations: new Set<string>(),
  };

  it("is compared number by number, except 4.20, which is older than 4.3", () => {
    expect(capabilities("grok-4.20-0309-reasoning").reasoning).toBe(true);
    expect(capabilities("grok-4.20-0309-non-reasoning").reasoning).toBe(false);
    expect(capabilities("grok-4.3").reasoning).toEqual(["low", "medium", "high"]);
    expect(capabilities("grok-4.10").reasoning).toEqual(["low", "medium", "high", "xhigh"]);
    expect(capabilities("grok-4-0709").reasoning).toBe(true);
    expect(capabilities("grok-6").reasoning).toEqual(["low", "medium", "high", "xhigh"]);
  });

  it("allows reasoning to be switched off for grok-4.3 only", () => {
    expect(["grok-4.3", "grok-4.3-2026", "grok-4.5", "grok-4.35", "grok-5"].map((id) => capabilities(id)["reasoning.off"])).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});
