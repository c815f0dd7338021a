/** Cache breakpoints of a client, for a vendor of another protocol that has them. */
import type { ChatRequest, JsonObject, Message, Note, TextPart } from "@lumiverse/core";
import { type ClientBreakpoints, isObject, type TranslationTarget } from "@lumiverse/core/provider";
import { gemini, openai } from "@lumiverse/protocols/families";
import type { CacheableItem } from "./cache-marks.ts";

type Mark = NonNullable<CacheableItem["cacheBreakpoint"]>;

/** The most breakpoints that a request can have. */
const MOST = 4;

/**
 * The request as its target is to receive it. A request whose client sets breakpoints gets none from the connection's settings. A model that accepts no breakpoints
 * receives none, and a note says so.
 * @param given The request as the client sent it, whose breakpoints count
 */
export function withBreakpoints(request: ChatRequest, given: ChatRequest, target: TranslationTarget, notes: Note[]): ChatRequest {
  const wanted = countOf(given);
  if (wanted === 0) return request;
  if (!accepts(target)) {
    noteCache(notes, "The model accepts no cache breakpoints, so none were sent.");
    return request;
  }
  const { cache = false } = request;
  const translated = { ...(isOpenai(request, target) ? withoutToolMarks(request) : request), cache };
  target.breakpoints = breakpointsOf(translated, wanted, target);
  return translated;
}

/** @param wanted The breakpoints that the client set */
function breakpointsOf(request: ChatRequest, wanted: number, target: TranslationTarget): ClientBreakpoints {
  const spelled = isOpenai(request, target) ? OPENAI : ANTHROPIC;
  // OpenRouter: of more, only the last breakpoint has an effect on Gemini, and the cache has a fixed lifetime.
  const textType = target.protocol === "responses" ? "input_text" : "text";
  const isGemini = gemini.geminiTraits(request.model) !== undefined;
  return {
    mark(part, item) {
      const { cacheBreakpoint } = part as CacheableItem; // parts of other kinds lack the field
      const holder = cacheBreakpoint === undefined || item === undefined ? undefined : holderIn(item, textType);
      // Vendors refuse a breakpoint at an empty text.
      if (cacheBreakpoint !== undefined && holder !== undefined && holder["text"] !== "")
        holder[spelled.field] = spelled.value(cacheBreakpoint, target);
    },
    finish({ request: { body = {} }, notes }) {
      // Texts of messages without a breakpoint are lists too, so that they keep their bytes when a later request has its breakpoints elsewhere.
      for (const entry of entriesOf(body)) if (KEPT_AS_LISTS.has(entry["role"] ?? entry["type"])) holderIn(entry, textType);
      const holders = holdersOf(body, spelled.field);
      const most = (isGemini ? 1 : MOST) - (isObject(body[spelled.field]) ? 1 : 0);
      const removed = holders.splice(0, Math.max(0, holders.length - most));
      for (const holder of removed) delete holder[spelled.field];
      if (removed.length > 0) noteCache(notes, removedText(removed.length, holders.length));
      if (removed.length + holders.length < wanted)
        noteCache(notes, "Some cache breakpoints were left out, because the vendor accepts none at their places.");
      if (spelled === ANTHROPIC) shorten(holders, isGemini, notes);
      // The vendor's mode for breakpoints caches nothing without one.
      else if (holders.length === 0 && request.cache === false) delete body["prompt_cache_options"];
    },
  };
}

/** Some breakpoints at blocks are left out. None is kept where the one at the top of the body is all that the model uses. */
function removedText(removed: number, kept: number): string {
  if (kept > 0)
    return `Of ${removed + kept} breakpoints, the last ${kept === 1 ? "one was" : `${kept} were`} sent: the model uses no more.`;
  const left = removed === 1 ? "The breakpoint at a block was" : `The ${removed} breakpoints at blocks were`;
  return `${left} left out: the model uses one breakpoint alone, and the request has it at its top.`;
}

const KEPT_AS_LISTS: ReadonlySet<unknown> = new Set([
  "system",
  "developer",
  "user",
  "tool",
  "function_call_output",
  "custom_tool_call_output",
]);

function entriesOf(body: JsonObject): JsonObject[] {
  return [body["messages"], body["input"]].filter(Array.isArray).flat().filter(isObject);
}

/** Where an item has its breakpoint: a message and an output of a call at their last part. A text becomes a part. Undefined for one without any. */
function holderIn(item: JsonObject, textType: string): JsonObject | undefined {
  const key = "output" in item ? "output" : "role" in item ? "content" : undefined;
  if (key === undefined) return item;
  const value = item[key];
  if (typeof value === "string" && value !== "") item[key] = [{ type: textType, text: value }];
  const parts = item[key];
  return Array.isArray(parts) ? parts.filter(isObject).at(-1) : undefined;
}

interface Spelling {
  field: string;
  value: (ttl: Mark, target: TranslationTarget) => JsonObject;
}

/** Five minutes is the default. */
const ANTHROPIC: Spelling = { field: "cache_control", value: (ttl) => ({ type: "ephemeral", ...(ttl === "1h" ? { ttl } : {}) }) };
/** The lifetimes are minimums: the shortest one that covers an hour. Chat Completions has the default of 30 minutes alone. */
const OPENAI: Spelling = {
  field: "prompt_cache_breakpoint",
  value: (ttl, { protocol }) => ({ mode: "explicit", ...(ttl === "1h" && protocol === "responses" ? { ttl: "12h" } : {}) }),
};

function accepts({ protocol, capabilities }: TranslationTarget): boolean {
  return protocol !== "generate-content" && capabilities["cache.explicit"] === true;
}

function isOpenai({ model }: ChatRequest, { protocol }: TranslationTarget): boolean {
  return protocol === "responses" || (protocol === "chat-completions" && openai.traitsOf(model).line === "gpt");
}

/** The parts and tools that set a breakpoint. */
function countOf({ messages, tools = [] }: ChatRequest): number {
  let count = tools.filter(isMarked).length;
  for (const { content } of messages) if (typeof content !== "string") count += content.filter(isMarked).length;
  return count;
}

export function hasBreakpoints(request: ChatRequest): boolean {
  return countOf(request) > 0;
}

function isMarked(item: object): boolean {
  return (item as CacheableItem).cacheBreakpoint !== undefined; // items of other kinds lack the field
}

/** OpenAI's tools cannot carry a breakpoint. They precede everything else, so the end of the system prompt gets theirs, unless it has one. */
function withoutToolMarks(request: ChatRequest): ChatRequest {
  const { tools, messages } = request;
  const mark = tools?.map((tool) => (tool as CacheableItem).cacheBreakpoint).find((ttl) => ttl !== undefined); // as above
  if (tools === undefined || mark === undefined) return request;
  const unmarked = tools.map((tool) => {
    const { cacheBreakpoint: _, ...rest } = tool as CacheableItem & typeof tool;
    return rest as typeof tool; // the field is optional
  });
  const end = messages.findIndex(({ role }) => role !== "system");
  const head = messages.slice(0, end < 0 ? messages.length : end);
  const hasMark = head.some(({ content }) => typeof content !== "string" && content.some(isMarked));
  const last = head.at(-1);
  if (last?.role !== "system" || hasMark) return { ...request, tools: unmarked };
  const parts: TextPart[] = typeof last.content === "string" ? [{ type: "text", text: last.content }] : [...last.content];
  const part = parts.pop();
  if (part === undefined) return { ...request, tools: unmarked };
  const system: Message = { role: "system", content: [...parts, Object.assign({}, part, { cacheBreakpoint: mark })] };
  return { ...request, tools: unmarked, messages: messages.map((message) => (message === last ? system : message)) };
}

/** The objects of a body that have a breakpoint, in the order of the prompt. */
function holdersOf(body: JsonObject, field: string): JsonObject[] {
  const lists = [body["tools"], body["system"], body["messages"], body["input"]].filter(Array.isArray).flat().filter(isObject);
  const items = lists.flatMap((entry) =>
    [entry, entry["content"], entry["output"]].filter((one) => isObject(one) || Array.isArray(one)).flat(),
  );
  return items.filter(isObject).filter((item) => isObject(item[field]));
}

/** Vendors refuse a lifetime of one hour after one of five minutes. */
function shorten(holders: readonly JsonObject[], all: boolean, notes: Note[]): void {
  let isShort = all;
  let isShortened = false;
  for (const holder of holders) {
    const control = holder["cache_control"];
    if (!isObject(control) || control["ttl"] !== "1h") isShort = true;
    else if (isShort) {
      holder["cache_control"] = ANTHROPIC.value("5m", { protocol: "", capabilities: {}, policy: { unsupported: {} } });
      isShortened = true;
    }
  }
  if (isShortened)
    noteCache(notes, "A cache breakpoint of one hour lasts five minutes: the model has no other lifetime, or an earlier one is as short.");
}

function noteCache(notes: Note[], message: string): void {
  notes.push({ kind: "cache", field: "cache", message });
}
