/**
 * The Agent API (https://docs.perplexity.ai/docs/agent-api/migrate-from-sonar/how-to): the Responses API with a closed schema. It answers 400 to unknown
 * fields, spells output formats as Chat Completions does, returns sources as an output item, and searches only when the request has a search tool.
 */
import {
  type AssistantMessage,
  type CheckedCall,
  type Emit,
  isObject,
  type JsonObject,
  type Message,
  type Note,
  type Protocol,
  type ReadEvent,
  type Reader,
  type SourcePart,
} from "@lumiverse/core/provider";
import type { ErrorRule } from "@lumiverse/protocols/chat-completions";
import { responses } from "@lumiverse/protocols/responses";
import { searchTool, sonarOnlySettings } from "./search.ts";
import type { PerplexitySettings } from "./settings.ts";

/** The preset of each former Sonar model. The request also names the model, because the vendor can serve a preset alone with another vendor's model. */
const SONAR_PRESETS: Readonly<Record<string, string | undefined>> = {
  sonar: undefined,
  "sonar-pro": "low",
  "sonar-reasoning-pro": "low",
  "sonar-reasoning": "low",
  "sonar-deep-research": "medium",
};
const PRESETS = [
  "fast",
  "low",
  "medium",
  "high",
  "xhigh",
  "wide-research",
  "fast-search",
  "pro-search",
  "deep-research",
  "advanced-deep-research",
];

export const isSonar = (model: string): boolean => Object.hasOwn(SONAR_PRESETS, model);
const isPerplexityModel = (model: string): boolean => isSonar(model) || model.startsWith("perplexity/");

export function agent(settings: PerplexitySettings, base: URL, errors: readonly ErrorRule[]): Protocol {
  const protocol = responses({
    path: /\/v\d+\/?$/.test(base.pathname) ? "/agent" : "/v1/agent",
    systemPlacement: "system", // `instructions` would replace the preset's own prompt
    systemRole: "system",
    include: "none",
    reasoningSummary: "omit",
    schemaTarget: { omit: ["$schema"] },
    toolOutput: "string",
    cost: { path: "cost.total_cost", currency: "USD" },
    errors,
    finishBody: ({ body, call, notes }) => finishBody(body, call, settings, notes),
  });
  return {
    ...protocol,
    render: (call) => protocol.render({ ...call, messages: call.messages.map(textAndCalls) }),
    reader: (context) => new AgentReader(protocol.reader(context)),
  };
}

/** Earlier turns with text and calls only, because the API does not accept search results as input items. */
function textAndCalls(message: Message): Message {
  if (message.role !== "assistant" || typeof message.content === "string") return message;
  const content = message.content
    .filter((part) => part.type !== "opaque" && part.type !== "reasoning")
    .map((part) => (part.type === "text" ? { type: part.type, text: part.text } : part));
  return { role: "assistant", content } satisfies AssistantMessage;
}

function finishBody(body: JsonObject, { request }: CheckedCall, settings: PerplexitySettings, notes: Note[]): void {
  const { model } = request;
  const preset = PRESETS.includes(model) ? model : SONAR_PRESETS[model];
  if (preset !== undefined) body["preset"] = preset;
  if (preset === model) delete body["model"];
  else if (isSonar(model)) body["model"] = "perplexity/sonar";

  const searches = settings.search?.enabled ?? (isPerplexityModel(model) || preset !== undefined);
  const tools: unknown[] = Array.isArray(body["tools"]) ? body["tools"] : [];
  const tool = searchTool(settings);
  const hasSearchTool = tools.some((one) => isObject(one) && one["type"] === "web_search");
  // A preset contains a search tool. One in the request replaces it.
  if (searches && !hasSearchTool && (preset === undefined || Object.keys(tool).length > 1)) tools.push(tool);
  if (tools.length > 0) body["tools"] = tools;
  // Sonar always searched. Models often do not use a search tool that is only offered, so it is forced.
  if (searches && preset === undefined && isPerplexityModel(model) && tools.length === 1) body["tool_choice"] ??= { type: "web_search" };
  if (isObject(body["tool_choice"]) && body["tool_choice"]["type"] === "function")
    body["tool_choice"] = { name: body["tool_choice"]["name"] };

  if (isObject(body["text"]) && isObject(body["text"]["format"])) {
    const { type, ...format } = body["text"]["format"];
    body["response_format"] = type === "json_schema" ? { type, json_schema: format } : { type };
  }
  delete body["text"];
  if (settings.language !== undefined) body["language_preference"] ??= settings.language;
  if (model.startsWith("anthropic/") && body["max_output_tokens"] === undefined) {
    body["max_output_tokens"] = 8192;
    notes.push({
      kind: "changed",
      field: "maxOutputTokens",
      message: "The Agent API requires an output limit for models of Anthropic, so 8192 was sent.",
    });
  }
  for (const name of sonarOnlySettings(settings))
    notes.push({ kind: "dropped", field: `settings.${name}`, message: `The Agent API has no ${name}, so the setting was dropped.` });
  if (Array.isArray(body["input"])) body["input"] = body["input"].map(knownFields);
}

/** An input item with only the fields that the closed schema knows. */
function knownFields(item: unknown): unknown {
  if (!isObject(item)) return item;
  if (item["type"] === "function_call") {
    const { type, call_id, name, arguments: text, thought_signature: signature } = item;
    return { type, call_id, name, arguments: text, ...(signature === undefined ? {} : { thought_signature: signature }) };
  }
  if (!Array.isArray(item["content"])) return item;
  const content = item["content"].map((part: unknown) =>
    isObject(part) && part["type"] === "input_image" ? { type: part["type"], image_url: part["image_url"] } : part,
  );
  return { ...item, content };
}

/** Emits a source part for each search result. The indexes of later parts move up accordingly. */
class AgentReader implements Reader {
  private readonly reader: Reader;
  private readonly indexes: number[] = [];
  private next = 0;
  private readonly seen: Set<string> = new Set();
  private out: Emit = () => {};

  constructor(reader: Reader) {
    this.reader = reader;
  }
  get phase(): Reader["phase"] {
    return this.reader.phase;
  }
  message: Reader["message"] = (message, emit) => {
    // These events report the progress of a search. Its results come as an output item.
    if (/"type"\s*:\s*"response\.reasoning\./.test(message.data)) return;
    this.out = emit;
    this.reader.message(message, this.emit);
  };
  body: Reader["body"] = (json, emit) => {
    this.out = emit;
    this.reader.body(json, this.emit);
  };
  unframedText: Reader["unframedText"] = (text, emit) => {
    this.out = emit;
    this.reader.unframedText(text, this.emit);
  };
  end: Reader["end"] = (emit) => {
    this.out = emit;
    this.reader.end(this.emit);
  };

  private readonly emit = (event: ReadEvent): void => {
    if (!("index" in event)) return this.out(event);
    const { index } = event;
    event.index = this.indexes[index] ??= this.next++;
    this.out(event);
    if (event.type !== "part" || event.part.type !== "opaque" || event.part.kind !== "search_results") return;
    const item = isObject(event.replay) ? event.replay["item"] : undefined;
    const results = isObject(item) && Array.isArray(item["results"]) ? item["results"] : [];
    for (const result of results) if (isObject(result)) this.source(result);
  };

  private source(result: JsonObject): void {
    const { id, url, title, snippet } = result;
    if (typeof url !== "string" || this.seen.has(url)) return;
    this.seen.add(url);
    const part: SourcePart = { type: "source" };
    if (url !== "") part.url = url;
    if (typeof title === "string" && title !== "") part.title = title;
    if (typeof id === "number" && Number.isSafeInteger(id) && id > 0) part.number = id;
    if (typeof snippet === "string" && snippet !== "") part.quote = snippet;
    this.out({ type: "part", index: this.next++, part });
  }
}
