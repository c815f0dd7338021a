/**
 * The prompt-cache planner. It owns the four slots that a request has: the last tool, the last system block, the last user turn and the
 * automatic one; and it says where each lies, what is before it, and what will not be cached and why.
 * Rules of the vendor's page on prompt caching (read November 2026).
 */
import { type CachePlan, isObject, type JsonObject, type Note } from "@lumiverse/core";
import type { CacheInForce } from "./host.ts";
import { estimateTokens, type Place, placesOf } from "./places.ts";

export interface CacheHost {
  mode: "automatic" | "marks" | "none";
  /** Smallest prefix that is cached, in tokens, where it is known. */
  minimum: number | undefined;
  model: string;
}
type Breakpoint = CachePlan["breakpoints"][number];

const SLOTS = 4;

/** One line for a card. Undefined when caching is off. */
export function cacheSummary(setting: CacheInForce | undefined): string | undefined {
  if (setting === undefined) return undefined;
  const labels = [setting.automatic && "auto", setting.tools && "tools", setting.system && "system", setting.conversation && "messages"];
  return `Cache ${setting.ttl} • ${labels.filter((label) => label !== false).join(" + ")}`;
}

/** Places the marks in the finished body and explains them. */
export function planCache(body: JsonObject, setting: CacheInForce | undefined, host: CacheHost, notes: Note[]): CachePlan {
  if (setting === undefined) return { breakpoints: [], excluded: [{ what: "everything", because: "caching is off" }] };
  const summary = cacheSummary(setting) ?? "";
  if (host.mode === "none") {
    notes.push({ kind: "cache", field: "cache", message: "this host takes no cache marks: none were sent" });
    return { summary, breakpoints: [], excluded: [{ what: "everything", because: "this host takes no cache marks" }] };
  }
  const places = placesOf(body);
  const plan: Plan = { body, places, setting, host, notes, claims: [], excluded: [] };
  claim(plan);
  place(plan);
  keepOrder(plan);
  const breakpoints = describe(plan);
  exclude(plan, breakpoints);
  return { summary, breakpoints, excluded: plan.excluded };
}

interface Claim {
  place: Place;
  by: Breakpoint["by"];
  ttl: "5m" | "1h";
}
interface Plan {
  body: JsonObject;
  places: readonly Place[];
  setting: CacheInForce;
  host: CacheHost;
  notes: Note[];
  claims: Claim[];
  excluded: { what: string; because: string }[];
}

/** Which blocks are to be marked, in the order in which slots are given out. */
function claim(plan: Plan): void {
  const { places, setting, host, excluded } = plan;
  const want = (on: boolean, what: string, place: Place | undefined, missing: string, by: Breakpoint["by"] = "explicit"): void => {
    if (!on) return;
    if (place === undefined) excluded.push({ what, because: missing });
    // Two claims on one block share its slot; the automatic one comes first.
    else if (!plan.claims.some((other) => other.place === place)) plan.claims.push({ place, by, ttl: setting.ttl });
  };
  const last = places.findLast((place) => place.section === "messages" && cacheable(place));
  const user = lastUserTurn(places);
  // The vendor's own automatic mark goes to the very last block; placed here, it stays off a prefill, which no later request repeats.
  want(
    setting.automatic,
    "automatic",
    host.mode === "automatic" ? (last ?? places.findLast(cacheable)) : (user ?? places.findLast(cacheable)),
    "there is no block to cache",
    "automatic",
  );
  want(
    setting.tools,
    "tools",
    places.findLast((place) => place.section === "tools" && cacheable(place)),
    "the request has no tools that can be cached",
  );
  want(
    setting.system,
    "system",
    places.findLast((place) => place.section === "system" && cacheable(place)),
    "the request has no system prompt",
  );
  want(setting.conversation, "messages", user, "the request has no user turn with a block that can be cached");
}

/** Thinking, empty text and deferred tools carry no mark. */
function cacheable({ block, section }: Place): boolean {
  if (section === "tools") return block["defer_loading"] !== true;
  const type = block["type"];
  if (type === "thinking" || type === "redacted_thinking") return false;
  return type !== "text" || block["text"] !== "";
}
/** The last message of role user, never a prefill after it. */
function lastUserTurn(places: readonly Place[]): Place | undefined {
  const turn = places.findLast((place) => place.role === "user")?.turn;
  return places.findLast((place) => place.role === "user" && place.turn === turn && cacheable(place));
}

function place(plan: Plan): void {
  const { body, places, host, excluded, notes } = plan;
  // Hosted tools and raw parameters may bring marks of their own.
  let free = SLOTS - places.filter(marked).length - (isObject(body["cache_control"]) ? 1 : 0);
  const placed: Claim[] = [];
  for (const one of plan.claims) {
    const top = one.by === "automatic" && host.mode === "automatic";
    const present = top ? isObject(body["cache_control"]) : marked(one.place);
    if (!present && free <= 0) {
      const what = one.by === "automatic" ? "automatic" : one.place.section;
      excluded.push({ what, because: `all ${SLOTS} breakpoints are taken by marks that came with the request` });
      notes.push({ kind: "cache", field: "cache", message: `no breakpoint is left for ${what}: a request takes ${SLOTS}` });
      continue;
    }
    if (!present) {
      free--;
      if (top) body["cache_control"] = mark(one.ttl);
      // A copy: the block may be the caller's own.
      else one.place.replace({ ...one.place.block, cache_control: mark(one.ttl) });
    }
    placed.push(one);
  }
  plan.claims = placed;
}

const marked = (place: Place): boolean => isObject(place.block["cache_control"]);
/** Five minutes is what the vendor takes silence for. */
const mark = (ttl: "5m" | "1h"): JsonObject => (ttl === "1h" ? { type: "ephemeral", ttl } : { type: "ephemeral" });
const ttlOf = (control: unknown): "5m" | "1h" => (isObject(control) && control["ttl"] === "1h" ? "1h" : "5m");

/** The vendor refuses an hour's mark after a five-minute one. Ours give way. */
function keepOrder(plan: Plan): void {
  const { body, places, notes } = plan;
  let five = false;
  const lower = (claim: Claim | undefined, apply: () => void): void => {
    if (claim === undefined) {
      notes.push({
        kind: "cache",
        field: "cache",
        message: "a mark of one hour that came with the request stands after one of five minutes: the vendor refuses that",
      });
      return;
    }
    claim.ttl = "5m";
    apply();
    notes.push({
      kind: "cache",
      field: "cache",
      message: `the breakpoint at ${claim.place.at} holds 5 minutes: a mark before it does, and longer ones must come first`,
    });
  };
  for (const place of places.filter(marked)) {
    const own = plan.claims.find((one) => one.place === place && !(one.by === "automatic" && plan.host.mode === "automatic"));
    if (ttlOf(place.block["cache_control"]) === "5m") five = true;
    else if (five) lower(own, () => place.replace({ ...place.block, cache_control: mark("5m") }));
  }
  const top = body["cache_control"];
  if (five && ttlOf(top) === "1h")
    lower(
      plan.claims.find((one) => one.by === "automatic"),
      () => void (body["cache_control"] = mark("5m")),
    );
}

function describe(plan: Plan): Breakpoint[] {
  const { places, claims } = plan;
  const found: Breakpoint[] = [];
  let tokens = 0;
  const counts = { tools: 0, system: 0, messages: 0 };
  for (const place of places) {
    tokens += estimateTokens(place);
    counts[place.section]++;
    const claim = claims.find((one) => one.place === place);
    if (claim === undefined) continue;
    const turns = place.turn === undefined ? 0 : place.turn + 1;
    const before = [
      count(counts.tools, "tool"),
      count(counts.system, "system block"),
      turns === 0 ? "" : `${count(turns, "message")} (${count(counts.messages, "block")})`,
    ];
    found.push({
      at: place.at,
      ttl: claim.ttl,
      before: before.filter((one) => one !== "").join(", "),
      estimatedTokens: tokens,
      by: claim.by,
    });
  }
  return found;
}
const count = (n: number, what: string): string => (n === 0 ? "" : `${n} ${what}${n === 1 ? "" : "s"}`);

/** What will not be cached, and why. */
function exclude(plan: Plan, breakpoints: readonly Breakpoint[]): void {
  const { places, host, excluded, setting } = plan;
  for (const { at, estimatedTokens } of breakpoints) {
    if (host.minimum !== undefined && estimatedTokens < host.minimum)
      excluded.push({
        what: at,
        because: `about ${estimatedTokens} tokens lie before this breakpoint; ${host.model} caches nothing shorter than ${host.minimum}, and says nothing of it`,
      });
    else if (host.minimum === undefined && estimatedTokens < 1024)
      excluded.push({
        what: at,
        because: `about ${estimatedTokens} tokens lie before this breakpoint; the minimum of ${host.model} is not known here, that of its relatives is 512 to 4096`,
      });
  }
  const user = lastUserTurn(places);
  const final = places[places.length - 1];
  const prefill = final?.role === "assistant" && user !== undefined;
  if (prefill && setting.automatic && host.mode === "automatic" && !breakpoints.some(({ at }) => at === user.at))
    excluded.push({
      what: final.at,
      because:
        "the automatic breakpoint lies on the prefill, which the next request does not repeat; turn on the conversation breakpoint too",
    });
  const lastMark = breakpoints[breakpoints.length - 1]?.at;
  const from = places.findIndex((place) => place.at === lastMark) + 1;
  const after = places[from];
  if (breakpoints.length === 0 || after === undefined) return;
  const because =
    prefill && after.turn === final.turn
      ? "the prefill comes after the last user turn and changes with every call"
      : "no breakpoint follows; turn on automatic or the conversation breakpoint to cache it";
  excluded.push({ what: after === final ? after.at : `${after.at} to ${final?.at ?? ""}`, because });
}
