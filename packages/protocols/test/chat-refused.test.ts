/** What hosts of Chat Completions and Responses refuse: read as what it is, or changed before it is sent. */
import type { Message } from "@lumiverse/core/provider";
import { describe, expect, it } from "vitest";
import { readFailure } from "../src/chat-completions/errors.ts";
import { isReasonerByName, reasoningReplay } from "../src/families/index.ts";
import { parseError as parseGenerateError } from "../src/generate-content/errors.ts";
import { parseError as parseMessagesError } from "../src/messages/errors.ts";
import { readFailure as readResponsesFailure } from "../src/responses/errors.ts";
import { render, thrown } from "./chat-drive.ts";
import { renderOf, callOf as responsesCallOf } from "./responses-reading.ts";

const failure = (status: number, message: string): Parameters<typeof readFailure>[0] => ({
  status,
  text: "",
  json: { error: { message } },
});

describe("an exception of a chat template", () => {
  it.each<[number, string, RegExp]>([
    [
      500,
      "Error: Jinja Exception: After the optional system message, conversation roles must alternate user and assistant roles",
      /alternation: "merge"/,
    ],
    [400, "Cannot have 2 or more assistant messages at the end of the list.", /alternation: "merge"/],
    [500, "Jinja Exception: System message must be at the beginning.", /systemPlacement: "first"/],
    [500, "jinja2.exceptions.TemplateError: System role not supported", /systemPlacement: "user"/],
    [500, "Error rendering prompt with jinja template: something new", /chat template/],
    [500, "Only user and assistant roles are supported! at row 1, column 9:\n{{ bos_token }}", /chat template/],
  ])("with HTTP %i (%s) is an invalid request with the setting that helps, not a failing server", (status, message, hint) => {
    const headers = new Headers();
    for (const error of [
      readFailure(failure(status, message), {}),
      readResponsesFailure({ ...failure(status, message), headers }, responsesCallOf(), {}),
      parseMessagesError({ ...failure(status, message), headers }),
      parseGenerateError({ ...failure(status, message), headers }, []),
    ])
      expect([error.code, error.retryable, hint.test(error.hint ?? "")]).toEqual(["invalid-request", false, true]);
  });
});

describe("a prompt that does not fit", () => {
  it.each([
    "input length and `max_tokens` exceed context limit: 190001 + 32000 > 200000",
    "Range of input length should be [1, 129024]",
    "Input is too long for requested model.",
    "The input tokens exceed the limit of this model",
    "`inputs` tokens + `max_new_tokens` must be <= 4096",
    "prompt token count of 140000 exceeds the limit of 128000",
    "The number of tokens in the prompt (9000) exceeds the model's maximum",
    "`inputs` must have less than 1024 tokens. Given: 2000",
    "too many tokens: total number of tokens in the prompt cannot exceed 4081",
    "Request body too large for gpt-4o model. Max size: 8000 tokens.",
    "Total tokens of image and text exceed max message tokens",
    "Input length (131073 tokens) exceeds the maximum allowed length (131072 tokens).",
    "Your conversation has exceeded the token limit",
    "Requested 9000 tokens but the model only supports 8192",
    "Input exceeds the maximum length of 32768 tokens",
    "Conversation is too long",
    "输入内容超过最大长度限制",
    "The prompt exceeds the maximum allowed input length of 131,072 tokens",
    "Prompt length (9000) exceeds max_model_len 8192",
    "tokens in request more than max tokens allowed",
    "input_tokens (9000) + max_tokens (4096) must not exceed 8192",
    "Total message token length exceed model limit",
    "context overflow",
  ])("is a context overflow in the words %s", (message) => {
    expect(readFailure(failure(400, message), {}).code).toBe("context-overflow");
    const headers = new Headers();
    expect(parseMessagesError({ ...failure(400, message), headers }).code).toBe("context-overflow");
    const google = { error: { code: 400, message, status: "INVALID_ARGUMENT" } };
    expect(parseGenerateError({ ...failure(400, message), json: google, headers }, []).code).toBe("context-overflow");
  });
  it.each([
    "Too many tokens, please wait before trying again.",
    "max_completion_tokens is too large: 200000. This model supports at most 16384 completion tokens",
    "max_tokens: 100000 > 8192, which is the maximum allowed number of output tokens",
    "Invalid 'messages[0].name': string too long. Expected a string with maximum length 64",
    "Request exceeds the maximum size",
    "Unsupported parameter: context_length",
    "Unrecognized request argument supplied: context_window",
  ])("is not what is meant by %s", (message) => {
    expect(readFailure(failure(400, message), {}).code).not.toBe("context-overflow");
  });
  it("is not what too many tokens a minute are", () => {
    expect(readFailure(failure(429, "input tokens exceed the rate limit"), {}).code).toBe("rate-limit");
    expect(readFailure(failure(429, "Quota exceeded for 'input token count' per minute"), {}).code).toBe("rate-limit");
  });
});

/** The codes that the four protocols read from a body. */
function codesOf(status: number, json: unknown): string[] {
  const refused = { status, text: "", json, headers: new Headers() };
  return [
    readFailure(refused, {}),
    readResponsesFailure(refused, responsesCallOf(), {}),
    parseMessagesError(refused),
    parseGenerateError(refused, []),
  ].map(({ code }) => code);
}
const times4 = (code: string): string[] => [code, code, code, code];

describe("on all protocols, a failure with HTTP 200 is read by its sentence", () => {
  it.each([
    [{ detail: "Unauthorized" }, "authentication"],
    [{ detail: "Not authenticated" }, "authentication"],
    [{ detail: "Invalid API key" }, "authentication"],
    [{ message: "Authentication failed" }, "authentication"],
    [{ error: "Unauthorised" }, "authentication"],
    [{ detail: "Forbidden" }, "permission"],
    [{ detail: "Permission denied" }, "permission"],
    [{ detail: "Rate limit exceeded" }, "rate-limit"],
    [{ detail: "Too many requests" }, "rate-limit"],
    [{ detail: "Insufficient balance" }, "insufficient-balance"],
    [{ error: { message: "You exceeded your current quota" } }, "insufficient-balance"],
    [{ detail: "Service unavailable" }, "overloaded"],
    [{ error: { message: "The model m-1 does not exist" } }, "model-not-found"],
    [{ error: { message: "No such host", type: "invalid_request_error" } }, "invalid-request"],
    [{ error: { message: "The model m-1 was not found" } }, "model-not-found"],
    [{ detail: "Out of luck" }, "server"],
    [{ detail: "No healthy upstream in the load balancer: limit exceeded" }, "server"],
  ])("%j", (json, code) => {
    expect(codesOf(200, json)).toEqual(times4(code));
  });
});

describe("a used-up balance is one, with the status of a wrong key or of a missing right, too", () => {
  it.each([
    [403, { detail: "Quota exceeded" }],
    [403, { error: { message: "user quota is not enough", code: "insufficient_user_quota" } }],
    [401, { error: { message: "Insufficient balance" } }],
    [403, { code: 30001, message: "Sorry, your account balance is insufficient" }],
    [400, { error: { message: "Your credit balance is too low to access the API" } }],
    [403, { error: { message: "用户额度不足" } }],
  ])("HTTP %i %j", (status, json) => {
    expect(codesOf(status, json)).toEqual(times4("insufficient-balance"));
  });

  it("but not the quota of a minute, a missing right or a credential", () => {
    expect(codesOf(429, { detail: "Quota exceeded" })).toEqual(times4("rate-limit"));
    expect(codesOf(403, { detail: "This key may not use the quota project" })).toEqual(times4("permission"));
    expect(codesOf(401, { detail: "Invalid credentials" })).toEqual(times4("authentication"));
  });
});

const coded = (message: string, code: string): unknown => ({ error: { message, code } });

describe("on all protocols, the codes come first, then the status, then the sentence", () => {
  it.each<[number, unknown, string]>([
    [429, { message: "Too many tokens", type: "too_many_tokens_error", code: "token_quota_exceeded" }, "rate-limit"],
    [429, { message: "Too many requests", code: "request_quota_exceeded" }, "rate-limit"],
    [200, { code: 429, message: "Quota exceeded for quota metric 'requests' per minute" }, "rate-limit"],
    [200, { message: "Requests rate limit exceeded for this account (billing tier 1)", code: 429 }, "rate-limit"],
    [200, { detail: "Requests rate limit exceeded for this account (billing tier 1)" }, "rate-limit"],
    [400, coded("Invalid schema for function 'get_account_balance': nesting exceeds 5 levels", "bad"), "invalid-request"],
    [400, { error: { message: "'calculate_credit_score_of_a_person' exceeds 64 characters" } }, "invalid-request"],
    [400, { error: { message: "Storage quota exceeded for files" } }, "invalid-request"],
    [400, { error: { message: "The length of refunds exceeded 64" } }, "invalid-request"],
    [400, { error: { message: "密码长度不足" } }, "invalid-request"],
    [403, { error: { message: "Insufficient permissions for billing account" } }, "permission"],
    [401, coded("Insufficient scope: billing.read is required", "invalid_api_key"), "authentication"],
    [200, { base_resp: { status_code: 1002, status_msg: "rate limit: quota exceeded" } }, "rate-limit"],
    [200, { base_resp: { status_code: 1027, status_msg: "output unauthorized content" } }, "content-filter"],
    [200, coded("The token quota per minute is exceeded", "rate_limit_exceeded"), "rate-limit"],
    [200, coded("unauthorized burst", "overloaded"), "overloaded"],
    [200, coded("model runner crashed; node not available", "server_error"), "server"],
    [200, coded("authenticator pod restarted", "server_error"), "server"],
    [200, { detail: "model runner crashed; node not available" }, "server"],
    [200, { detail: "authenticator pod restarted" }, "server"],
    [500, coded("failed", "authenticator_crashed"), "server"],
    [503, coded("failed", "billing_service_timeout_exceeded"), "overloaded"],
    [200, { error: { message: "down", type: "503" } }, "overloaded"],
    [200, { error: { message: "slow", error_type: 429 } }, "rate-limit"],
    [200, { error: { message: "slow", metadata: { provider_code: "429" } } }, "rate-limit"],
    [200, { detail: "Invalid token" }, "authentication"],
    [400, { error: { message: "Input is too long: shorten your text or attach fewer files" } }, "context-overflow"],
    [400, { error: { message: "conversation too long, please delete images" } }, "context-overflow"],
    [429, { error: { message: "Too many jinja renders" } }, "rate-limit"],
  ])("HTTP %i %j is %s", (status, json, code) => {
    expect(codesOf(status, json)).toEqual(times4(code));
  });

  it("a rule of the host that names a code or a text keeps its hint", () => {
    const errors = [{ code: "key_blocked", is: "authentication", hint: "Create a key" }] as const;
    const json = coded("Quota exceeded", "key_blocked");
    expect(readFailure({ status: 403, text: "", json }, { errors })).toMatchObject({ code: "authentication", hint: "Create a key" });
  });

  it("thinking that Anthropic wants back unmodified gets no hint about custom servers", () => {
    const message = "thinking blocks must be passed back unmodified";
    const error = parseMessagesError({ ...failure(400, message), headers: new Headers() });
    expect([error.code, error.hint]).toEqual(["invalid-request", undefined]);
  });
});

describe("a file that is too large is no context overflow", () => {
  it.each([
    "image input is too large",
    "Image input too large: the maximum is 20 MB",
    "The image is too large for the model",
    "input exceeds the maximum length of 25 MB",
    "The audio input is too long",
    "PDF input is too large",
  ])("%s", (message) => {
    expect(codesOf(400, { error: { message } })).toEqual(times4("invalid-request"));
  });
});

describe("reasoning of turns with tool calls", () => {
  const origin = { provider: "acme", protocol: "chat-completions", model: "m", scope: "vendor" };
  const messages: Message[] = [
    { role: "user", content: "When?" },
    {
      role: "assistant",
      content: [
        { type: "reasoning", text: "I look it up.", replay: { origin, data: null } },
        { type: "tool-call", id: "c1", name: "tide", arguments: "{}" },
      ],
    },
    { role: "tool", content: [{ type: "tool-result", id: "c1", name: "tide", content: "16:20" }] },
  ];
  const sent = (model: string, dialect = {}): string => JSON.stringify(render(dialect, { model, messages }).body["messages"]);

  it("goes back to Kimi and DeepSeek at every host, unless the dialect says otherwise", () => {
    for (const model of ["moonshotai/Kimi-K2.6", "kimi-k3", "deepseek-ai/DeepSeek-V4-Pro", "accounts/fireworks/models/deepseek-v4-pro"])
      expect(sent(model), model).toContain('"reasoning_content":"I look it up."');
    expect(sent("moonshotai/Kimi-K2.6", { reasoning: { replay: "never" } })).not.toContain("I look it up.");
    expect(sent("kimi-k3", { reasoning: { replayField: "reasoning" } })).toContain('"reasoning":"I look it up."');
    for (const model of ["gpt-5.5", "qwen/qwen3-32b", "constructor"]) expect(sent(model), model).not.toContain("I look it up.");
  });

  it("that a host misses is an invalid request with the setting that sends it", () => {
    const error = readFailure(failure(400, "The `reasoning_content` in the thinking mode must be passed back to the API."), {});
    expect([error.code, error.hint]).toEqual(["invalid-request", expect.stringContaining("reasoningReplay")]);
  });

  it("is expected by the name of the model", () => {
    expect(["kimi-k2.6", "deepseek-v4-pro", "moonshot-v1-8k", "gpt-5.5"].map((id) => reasoningReplay(id))).toEqual([
      "tool-turns",
      "tool-turns",
      undefined,
      undefined,
    ]);
    const names = [
      "deepseek-r1-distill-llama-70b",
      "qwen3-4b-thinking-2507",
      "grok-4-non-reasoning",
      "command-r",
      "llama-3.3-70b",
      "magistral-small",
    ];
    expect(names.map(isReasonerByName)).toEqual([true, true, false, false, false, true]);
  });
});

describe("what a vendor refuses is changed or refused before it is sent", () => {
  it("empty lists", () => {
    const image = { type: "image" as const, url: "https://a.test/a.png" };
    const dropped = render(
      { images: "data" },
      { messages: [{ role: "user", content: [image] }], stop: [], tools: [] },
      { policy: { unsupported: "drop", replayScope: "own" } },
    );
    expect(dropped.body).toMatchObject({ messages: [{ role: "user", content: "" }] });
    for (const field of ["stop", "tools", "tool_choice"]) expect(field in dropped.body).toBe(false);
    const responses = renderOf({ messages: [{ role: "user", content: [] }], stop: [], tools: [] }).body;
    expect(JSON.stringify(responses["input"])).not.toContain("[]");
    for (const field of ["stop", "tools"]) expect(field in responses).toBe(false);
  });

  it("audio in a format that OpenAI does not accept", () => {
    const audio = (mediaType: string): Message[] => [{ role: "user", content: [{ type: "audio", data: "AAAA", mediaType }] }];
    const send = (model: string, mediaType: string, dialect = {}): unknown => render(dialect, { model, messages: audio(mediaType) }).body;
    expect(thrown(() => send("gpt-audio", "audio/ogg"))).toMatchObject({
      code: "unsupported",
      message: expect.stringContaining("wav or mp3"),
    });
    expect(thrown(() => send("m-1", "audio/ogg", { audioFormats: ["flac"] })).code).toBe("unsupported");
    expect(JSON.stringify(send("gpt-audio", "audio/mpeg"))).toContain('"format":"mp3"');
    expect(JSON.stringify(send("m-1", "audio/ogg"))).toContain('"format":"ogg"');
  });

  it("a conversation without a user turn, for a model whose template refuses it", () => {
    const system: Message[] = [{ role: "system", content: "Greet the guest." }];
    const sent = render({}, { model: "qwen/qwen3.5-4b", messages: system });
    expect(sent.body).toMatchObject({ messages: [{ role: "system" }, { role: "user", content: "Begin." }] });
    expect(sent.notes).toMatchObject([{ kind: "changed", field: "messages" }]);
    const asked = (model: string, unsupported: "drop" | "send"): unknown =>
      render({}, { model, messages: system }, { policy: { unsupported, replayScope: "own" } }).body["messages"];
    for (const messages of [asked("gpt-5.4", "drop"), asked("qwen3.5-4b", "send")])
      expect(messages).toEqual([{ role: "system", content: "Greet the guest." }]);
  });
});
