/** What vendors sign or encrypt: clients get it back as it came, and no vendor is sent what another one signed. */
import "@lumiverse/anthropic";
import "@lumiverse/google";
import "@lumiverse/openai";
import { afterEach, describe, expect, test } from "vitest";
import { openTestGateway, type TestGateway, VENDOR_KEY } from "./gateways.ts";
import { json } from "./vendor-server.ts";

const open: TestGateway[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

/** A gateway with a connection to each of three vendors, and an alias for it. */
async function gateway(): Promise<TestGateway> {
  const one = await openTestGateway();
  open.push(one);
  for (const [provider, model] of TARGETS) {
    await one.profiles.create({ name: provider, provider, model, key: VENDOR_KEY });
    await one.gateway.aliases.save({ name: `house-${provider}`, targets: [{ target: `${provider}/${model}` }] });
  }
  return one;
}
const TARGETS = [
  ["anthropic", "claude-sonnet-4-5"],
  ["openai", "gpt-5.4"],
  ["google", "gemini-3-pro-preview"],
] as const;

const HI = { role: "user", content: "Hi" };
const claudeAnswer = (content: unknown[]): object => ({
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "claude-sonnet-4-5-20250929",
  provider: "Somebody",
  content,
  stop_reason: "end_turn",
  stop_sequence: null,
  usage: { input_tokens: 5, output_tokens: 5 },
});
const SIGNED = [
  { type: "thinking", thinking: "Hm.", signature: "signature-of-claude" },
  { type: "redacted_thinking", data: "redacted-by-claude" },
  { type: "text", text: "Yes." },
];
const OPENAI_ANSWER = {
  id: "resp_1",
  object: "response",
  created_at: 1,
  status: "completed",
  model: "gpt-5.4-2026-03-05",
  provider: "Somebody",
  output: [
    { type: "reasoning", id: "rs_1", summary: [], encrypted_content: "encrypted-by-openai" },
    {
      type: "message",
      id: "msg_1",
      role: "assistant",
      status: "completed",
      content: [{ type: "output_text", text: "Yes.", annotations: [] }],
    },
  ],
  usage: { input_tokens: 5, output_tokens: 5, total_tokens: 10 },
};
const GOOGLE_ANSWER = {
  candidates: [
    {
      content: { role: "model", parts: [{ functionCall: { name: "look", args: {} }, thoughtSignature: "c2lnbmF0dXJlLW9mLWdlbWluaQ==" }] },
      finishReason: "STOP",
      index: 0,
    },
  ],
  usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 5, totalTokenCount: 10 },
  modelVersion: "gemini-3-pro-preview-11-2025",
  provider: "Somebody",
};

describe("a key that may not see targets", () => {
  const LOOK = { name: "look", parameters: { type: "object", properties: {} } };
  test.each([
    [
      "/v1/messages",
      { model: "house-anthropic", max_tokens: 100, messages: [HI] },
      claudeAnswer(SIGNED),
      ["signature-of-claude", "redacted-by-claude"],
    ],
    [
      "/v1/responses",
      { model: "house-openai", input: "Hi", include: ["reasoning.encrypted_content"] },
      OPENAI_ANSWER,
      ["encrypted-by-openai", "rs_1"],
    ],
    [
      "/v1beta/models/house-google:generateContent",
      { contents: [{ role: "user", parts: [{ text: "Hi" }] }], tools: [{ functionDeclarations: [LOOK] }] },
      GOOGLE_ANSWER,
      ["c2lnbmF0dXJlLW9mLWdlbWluaQ=="],
    ],
  ])("receives at %s what its vendor signed, and not who the vendor is", async (path, body, answer, signed) => {
    const one = await gateway();
    for (const model of ["", ...TARGETS.map(([, name]) => name)])
      one.vendor.answers.set(model, (_, response) => json(response, 200, answer));
    const { secret } = await one.gateway.keys.create({ name: "Guest" });
    const response = await one.ask(path, body, { key: secret });
    const text = await response.text();
    for (const payload of signed) expect(text).toContain(payload);
    for (const name of ["Somebody", "2025", "2026"]) expect(text).not.toContain(name);
    expect(response.headers.get("x-lumiverse-target")).toBeNull();
  });

  test("receives the signature of a stream, without fields that tell who the vendor is", async () => {
    const one = await gateway();
    one.vendor.answers.set("claude-sonnet-4-5", (_, response) => {
      const events = [
        { type: "message_start", message: { ...claudeAnswer([]), stop_reason: null }, provider: "Somebody" },
        { type: "content_block_start", index: 0, content_block: { type: "thinking", thinking: "", signature: "" } },
        { type: "content_block_delta", index: 0, delta: { type: "thinking_delta", thinking: "Hm." } },
        { type: "content_block_delta", index: 0, delta: { type: "signature_delta", signature: "signature-of-claude" } },
        { type: "content_block_stop", index: 0 },
        { type: "message_delta", delta: { stop_reason: "end_turn", stop_sequence: null }, usage: { output_tokens: 5 } },
        { type: "message_stop" },
      ];
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.end(events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(""));
    });
    const { secret } = await one.gateway.keys.create({ name: "Guest" });
    const response = await one.ask(
      "/v1/messages",
      { model: "house-anthropic", max_tokens: 100, stream: true, messages: [HI] },
      { key: secret },
    );
    const text = await response.text();
    expect(text).toContain('"signature":"signature-of-claude"');
    expect(text).toContain('"model":"house-anthropic"');
    expect(text).not.toContain("Somebody");
    expect(text).not.toContain("claude-sonnet");
  });
});

test("a key that may not see targets receives the vendor's sources, and neither its costs nor its own names of things", async () => {
  const one = await gateway();
  await one.gateway.aliases.save({ name: "house", targets: [{ target: "groq/llama-3.3-70b-versatile" }] });
  one.vendor.answers.set("llama-3.3-70b-versatile", (_, response) =>
    json(response, 200, {
      id: "c",
      object: "chat.completion",
      created: 1,
      model: "m",
      citations: ["https://a.example"],
      choices: [
        {
          index: 0,
          message: { role: "assistant", content: "Yes.", provider_specific_fields: { of: "Somebody" } },
          finish_reason: "stop",
          native_finish_reason: "Somebody",
        },
      ],
      usage: { prompt_tokens: 5, completion_tokens: 5, total_tokens: 10, cost: 0.5, cost_details: { of: "Somebody" } },
    }),
  );
  const { secret } = await one.gateway.keys.create({ name: "Guest" });
  const answer = (await (await one.ask("/v1/chat/completions", { model: "house", messages: [HI] }, { key: secret })).json()) as object;
  expect(answer).toEqual({
    id: "c",
    object: "chat.completion",
    created: 1,
    model: "house",
    citations: ["https://a.example"],
    choices: [{ index: 0, message: { role: "assistant", content: "Yes." }, finish_reason: "stop" }],
    usage: { prompt_tokens: 5, completion_tokens: 5, total_tokens: 10 },
  });
});

describe("a call in the vendor's own protocol", () => {
  test("is repeated without thinking that its vendor refuses", async () => {
    const one = await gateway();
    const refusal = {
      type: "error",
      error: { type: "invalid_request_error", message: "messages.1.content.0: Invalid `signature` in `thinking` block" },
    };
    one.vendor.answers.set("claude-sonnet-4-5", ({ body }, response) =>
      JSON.stringify(body).includes("signature-of-another-key")
        ? json(response, 400, refusal)
        : json(response, 200, claudeAnswer([{ type: "text", text: "Yes." }])),
    );
    const thinking = { type: "thinking", thinking: "Hm.", signature: "signature-of-another-key" };
    const messages = [HI, { role: "assistant", content: [thinking, { type: "text", text: "Yes?" }] }, HI];
    const response = await one.ask("/v1/messages", { model: "house-anthropic", max_tokens: 100, messages });
    expect(response.status).toBe(200);
    expect(one.vendor.asked).toHaveLength(2);
    expect(one.vendor.asked[1]?.body.messages).toEqual(
      [HI, { role: "assistant", content: [{ type: "text", text: "Yes?" }] }, HI].map((turn) =>
        typeof turn.content === "string" ? { ...turn, content: [{ type: "text", text: turn.content }] } : turn,
      ),
    );
    expect(response.headers.get("x-lumiverse-notes")).toContain("repeated without it");
  });

  test("goes to Claude without the thinking of other vendors, which has no signature", async () => {
    const one = await gateway();
    one.vendor.answers.set("claude-sonnet-4-5", (_, response) => json(response, 200, claudeAnswer([{ type: "text", text: "Yes." }])));
    const messages = [
      HI,
      {
        role: "assistant",
        content: [
          { type: "thinking", thinking: "Another vendor thought.", signature: "" },
          { type: "text", text: "Yes?" },
        ],
      },
      HI,
      {
        role: "assistant",
        content: [
          { type: "thinking", thinking: "Hm.", signature: "signature-of-claude" },
          { type: "text", text: "Yes!" },
        ],
      },
      HI,
    ];
    const response = await one.ask("/v1/messages", { model: "house-anthropic", max_tokens: 100, messages });
    const sent = JSON.stringify(one.vendor.asked[0]?.body);
    expect(sent).not.toContain("Another vendor thought.");
    expect(sent).toContain('{"type":"thinking","thinking":"Hm.","signature":"signature-of-claude"}');
    expect(response.headers.get("x-lumiverse-notes")).toContain("Thinking without a signature was dropped");
  });

  test("goes to Claude without thinking where the open turn began at another vendor, which Claude refuses", async () => {
    const one = await gateway();
    one.vendor.answers.set("claude-sonnet-4-5", (_, response) => json(response, 200, claudeAnswer([{ type: "text", text: "Yes." }])));
    const call = [
      { type: "thinking", thinking: "Another vendor thought.", signature: "" },
      { type: "tool_use", id: "toolu_1", name: "look", input: {} },
    ];
    const messages = [
      HI,
      { role: "assistant", content: call },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_1", content: "" }] },
    ];
    const tools = [{ name: "look", input_schema: { type: "object", properties: {} } }];
    const thinking = { type: "enabled", budget_tokens: 2000 };
    const response = await one.ask("/v1/messages", { model: "house-anthropic", max_tokens: 4000, messages, tools, thinking });
    const sent = one.vendor.asked[0]?.body as { thinking?: unknown; messages?: { content: unknown }[] };
    expect(sent.thinking).toBeUndefined();
    expect(response.headers.get("x-lumiverse-notes")).toContain("So the model does not think in this turn.");
    expect(sent.messages?.[1]?.content).toEqual(call.slice(1));
  });

  test.each([
    ["did not think, as it was asked without thinking", [], false],
    ["thought at this vendor", [{ type: "thinking", thinking: "Hm.", signature: "signature-of-claude" }], true],
  ])("goes to Claude where the open turn began at another vendor and its newest answer %s", async (_, own, thinks) => {
    const one = await gateway();
    one.vendor.answers.set("claude-sonnet-4-5", (_, response) => json(response, 200, claudeAnswer([{ type: "text", text: "Yes." }])));
    const call = (id: string, before: object): object[] => [before, { type: "tool_use", id, name: "look", input: {} }];
    const result = (id: string): object => ({ role: "user", content: [{ type: "tool_result", tool_use_id: id, content: "" }] });
    const messages = [
      HI,
      { role: "assistant", content: call("toolu_1", { type: "thinking", thinking: "Another vendor thought.", signature: "" }) },
      result("toolu_1"),
      { role: "assistant", content: [...own, ...call("toolu_2", { type: "text", text: "Going on." })] },
      result("toolu_2"),
    ];
    const tools = [{ name: "look", input_schema: { type: "object", properties: {} } }];
    const thinking = { type: "enabled", budget_tokens: 2000 };
    await one.ask("/v1/messages", { model: "house-anthropic", max_tokens: 4000, messages, tools, thinking });
    const sent = one.vendor.asked[0]?.body as { thinking?: unknown; messages?: { content: unknown }[] };
    expect(sent.thinking).toEqual(thinks ? thinking : undefined);
    expect(JSON.stringify(sent.messages)).not.toContain("Another vendor thought.");
  });

  test("goes to vendors of Chat Completions without Gemini's signatures, which some refuse, and to a server that may be Google's with them", async () => {
    const one = await gateway();
    const signed = {
      id: "c1",
      type: "function",
      function: { name: "look", arguments: "{}" },
      extra_content: { google: { thought_signature: "c2ln" } },
    };
    const messages = [
      HI,
      { role: "assistant", content: null, tool_calls: [signed] },
      { role: "tool", tool_call_id: "c1", content: "nothing" },
    ];
    const tools = [{ type: "function", function: { name: "look", parameters: { type: "object", properties: {} } } }];
    const response = await one.ask("/v1/chat/completions", { model: "groq/llama-3.3-70b-versatile", messages, tools });
    await one.ask("/v1/chat/completions", { model: "local/m", messages, tools });
    const [groq, local] = one.vendor.asked.map(({ body }) => JSON.stringify(body.messages));
    expect(groq).not.toContain("extra_content");
    expect(local).toContain("c2ln");
    expect(response.headers.get("x-lumiverse-notes")).toContain("Gemini's signatures of tool calls were dropped");
  });

  test("is repeated without a field that its vendor refuses, and with the client's own messages", async () => {
    const one = await gateway();
    one.vendor.answers.set("strict", ({ body }, response) =>
      "temperature" in body
        ? json(response, 400, {
            error: {
              message:
                "litellm.UnsupportedParamsError: openai does not support parameters: ['temperature'], for model=strict. To drop these, set `litellm.drop_params=True`",
            },
          })
        : json(response, 200, {
            id: "c",
            object: "chat.completion",
            created: 1,
            model: "strict",
            choices: [{ index: 0, message: { role: "assistant", content: "Yes." }, finish_reason: "stop" }],
          }),
    );
    const messages = [{ role: "user", name: "bob", content: [{ type: "text", text: "Hi", cache_control: { type: "ephemeral" } }] }];
    const response = await one.ask("/v1/chat/completions", { model: "local/strict", messages, temperature: 0.5 });
    expect(response.status).toBe(200);
    expect(one.vendor.asked[1]?.body).toEqual({ model: "strict", messages });
  });

  test.each([
    ["functionCall", "thoughtSignature"],
    ["function_call", "thought_signature"],
  ])("goes to Gemini 3 in the client's spelling: %s, %s", async (functionCall, thoughtSignature) => {
    const one = await gateway();
    one.vendor.answers.set("", (_, response) => json(response, 200, GOOGLE_ANSWER));
    const parts = [{ [functionCall]: { name: "look", args: {} }, [thoughtSignature]: "c2lnbmVk" }];
    const foreign = [{ [functionCall]: { name: "look", args: {} } }];
    const result = { role: "user", parts: [{ functionResponse: { name: "look", response: { result: "nothing" } } }] };
    const contents = [
      { role: "user", parts: [{ text: "Hi" }] },
      { role: "model", parts },
      result,
      { role: "model", parts: foreign },
      result,
    ];
    const tools = [{ functionDeclarations: [{ name: "look", parameters: { type: "object", properties: {} } }] }];
    await one.ask("/v1beta/models/house-google:generateContent", { contents, tools });
    const sent = JSON.stringify(one.vendor.asked[0]?.body);
    expect(sent.match(/"thought_?[sS]ignature":"c2lnbmVk"/g)).toHaveLength(1);
    expect(sent.match(/skip_thought_signature_validator/g)).toHaveLength(1);
  });

  test("goes to Gemini 3 with the vendor's placeholder for calls that another vendor made", async () => {
    const one = await gateway();
    one.vendor.answers.set("", (_, response) => json(response, 200, GOOGLE_ANSWER));
    const call = (name: string, more: object = {}): object => ({ functionCall: { name, args: {} }, ...more });
    const result = { functionResponse: { name: "look", response: { result: "nothing" } } };
    const contents = [
      { role: "user", parts: [{ text: "Hi" }] },
      { role: "model", parts: [call("look", { thoughtSignature: "c2lnbmVk" })] },
      { role: "user", parts: [result] },
      { role: "model", parts: [call("look"), call("look")] },
      { role: "user", parts: [result, result] },
    ];
    const tools = [{ functionDeclarations: [{ name: "look", parameters: { type: "object", properties: {} } }] }];
    const response = await one.ask("/v1beta/models/house-google:generateContent", { contents, tools });
    const sent = one.vendor.asked[0]?.body as { contents?: { parts: { thoughtSignature?: string }[] }[] };
    const signatures = sent.contents?.flatMap(({ parts }) => parts.map(({ thoughtSignature }) => thoughtSignature)).filter(Boolean);
    expect(signatures).toEqual(["c2lnbmVk", "skip_thought_signature_validator"]);
    expect(response.headers.get("x-lumiverse-notes")).toContain("placeholder");
  });
});

describe.each([true, false])("ten calls of Gemini for a client of Chat Completions (stream: %s)", (stream) => {
  interface Call {
    id: string;
    type: "function";
    function: { name: string; arguments: string };
    extra_content?: unknown;
  }
  /** The call of an answer, with the pieces of a stream put together as clients do. */
  const callOf = async (response: Response): Promise<Call> => {
    const text = await response.text();
    if (!stream) return (JSON.parse(text) as { choices: { message: { tool_calls: Call[] } }[] }).choices[0]?.message.tool_calls[0] as Call;
    const call: Call = { id: "", type: "function", function: { name: "", arguments: "" } };
    for (const [, data = ""] of text.matchAll(/^data: (\{.*)$/gm)) {
      const { choices } = JSON.parse(data) as { choices: { delta: { tool_calls?: Partial<Call>[] } }[] };
      for (const { function: called, ...fields } of choices[0]?.delta.tool_calls ?? []) {
        Object.assign(call, fields);
        call.function.name += called?.name ?? "";
        call.function.arguments += called?.arguments ?? "";
      }
    }
    return call;
  };
  const tools = [{ type: "function", function: { name: "look", parameters: { type: "object", properties: {} } } }];

  test.each([
    ["that keeps the signatures", true],
    ["that drops them", false],
  ])("%s", async (_, keeps) => {
    const one = await gateway();
    let turn = 0;
    one.vendor.answers.set("", (_asked, response) => {
      const part = { functionCall: { name: "look", args: {} }, thoughtSignature: btoa(`signature ${turn++}`) };
      const answer = { ...GOOGLE_ANSWER, candidates: [{ content: { role: "model", parts: [part] }, finishReason: "STOP", index: 0 }] };
      if (!stream) return json(response, 200, answer);
      response.writeHead(200, { "content-type": "text/event-stream" }).end(`data: ${JSON.stringify(answer)}\n\n`);
    });
    const messages: object[] = [HI];
    for (let n = 0; n < 10; n++) {
      const response = await one.ask("/v1/chat/completions", { model: "house-google", messages, tools, stream });
      expect(response.status).toBe(200);
      const call = await callOf(response);
      expect(call.id).toMatch(/^[\w-]{1,64}$/);
      if (!keeps) delete call.extra_content;
      messages.push({ role: "assistant", content: null, tool_calls: [call] }, { role: "tool", tool_call_id: call.id, content: "nothing" });
    }
    const last = one.vendor.asked.at(-1)?.body as { contents?: { parts: { functionCall?: object; thoughtSignature?: string }[] }[] };
    const sent = last.contents?.flatMap(({ parts }) => parts).filter(({ functionCall }) => functionCall !== undefined);
    expect(sent?.map(({ thoughtSignature }) => thoughtSignature)).toEqual(
      Array.from({ length: 9 }, (_unused, n) => (keeps ? btoa(`signature ${n}`) : "skip_thought_signature_validator")),
    );
  });
});

test("a conversation goes on at another deployment, which is not sent the encrypted reasoning of the first", async () => {
  const one = await openTestGateway();
  open.push(one);
  for (const name of ["east", "west"])
    await one.profiles.create({ name, provider: "openai", model: "gpt-5.4", key: `sk-of-the-${name}-0123456789abcdef` });
  await one.gateway.aliases.save({
    name: "house",
    targets: [{ target: "east/gpt-5.4" }, { target: "west/gpt-5.4" }],
    policy: { cooldownMs: 0 },
  });
  let eastIsUp = true;
  let refused = 0;
  one.vendor.answers.set("gpt-5.4", ({ headers, body }, response) => {
    const name = headers.authorization?.includes("east") === true ? "east" : "west";
    if (name === "east" && !eastIsUp) return json(response, 503, { error: { message: "The server is overloaded" } });
    const foreign = name === "east" ? "encrypted-by-west" : "encrypted-by-east";
    if (JSON.stringify(body).includes(foreign)) {
      refused++;
      return json(response, 400, {
        error: {
          type: "invalid_request_error",
          code: "invalid_encrypted_content",
          message: "The encrypted content could not be verified.",
        },
      });
    }
    const [reasoning, message] = OPENAI_ANSWER.output;
    return json(response, 200, { ...OPENAI_ANSWER, output: [{ ...reasoning, encrypted_content: `encrypted-by-${name}` }, message] });
  });
  const input: unknown[] = [HI];
  const deployments: string[] = [];
  for (let turn = 0; turn < 12; turn++) {
    eastIsUp = turn < 4 || turn >= 8;
    const response = await one.ask("/v1/responses", { model: "house", input, include: ["reasoning.encrypted_content"], store: false });
    expect(response.status).toBe(200);
    const { output } = (await response.json()) as { output: { encrypted_content?: string }[] };
    deployments.push(output[0]?.encrypted_content?.replace(/^lvOrigin[0-9a-f]{32}/, "") ?? "");
    input.push(...output, HI);
  }
  expect(refused).toBe(0);
  expect(new Set(deployments.slice(0, 4))).toEqual(new Set(["encrypted-by-east"]));
  expect(new Set(deployments.slice(4, 8))).toEqual(new Set(["encrypted-by-west"]));
}, 60_000);

test("a client of Messages goes from Claude to GPT, to Gemini and back, with tools in every turn, and each vendor sees only what it signed", async () => {
  const one = await gateway();
  const refused: string[] = [];
  /** A vendor reports what it would refuse. */
  const verify = (vendor: string, isFine: boolean, what: unknown): void => {
    if (!isFine) refused.push(`${vendor}: ${JSON.stringify(what)}`);
  };
  let turn = 0;
  one.vendor.answers.set("claude-sonnet-4-5", ({ body }, response) => {
    for (const { content } of body.messages as { content: { type: string; signature?: string }[] | string }[])
      for (const block of typeof content === "string" ? [] : content)
        if (block.type === "thinking") verify("claude", block.signature?.startsWith("claude-") === true, block);
    const thinking = { type: "thinking", thinking: "Let me look.", signature: `claude-${turn}` };
    json(response, 200, {
      ...claudeAnswer([thinking, { type: "tool_use", id: `toolu_${turn}`, name: "look", input: {} }]),
      stop_reason: "tool_use",
    });
  });
  one.vendor.answers.set("gpt-5.4", ({ body }, response) => {
    for (const item of (body as { input?: { type?: string; encrypted_content?: string }[] }).input ?? [])
      if (item.type === "reasoning") verify("gpt", item.encrypted_content?.startsWith("gpt-") === true, item);
    verify("gpt", !/claude-\d|"thoughtSignature"/.test(JSON.stringify(body)), "a signature of another vendor");
    const reasoning = {
      type: "reasoning",
      id: `rs_${turn}`,
      summary: [{ type: "summary_text", text: "Look." }],
      encrypted_content: `gpt-${turn}`,
    };
    const call = { type: "function_call", id: `fc_${turn}`, call_id: `call_${turn}`, name: "look", arguments: "{}", status: "completed" };
    json(response, 200, { ...OPENAI_ANSWER, output: [reasoning, call] });
  });
  one.vendor.answers.set("", ({ body }, response) => {
    type Content = { role: string; parts: { functionCall?: object; thoughtSignature?: string }[] };
    for (const { role, parts } of (body as { contents?: Content[] }).contents ?? []) {
      const first = parts.find(({ functionCall }) => functionCall !== undefined);
      const signature = first?.thoughtSignature ?? "";
      if (role === "model" && first !== undefined)
        verify("gemini", signature === "skip_thought_signature_validator" || signature.startsWith("Z2VtaW5p"), parts);
    }
    const part = { functionCall: { name: "look", args: {} }, thoughtSignature: btoa(`gemini-${turn}`) };
    json(response, 200, { ...GOOGLE_ANSWER, candidates: [{ content: { role: "model", parts: [part] }, finishReason: "STOP", index: 0 }] });
  });
  const tools = [{ name: "look", input_schema: { type: "object", properties: {} } }];
  const messages: { role: string; content: unknown }[] = [HI];
  const firstOfClaude: unknown[] = [];
  for (const model of ["anthropic", "anthropic", "openai", "openai", "google", "google", "anthropic", "anthropic"]) {
    turn++;
    const response = await one.ask("/v1/messages", { model: `house-${model}`, max_tokens: 1000, messages, tools });
    expect(response.status, `turn ${turn} at ${model}`).toBe(200);
    const { content } = (await response.json()) as { content: { type: string; id?: string }[] };
    if (turn <= 2) firstOfClaude.push(content);
    const call = content.find(({ type }) => type === "tool_use");
    expect(call, `turn ${turn} at ${model}`).toBeDefined();
    messages.push(
      { role: "assistant", content },
      { role: "user", content: [{ type: "tool_result", tool_use_id: call?.id, content: "nothing" }] },
    );
  }
  expect(refused).toEqual([]);
  const last = one.vendor.asked.at(-1)?.body.messages as { content: unknown }[];
  expect([last[1]?.content, last[3]?.content]).toEqual(firstOfClaude);
});
