import { describe, expect, it } from "vitest";
import { checkPrefill, checkRequest } from "../../src/capabilities/check-request.ts";
import { type Capabilities, type ChatRequest, isLumiverseError, type LumiverseError, type Note } from "../../src/index.ts";
import type { Route, Rule, Unsupported } from "../../src/provider.ts";
import { sampleProtocol } from "../support/sample-provider.ts";

const ASK: ChatRequest = { model: "m-1", messages: [{ role: "user", content: "hi" }] };
const TOOLS: ChatRequest = { ...ASK, tools: [{ name: "look" }, { name: "find" }] };

function check(request: ChatRequest, capabilities: Capabilities, unsupported: Unsupported = {}, rules: Rule[] = []) {
  const notes: Note[] = [];
  const route: Route = { protocol: sampleProtocol, base: new URL("https://api.sample.example"), capabilities, rules };
  const checked = checkRequest(request, route, { unsupported, replayScope: "own" }, notes);
  return { ...checked, notes };
}
function refusal(work: () => unknown): LumiverseError {
  try {
    work();
  } catch (error) {
    if (isLumiverseError(error)) return error;
    throw error;
  }
  throw new Error("it was not refused");
}

/** Every field with a capability: a request that uses it, the capability that denies it, and whether dropping it would change the meaning of the call. */
const FIELDS: [keyof ChatRequest, ChatRequest, Capabilities, "refuse" | "drop"][] = [
  ["tools", TOOLS, { tools: false }, "refuse"],
  ["toolChoice", { ...TOOLS, toolChoice: "required" }, { "toolChoice.required": false }, "refuse"],
  ["toolChoice", { ...TOOLS, toolChoice: { name: "look" } }, { "toolChoice.named": false }, "refuse"],
  ["parallelToolCalls", { ...TOOLS, parallelToolCalls: false }, { parallelToolCalls: false }, "refuse"],
  ["stop", { ...ASK, stop: ["a"] }, { stop: false }, "refuse"],
  ["stop", { ...ASK, stop: ["a", "b", "c"] }, { stop: [0, 2] }, "refuse"],
  ["logprobs", { ...ASK, logprobs: true }, { logprobs: false }, "refuse"],
  ["reasoning", { ...ASK, reasoning: "off" }, { "reasoning.off": false }, "refuse"],
  ["reasoning", { ...ASK, reasoning: "high" }, { reasoning: false }, "drop"],
  ["maxOutputTokens", { ...ASK, maxOutputTokens: 9 }, { maxOutputTokens: false }, "drop"],
  ["temperature", { ...ASK, temperature: 0 }, { temperature: false }, "drop"],
  ["topP", { ...ASK, topP: 1 }, { topP: false }, "drop"],
  ["topK", { ...ASK, topK: 1 }, { topK: false }, "drop"],
  ["minP", { ...ASK, minP: 0 }, { minP: false }, "drop"],
  ["frequencyPenalty", { ...ASK, frequencyPenalty: 0 }, { frequencyPenalty: false }, "drop"],
  ["presencePenalty", { ...ASK, presencePenalty: 0 }, { presencePenalty: false }, "drop"],
  ["repetitionPenalty", { ...ASK, repetitionPenalty: 1 }, { repetitionPenalty: false }, "drop"],
  ["seed", { ...ASK, seed: 0 }, { seed: false }, "drop"],
];

describe.each(FIELDS)("%s that the model does not accept", (field, request, capabilities, kind) => {
  const values = JSON.stringify(Object.values(capabilities));
  it(`is ${kind === "refuse" ? "refused before anything is sent" : "left out with a note"} by default (${values})`, () => {
    if (kind === "drop") {
      const { request: sent, notes } = check(request, capabilities);
      expect(sent[field]).toBeUndefined();
      expect(notes).toEqual([{ kind: "dropped", field, message: expect.any(String) }]);
      return;
    }
    expect(refusal(() => check(request, capabilities))).toMatchObject({ code: "unsupported", field, retryable: false });
  });
  it('is refused under "error"', () => {
    const error = refusal(() => check(request, capabilities, "error"));
    expect(error.field).toBe(field);
    expect(error.hint).toContain('"drop"');
  });
  it('is left out with one note under "drop"', () => {
    const { request: sent, notes, reasoning } = check(request, capabilities, "drop");
    expect(sent[field]).toBeUndefined();
    expect(reasoning).toBeUndefined();
    expect(notes).toEqual([{ kind: "dropped", field, message: expect.any(String) }]);
  });
  it('is sent unchanged under "send"', () => {
    const { request: sent, notes } = check(request, capabilities, "send");
    expect(sent[field]).toEqual(request[field]);
    expect(notes).toEqual([]);
  });
  it("follows the policy of its own field, and no other field's", () => {
    expect(refusal(() => check(request, capabilities, { [field]: "error" })).field).toBe(field);
    expect(check(request, capabilities, { [field]: "drop" }).request[field]).toBeUndefined();
    const { request: sent, notes } = check(request, capabilities, { [field]: "send" });
    expect([sent[field], notes]).toEqual([request[field], []]);
    const other = field === "seed" ? "topK" : "seed";
    if (kind === "refuse") expect(refusal(() => check(request, capabilities, { [other]: "drop" })).field).toBe(field);
    else expect(check(request, capabilities, { [other]: "error" }).request[field]).toBeUndefined();
  });
  it("is sent when nothing is known", () => {
    const { request: sent } = check(request, {});
    expect(sent[field]).toEqual(request[field]);
  });
});

describe("the request itself", () => {
  it("is never changed", () => {
    const given: ChatRequest = Object.freeze({ ...TOOLS, temperature: 9, toolChoice: "none" as const });
    const { request } = check(given, { temperature: [0, 2], "toolChoice.none": false });
    expect(request).toEqual({ ...ASK, temperature: 2 });
    expect(given.temperature).toBe(9);
  });
  for (const [what, request, says] of [
    ["a forced tool without tools", { ...ASK, toolChoice: "required" }, "toolChoice forces a tool, but the request has no tools"],
    ["the choice of an unknown tool", { ...TOOLS, toolChoice: { name: "fly" } }, 'toolChoice names "fly", which is not one of the tools'],
  ] as const)
    it(`is refused with ${what}: ${says}`, () => {
      // A caller without types can pass it.
      expect(refusal(() => check(request as unknown as ChatRequest, {})).message).toBe(says);
    });
  it.each<Unsupported>(["send", { toolChoice: "send" }])("keeps a tool choice without tools under %j", (unsupported) => {
    // A caller without types can pass it.
    const given = { ...ASK, toolChoice: "required" } as unknown as ChatRequest;
    expect(check({ ...given, parallelToolCalls: false }, {}, unsupported).request).toEqual(given);
  });
  it.each(["auto", "none"])("loses toolChoice %s without tools under send, because it means nothing there", (toolChoice) => {
    // A caller without types can pass it.
    const given = { ...ASK, toolChoice, parallelToolCalls: false } as unknown as ChatRequest;
    expect(check(given, {}, "send").request).toEqual(ASK);
  });
  it("loses parallelToolCalls with the tools that stand for toolChoice none", () => {
    const given: ChatRequest = { ...ASK, tools: [{ name: "tide" }], toolChoice: "none", parallelToolCalls: false };
    expect(check(given, { tools: true, "toolChoice.none": false, parallelToolCalls: true }).request).toEqual(ASK);
  });
  it("loses undefined fields, an empty tool list, and a tool choice without tools", () => {
    const given = { ...ASK, tools: [], toolChoice: "auto", parallelToolCalls: false, seed: undefined } as unknown as ChatRequest;
    expect(check(given, {}, "error").request).toEqual(ASK);
  });
});

it("the error lists the parameters that the model accepts", () => {
  const capabilities: Capabilities = { topK: false, temperature: [0, 2], topP: true, maxOutputTokens: true, stop: [0, 4] };
  expect(refusal(() => check({ ...ASK, topK: 3 }, capabilities, "error")).message).toBe(
    '"topK" is not supported by m-1 (supported: maxOutputTokens, temperature, topP, stop)',
  );
});

describe("a number out of range", () => {
  for (const [value, to] of [
    [3, 2],
    [-1, 0],
  ] as const)
    it(`is clamped with a note: ${value} becomes ${to}`, () => {
      const { request, notes } = check({ ...ASK, temperature: value }, { temperature: [0, 2] });
      expect(request.temperature).toBe(to);
      expect(notes).toEqual([{ kind: "clamped", field: "temperature", message: `${value} became ${to}: m-1 accepts 0 to 2.` }]);
    });
  it('is refused under "error"', () => {
    expect(refusal(() => check({ ...ASK, temperature: 3 }, { temperature: [0, 2] }, "error")).message).toBe(
      "temperature is 3; m-1 accepts 0 to 2",
    );
  });
  it("is not changed at the limit", () => expect(check({ ...ASK, temperature: 2 }, { temperature: [0, 2] }).notes).toEqual([]));
});

describe("media", () => {
  const image = { type: "image", data: "aGk=", mediaType: "image/png" } as const;
  const user = (...content: unknown[]): ChatRequest => ({ ...ASK, messages: [{ role: "user", content: content as never }] });
  for (const [kind, part, capabilities] of [
    ["image", image, { "input.image": false }],
    ["audio", { type: "audio", data: "aGk=", mediaType: "audio/wav" }, { "input.audio": false }],
    ["file", { type: "file", data: "aGk=", mediaType: "application/pdf" }, { "input.file": false }],
    ["video", { type: "file", data: "aGk=", mediaType: "video/mp4" }, { "input.video": false, "input.file": true }],
  ] as const) {
    it(`${kind} input is refused when the model does not accept it, and replaced by a text and a note under "drop"`, () => {
      const { request, notes } = check(user({ type: "text", text: "Look" }, part), capabilities, "drop");
      const because = `m-1 does not accept ${kind} input`;
      expect(request.messages).toEqual([
        {
          role: "user",
          content: [
            { type: "text", text: "Look" },
            { type: "text", text: `(${kind} left out: ${because})` },
          ],
        },
      ]);
      expect(notes).toEqual([{ kind: "dropped", field: "messages", message: because }]);
      expect(check(user(part), capabilities, { messages: "drop" }).notes).toEqual(notes);
      for (const policy of [{}, "error", { messages: "error" }, { tools: "drop" }] as const)
        expect(refusal(() => check(user(part), capabilities, policy)).message).toBe(`m-1 does not accept ${kind} input`);
    });
    it(`${kind} input in a tool result is checked too`, () => {
      const request: ChatRequest = {
        ...ASK,
        messages: [{ role: "tool", content: [{ type: "tool-result", id: "c", content: [part as typeof image] }] }],
      };
      expect(refusal(() => check(request, capabilities)).field).toBe("messages");
    });
    it(`${kind} input is sent under "send" and when nothing is known`, () => {
      for (const policy of ["send", { messages: "send" }] as const) expect(check(user(part), capabilities, policy).notes).toEqual([]);
      expect(check(user(part), {}).notes).toEqual([]);
    });
  }
  it("by URL is refused when the vendor does not fetch, and a data: URL counts as bytes", () => {
    const url = { type: "image", url: "https://example.org/a.png" } as const;
    expect(refusal(() => check(user(url), { "input.url": false })).message).toBe("m-1 does not fetch image by URL here");
    expect(check(user({ ...url, url: "data:image/png;base64,aGk=" }), { "input.url": false }).notes).toEqual([]);
  });
  it("in an assistant turn is not checked", () => {
    const request: ChatRequest = { ...ASK, messages: [{ role: "assistant", content: [image] }, ...ASK.messages] };
    expect(check(request, { "input.image": false }).notes).toEqual([]);
  });
});

describe("toolChoice", () => {
  it('"none" leaves out the tools when the host has no such value', () => {
    const { request, notes } = check({ ...TOOLS, toolChoice: "none" }, { "toolChoice.none": false });
    expect(request).toEqual(ASK);
    expect(notes).toEqual([{ kind: "changed", field: "toolChoice", message: expect.stringContaining("tools were left out") }]);
  });
  it('"auto" is always accepted', () =>
    expect(check({ ...TOOLS, toolChoice: "auto" }, { "toolChoice.required": false }, "error").request.toolChoice).toBe("auto"));
  it("is dropped with the tools, and so is parallelToolCalls", () => {
    const { request } = check({ ...TOOLS, toolChoice: "required", parallelToolCalls: false }, { tools: false }, "drop");
    expect(request).toEqual(ASK);
  });
  it("parallelToolCalls: true is sent only where the model is known to accept the field", () => {
    expect(check({ ...TOOLS, parallelToolCalls: true }, {}).request.parallelToolCalls).toBeUndefined();
    expect(check({ ...TOOLS, parallelToolCalls: true }, { parallelToolCalls: true }).request.parallelToolCalls).toBe(true);
  });
});

describe("rules about pairs of fields", () => {
  type Then = { then: "drop" | "refuse" } | { then: "clamp"; range: readonly [number, number] } | { then: "force"; value: unknown };
  const rule = (field: Rule["field"], then: "drop" | "refuse" | Then, when: Rule["when"] = () => true): Rule => ({
    field,
    when,
    because: `because of ${field}`,
    ...(typeof then === "string" ? { then } : then),
  });

  it("apply in the order reasoning, tools, output, sampling, the rest, in whatever order they are listed", () => {
    const order: string[] = [];
    const watch = (field: Rule["field"]): Rule =>
      rule(field, "drop", () => {
        order.push(field);
        return false;
      });
    const request: ChatRequest = { ...TOOLS, reasoning: "low", toolChoice: "auto", output: "json", temperature: 1, topP: 1, seed: 1 };
    check(request, {}, {}, (["seed", "topP", "temperature", "output", "toolChoice", "tools", "reasoning"] as const).map(watch));
    expect(order).toEqual(["reasoning", "tools", "toolChoice", "output", "temperature", "topP", "seed"]);
  });

  it("see the request as earlier rules left it", () => {
    const rules = [
      rule("topP", "drop", (request) => request.temperature !== undefined),
      rule("temperature", "drop", (request) => request.reasoning !== undefined),
    ];
    const { request, notes } = check({ ...ASK, temperature: 1, topP: 0.5, reasoning: "low" }, {}, {}, rules);
    expect(request).toMatchObject({ topP: 0.5 });
    expect(notes).toEqual([{ kind: "dropped", field: "temperature", message: "because of temperature" }]);
  });

  it("drop, refuse, clamp and force a field, each with its reason", () => {
    expect(refusal(() => check({ ...ASK, topK: 5 }, {}, {}, [rule("topK", "refuse")])).message).toBe("because of topK");
    const { request, notes } = check({ ...ASK, topK: 50, topP: 0.2 }, {}, {}, [
      rule("topK", { then: "clamp", range: [1, 40] }),
      rule("topP", { then: "force", value: 0.95 }),
      rule("temperature", { then: "force", value: 1 }),
    ]);
    expect(request).toMatchObject({ topK: 40, topP: 0.95, temperature: 1 });
    expect(notes.map((note) => [note.kind, note.field])).toEqual([
      ["changed", "temperature"],
      ["changed", "topP"],
      ["clamped", "topK"],
    ]);
  });

  it('do nothing for an absent field, note nothing for a value that is already forced, and do not apply under "send"', () => {
    expect(check(ASK, {}, {}, [rule("topK", "refuse")]).notes).toEqual([]);
    expect(check({ ...ASK, topP: 1 }, {}, {}, [rule("topP", { then: "force", value: 1 })]).notes).toEqual([]);
    expect(check({ ...ASK, topK: 5 }, {}, "send", [rule("topK", "refuse")]).request.topK).toBe(5);
  });

  it("can drop reasoning, and then no reasoning is sent", () => {
    const { reasoning, notes } = check({ ...TOOLS, reasoning: "high" }, { reasoning: ["low", "high"] }, {}, [rule("reasoning", "drop")]);
    expect(reasoning).toBeUndefined();
    expect(notes).toHaveLength(1);
  });
});

describe("prefill", () => {
  const prefillMode = (supported: Capabilities["prefill"], unsupported: Unsupported = {}) =>
    checkPrefill("m-1", "Once", supported, { unsupported, replayScope: "own" });

  it("is sent as the protocol's own where the model accepts it or nothing is known, under every policy", () => {
    for (const supported of [true, "unknown", undefined] as const)
      for (const policy of [{}, "error", "drop", "send", { prefill: "drop" }] as const)
        expect(prefillMode(supported, policy)).toBe("native");
  });
  it("is an error by default where the model does not accept it", () => {
    for (const policy of [{}, "error", { prefill: "error" }, { seed: "drop" }] as const)
      expect(refusal(() => prefillMode(false, policy))).toMatchObject({
        code: "unsupported",
        field: "prefill",
        hint: 'Set unsupported: { prefill: "drop" } to request the same beginning in words',
      });
  });
  it('is requested in words under "drop" and sent anyway under "send", for everything or for prefill alone', () => {
    expect([prefillMode(false, "drop"), prefillMode(false, { prefill: "drop" })]).toEqual(["instruction", "instruction"]);
    expect([prefillMode(false, "send"), prefillMode(false, { prefill: "send" })]).toEqual(["native", "native"]);
  });
  it("is ignored when it is empty", () => expect(checkPrefill("m", "", false, { unsupported: "error", replayScope: "own" })).toBe("none"));
});

describe("an empty stop sequence", () => {
  it("is left out with a note, and the others stay", () => {
    const { request, notes } = check({ ...ASK, stop: ["", "END"] }, {});
    expect(request.stop).toEqual(["END"]);
    expect(notes).toMatchObject([{ kind: "changed", field: "stop" }]);
    expect(check({ ...ASK, stop: "" }, {}).request).not.toHaveProperty("stop");
    expect(check({ ...ASK, stop: "" }, {}, "send").request.stop).toBe("");
  });
});

describe("tools that a rule leaves out", () => {
  it("take the tool choice with them, because vendors refuse it alone", () => {
    const rule: Rule = { field: "tools", when: () => true, then: "refuse", because: "No tools here" };
    const { request } = check({ ...TOOLS, toolChoice: "required", parallelToolCalls: false }, {}, "drop", [rule]);
    expect(request).not.toHaveProperty("tools");
    expect(request).not.toHaveProperty("toolChoice");
    expect(request).not.toHaveProperty("parallelToolCalls");
  });
});
