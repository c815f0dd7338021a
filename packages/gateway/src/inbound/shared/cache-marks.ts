/** Cache breakpoints in a client's request, for vendors of other protocols. */
import type { CacheRequest, Part, Tool, ToolResultPart } from "@lumiverse/core";
import { isObject } from "@lumiverse/core/provider";

/** A part, tool or result of the neutral request after which the client set a cache breakpoint. Core passes the field on with its object and does not read it. */
export interface CacheableItem {
  /** How long the prompt up to here is kept. */
  cacheBreakpoint?: "5m" | "1h";
}

/** The breakpoint at an object of the body: `cache_control` of Anthropic's and OpenRouter's clients, `prompt_cache_breakpoint` of OpenAI's. */
export function breakpointAt(holder: unknown): CacheableItem {
  if (!isObject(holder)) return {};
  const { cache_control: control, prompt_cache_breakpoint: breakpoint } = holder;
  const mark = isObject(control) ? control : breakpoint;
  if (!isObject(mark)) return {};
  // OpenAI's lifetimes are 30 minutes and 12 hours.
  return { cacheBreakpoint: mark["ttl"] === "1h" || mark["ttl"] === "12h" ? "1h" : "5m" };
}

/** The breakpoint at the top of a body, for which the vendor chooses the place. */
export function automaticCache(body: unknown): { cache?: CacheRequest } {
  const { cacheBreakpoint: ttl } = breakpointAt(body);
  return ttl === undefined ? {} : { cache: { automatic: true, ...(ttl === "1h" ? { ttl } : {}) } };
}

/** Sets breakpoints at the last item of a growing list that can have one. Each item is looked at once: a list can have very many that cannot. */
class BreakpointMarker<I extends object> {
  readonly #items: readonly I[];
  readonly #canHaveOne: (item: I) => boolean;
  readonly #takesItAlone: (item: I) => boolean;
  #seen = 0;
  #last: I | undefined;

  /** @param takesItAlone Whether an item gets the breakpoint when no item before it can have one. Where the vendor does not receive the item, a note says so. */
  constructor(items: readonly I[], canHaveOne: (item: I) => boolean, takesItAlone: (item: I) => boolean) {
    this.#items = items;
    this.#canHaveOne = canHaveOne;
    this.#takesItAlone = takesItAlone;
  }

  /** Sets the breakpoint of an object of the body. Of several objects, the first with a breakpoint counts. */
  mark(...holders: readonly unknown[]): void {
    for (const item of this.#items.slice(this.#seen)) if (this.#canHaveOne(item)) this.#last = item;
    this.#seen = this.#items.length;
    const mark = holders.map(breakpointAt).find(({ cacheBreakpoint }) => cacheBreakpoint !== undefined);
    if (mark === undefined) return;
    const newest = this.#items.at(-1);
    const holder = this.#last ?? (newest !== undefined && this.#takesItAlone(newest) ? newest : undefined);
    if (holder !== undefined) Object.assign(holder, mark);
  }
}

export function markerOfParts(parts: readonly Part[]): BreakpointMarker<Part> {
  const isWithout = ({ type }: Part): boolean => type === "reasoning" || type === "source" || type === "opaque";
  // Vendors of other protocols receive no opaque part.
  return new BreakpointMarker(
    parts,
    (part) => !isWithout(part),
    ({ type }) => type === "opaque",
  );
}

/** The function before a tool that the vendor runs gets its breakpoint, because such a tool can be left out. */
export function markerOfTools(tools: readonly Tool[]): BreakpointMarker<Tool> {
  return new BreakpointMarker(
    tools,
    (tool) => "name" in tool,
    () => true,
  );
}

/** Sets the breakpoint of a result. Vendors have one for the whole result, so one inside of it becomes that. */
export function markResult(result: ToolResultPart, holder: unknown): void {
  const inner = typeof result.content === "string" ? [] : result.content;
  for (const { cacheBreakpoint } of [...inner, breakpointAt(holder)] as readonly CacheableItem[])
    if (cacheBreakpoint !== undefined) Object.assign(result, { cacheBreakpoint });
}
