import { describe, expect, test } from "vitest";
import { capabilitiesOf, isModel, requestsReasoning, rules, traitsOf } from "../src/families/openai.ts";

describe("traits of an OpenAI model by its name", () => {
  test.each<[id: string, effort: string, off: unknown, defaultReasoning: string, sampling: string]>([
    ["gpt-4o", "", "unknown", "off", "always"],
    ["gpt-4.1-mini-2025-04-14", "", "unknown", "off", "always"],
    ["ft:gpt-4.1-mini-2025-04-14:acme::b7", "", "unknown", "off", "always"],
    ["chatgpt-4o-latest", "", "unknown", "off", "always"],
    ["gpt-4o-search-preview", "", "unknown", "off", "never"],
    ["o1", "low medium high", false, "on", "never"],
    ["o3-pro", "low medium high", false, "on", "never"],
    ["o4-mini-2025-04-16", "low medium high", false, "on", "never"],
    ["gpt-5", "minimal low medium high", false, "on", "never"],
    ["gpt-5-mini", "minimal low medium high", false, "on", "never"],
    ["gpt-5-chat-latest", "", "unknown", "off", "always"],
    ["gpt-5-pro", "high", false, "on", "never"],
    ["gpt-5-codex", "low medium high", false, "on", "never"],
    ["gpt-5.1-codex-max", "low medium high xhigh", false, "on", "never"],
    ["o3-deep-research", "medium", false, "on", "never"],
    ["gpt-5.1", "low medium high", true, "off", "while-off"],
    ["gpt-5.1-chat-latest", "medium", false, "on", "never"],
    ["gpt-5.4-mini", "low medium high xhigh", true, "off", "while-off"],
    ["gpt-5.4-pro", "medium high xhigh", false, "on", "never"],
    ["gpt-5.5", "low medium high xhigh", true, "on", "while-off"],
    ["openai/gpt-5.6-terra", "low medium high xhigh max", true, "on", "while-off"],
    ["gpt-6-sol", "low medium high xhigh max", true, "on", "while-off"],
    ["gpt-6-astra", "low medium high xhigh max", false, "on", "never"],
    ["gpt-6.1-terra", "low medium high xhigh max", true, "on", "while-off"],
    ["gpt-6.2-sol", "low medium high xhigh max", false, "on", "never"],
    ["gpt-7-luna", "low medium high xhigh max", "unknown", "on", "while-off"],
  ])("%s", (id, effort, off, defaultReasoning, sampling) => {
    const traits = traitsOf(id);
    expect([traits.effort.join(" "), traits.off, traits.defaultReasoning, traits.sampling]).toEqual([
      effort,
      off,
      defaultReasoning,
      sampling,
    ]);
  });

  test("versions are compared as numbers and never found inside other names", () => {
    expect(traitsOf("gpt-5.10").effort).toEqual(traitsOf("gpt-5.6").effort);
    expect(traitsOf("gpt-50-mini").effort).toEqual(traitsOf("gpt-6").effort);
    expect(isModel("gpt-oss-120b")).toBe(false);
    expect(isModel("mistral-small")).toBe(false);
    expect(isModel("o3x-large")).toBe(false);
    expect(capabilitiesOf("llama-4")).toEqual({});
  });

  test.each([
    ["gpt-5.4", "both"],
    ["gpt-5-pro", "responses"],
    ["gpt-5.3-codex", "responses"],
    ["o4-mini-deep-research", "responses"],
    ["codex-mini-latest", "responses"],
    ["gpt-audio-mini", "chat-completions"],
    ["gpt-4o-audio-preview", "chat-completions"],
    ["gpt-4o-mini-search-preview", "chat-completions"],
  ])("%s is served by %s", (id, apis) => {
    expect(traitsOf(id).apis).toBe(apis);
  });
});

describe("sampling by the effort in force", () => {
  const request = { model: "m", messages: [], temperature: 1 };
  const dropped = (id: string, more: object): boolean =>
    rules(id).some((rule) => rule.field === "temperature" && rule.when({ ...request, ...more }));
  test.each<[string, object, boolean]>([
    ["gpt-5.4", {}, false],
    ["gpt-5.4", { reasoning: "low" }, true],
    ["gpt-5.4", { reasoning: "off" }, false],
    ["gpt-5.5", {}, true],
    ["gpt-5.5", { reasoning: "off" }, false],
    ["gpt-5.5", { parameters: { reasoning_effort: "none" } }, false],
    ["gpt-5.5", { parameters: { reasoning: { effort: "none" } } }, false],
    ["gpt-4.1", { reasoning: "high" }, false],
  ])("%s with %j", (id, more, out) => {
    expect(dropped(id, more)).toBe(out);
  });
  test("a model that always reasons accepts no sampling parameters", () => {
    expect(capabilitiesOf("o3")).toMatchObject({ temperature: false, topP: false, logprobs: false, "reasoning.off": false });
    expect(requestsReasoning(traitsOf("o3"), request)).toBe(true);
  });
});
