/** Requests as Open WebUI sends them to a server of Chat Completions (its source, read November 2026), and requests of the kinds that LibreChat sends. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CHAT, openTestGateway, type TestGateway } from "./gateways.ts";
import { USAGE, WORDS } from "./vendor-server.ts";

let one: TestGateway;
beforeEach(async () => {
  one = await openTestGateway();
  await one.gateway.aliases.save({ name: "fast", targets: [{ target: "local/m" }] });
});
afterEach(() => one.close());

/** Open WebUI names itself and its user in headers. */
const HEADERS = {
  "http-referer": "https://openwebui.com/",
  "x-title": "Open WebUI",
  "x-openwebui-user-name": "Ada",
  "x-openwebui-chat-id": "1",
};
const TEXT = WORDS.join("");
const tool = { type: "function", function: { name: "get_time", description: "The time", parameters: { type: "object", properties: {} } } };
const picture = { type: "image_url", image_url: { url: `data:image/png;base64,${btoa("not a real picture")}` } };

describe("a front end", () => {
  test.each(["/v1/models", "/models", "/v1/models?user=64f0"])("lists models at %s, with an empty key", async (path) => {
    const request = new Request(`http://localhost:4141${path}`, { headers: { ...HEADERS, authorization: "Bearer " } });
    const response = await one.gateway.fetch(request);
    expect(response.status).toBe(200);
    const { object, data } = (await response.json()) as { object: string; data: { id: string; object: string }[] };
    expect([object, data[0]]).toEqual(["list", expect.objectContaining({ id: "fast", object: "model", owned_by: "lumiverse" })]);
  });

  const chats: [string, object][] = [
    [
      "a chat with parameters",
      { temperature: 0.8, top_p: 0.9, max_tokens: 500, seed: 42, stop: ["</s>"], frequency_penalty: 0, presence_penalty: null },
    ],
    [
      "reasoning and a cached message",
      {
        reasoning: { effort: "low" },
        messages: [{ role: "user", content: [{ type: "text", text: "Hi", cache_control: { type: "ephemeral" } }] }],
      },
    ],
    ["a picture", { messages: [{ role: "user", content: [{ type: "text", text: "What is it?" }, picture] }] }],
    ["tools", { tools: [tool], messages: [{ role: "user", content: "Time?" }] }],
    [
      "a result of a call without arguments",
      {
        tools: [tool],
        messages: [
          { role: "user", content: "Time?" },
          {
            role: "assistant",
            content: "",
            tool_calls: [{ index: 0, id: "call_1", type: "function", function: { name: "get_time", arguments: "" } }],
          },
          { role: "tool", tool_call_id: "call_1", content: "12:00" },
        ],
      },
    ],
    [
      "an answer to continue",
      {
        messages: [
          { role: "user", content: "Say it." },
          { role: "assistant", content: "The" },
        ],
      },
    ],
    [
      "names and nulls",
      {
        user: "64f0",
        n: 1,
        messages: [
          { role: "system", name: "instructions", content: "Be kind." },
          { role: "user", name: "Ada", content: "Hi" },
          {
            role: "assistant",
            content: null,
            refusal: null,
            tool_calls: [{ id: "a", type: "function", function: { name: "f", arguments: "{}" } }],
          },
          { role: "tool", name: "f", tool_call_id: "a", content: [{ type: "text", text: "12" }] },
        ],
      },
    ],
  ];
  test.each(chats)("streams %s, and receives the usage at the end", async (_, more) => {
    const body = {
      model: "fast",
      stream: true,
      stream_options: { include_usage: true },
      messages: [{ role: "user", content: "Hi" }],
      ...more,
    };
    const response = await one.ask(CHAT, body, { headers: HEADERS });
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/event-stream; charset=utf-8"]);
    const lines = (await response.text()).split("\n").filter((line) => line !== "");
    expect(lines.at(-1)).toBe("data: [DONE]");
    const chunks = lines.slice(0, -1).map((line) => JSON.parse(line.slice("data: ".length)) as Chunk);
    expect(chunks.map(({ choices: [choice] }) => choice?.delta.content ?? "").join("")).toBe(TEXT);
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: USAGE, model: "fast" });
    // Nothing is lost or changed on the way, except for the model.
    expect(one.vendor.asked[0]?.body).toEqual({ ...body, model: "m" });
  });

  test("asks for a title, tags and questions without a stream", async () => {
    const task = '### Task:\nGenerate a title of 3 to 5 words.\n### Output:\nJSON format: { "title": "your title here" }';
    const body = { model: "fast", stream: false, max_completion_tokens: 1000, messages: [{ role: "user", content: task }] };
    const response = await one.ask(CHAT, body, { headers: HEADERS });
    expect(await response.json()).toMatchObject({
      model: "fast",
      choices: [{ message: { role: "assistant", content: TEXT } }],
      usage: USAGE,
    });
  });

  test.each(["/v1/embeddings", "/v1/completions", "/v1/audio/speech", "/v1/images/generations"])(
    "is told in JSON that there is no %s",
    async (path) => {
      const response = await one.ask(path, { model: "fast", input: "x" }, { headers: HEADERS });
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ error: { message: expect.stringContaining(path), code: "not_found" } });
    },
  );
});

interface Chunk {
  model: string;
  choices: { delta: { content?: string } }[];
}

test.each(["/v1/chat/completions", "/v1/responses", "/v1/messages", "/v1beta/models/fast:generateContent"])(
  "a body as curl -d sends it to %s is refused with the header to send",
  async (path) => {
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const response = await one.gateway.fetch(new Request(`http://localhost:4141${path}`, { method: "POST", headers, body: "{}" }));
    const { error } = (await response.json()) as { error: { message: string } };
    expect([response.status, error.message]).toEqual([403, expect.stringContaining("Send the header content-type: application/json")]);
  },
);
