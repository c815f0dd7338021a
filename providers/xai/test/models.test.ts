import { describe, expect, it } from "vitest";
import { xai } from "../src/provider.ts";

describe("the model's number", () => {
  const takes = (model: string) => xai.route({ ...call, request: { model, messages: [] } }).takes;
  const call = {
    settings: {},
    streaming: false,
    keyed: true,
    policy: { unsupported: "default", prefill: "error", replayScope: "own" },
    without: new Set<string>(),
  } as const;

  it("is compared as a number, but for 4.20, which is older than 4.3", () => {
    expect(takes("grok-4.20-0309-reasoning").reasoning).toBe(true);
    expect(takes("grok-4.20-0309-non-reasoning").reasoning).toBe(false);
    expect(takes("grok-4.3").reasoning).toEqual(["low", "medium", "high"]);
    expect(takes("grok-4.10").reasoning).toEqual(["low", "medium", "high", "xhigh"]);
    expect(takes("grok-4-0709").reasoning).toBe(true);
    expect(takes("grok-6").reasoning).toEqual(["low", "medium", "high", "xhigh"]);
  });

  it("switches thinking off for grok-4.3 alone", () => {
    expect(["grok-4.3", "grok-4.3-2026", "grok-4.5", "grok-4.35", "grok-5"].map((id) => takes(id)["reasoning.off"])).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});
