/** Tools that a vendor runs, from a client's request to a vendor of another protocol: that vendor's own tool where it has one that does the same, otherwise none. */
import type { ChatRequest, HostedTool, JsonObject, Note, SearchLocation, ServerTool, Tool, TranslationTarget } from "@lumiverse/core";
import { isObject } from "@lumiverse/core/provider";
import { spellServerTool } from "@lumiverse/protocols/server-tools";
import type { InboundProtocolId } from "../protocol.ts";

/** What a tool does, by its type in the client's protocol. Undefined where the tool says more than the neutral form has. */
type Reading = (fields: JsonObject) => ServerTool | undefined;

const READINGS: { readonly [P in InboundProtocolId]: readonly (readonly [type: RegExp, read: Reading])[] } = {
  messages: [
    [/^web_search_\d{8}$/, (fields) => limited("web-search", fields, ["allowed_domains", "blocked_domains", "user_location"])],
    [
      /^web_fetch_\d{8}$/,
      (fields) => limited("web-fetch", fields, ["allowed_domains", "blocked_domains", "citations", "max_content_tokens"]),
    ],
    [/^code_execution_\d{8}$/, (fields) => (hasOnly(fields, []) ? { kind: "code-execution" } : undefined)],
  ],
  responses: [
    [/^web_search(?:_preview)?(?:_\d{4}_\d{2}_\d{2})?$/, openaiSearch],
    [/^code_interpreter$/, openaiInterpreter],
  ],
  "chat-completions": [
    [/^openrouter:web_search$/, ({ parameters }) => limited("web-search", objectOf(parameters), ROUTER_FIELDS)],
    [/^openrouter:web_fetch$/, ({ parameters }) => limited("web-fetch", objectOf(parameters), [])],
  ],
  "generate-content": [
    [/^google_?search(?:_?retrieval)?$/i, (fields) => (hasOnly(fields, ["dynamicRetrievalConfig"]) ? { kind: "web-search" } : undefined)],
    [/^url_?context$/i, (fields) => (hasOnly(fields, []) ? { kind: "web-fetch" } : undefined)],
    [/^code_?execution$/i, (fields) => (hasOnly(fields, []) ? { kind: "code-execution" } : undefined)],
  ],
};

const ROUTER_FIELDS = ["allowed_domains", "excluded_domains", "user_location", "search_context_size"];

/** Fields that say nothing about what the tool does. */
const NEUTRAL_FIELDS = ["type", "name", "cache_control", "max_uses"];

/** True if a tool has none but these fields. A field that is null or empty says nothing. */
function hasOnly(fields: JsonObject, known: readonly string[]): boolean {
  return Object.keys(fields).every((key) => known.includes(key) || NEUTRAL_FIELDS.includes(key) || isEmpty(fields[key]));
}

function isEmpty(value: unknown): boolean {
  return (value ?? null) === null || (typeof value === "object" && value !== null && Object.keys(value).length === 0);
}

function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

function limited(kind: "web-search" | "web-fetch", fields: JsonObject, known: readonly string[]): ServerTool | undefined {
  if (!hasOnly(fields, known)) return undefined;
  const allowed = texts(fields["allowed_domains"]);
  const blocked = texts(fields["blocked_domains"] ?? fields["excluded_domains"]);
  const { max_uses: maxUses, search_context_size: size } = fields;
  const location = locationOf(fields["user_location"]);
  return {
    kind,
    ...(allowed === undefined ? {} : { allowedDomains: allowed }),
    ...(blocked === undefined ? {} : { blockedDomains: blocked }),
    ...(typeof maxUses === "number" ? { maxUses } : {}),
    ...(size === "low" || size === "medium" || size === "high" ? { contextSize: size } : {}),
    ...(location === undefined ? {} : { location }),
  } as ServerTool; // the fields of a search are not known for the other kind, so it has none of them
}

function openaiSearch(fields: JsonObject): ServerTool | undefined {
  const { filters, external_web_access: live, ...others } = fields;
  // Without access to the web, the vendor searches an index of its own.
  if (live === false || !hasOnly(others, ["user_location", "search_context_size"])) return undefined;
  const filter = objectOf(filters);
  if (!hasOnly(filter, ["allowed_domains", "blocked_domains"])) return undefined;
  return limited("web-search", { ...others, ...filter }, ["allowed_domains", "blocked_domains", "user_location", "search_context_size"]);
}

/** A container of the client's own, or one with files, is at the client's vendor alone. */
function openaiInterpreter({ container, ...others }: JsonObject): ServerTool | undefined {
  const isNew = isObject(container) && container["type"] === "auto" && isEmpty(container["file_ids"]);
  return isNew && hasOnly(others, []) ? { kind: "code-execution" } : undefined;
}

function texts(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const found = (value as readonly unknown[]).filter((one) => typeof one === "string");
  return found.length === 0 ? undefined : found;
}

function locationOf(value: unknown): SearchLocation | undefined {
  if (!isObject(value)) return undefined;
  // Chat Completions has an object around the fields.
  const fields = isObject(value["approximate"]) ? value["approximate"] : value;
  const found = ["city", "region", "country", "timezone"].filter((key) => typeof fields[key] === "string");
  return found.length === 0 ? undefined : Object.fromEntries(found.map((key) => [key, fields[key]]));
}

/** The name of a tool in messages: its type, or its only field in generateContent. */
function nameOf({ hosted }: HostedTool): string {
  const { type, name } = hosted;
  return typeof type === "string" ? type : typeof name === "string" ? name : (Object.keys(hosted)[0] ?? "");
}

function serverToolOf(protocol: InboundProtocolId, tool: HostedTool): ServerTool | undefined {
  const name = nameOf(tool);
  const fields = protocol === "generate-content" ? objectOf(tool.hosted[name]) : tool.hosted;
  return READINGS[protocol].find(([type]) => type.test(name))?.[1](fields);
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
  const spellings = new Set<string>();
  const forcible = new Set<Tool>();
  for (const tool of hosted) {
    const neutral = serverToolOf(protocol, tool);
    const spelled = neutral === undefined ? undefined : spellServerTool(neutral, serverTools, request);
    const name = nameOf(tool).slice(0, 100);
    if (spelled === undefined) {
      notes.push({
        kind: "dropped",
        field: "tools",
        message: `The tool ${name} was dropped: the vendor of the model has none that does the same.`,
      });
      continue;
    }
    // Two spellings of one tool are one tool.
    const text = JSON.stringify(spelled.hosted);
    if (!spellings.has(text)) replaced.set(tool, { hosted: spelled.hosted });
    spellings.add(text);
    if (spelled.canBeForced === true) forcible.add(tool);
    const { ignored = [] } = spelled;
    const without = ignored.length === 0 ? "" : `, which has no ${ignored.join(" and no ")}`;
    notes.push({ kind: "changed", field: "tools", message: `The tool ${name} was replaced by the vendor's own for the same${without}.` });
  }
  const tools = given.flatMap((tool): Tool[] => {
    const other = replaced.get(tool);
    return "name" in tool ? [tool] : other === undefined ? [] : [other];
  });
  return withChoice({ ...request, tools }, hosted, { replaced, forcible, choice, notes });
}

interface Replacements {
  replaced: ReadonlyMap<Tool, HostedTool>;
  /** Tools that a choice can force at the vendor. */
  forcible: ReadonlySet<Tool>;
  choice: unknown;
  notes: Note[];
}

/** The request without a choice that cannot be followed. */
function withChoice(request: ChatRequest, hosted: readonly HostedTool[], { replaced, forcible, choice, notes }: Replacements): ChatRequest {
  const { toolChoice, ...free } = request;
  const tools = request.tools ?? [];
  const named = typeof toolChoice === "object" ? toolChoice.name : undefined;
  const isFunction = tools.some((tool) => "name" in tool && tool.name === named);
  const chosen = isFunction ? undefined : hosted.find((tool) => isChosen(tool, named, choice));
  if (chosen !== undefined) {
    if (forcible.has(chosen) && replaced.has(chosen) && tools.length === 1) return { ...free, toolChoice: "required" };
    notes.push({
      kind: "dropped",
      field: "toolChoice",
      message: replaced.has(chosen)
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
