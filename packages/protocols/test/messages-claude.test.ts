import { describe, expect, test } from "vitest";
import { claude } from "../src/families/index.ts";

const { claudeTraits, capabilitiesOf } = claude;

describe("Claude ids", () => {
  test.each([
    ["claude-2.1", "", [2, 1]],
    ["claude-instant-1.2", "instant", [1, 2]],
    ["claude-3-haiku-20240307", "haiku", [3]],
    ["claude-3-5-sonnet-20240620", "sonnet", [3, 5]],
    ["claude-3-7-sonnet@20250219", "sonnet", [3, 7]],
    ["claude-opus-4-20250514", "opus", [4]],
    ["claude-opus-4-1-20250805", "opus", [4, 1]],
    ["claude-sonnet-4-5@20250929", "sonnet", [4, 5]],
    ["anthropic/claude-opus-4.5", "opus", [4, 5]],
    ["anthropic/claude-3.7-sonnet:thinking", "sonnet", [3, 7]],
    ["us.anthropic.claude-haiku-4-5-20251001-v1:0", "haiku", [4, 5]],
    ["claude-opus-5", "opus", [5]],
    ["claude-opus-5-5", "opus", [5, 5]],
    ["claude-fable-5-1", "fable", [5, 1]],
  ])("%s has the line %s and the version %j", (id, line, version) => {
    expect(claudeTraits(id)).toMatchObject({ line, version });
  });

  test("other ids are not Claude models", () => {
    for (const id of ["gpt-5.6", "notclaude-opus-5", "gpt-oss:20b"]) {
      expect(claudeTraits(id)).toBeUndefined();
      expect(capabilitiesOf(id)).toEqual({});
    }
  });

  test("a newer version whose id begins the same has its own rules", () => {
    expect(claudeTraits("claude-opus-5")).toMatchObject({ off: true, forced: "yes", bound: false });
    expect(claudeTraits("claude-opus-5-5")).toMatchObject({ off: false, forced: "never", bound: true });
    expect(claudeTraits("claude-sonnet-5")).toMatchObject({ off: true, bound: false });
    expect(claudeTraits("claude-sonnet-5-5")).toMatchObject({ off: false, bound: true });
  });

  test("an unknown newer model, line or alias gets the newest known rules", () => {
    for (const id of ["claude-opus-6", "claude-opus-7-2-20280101", "claude-saga-9", "claude-opus-latest"])
      expect(claudeTraits(id)).toMatchObject({
        thinking: "adaptive",
        off: false,
        sampling: "none",
        prefill: false,
        schema: true,
        bound: true,
        forced: "never",
      });
  });
});

describe("the capabilities of a generation", () => {
  const table = (pick: (id: string) => unknown, rows: Record<string, unknown>): void => {
    for (const [id, value] of Object.entries(rows)) expect([id, pick(id)]).toEqual([id, value]);
  };

  test("effort words are listed from weakest to strongest", () => {
    table((id) => capabilitiesOf(id).reasoning, {
      "claude-3-5-haiku-20241022": false,
      "claude-3-7-sonnet-latest": true,
      "claude-sonnet-4-5": true,
      "claude-opus-4-5": ["low", "medium", "high"],
      "claude-sonnet-4-6": ["low", "medium", "high", "max"],
      "claude-opus-4-7": ["low", "medium", "high", "xhigh", "max"],
      "claude-haiku-5-5": ["low", "medium", "high", "xhigh", "max"],
    });
  });

  test("thinking can be switched off on some models only", () => {
    table((id) => capabilitiesOf(id)["reasoning.off"], {
      "claude-opus-4-8": true,
      "claude-opus-5": true,
      "claude-haiku-5-5": "unknown",
      "claude-fable-5": false,
      "claude-mythos-5": false,
    });
  });

  test("prefill depends on the model and on the rest of the request", () => {
    table((id) => capabilitiesOf(id).prefill, { "claude-haiku-4-5": true, "claude-opus-4-6": false, "claude-opus-5-5": false });
    expect(capabilitiesOf("claude-haiku-4-5", { reasoning: "low" }).prefill).toBe(false);
    expect(capabilitiesOf("claude-haiku-4-5", { output: { schema: { type: "object" } } }).prefill).toBe(false);
    expect(capabilitiesOf("claude-3-haiku-20240307", { output: { schema: { type: "object" } } }).prefill).toBe(true);
  });

  test("native schemas and forced tools depend on the model", () => {
    table((id) => [capabilitiesOf(id)["output.schema"], capabilitiesOf(id)["toolChoice.required"]], {
      "claude-opus-4-20250514": [false, true],
      "claude-opus-4-1": [true, true],
      "claude-haiku-4-5": [true, true],
      "claude-fable-5": [true, false],
      "claude-opus-5-5": [true, false],
      "claude-haiku-5-5": [true, true],
    });
  });

  test("the smallest cached prefix depends on the model", () => {
    table((id) => claudeTraits(id)?.minimumCache, {
      "claude-3-5-haiku-20241022": 2048,
      "claude-haiku-4-5": 4096,
      "claude-opus-4-1": 1024,
      "claude-opus-4-5": 4096,
      "claude-opus-4-7": 4096,
      "claude-opus-4-8": 1024,
      "claude-opus-5": 512,
      "claude-fable-5-1": 512,
      "claude-sonnet-4-6": 1024,
      "claude-sonnet-5": 1024,
      "claude-opus-5-5": undefined,
    });
  });
});
