import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporary } from "../../../conformance/test/temporary-cases.ts";
import { replayAcross } from "../src/corpus/across.ts";
import { countedExchanges, countLines } from "../src/corpus/counts.ts";
import { allowedDifferences } from "../src/corpus/gateway-differences.ts";
import { replayThroughGateway } from "../src/corpus/through-gateway.ts";

const chunk = (delta: object, finish: string | null, more: object = {}): string =>
  `data: ${JSON.stringify({ id: "a", object: "chat.completion.chunk", created: 1, model: "m", choices: [{ index: 0, delta, finish_reason: finish, novelty: 1 }], ...more })}\n\n`;
const usage = { prompt_tokens: 9, completion_tokens: 4, total_tokens: 13, prompt_tokens_details: { cached_tokens: 2 }, queue_time: 0.1 };
const call = { index: 0, id: "c1", type: "function", function: { name: "look", arguments: '{"at":' } };
const answer = [
  chunk({ role: "assistant", content: "Grüße " }, null),
  chunk({ content: "👋", padding: "xy" }, null),
  chunk({ tool_calls: [call] }, null),
  chunk({ tool_calls: [{ index: 0, function: { arguments: "1}" } }] }, null),
  chunk({}, "tool_calls", { usage, x_groq: { id: "r" } }),
  "data: [DONE]\n\n",
].join("");
const body = {
  model: "m",
  stream: true,
  messages: [{ role: "user", content: "Hi", name: "ada" }],
  novelty: [{ a: null }],
};

function folder(changes: object): string {
  const path = join(temporary("gateway"), "groq/one.json");
  mkdirSync(dirname(path), { recursive: true });
  const recording = {
    provider: "groq",
    kind: "chat",
    streaming: true,
    request: { method: "POST", url: "https://api.groq.com/openai/v1/chat/completions", body },
    response: { status: 200, headers: { "content-type": "text/event-stream" }, body: answer },
    ...changes,
  };
  writeFileSync(path, JSON.stringify(recording));
  return dirname(dirname(path));
}

describe("a recorded exchange through the gateway", () => {
  it("is unchanged, with the fields that only its vendor knows", async () => {
    expect(await replayThroughGateway(folder({}))).toEqual([
      { file: "groq/one.json", protocol: "chat-completions", refusal: false, differences: [], allowed: [] },
    ]);
  });

  it("is reported where the gateway refuses its request", async () => {
    const request = { method: "POST", url: "https://api.groq.com/openai/v1/chat/completions", body: { model: "m" } };
    const [row] = await replayThroughGateway(folder({ request }));
    expect(row?.differences).toEqual([{ side: "request", path: "parse", expected: "a request", found: "messages is required" }]);
  });

  it("is reported where a field changed", async () => {
    // The arguments are stated twice. The reader keeps one of them.
    const twice = answer.replace('"arguments":"1}"', String.raw`"arguments":"1}{\"at\":1}"`);
    const [row] = await replayThroughGateway(folder({ response: { status: 200, headers: {}, body: twice } }));
    expect(row?.differences).toMatchObject([{ side: "answer", path: "[].choices[].delta.tool_calls[].function.arguments" }]);
  });

  it("may end in an error where its vendor broke the stream off", async () => {
    const body = JSON.stringify({
      id: "m1",
      type: "message",
      role: "assistant",
      model: "m",
      content: [],
      stop_reason: "end_turn",
      usage: {},
    });
    const broken = folder({
      provider: "anthropic",
      kind: "messages",
      request: {
        method: "POST",
        url: "https://api.anthropic.com/v1/messages",
        body: { model: "m", max_tokens: 5, stream: true, messages: [{ role: "user", content: "Hi" }] },
      },
      response: { status: 200, headers: {}, body: `event: message_start\ndata: {"type":"message_start","message":${body}}\n\n` },
    });
    const [cut] = await replayThroughGateway(broken);
    expect(cut).toMatchObject({ differences: [], allowed: ["answer end"] });
  });

  it("counts refusals apart", async () => {
    const request = { method: "POST", url: "https://api.groq.com/openai/v1/chat/completions", body: { ...body, stream: false } };
    const refusal = {
      request,
      kind: "error",
      endpoint: "chat",
      streaming: false,
      response: { status: 418, headers: {}, body: '{"error":{"message":"no","teapot":true}}' },
    };
    expect(await replayThroughGateway(folder(refusal))).toMatchObject([{ refusal: true, differences: [] }]);
  });

  it("is read the same by the clients of the three other protocols", async () => {
    const rows = await replayAcross(folder({}));
    expect(rows.map(({ to, differences }) => [to, differences])).toEqual([
      ["responses", []],
      ["messages", []],
      ["generate-content", []],
    ]);
  });
});

it("at most 25 paths may differ, each with a reason", () => {
  expect(allowedDifferences.length).toBeLessThanOrEqual(25);
  for (const { reason } of allowedDifferences) expect(reason).toMatch(/\.$/);
});

describe("the tokens of a recorded prompt", () => {
  it("are compared with what its vendor billed, cached ones included", async () => {
    const [row] = await countedExchanges(folder({}));
    expect(row).toMatchObject({ file: "groq/one.json", protocol: "chat-completions", model: "m", billed: 9, kinds: [] });
    expect(row?.estimate).toBe(8);
    expect(countLines(row === undefined ? [] : [row]).at(-1)).toMatch(/all that the request shows +1 +100 % +0\.89 +0\.89 +0\.89$/);
  });

  it("are told apart where the vendor counts what the request does not show", async () => {
    const search = { ...body, tools: [{ type: "web_search_preview" }] };
    const [row] = await countedExchanges(
      folder({ request: { method: "POST", url: "https://api.groq.com/openai/v1/chat/completions", body: search } }),
    );
    expect(row?.hidden).toBe("a tool of the vendor adds its results");
    expect(countLines(row === undefined ? [] : [row]).at(-1)).toMatch(/all that the request shows +0 /);
  });

  it("are in one group with those of other recordings", async () => {
    const [row] = await countedExchanges(folder({}));
    if (row === undefined) throw new Error("no row");
    const lines = countLines([row, { ...row, estimate: 18 }, { ...row, protocol: "messages" }]);
    expect(lines.find((line) => line.startsWith("protocol chat-completions"))).toMatch(/ 2 +50 % +0\.89 +2\.00 +2\.00$/);
    expect(lines.find((line) => line.startsWith("protocol messages"))).toMatch(/ 1 +100 % +0\.89 +0\.89 +0\.89$/);
    expect(lines.at(-1)).toMatch(/ 3 +67 % /);
  });

  it("are not compared where the recording cannot be read", async () => {
    expect(await countedExchanges(folder({ response: { status: 200, headers: {}, body: "{" } }))).toEqual([]);
  });

  it("are not compared where the answer has no count", async () => {
    const uncounted = answer.replaceAll(/"usage":\{[^}]*\{[^}]*\}[^}]*\}/g, '"usage":null');
    expect(await countedExchanges(folder({ response: { status: 200, headers: {}, body: uncounted } }))).toEqual([]);
  });
});
