/** Tools that a vendor runs, from a client's request to a vendor of another protocol: that vendor's own tool where it has one that does the same, otherwise none. */
import type { ChatRequest, HostedTool, JsonObject, Note, Tool } from "@lumiverse/core";
import { definedFields, isObject, type SearchLocation, type ServerTool, type TranslationTarget } from "@lumiverse/core/provider";
import { spellServerTool } from "@lumiverse/protocols/server-tools";
import type { InboundProtocolId } from "../protocol.ts";

/** What a tool does, by its type in the client's protocol. Fields that it does not read say more than the neutral form has. */
type Reading = (fields: ToolFields) => ServerTool;

const READINGS: { readonly [P in InboundProtocolId]: readonly (readonly [type: RegExp, read: Reading])[] } = {
  messages: [
    [/^web_search_\d{8}$/, anthropicSearch],
    [/^web_fetch_\d{8}$/, anthropicFetch],
    [/^code_execution_\d{8}$/, codeExecution],
  ],
  responses: [
    [/^web_search(?:_preview)?(?:_\d{4}_\d{2}_\d{2})?$/, openaiSearch],
    [/^code_interpreter$/, openaiInterpreter],
  ],
  "chat-completions": [
    [/^openrouter:web_search$/, routerSearch],
    [/^openrouter:web_fetch$/, routerFetch],
  ],
  "generate-content": [
    [/^google_?search(?:_?retrieval)?$/i, googleSearch],
    [/^url_?context$/i, () => ({ kind: "web-fetch" })],
    [/^code_?execution$/i, codeExecution],
  ],
};

/** Tools of a request that are looked at. No vendor has as many, and each one is compared with the rest of the request. */
const MOST_TOOLS = 100;

/** Fields of a tool that say nothing about what it does. */
const NEUTRAL_FIELDS: ReadonlySet<string> = new Set(["type", "name", "cache_control"]);
const NONE: ReadonlySet<string> = new Set();

/**
 * The fields of a tool while they are read. The names of those that the neutral form cannot hold exactly are kept: a search without one of its limits would be another
 * one. A field that is null says nothing.
 */
class ToolFields {
  readonly #fields: JsonObject;
  readonly #unread: Set<string>;
  readonly #path: string;

  constructor(fields: JsonObject, neutral: ReadonlySet<string>, unread = new Set<string>(), path = "") {
    this.#fields = fields;
    this.#unread = unread;
    this.#path = path;
    for (const key of Object.keys(fields))
      if (!neutral.has(key) && !isEmpty(fields[key]) && !isDefault(key, fields[key])) unread.add(path + key);
  }

  /** The first field that was not read. */
  get unread(): string | undefined {
    for (const path of this.#unread) return path;
    return undefined;
  }

  /** The value of a field. Undefined where there is none, and where it has another form. */
  read<T>(key: string, read: (value: unknown) => T | undefined): T | undefined {
    const value = this.#fields[key] ?? undefined;
    const found = value === undefined ? undefined : read(value);
    if (value === undefined || found !== undefined) this.#unread.delete(this.#path + key);
    else this.#unread.add(this.#path + key);
    return found;
  }

  has(key: string): boolean {
    return isObject(this.#fields[key]);
  }

  /** The fields of an object in a field. None where there is none, and where it has another form. */
  inner(key: string): ToolFields {
    const value = this.read(key, (given) => (isObject(given) ? given : undefined));
    return new ToolFields(value ?? {}, NONE, this.#unread, `${this.#path}${key}.`);
  }
}

/** The values that Anthropic gives to fields that are left out: https://platform.claude.com/docs/en/agents-and-tools/tool-use/tool-reference */
function isDefault(key: string, value: unknown): boolean {
  if (key === "defer_loading") return value === false;
  return key === "allowed_callers" && Array.isArray(value) && value.length === 1 && value[0] === "direct";
}

function isEmpty(value: unknown): boolean {
  return (value ?? null) === null || (typeof value === "object" && value !== null && Object.keys(value).length === 0);
}

const count = (value: unknown): number | undefined => (Number.isSafeInteger(value) && Number(value) > 0 ? Number(value) : undefined);
const word = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

/** An empty list of allowed domains allows none, so it has no form for other vendors. */
function domains(value: unknown): readonly string[] | undefined {
  const isList = Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === "string" && one.trim() !== "");
  return isList ? value : undefined;
}

/** An empty list blocks nothing. */
const blocked = (value: unknown): readonly string[] | undefined => (Array.isArray(value) && value.length === 0 ? [] : domains(value));

function blockedDomains(fields: ToolFields, key: string): readonly string[] | undefined {
  const found = fields.read(key, blocked);
  return found?.length === 0 ? undefined : found;
}

function anthropicSearch(fields: ToolFields): ServerTool {
  return search({
    allowedDomains: fields.read("allowed_domains", domains),
    blockedDomains: blockedDomains(fields, "blocked_domains"),
    maxUses: fields.read("max_uses", count),
    location: location(fields),
  });
}

function anthropicFetch(fields: ToolFields): ServerTool {
  const citations = fields.inner("citations");
  citations.read("enabled", (value) => (typeof value === "boolean" ? value : undefined));
  return fetchLimits(fields);
}

function fetchLimits(fields: ToolFields): ServerTool {
  const limits = {
    allowedDomains: fields.read("allowed_domains", domains),
    blockedDomains: blockedDomains(fields, "blocked_domains"),
    maxUses: fields.read("max_uses", count),
    maxContentTokens: fields.read("max_content_tokens", count),
  };
  return { kind: "web-fetch", ...definedFields(limits) };
}

function routerSearch(tool: ToolFields): ServerTool {
  const fields = tool.inner("parameters");
  return search({
    allowedDomains: fields.read("allowed_domains", domains),
    blockedDomains: blockedDomains(fields, "excluded_domains"),
    maxUses: fields.read("max_uses", count),
    contextSize: fields.read("search_context_size", contextSize),
    location: location(fields),
  });
}

function routerFetch(tool: ToolFields): ServerTool {
  return fetchLimits(tool.inner("parameters"));
}

function openaiSearch(fields: ToolFields): ServerTool {
  // Without access to the web, the vendor searches an index of its own.
  fields.read("external_web_access", (value) => (value === true ? value : undefined));
  const filters = fields.inner("filters");
  return search({
    allowedDomains: filters.read("allowed_domains", domains),
    blockedDomains: blockedDomains(filters, "blocked_domains"),
    contextSize: fields.read("search_context_size", contextSize),
    location: location(fields),
  });
}

/** When the model searches is its own decision at other vendors. */
function googleSearch(fields: ToolFields): ServerTool {
  fields.read("dynamicRetrievalConfig", (value) => (isObject(value) ? value : undefined));
  return { kind: "web-search" };
}

/** A container of the client's own, or one with files or rules of its own, is at the client's vendor alone. */
function openaiInterpreter(fields: ToolFields): ServerTool {
  const container = fields.inner("container");
  const type = container.read("type", (value) => (value === "auto" ? value : undefined));
  // The default: https://developers.openai.com/api/docs/guides/tools-code-interpreter
  container.read("memory_limit", (value) => (value === "1g" ? value : undefined));
  if (type === undefined) fields.read("container", () => undefined);
  return { kind: "code-execution" };
}

function codeExecution(): ServerTool {
  return { kind: "code-execution" };
}

type Search = Omit<Extract<ServerTool, { kind: "web-search" }>, "kind">;

function search(fields: { [F in keyof Search]: Search[F] | undefined }): ServerTool {
  return { kind: "web-search", ...definedFields(fields) };
}

function contextSize(value: unknown): "low" | "medium" | "high" | undefined {
  return value === "low" || value === "medium" || value === "high" ? value : undefined;
}

function location(tool: ToolFields): SearchLocation | undefined {
  const given = tool.inner("user_location");
  given.read("type", (value) => (value === "approximate" ? value : undefined));
  // Chat Completions has the place in a field of its own: https://platform.openai.com/docs/api-reference/chat/create
  const fields = given.has("approximate") ? given.inner("approximate") : given;
  const found = definedFields({
    city: fields.read("city", word),
    region: fields.read("region", word),
    country: fields.read("country", word),
    timezone: fields.read("timezone", word),
  });
  return Object.keys(found).length === 0 ? undefined : found;
}

/** The name of a tool in messages: its type, or its only field in generateContent. */
function nameOf({ hosted }: HostedTool): string {
  const { type, name } = hosted;
  return typeof type === "string" ? type : typeof name === "string" ? name : (Object.keys(hosted)[0] ?? "");
}

/** The tool in the neutral form, or the path of a field that the form cannot hold. Undefined: no other vendor has such a tool. */
function serverToolOf(protocol: InboundProtocolId, tool: HostedTool): ServerTool | string | undefined {
  const name = nameOf(tool);
  const read = READINGS[protocol].find(([type]) => type.test(name))?.[1];
  // The name of a tool is its only field there.
  const isInField = protocol === "generate-content";
  const given = isInField ? tool.hosted[name] : tool.hosted;
  if (read === undefined || !isObject(given)) return undefined;
  const fields = new ToolFields(given, isInField ? NONE : NEUTRAL_FIELDS);
  const neutral = read(fields);
  return fields.unread ?? neutral;
}

/**
 * The request with the vendor's own tools in the place of those that only vendors of the client's protocol run. A tool for which the vendor has none is left out,
 * together with a choice that asks for it.
 * @param choice The tool choice as the client spelled it
 */
export function translateServerTools(
  request: ChatRequest,
  protocol: InboundProtocolId,
  { serverTools }: TranslationTarget,
  choice: unknown,
  notes: Note[],
): ChatRequest {
  const given = request.tools ?? [];
  const hosted = given.filter((tool) => "hosted" in tool);
  if (hosted.length === 0) return request;
  const replaced = new Map<Tool, HostedTool>();
  /** By the name of the vendor's tool. */
  const spellings = new Map<string, string>();
  const forcible = new Set<Tool>();
  const sent = new Set<Tool>();
  let { parameters } = request;
  if (hosted.length > MOST_TOOLS)
    notes.push({
      kind: "dropped",
      field: "tools",
      message: `Of ${hosted.length} tools that a vendor runs, those after the first ${MOST_TOOLS} were dropped.`,
    });
  const read = hosted.slice(0, MOST_TOOLS).map((tool) => {
    const neutral = serverToolOf(protocol, tool);
    return { tool, neutral, spelled: typeof neutral === "object" ? spellServerTool(neutral, serverTools, request) : undefined };
  });
  // Two spellings of one tool are sent as one.
  const isOnlyOne = new Set(read.flatMap(({ spelled }) => (spelled === undefined ? [] : nameOf(spelled)))).size === 1;
  for (const { tool, neutral, spelled } of read) {
    const name = nameOf(tool).slice(0, 100);
    const drop = (because: string): unknown =>
      notes.push({ kind: "dropped", field: "tools", message: `The tool ${name} was dropped: ${because}.` });
    if (spelled === undefined) {
      const limit =
        typeof neutral === "string" ? `its field "${neutral.slice(0, 100)}" cannot be carried over to the vendor of the model` : undefined;
      drop(limit ?? "the vendor of the model has none that does the same");
      continue;
    }
    // Two spellings of one tool are one tool. Vendors refuse a second one of the same name, and without its limits it would not be the same.
    const text = JSON.stringify(spelled.hosted);
    const present = spellings.get(nameOf(spelled));
    if (present !== undefined && present !== text) {
      drop("the vendor of the model accepts one such tool, and an earlier one has other limits");
      continue;
    }
    sent.add(tool);
    if (present === undefined) replaced.set(tool, { ...tool, hosted: spelled.hosted });
    spellings.set(nameOf(spelled), text);
    if (spelled.canBeForced === true) forcible.add(tool);
    const { ignored = [], shared } = spelled;
    if (isOnlyOne && shared !== undefined) parameters = { ...parameters, ...shared.parameters };
    const lacking = isOnlyOne ? ignored : [...ignored, ...(shared?.limits ?? [])];
    const without = lacking.length === 0 ? "" : `, which has no ${lacking.join(" and no ")}`;
    notes.push({ kind: "changed", field: "tools", message: `The tool ${name} was replaced by the vendor's own for the same${without}.` });
  }
  const tools = given.flatMap((tool): Tool[] => {
    const other = replaced.get(tool);
    return "name" in tool ? [tool] : other === undefined ? [] : [other];
  });
  return withChoice({ ...request, tools, ...(parameters === undefined ? {} : { parameters }) }, hosted, {
    sent,
    forcible,
    choice,
    notes,
  });
}

interface Replacements {
  /** Tools that the vendor has, also where another one of the request is the same there. */
  sent: ReadonlySet<Tool>;
  /** Tools that a choice can force at the vendor. */
  forcible: ReadonlySet<Tool>;
  choice: unknown;
  notes: Note[];
}

/** The request without a choice that cannot be followed. */
function withChoice(request: ChatRequest, hosted: readonly HostedTool[], { sent, forcible, choice, notes }: Replacements): ChatRequest {
  const { toolChoice, ...free } = request;
  const tools = request.tools ?? [];
  const named = typeof toolChoice === "object" ? toolChoice.name : undefined;
  const isFunction = tools.some((tool) => "name" in tool && tool.name === named);
  const chosen = isFunction ? undefined : hosted.find((tool) => isChosen(tool, named, choice));
  if (chosen !== undefined) {
    if (forcible.has(chosen) && tools.length === 1) return { ...free, toolChoice: "required" };
    notes.push({
      kind: "dropped",
      field: "toolChoice",
      message: sent.has(chosen)
        ? `The tool choice was dropped: the vendor of the model cannot be made to use its own tool for ${nameOf(chosen).slice(0, 100)}.`
        : `The tool choice was dropped with the tool ${nameOf(chosen).slice(0, 100)}, which it asks for.`,
    });
    return free;
  }
  if (toolChoice !== "required" && named === undefined) return request;
  const isPossible =
    named === undefined ? tools.some((tool) => "name" in tool) || (tools.length > 0 && isForcible(hosted, forcible)) : isFunction;
  if (isPossible) return request;
  notes.push({ kind: "dropped", field: "toolChoice", message: "The tool choice was dropped, because no tool is left that it asks for." });
  return free;
}

function isForcible(hosted: readonly HostedTool[], forcible: ReadonlySet<Tool>): boolean {
  return hosted.every((tool) => forcible.has(tool));
}

/** Messages names the tool that it forces, OpenAI's protocols its type. */
function isChosen({ hosted }: HostedTool, named: string | undefined, choice: unknown): boolean {
  if (named !== undefined) return hosted["name"] === named;
  return isObject(choice) && typeof choice["type"] === "string" && choice["type"] === hosted["type"];
}
