import { describe, expect, it } from "vitest";
import { diffPrefix } from "../../src/request/prefix-diff.ts";

describe("the prefix difference of two bodies", () => {
  const body = { model: "m", tools: [{ name: "a" }], system: "be kind", messages: [{ role: "user", content: "one" }] };
  for (const [change, at] of [
    [{ tools: [{ name: "b" }] }, "tools[0]"],
    [{ tools: [{ name: "a" }, { name: "b" }] }, "tools[1]"],
    [{ tools: [] }, "tools[0]"],
    [{ system: "be brief" }, "system"],
    [{ messages: [{ role: "user", content: "two" }] }, "messages[0]"],
    [{ messages: [{ content: "one", role: "user" }] }, "messages[0]"],
    [{ tools: [{ name: "b" }], system: "x" }, "tools[0]"],
    [{ messages: [...body.messages, { role: "user", content: "two" }] }, undefined],
    [{ messages: [{ role: "user", content: "one", cache_control: { type: "ephemeral" } }] }, undefined],
    [{ temperature: 1 }, undefined],
  ] as const)
    it(`is ${at ?? "none"} after the change ${JSON.stringify(change)}`, () =>
      expect(diffPrefix(body, { ...body, ...change })?.at).toBe(at));
  it("quotes the text around the first difference", () => {
    expect(diffPrefix({ system: "12:00 be kind" }, { system: "12:01 be kind" })?.because).toMatch(
      /character 5: "\\"12:00 be kind\\"" became "\\"12:01 be kind\\""/,
    );
  });
});
