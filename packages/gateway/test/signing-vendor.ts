/** Deployments of one vendor that sign what they answer, and refuse what they did not sign. Every answer calls a tool. Texts and numbers are invented. */
import type { ServerResponse } from "node:http";
import type { Asked } from "./vendor-server.ts";

export type Json = Record<string, unknown>;
export type SignedProtocol = "messages" | "responses" | "generate-content" | "chat-completions";

interface SpokenProtocol {
  provider: string;
  model: string;
  path: (model: string, stream: boolean) => string;
  /** The request of a client. */
  body: (model: string, history: readonly unknown[], stream: boolean) => Json;
  user: (text: string) => unknown;
  /** What a client sends back of an answer, with the results of its calls. */
  next: (answer: Json) => unknown[];
  /** The answer that the events of a stream add up to, as clients read them. */
  read: (events: readonly Json[]) => Json;
  /** The answer of the vendor with a payload. */
  answer: (n: number, payload: string) => Json;
  events: (answer: Json) => Json[];
  /** What a vendor refuses beside payloads that are not its own. */
  mistake?: (body: Json) => string | undefined;
  /** The payloads of a body or of an answer. */
  payloads: (body: unknown) => string[];
}

const TOOL = { name: "look", description: "Looks.", parameters: { type: "object", properties: {} } };
const event = (type: string, fields: Json): Json => ({ type, ...fields });

/** The texts of fields with these names, at any depth. */
function fieldsIn(value: unknown, names: readonly string[], found: string[] = []): string[] {
  if (Array.isArray(value)) for (const item of value) fieldsIn(item, names, found);
  else if (typeof value === "object" && value !== null)
    for (const [key, inner] of Object.entries(value))
      if (names.includes(key) && typeof inner === "string" && inner !== "") found.push(inner);
      else fieldsIn(inner, names, found);
  return found;
}

const list = (value: unknown): Json[] => (Array.isArray(value) ? (value as Json[]) : []);

/** A search of the vendor's own, code that used it, and a text that cites a result. */
function searched(n: number, payload: string): Json[] {
  const code = { type: "encrypted_code_execution_result", encrypted_stdout: `${payload}-stdout`, stderr: "", return_code: 0, content: [] };
  const result = { type: "web_search_result", url: "https://a.example", title: "A", encrypted_content: `${payload}-page`, page_age: null };
  const cited = {
    type: "web_search_result_location",
    url: "https://a.example",
    title: "A",
    cited_text: "High.",
    encrypted_index: `${payload}-at`,
  };
  return [
    { type: "server_tool_use", id: `srvtoolu_${n}`, name: "web_search", input: {} },
    { type: "web_search_tool_result", tool_use_id: `srvtoolu_${n}`, content: [result] },
    { type: "server_tool_use", id: `srvtoolu_code_${n}`, name: "code_execution", input: {} },
    { type: "code_execution_tool_result", tool_use_id: `srvtoolu_code_${n}`, content: code },
    { type: "text", text: "High at five.", citations: [cited] },
  ];
}

/** The calls and results of the vendor's own tools that stand alone. */
function unpaired(blocks: readonly Json[]): Json | undefined {
  const calls = new Set(blocks.flatMap(({ type, id }) => (type === "server_tool_use" ? [id] : [])));
  const results = new Set(blocks.flatMap(({ type, tool_use_id }) => (type === "tool_result" ? [] : [tool_use_id])));
  return blocks.find(
    ({ type, id, tool_use_id }) =>
      (type === "server_tool_use" && !results.has(id)) || (type !== "tool_result" && tool_use_id !== undefined && !calls.has(tool_use_id)),
  );
}

const messages: SpokenProtocol = {
  provider: "anthropic",
  model: "claude-sonnet-4-5",
  path: () => "/v1/messages",
  body: (model, history, stream) => ({
    model,
    max_tokens: 4000,
    thinking: { type: "enabled", budget_tokens: 2000 },
    tools: [{ name: TOOL.name, input_schema: TOOL.parameters }],
    messages: history,
    stream,
  }),
  user: (text) => ({ role: "user", content: text }),
  next: ({ content }) => [
    { role: "assistant", content },
    {
      role: "user",
      content: list(content).flatMap((block) =>
        block["type"] === "tool_use" ? [{ type: "tool_result", tool_use_id: block["id"], content: "nothing" }] : [],
      ),
    },
  ],
  read(events) {
    const content: Json[] = [];
    for (const one of events) {
      const at = Number(one["index"]);
      if (one["type"] === "content_block_start") content[at] = { ...(one["content_block"] as Json) };
      if (one["type"] !== "content_block_delta") continue;
      const { type: _, partial_json, citation, ...pieces } = one["delta"] as Json;
      const block = content[at] ?? {};
      if (citation !== undefined) block["citations"] = [...list(block["citations"]), citation as Json];
      for (const [key, piece] of Object.entries(pieces)) block[key] = `${String(block[key] ?? "")}${String(piece)}`;
      if (partial_json !== undefined) block["input"] = JSON.parse(String(partial_json) || "{}");
    }
    return { content };
  },
  answer: (n, payload) => ({
    id: `msg_${n}`,
    type: "message",
    role: "assistant",
    model: "claude-sonnet-4-5",
    content: [
      { type: "thinking", thinking: "Let me look.", signature: payload },
      ...(n % 3 === 0 ? [{ type: "redacted_thinking", data: `${payload}-redacted` }] : []),
      ...(n % 2 === 1 ? searched(n, payload) : []),
      { type: "tool_use", id: `toolu_${n}`, name: "look", input: {} },
    ],
    stop_reason: "tool_use",
    stop_sequence: null,
    usage: { input_tokens: 5, output_tokens: 5 },
  }),
  events: ({ content, stop_reason, usage, ...message }) => [
    event("message_start", { message: { ...message, content: [], stop_reason: null, usage } }),
    ...list(content).flatMap((block, index): Json[] => {
      const start = (content_block: Json): Json => event("content_block_start", { index, content_block });
      const delta = (fields: Json): Json => event("content_block_delta", { index, delta: fields });
      const stop = event("content_block_stop", { index });
      if (String(block["type"]).endsWith("_tool_result") || block["type"] === "redacted_thinking") return [start(block), stop];
      if (block["type"] === "server_tool_use") return [start(block), delta({ type: "input_json_delta", partial_json: "{}" }), stop];
      if (block["type"] === "text")
        return [
          start({ type: "text", text: "", citations: [] }),
          delta({ type: "citations_delta", citation: list(block["citations"])[0] }),
          delta({ type: "text_delta", text: block["text"] }),
          stop,
        ];
      if (block["type"] === "tool_use") return [start(block), delta({ type: "input_json_delta", partial_json: "{}" }), stop];
      return [
        start({ type: "thinking", thinking: "", signature: "" }),
        delta({ type: "thinking_delta", thinking: block["thinking"] }),
        delta({ type: "signature_delta", signature: block["signature"] }),
        stop,
      ];
    }),
    event("message_delta", { delta: { stop_reason, stop_sequence: null }, usage }),
    event("message_stop", {}),
  ],
  mistake(body) {
    const last = list(body["messages"]).findLast(({ role }) => role === "assistant");
    const [first, ...others] = list(last?.["content"]);
    const calls = [first, ...others].some((block) => block?.["type"] === "tool_use");
    const thinks = first?.["type"] === "thinking" || first?.["type"] === "redacted_thinking";
    if (list(body["messages"]).some(({ content }) => Array.isArray(content) && content.length === 0)) return "a turn is empty";
    const alone = unpaired(list(body["messages"]).flatMap(({ content }) => list(content)));
    if (alone !== undefined) return `${String(alone["type"])} has no other half`;
    return body["thinking"] !== undefined && calls && !thinks
      ? "Expected `thinking` or `redacted_thinking`, but found `tool_use`"
      : undefined;
  },
  payloads: (body) => fieldsIn(body, ["signature", "data", "encrypted_content", "encrypted_index", "encrypted_stdout"]),
};

const responses: SpokenProtocol = {
  provider: "openai",
  model: "gpt-5.4",
  path: () => "/v1/responses",
  body: (model, history, stream) => ({
    model,
    store: false,
    include: ["reasoning.encrypted_content"],
    tools: [{ type: "function", ...TOOL }],
    input: history,
    stream,
  }),
  user: (text) => ({ role: "user", content: text }),
  next: ({ output }) => [
    ...list(output),
    ...list(output).flatMap((item) =>
      item["type"] === "function_call" ? [{ type: "function_call_output", call_id: item["call_id"], output: "nothing" }] : [],
    ),
  ],
  read: (events) => ({ output: events.flatMap((one) => (one["type"] === "response.output_item.done" ? [one["item"]] : [])) }),
  answer: (n, payload) => ({
    id: `resp_${n}`,
    object: "response",
    created_at: 1,
    status: "completed",
    model: "gpt-5.4",
    output: [
      { type: "reasoning", id: `rs_${n}`, summary: [{ type: "summary_text", text: "Look." }], encrypted_content: payload },
      { type: "function_call", id: `fc_${n}`, call_id: `call_${n}`, name: "look", arguments: "{}", status: "completed" },
    ],
    usage: { input_tokens: 5, output_tokens: 5, total_tokens: 10 },
  }),
  events(answer) {
    const running = { ...answer, status: "in_progress", output: [], usage: null };
    const items = list(answer["output"]).flatMap((item, output_index): Json[] => {
      const at = { item_id: item["id"], output_index };
      if (item["type"] === "function_call")
        return [
          event("response.output_item.added", { output_index, item: { ...item, arguments: "", status: "in_progress" } }),
          event("response.function_call_arguments.delta", { ...at, delta: "{}" }),
          event("response.function_call_arguments.done", { ...at, arguments: "{}" }),
          event("response.output_item.done", { output_index, item }),
        ];
      const summary = { ...at, summary_index: 0 };
      return [
        event("response.output_item.added", { output_index, item: { ...item, summary: [], encrypted_content: "unfinished" } }),
        event("response.reasoning_summary_part.added", { ...summary, part: { type: "summary_text", text: "" } }),
        event("response.reasoning_summary_text.delta", { ...summary, delta: "Look." }),
        event("response.reasoning_summary_text.done", { ...summary, text: "Look." }),
        event("response.reasoning_summary_part.done", { ...summary, part: { type: "summary_text", text: "Look." } }),
        event("response.output_item.done", { output_index, item }),
      ];
    });
    const all = [
      event("response.created", { response: running }),
      event("response.in_progress", { response: running }),
      ...items,
      event("response.completed", { response: answer }),
    ];
    return all.map((one, sequence_number) => ({ ...one, sequence_number }));
  },
  mistake(body) {
    const input = list(body["input"]);
    for (const [at, item] of input.entries()) {
      if (item["type"] === "reasoning" && input[at + 1]?.["type"] !== "function_call")
        return `Item '${String(item["id"])}' of type 'reasoning' was provided without its required following item.`;
      if (item["type"] === "function_call" && item["id"] !== undefined && input[at - 1]?.["type"] !== "reasoning")
        return `Item '${String(item["id"])}' of type 'function_call' was provided without its required 'reasoning' item`;
    }
    return undefined;
  },
  payloads: (body) => fieldsIn(body, ["encrypted_content"]),
};

/** Code that the vendor ran. It signs the code alone. */
const RAN: readonly Json[] = [
  { executableCode: { language: "PYTHON", code: "print(1)" } },
  { codeExecutionResult: { outcome: "OUTCOME_OK", output: "1" } },
];

const PLACEHOLDER = "skip_thought_signature_validator";

const generateContent: SpokenProtocol = {
  provider: "google",
  model: "gemini-3-pro-preview",
  path: (model, stream) => `/v1beta/models/${model}:${stream ? "streamGenerateContent?alt=sse" : "generateContent"}`,
  body: (_model, history) => ({ contents: history, tools: [{ functionDeclarations: [TOOL] }] }),
  user: (text) => ({ role: "user", parts: [{ text }] }),
  next({ candidates }) {
    const content = list(candidates)[0]?.["content"] as Json;
    const results = list(content["parts"]).flatMap((part) =>
      part["functionCall"] === undefined ? [] : [{ functionResponse: { name: "look", response: { output: "nothing" } } }],
    );
    return [content, { role: "user", parts: results }];
  },
  read: (events) => ({
    candidates: [
      {
        content: {
          role: "model",
          parts: events.flatMap((one) => list((list(one["candidates"])[0]?.["content"] as Json | undefined)?.["parts"])),
        },
      },
    ],
  }),
  answer: (n, payload) => ({
    candidates: [
      {
        content: {
          role: "model",
          parts: [
            { text: "Let me look.", thought: true },
            ...(n % 2 === 0 ? RAN : []).map((part) => ("executableCode" in part ? { ...part, thoughtSignature: `AAAA${payload}` } : part)),
            { functionCall: { name: "look", args: {} }, thoughtSignature: payload },
          ],
        },
        finishReason: "STOP",
        index: 0,
      },
    ],
    usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 5, totalTokenCount: 10 },
    modelVersion: "gemini-3-pro-preview",
  }),
  events: (answer) => [answer],
  mistake(body) {
    const contents = list(body["contents"]);
    if (contents.some(({ parts }) => list(parts).length === 0)) return "a content is empty";
    const ran = contents.flatMap(({ parts }) => list(parts));
    const count = (kind: string): number => ran.filter((part) => part[kind] !== undefined).length;
    if (count("executableCode") !== count("codeExecutionResult")) return "code without a result, or a result without code";
    const start = contents.findLastIndex(({ role, parts }) => role === "user" && list(parts).some(({ text }) => text !== undefined));
    for (const { parts } of contents.slice(start)) {
      const call = list(parts).find(({ functionCall }) => functionCall !== undefined);
      if (call !== undefined && call["thoughtSignature"] === undefined) return "Function call is missing a thought_signature";
    }
    return undefined;
  },
  payloads: (body) => fieldsIn(body, ["thoughtSignature"]).filter((payload) => payload !== PLACEHOLDER),
};

const chatCompletions: SpokenProtocol = {
  provider: "openrouter",
  model: "anthropic/claude-sonnet-4.5",
  path: () => "/v1/chat/completions",
  body: (model, history, stream) => ({ model, messages: history, tools: [{ type: "function", function: TOOL }], stream }),
  user: (text) => ({ role: "user", content: text }),
  next({ choices }) {
    const message = list(choices)[0]?.["message"] as Json;
    return [message, ...list(message["tool_calls"]).map(({ id }) => ({ role: "tool", tool_call_id: id, content: "nothing" }))];
  },
  read(events) {
    const details: Json[] = [];
    const calls: Json[] = [];
    for (const one of events) {
      const delta = list(one["choices"])[0]?.["delta"] as Json | undefined;
      details.push(...list(delta?.["reasoning_details"]));
      for (const { index, function: called, ...fields } of list(delta?.["tool_calls"])) {
        const { name = "", arguments: text } = called as { name?: string; arguments: string };
        const before = (calls[Number(index)]?.["function"] ?? { name: "", arguments: "" }) as { name: string; arguments: string };
        const whole = { name: before.name + name, arguments: before.arguments + text };
        calls[Number(index)] = { ...calls[Number(index)], ...fields, function: whole };
      }
    }
    // The signature comes in a piece of its own, after the text.
    const [text, signature, ...others] = details;
    const reasoning = text === undefined ? {} : { reasoning_details: [{ ...text, ...signature }, ...others] };
    return { choices: [{ message: { role: "assistant", content: null, ...reasoning, tool_calls: calls } }] };
  },
  answer: (n, payload) => ({
    id: `gen-${n}`,
    object: "chat.completion",
    created: 1,
    model: "anthropic/claude-sonnet-4.5",
    choices: [
      {
        index: 0,
        message: {
          role: "assistant",
          content: null,
          reasoning: "Let me look.",
          reasoning_details: [
            { type: "reasoning.text", text: "Let me look.", signature: payload, format: "anthropic-claude-v1", index: 0 },
            { type: "reasoning.encrypted", data: `${payload}-redacted`, format: "anthropic-claude-v1", index: 1 },
          ],
          tool_calls: [{ id: `call_${n}`, type: "function", function: { name: "look", arguments: "{}" } }],
        },
        finish_reason: "tool_calls",
      },
    ],
    usage: { prompt_tokens: 5, completion_tokens: 5, total_tokens: 10 },
  }),
  events({ choices, usage, object: _, ...fields }) {
    const chunk = (delta: Json, finish_reason: string | null = null): Json => ({
      ...fields,
      object: "chat.completion.chunk",
      choices: [{ index: 0, delta, finish_reason }],
    });
    const [{ message } = {}] = list(choices);
    const { reasoning_details, tool_calls } = message as Json;
    const [{ signature, ...text } = {}, encrypted] = list(reasoning_details);
    const [call] = list(tool_calls);
    return [
      chunk({ role: "assistant", content: "", reasoning: "Let me look.", reasoning_details: [text] }),
      chunk({ content: "", reasoning_details: [{ type: "reasoning.text", signature, format: "anthropic-claude-v1", index: 0 }] }),
      chunk({ content: "", reasoning_details: [encrypted] }),
      chunk({ tool_calls: [{ index: 0, ...call }] }),
      chunk({}, "tool_calls"),
      { ...fields, object: "chat.completion.chunk", choices: [], usage },
    ];
  },
  payloads: (body) => fieldsIn(body, ["signature", "data", "thought_signature"]),
};

export const SPOKEN: Readonly<Record<SignedProtocol, SpokenProtocol>> = {
  messages,
  responses,
  "generate-content": generateContent,
  "chat-completions": chatCompletions,
};

/** The deployments of a vendor, each known by its key. */
export interface Deployments {
  /** What no deployment may receive: foreign payloads, and conversations that the vendor refuses. */
  refusals: string[];
  /** The deployments that answered, in order. */
  answered: string[];
  /** Payloads that a deployment received with its last request. */
  received: string[];
  /** Deployments that answer 503. */
  down: Set<string>;
  answer(asked: Asked, response: ServerResponse): void;
}

/** @param names Each is the deployment whose key ends with it */
export function openDeployments(protocol: SignedProtocol, names: readonly string[]): Deployments {
  const spoken = SPOKEN[protocol];
  const issued = new Map(names.map((name) => [name, new Set<string>()]));
  const refuse = (response: ServerResponse, message: string): void => {
    const error = { type: "invalid_request_error", code: 400, status: "INVALID_ARGUMENT", message };
    response.writeHead(400, { "content-type": "application/json" }).end(JSON.stringify({ type: "error", error }));
  };
  let count = 0;
  const deployments: Deployments = {
    refusals: [],
    answered: [],
    received: [],
    down: new Set(),
    answer({ headers, body, path }, response) {
      const key = String(headers["x-api-key"] ?? headers["x-goog-api-key"] ?? headers.authorization);
      const name = names.find((one) => key.endsWith(one)) ?? "";
      if (deployments.down.has(name)) return void response.writeHead(503, { "content-type": "application/json" }).end("{}");
      const own = issued.get(name) ?? new Set();
      const received = spoken.payloads(body);
      const foreign = received.find((payload) => !own.has(payload));
      const mistake = spoken.mistake?.(body as Json);
      if (foreign !== undefined || mistake !== undefined) {
        deployments.refusals.push(`${name}: ${foreign ?? mistake}`);
        return refuse(response, foreign === undefined ? String(mistake) : REFUSALS[protocol]);
      }
      deployments.received = received;
      const n = count++;
      const answer = spoken.answer(n, btoa(`signed by ${name}, ${n}`));
      for (const payload of spoken.payloads(answer)) own.add(payload);
      deployments.answered.push(name);
      const isStreamed = (body as Json)["stream"] === true || path.includes(":streamGenerateContent");
      if (!isStreamed) return void response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
      response.writeHead(200, { "content-type": "text/event-stream" });
      for (const one of spoken.events(answer)) {
        const named = typeof one["type"] === "string" ? `event: ${one["type"]}\n` : "";
        response.write(`${named}data: ${JSON.stringify(one)}\n\n`);
      }
      response.end(protocol === "chat-completions" ? "data: [DONE]\n\n" : "");
    },
  };
  return deployments;
}

/** How vendors refuse a payload that they did not sign. */
const REFUSALS: Readonly<Record<SignedProtocol, string>> = {
  messages: "messages.1.content.0: Invalid `signature` in `thinking` block",
  responses: "The encrypted content could not be verified.",
  "generate-content": "Thought signature is not valid",
  "chat-completions": "Invalid `signature` in `thinking` block",
};

/** The answer in a response of the gateway, as a client of the protocol reads it. */
export async function readAnswer(protocol: SignedProtocol, response: Response, stream: boolean): Promise<Json> {
  const text = await response.text();
  if (!stream) return JSON.parse(text) as Json;
  const events = [...text.matchAll(/^data: (\{.*)$/gm)].map(([, data = ""]) => JSON.parse(data) as Json);
  return SPOKEN[protocol].read(events);
}
