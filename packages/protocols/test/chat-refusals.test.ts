import type { Message } from "@lumiverse/core/provider";
import { describe, expect, it } from "vitest";
import { chatProvider, mistralTemplate } from "../src/chat-completions/index.ts";
import { gatewayRules, kimiTraits, mistral, modelVendor, reasoningReplay } from "../src/families/index.ts";
import { kinds, render, routeCallOf, thrown } from "./chat-drive.ts";

const messagesOf = (body: Record<string, unknown>): unknown => body["messages"];
const sending = { policy: { unsupported: "send", replayScope: "own" } } as const;

describe("a seed beyond 32 bits", () => {
  const seed = 1_796_000_000_123;
  it("is reduced with a note, and the same seed always becomes the same", () => {
    const { body, notes } = render({}, { seed });
    expect(body["seed"]).toBe(seed % 2 ** 31);
    expect(kinds(notes)).toEqual(["changed seed"]);
    expect(render({}, { seed: seed + 1 }).body["seed"]).toBe((seed % 2 ** 31) + 1);
  });
  it("is left alone within 32 bits, by the policy send, and in raw parameters", () => {
    expect(render({}, { seed: 2 ** 31 - 1 }).body["seed"]).toBe(2 ** 31 - 1);
    expect(render({}, { seed }, sending).body["seed"]).toBe(seed);
    expect(render({}, { parameters: { seed } }).body["seed"]).toBe(seed);
  });
  it("is refused by the policy error", () => {
    const refused = thrown(() => render({}, { seed }, { policy: { unsupported: "error", replayScope: "own" } }));
    expect(refused).toMatchObject({ code: "unsupported", field: "seed" });
  });
});

describe("audio in a format that the host does not accept", () => {
  const messages = (mediaType: string): Message[] => [{ role: "user", content: [{ type: "audio", data: "AA==", mediaType }] }];
  const dialect = { audioFormats: ["wav", "mp3"] };
  it("is refused before anything is sent, unless the policy is to send it", () => {
    expect(thrown(() => render(dialect, { messages: messages("audio/ogg") }))).toMatchObject({ code: "unsupported", field: "messages" });
    expect(JSON.stringify(render(dialect, { messages: messages("audio/ogg") }, sending).body)).toContain('"format":"ogg"');
    expect(JSON.stringify(render(dialect, { messages: messages("audio/mpeg") }).body)).toContain('"format":"mp3"');
    expect(JSON.stringify(render({}, { messages: messages("audio/ogg") }).body)).toContain('"format":"ogg"');
  });
});

describe("a conversation that Mistral's template refuses", () => {
  it("ends with a user turn where it ended with a system message", () => {
    const messages: Message[] = [
      { role: "user", content: "Hi" },
      { role: "assistant", content: "Hello." },
      { role: "system", content: "Be brief." },
    ];
    const { body, notes } = render(mistralTemplate, { messages });
    expect(messagesOf(body)).toEqual([messages[0], messages[1], { role: "user", content: "Be brief." }]);
    expect(kinds(notes)).toEqual(["changed messages"]);
    expect(messagesOf(render({}, { messages }).body)).toEqual(messages);
  });
  it("has user turns where it had system messages after an answer", () => {
    const messages: Message[] = [
      { role: "system", content: "Be kind." },
      { role: "user", content: "Hi" },
      { role: "assistant", content: "Hello." },
      { role: "system", content: "Be brief." },
      { role: "user", content: "Tide?" },
    ];
    const { body, notes } = render(mistralTemplate, { messages });
    expect(messagesOf(body)).toEqual(messages.with(3, { role: "user", content: "Be brief." }));
    expect(kinds(notes)).toEqual(["changed messages"]);
  });
  it("has no topP beside a temperature of 0", () => {
    const rule = mistral.rules.find(({ field }) => field === "topP");
    const request = { model: "mistralai/mistral-small-2603", messages: [], topP: 0.5 };
    expect(rule?.when({ ...request, temperature: 0 })).toBe(true);
    expect(rule?.when({ ...request, temperature: 0.1 })).toBe(false);
    expect(rule?.when({ ...request, temperature: 0, topP: 1 })).toBe(false);
    expect(rule?.when({ ...request, temperature: 0, model: "gpt-4.1" })).toBe(false);
    expect(gatewayRules).toContain(rule);
  });
});

describe("content that has no place in the messages", () => {
  it("leaves a note where it was media of an answer", () => {
    const image = { type: "image" as const, data: "AA==", mediaType: "image/png" };
    const messages: Message[] = [
      { role: "user", content: "Draw." },
      { role: "assistant", content: [{ type: "text", text: "Here." }, image] },
      { role: "user", content: "Thanks." },
    ];
    const { body, notes } = render({}, { messages });
    expect(messagesOf(body)).toEqual(messages.with(1, { role: "assistant", content: "Here." }));
    expect(kinds(notes)).toEqual(["dropped messages"]);
  });
  it("is a word where an empty result is refused", () => {
    const call = { type: "tool-call" as const, id: "c", name: "tide", arguments: "{}", input: {} };
    const messages: Message[] = [
      { role: "user", content: "Tide?" },
      { role: "assistant", content: [call] },
      { role: "tool", content: [{ type: "tool-result", id: "c", name: "tide", content: "" }] },
    ];
    const resultOf = (toolTurnContent: "space" | "null"): unknown =>
      (messagesOf(render({ toolTurnContent }, { messages }).body) as { content: unknown }[])[2]?.content; // as the protocol lists messages
    expect(resultOf("space")).toBe("(empty)");
    expect(resultOf("null")).toBe("");
  });
});

describe("a conversation without content", () => {
  it("is refused before anything is sent", () => {
    expect(thrown(() => render({}, {}, { messages: [] }))).toMatchObject({ code: "invalid-request", field: "messages" });
  });
});

describe("reasoning of earlier turns", () => {
  const origin = { provider: "acme", protocol: "chat-completions", model: "m-1", scope: "vendor" };
  const messages: Message[] = [
    { role: "user", content: "Tide?" },
    {
      role: "assistant",
      content: [
        { type: "reasoning", text: "I look.", replay: { origin, data: null } },
        { type: "tool-call", id: "c1", name: "tide", arguments: "{}", input: {} },
      ],
    },
    { role: "tool", content: [{ type: "tool-result", id: "c1", content: "four" }] },
  ];
  it.each([
    "moonshotai/kimi-k2.6:thinking",
    "kimi",
    "kimi-k2-thinking",
    "accounts/x/models/kimi-k2p6",
    "deepseek/deepseek-v4-pro",
    "deepseek",
    "deepseek-v3.2",
  ])("goes back to %s on every host", (model) => {
    expect(reasoningReplay(model)).toBe("tool-turns");
    expect(messagesOf(render({}, { model, messages }).body)).toMatchObject([{}, { reasoning_content: "I look." }, {}]);
    expect(JSON.stringify(render({ reasoning: { replay: "never" } }, { model, messages }).body)).not.toContain("I look.");
  });
  it.each([
    "kimi-k2-instruct",
    "kimi-k2-0905",
    "deepseek-r1",
    "deepseek-r1-distill-llama-70b",
    "deepseek-v3.1",
    "deepseek-v3-0324",
    "gpt-5",
    "qwen3-32b",
  ])("stays away from %s", (model) => {
    expect(JSON.stringify(render({}, { model, messages }).body)).not.toContain("I look.");
  });
});

describe("facts about models by their ids", () => {
  it("names the effort words of Kimi", () => {
    expect(kimiTraits("moonshotai/Kimi-K2.6")).toEqual({ reasons: true, effort: [] });
    expect(kimiTraits("accounts/fireworks/models/kimi-k3")?.effort).toEqual(["low", "high", "max"]);
    expect(kimiTraits("kimi-k2-0905")?.reasons).toBe(false);
    expect(kimiTraits("glm-5")).toBeUndefined();
  });
  it("knows whose check a schema must pass, aliases of gateways included", () => {
    const ids = ["claude", "gemini", "kimi", "deepseek", "~anthropic/claude-opus-latest", "moonshotai/kimi-k2.6:thinking", "qwen3"];
    expect(ids.map(modelVendor)).toEqual(["anthropic", "gemini", "moonshot", "deepseek", "anthropic", "moonshot", undefined]);
  });
});

describe("an id of a call that its vendor refuses", () => {
  const ids = (model: string, id: string): unknown[] => {
    const messages: Message[] = [
      { role: "user", content: "Hi" },
      { role: "assistant", content: [{ type: "tool-call", id, name: "tide", arguments: "{}" }] },
      { role: "tool", content: [{ type: "tool-result", id, content: "Four." }] },
    ];
    const [, turn, result] = messagesOf(render({}, { model, messages }).body) as { tool_calls: { id: string }[]; tool_call_id: string }[];
    return [turn?.tool_calls[0]?.id, result?.tool_call_id];
  };
  const long = "a".repeat(60);
  it("is another one, the same for the call and its result, on every host", () => {
    for (const [model, id] of [
      ["openai/gpt-5.5", long],
      ["anthropic/claude-sonnet-5", "functions.tide:0"],
    ] as const) {
      const [call, result] = ids(model, id);
      expect(call).toMatch(/^[\w-]{1,40}$/);
      expect(result).toBe(call);
    }
  });
  it("stays as it is where its vendor takes it", () => {
    expect(ids("moonshotai/kimi-k2.6", "functions.tide:0")[0]).toBe("functions.tide:0");
    expect(ids("gpt-5.5", "functions.tide:0")[0]).toBe("functions.tide:0");
    expect(ids("m", long)[0]).toBe(long);
  });
});

describe("every provider of Chat Completions", () => {
  const acme = chatProvider({
    id: "acme",
    name: "Acme",
    docs: "https://acme.test",
    version: "1.0.0",
    base: "https://api.acme.test/v1",
    dialect: {},
    capabilities: {},
  });
  it("raises a topP of 0, which most hosts refuse", () => {
    const [rule] = acme.route(routeCallOf()).rules ?? [];
    expect(rule).toMatchObject({ field: "topP", then: "clamp", range: [0.01, 1] });
    expect([0, 0.001].map((topP) => rule?.when({ model: "m", messages: [], topP }))).toEqual([true, false]);
  });
  it("repeats a call with max_completion_tokens when the host demands it", () => {
    const error = { status: 400, message: "Use 'max_completion_tokens' instead of 'max_tokens'." };
    const recovery = acme.recover?.({ error: error as never, call: routeCallOf({ maxOutputTokens: 50 }) }); // only these fields are read
    expect(recovery?.remember).toBe("max_completion_tokens");
    expect(recovery?.note.message).not.toContain("setting");
  });
});
