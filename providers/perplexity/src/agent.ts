/**
 * The Agent API (https://docs.perplexity.ai/docs/agent-api/migrate-from-sonar/how-to): the Responses API with a closed schema. Any field that it does
 * not know is a 400, output formats are spelled as in Chat Completions, sources come as an output item, and nobody searches unless a tool says so.
 */
import type {
  AssistantMessage,
  CheckedCall,
  Emit,
  JsonObject,
  Message,
  Note,
  Protocol,
  ReadEvent,
  Reader,
  SourcePart,
} from "@lumiverse/core";
import { isObject } from "@lumiverse/core";
import type { ErrorRule } from "@lumiverse/protocols/chat-completions";
import { responses } from "@lumiverse/protocols/responses";
import { searchTool, sonarOnly } from "./search.ts";
import type { PerplexitySettings } from "./settings.ts";

/** What a Sonar model became. The model is named beside the preset, because a preset alone may be served by another vendor's. */
const SONAR: Readonly<Record<string, string | undefined>> = {
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

export const isSonar = (model: string): boolean => Object.hasOwn(SONAR, model);
const isOwn = (model: string): boolean => isSonar(model) || model.startsWith("perplexity/");

export function agent(settings: PerplexitySettings, base: URL, errors: readonly ErrorRule[]): Protocol {
  const wire = responses({
    path: /\/v\d+\/?$/.test(base.pathname) ? "/agent" : "/v1/agent",
    system: "system", // `instructions` would replace the prompt of a preset
    systemRole: "system",
    include: "none",
    summary: "omit",
    schema: { without: ["$schema"] },
    toolOutput: "string",
    cost: { path: "cost.total_cost", currency: "USD" },
    errors,
    finishBody: (body, call, notes) => finish(body, call, settings, notes),
  });
  return {
    ...wire,
    render: (call) => wire.render({ ...call, messages: call.messages.map(plain) }),
    reader: (call, rendered) => new AgentReader(wire.reader(call, rendered)),
  };
}

/** Earlier turns by their words and calls: results of searches are no input items. */
function plain(message: Message): Message {
  if (message.role !== "assistant" || typeof message.content === "string") return message;
  const content = message.content
    .filter((part) => part.type !== "opaque" && part.type !== "reasoning")
    .map((part) => (part.type === "text" ? { type: part.type, text: part.text } : part));
  return { role: "assistant", content } satisfies AssistantMessage;
}

function finish(body: JsonObject, { request }: CheckedCall, settings: PerplexitySettings, notes: Note[]): void {
  const { model } = request;
  const preset = PRESETS.includes(model) ? model : SONAR[model];
  if (preset !== undefined) body["preset"] = preset;
  if (preset === model) delete body["model"];
  else if (isSonar(model)) body["model"] = "perplexity/sonar";

  const searches = settings.search?.enabled ?? (isOwn(model) || preset !== undefined);
  const tools: unknown[] = Array.isArray(body["tools"]) ? body["tools"] : [];
  const tool = searchTool(settings);
  const own = tools.some((one) => isObject(one) && one["type"] === "web_search");
  // A preset brings its own search; one that is named here replaces that.
  if (searches && !own && (preset === undefined || Object.keys(tool).length > 1)) tools.push(tool);
  if (tools.length > 0) body["tools"] = tools;
  // Sonar always searched; a tool that is only offered is often not used.
  if (searches && preset === undefined && isOwn(model) && tools.length === 1) body["tool_choice"] ??= { type: "web_search" };
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
    notes.push({ kind: "changed", field: "maxOutputTokens", message: "models of Anthropic must be given a limit here: 8192 was sent" });
  }
  for (const name of sonarOnly(settings))
    notes.push({ kind: "dropped", field: `settings.${name}`, message: `the Agent API has no ${name}; the setting was left out` });
  if (Array.isArray(body["input"])) body["input"] = body["input"].map(strictly);
}

/** Input items with the fields of the closed schema alone. */
function strictly(item: unknown): unknown {
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

/** Sources out of the items that list what a search found; they take places of their own among the parts. */
class AgentReader implements Reader {
  private readonly wire: Reader;
  private readonly places: number[] = [];
  private next = 0;
  private readonly seen: Set<string> = new Set();
  private out: Emit = () => {};

  constructor(wire: Reader) {
    this.wire = wire;
  }
  get phase(): Reader["phase"] {
    return this.wire.phase;
  }
  message: Reader["message"] = (message, emit) => {
    // How the search is coming along; its results come as an item.
    if (/"type"\s*:\s*"response\.reasoning\./.test(message.data)) return;
    this.out = emit;
    this.wire.message(message, this.emit);
  };
  body: Reader["body"] = (json, emit) => {
    this.out = emit;
    this.wire.body(json, this.emit);
  };
  stray: Reader["stray"] = (text, emit) => {
    this.out = emit;
    this.wire.stray(text, this.emit);
  };
  end: Reader["end"] = (emit) => {
    this.out = emit;
    this.wire.end(this.emit);
  };

  private readonly emit = (event: ReadEvent): void => {
    if (!("index" in event)) return this.out(event);
    const { index } = event;
    event.index = this.places[index] ??= this.next++;
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
