import { describe, expect, it } from "vitest";
import { capabilitiesOf, geminiTraits, rules } from "../src/families/gemini.ts";

describe("Gemini and Gemma by generation", () => {
  it.each([
    ["gemini-2.5-pro", true, false, [128, 32_768]],
    ["gemini-2.5-flash-preview-09-2025", true, true, [1, 24_576]],
    ["gemini-2.5-flash-lite", true, true, [512, 24_576]],
    ["gemini-3-pro-preview", ["low", "high"], false, [1, 32_768]],
    ["gemini-3.1-pro-preview-customtools", ["low", "medium", "high"], false, [1, 32_768]],
    ["gemini-3-flash-preview", ["minimal", "low", "medium", "high"], false, [1, 32_768]],
    ["gemini-3.6-flash", ["minimal", "low", "medium", "high"], false, [1, 32_768]],
    ["gemini-3.7-flash", ["low", "medium", "high"], false, [1, 32_768]],
    ["gemini-4-argon", ["low", "medium", "high"], false, false],
    ["gemma-4-31b-it", ["minimal", "high"], true, false],
    ["gemini-2.0-flash-001", false, true, false],
  ])("%s has its reasoning levels and budget", (id, reasoning, off, budget) => {
    expect(capabilitiesOf(id)).toMatchObject({ reasoning, "reasoning.off": off, "reasoning.budget": budget });
  });

  it("sampling is fixed and prefill refused from 3.6 Flash and 3.5 Flash-Lite on", () => {
    for (const id of [
      "gemini-3.6-flash",
      "gemini-3.5-flash-lite",
      "gemini-3.8-flash",
      "gemini-4-argon",
      "gemini-9-pro",
      "gemini-flash-latest",
    ])
      expect(capabilitiesOf(id), id).toMatchObject({ temperature: false, topP: false, prefill: false });
    for (const id of ["gemini-3.5-flash", "gemini-3.1-flash-lite", "gemini-2.5-pro", "gemini-pro-latest", "gemma-4-31b-it"])
      expect(capabilitiesOf(id), id).toMatchObject({ temperature: [0, 2], topP: [0, 1], prefill: true });
  });

  it("versions are compared as numbers, not as text", () => {
    expect(geminiTraits("gemini-3.10-flash")?.version).toEqual([3, 10]);
    expect(capabilitiesOf("gemini-3.10-flash").temperature).toBe(false);
    expect(geminiTraits("gemini-25-flash")?.version).toEqual([25]);
    expect(geminiTraits("gemini-25-flash")?.thinking).toBe("level");
  });

  it("an unknown newer model gets the newest known rules", () => {
    expect(capabilitiesOf("gemini-7-quartz")).toMatchObject({ ...capabilitiesOf("gemini-4-argon") });
  });

  it("ids may have a path before them, and other ids have no capabilities", () => {
    expect(geminiTraits("models/gemini-2.5-pro")).toEqual(geminiTraits("gemini-2.5-pro"));
    expect(geminiTraits("publishers/google/models/Gemini-3.5-Flash")).toEqual(geminiTraits("gemini-3.5-flash"));
    for (const id of ["tunedModels/my-cat", "endpoints/123", "claude-opus-4-8", "gemini-embedding-001", "gemini-robotics-er-1.5-preview"])
      expect(capabilitiesOf(id), id).toEqual({});
  });

  it("image and speech models have capabilities of their own", () => {
    expect(capabilitiesOf("gemini-3.1-flash-image-preview")).toMatchObject({ "output.image": true, tools: false, "output.schema": false });
    expect(capabilitiesOf("gemini-3-pro-image-preview")).toMatchObject({ reasoning: true, "reasoning.budget": false });
    expect(capabilitiesOf("gemini-2.5-pro-preview-tts")).toMatchObject({ "output.audio": true, reasoning: false, "input.image": false });
    expect(capabilitiesOf("gemma-3-27b-it")).toMatchObject({ tools: false, "output.json": false, "input.image": true });
  });

  it("structured output with tools, media in results and signatures exist from Gemini 3 on", () => {
    expect(capabilitiesOf("gemini-2.5-pro")).toMatchObject({ "output.tools": false, "tools.images": false });
    expect(capabilitiesOf("gemini-3-flash-preview")).toMatchObject({ "output.tools": true, "tools.images": true });
    expect(geminiTraits("gemini-2.5-pro")).toMatchObject({ signed: false, ids: false, jsonSchema: true });
    expect(geminiTraits("gemini-3-pro-preview")).toMatchObject({ signed: true, ids: true });
    expect(geminiTraits("gemini-2.0-flash")?.jsonSchema).toBe(false);
  });

  it("functions together with the vendor's tools are refused before Gemini 3", () => {
    const [rule] = rules;
    const tools = [{ name: "a" }, { hosted: { googleSearch: {} } }];
    expect(rule?.when({ model: "gemini-2.5-flash", messages: [], tools })).toBe(true);
    expect(rule?.when({ model: "gemini-3.5-flash", messages: [], tools })).toBe(false);
    expect(rule?.when({ model: "gemini-2.5-flash", messages: [], tools: [{ name: "a" }] })).toBe(false);
  });

  it("JSON output is dropped beside a forced tool from Gemini 3 on", () => {
    const drops = (model: string, toolChoice: "auto" | "required" | { name: string }): boolean =>
      rules.some(
        (rule) => rule.field === "output" && rule.then === "drop" && rule.when({ model, messages: [], output: "json", toolChoice }),
      );
    expect(drops("gemini-3.5-flash", "required")).toBe(true);
    expect(drops("gemini-3.5-flash", { name: "a" })).toBe(true);
    expect(drops("gemini-3.5-flash", "auto")).toBe(false);
    expect(drops("gemini-2.5-flash", "required")).toBe(false);
    expect(drops("tuned", "required")).toBe(false);
  });
});
