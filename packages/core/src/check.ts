/**
 * What a model can't do, found out before a byte leaves. One table classifies every field of a request; facts of the route decide; rules about pairs
 * of fields follow, in the order reasoning, tools, output, sampling, the rest.
 */
import type { ChatRequest, Note } from "./chat.ts";
import type * as Asks from "./check-asks.ts";
import { LumiverseError } from "./errors.ts";
import { type Capability, type Fact, supportOf } from "./facts.ts";
import type { Policy, ResolvedReasoning, Route, Rule } from "./provider.ts";

/** `refuse`: leaving it out would change what the call means. `drop`: it only tunes. `free`: the caller's own business, never sent as such. */
type Class = "refuse" | "drop" | "free";
const FIELDS: { readonly [F in keyof Required<ChatRequest>]: readonly [Class, Capability?] } = {
  model: ["free"],
  messages: ["free"],
  reasoning: ["refuse", "reasoning"],
  tools: ["refuse", "tools"],
  toolChoice: ["refuse"],
  parallelToolCalls: ["refuse", "parallelToolCalls"],
  output: ["refuse"],
  maxOutputTokens: ["drop", "maxOutputTokens"],
  temperature: ["drop", "temperature"],
  topP: ["drop", "topP"],
  topK: ["drop", "topK"],
  minP: ["drop", "minP"],
  frequencyPenalty: ["drop", "frequencyPenalty"],
  presencePenalty: ["drop", "presencePenalty"],
  repetitionPenalty: ["drop", "repetitionPenalty"],
  stop: ["refuse", "stop"],
  seed: ["drop", "seed"],
  logprobs: ["refuse", "logprobs"],
  cache: ["free"],
  prefill: ["free"],
  parameters: ["free"],
  signal: ["free"],
  timeouts: ["free"],
  headers: ["free"],
};
const NAMES = Object.keys(FIELDS) as (keyof ChatRequest)[];
const SAMPLING = ["temperature", "topP", "topK", "minP", "frequencyPenalty", "presencePenalty", "repetitionPenalty"] as const;
const ORDER: readonly (keyof ChatRequest)[] = ["reasoning", "tools", "toolChoice", "parallelToolCalls", "output", ...SAMPLING];

export interface Checked {
  request: ChatRequest;
  reasoning: ResolvedReasoning | undefined;
}

/** Does the check of this request need `check-asks.ts`? */
export function asksMore(request: ChatRequest, parts: boolean): boolean {
  return parts || request.tools !== undefined || request.toolChoice !== undefined || request.reasoning !== undefined;
}

export function checkRequest(
  provider: string,
  given: ChatRequest,
  route: Route,
  policy: Policy,
  notes: Note[],
  asks?: typeof Asks,
): Checked {
  const request: ChatRequest = { ...given };
  for (const field of Object.keys(request)) {
    if (Object.hasOwn(FIELDS, field)) continue;
    throw refuse(provider, field, `"${field}" is no field of a request`, "Raw fields of the vendor go into `parameters`");
  }
  for (const field of NAMES) if (request[field] === undefined) delete request[field];
  if (typeof request.model !== "string" || request.model.trim() === "")
    throw refuse(provider, "model", "the request names no model", "Set `model`");
  if (!Array.isArray(request.messages)) throw refuse(provider, "messages", "the request has no list of messages", "Set `messages`");
  if (request.tools?.length === 0) delete request.tools;
  if (request.tools === undefined) {
    // Vendors refuse a choice among no tools.
    if (request.toolChoice !== undefined && request.toolChoice !== "auto" && request.toolChoice !== "none")
      throw refuse(provider, "toolChoice", "toolChoice forces a tool, but the request has no tools");
    delete request.toolChoice;
    delete request.parallelToolCalls;
  }
  if (policy.unsupported === "send") return { request, reasoning: asks?.resolveReasoning(request, route, notes) };
  const context: Context = { provider, request, route, policy, notes };
  asks?.checkMedia(context);
  asks?.checkTools(context);
  const reasoning = asks?.checkReasoning(context);
  checkParameters(context);
  applyRules(context);
  return { request, reasoning: request.reasoning === undefined ? undefined : reasoning };
}

export interface Context {
  provider: string;
  request: ChatRequest;
  route: Route;
  policy: Policy;
  notes: Note[];
}

export function refuse(provider: string, field: string, message: string, hint?: string): LumiverseError {
  return new LumiverseError({
    code: "unsupported",
    provider,
    field,
    message: `${provider}: ${message}`,
    ...(hint === undefined ? {} : { hint }),
  });
}

/** Out with a field: by policy an error, or a note. */
export function without(c: Context, field: keyof ChatRequest, kind: Class, because: string): void {
  if (c.policy.unsupported === "throw" || (kind === "refuse" && c.policy.unsupported !== "warn"))
    throw refuse(c.provider, field, because, 'Set unsupported: "warn" to leave it out, or "send" to send it as it is');
  delete c.request[field];
  c.notes.push({ kind: "dropped", field, message: because });
}

const isRange = (fact: Fact | undefined): fact is readonly [number, number] => Array.isArray(fact) && typeof fact[0] === "number";

export function clampTo(value: number, fact: Fact, field: string | undefined, notes: Note[]): number {
  if (!isRange(fact)) return value;
  const clamped = Math.min(Math.max(value, fact[0]), fact[1]);
  if (clamped !== value && field !== undefined)
    notes.push({ kind: "clamped", field, message: `${value} became ${clamped}: the model takes ${fact[0]} to ${fact[1]}` });
  return clamped;
}

function checkParameters(c: Context): void {
  const { request, route } = c;
  for (const field of NAMES) {
    const [kind, capability] = FIELDS[field];
    if (capability === undefined || field === "tools" || field === "reasoning") continue;
    const value = request[field];
    if (value === undefined) continue;
    const fact = route.takes[capability];
    if (fact === false) {
      without(c, field, kind, `"${field}" is not a parameter this model takes${takenList(c)}`);
      continue;
    }
    if (typeof value === "number" && !Number.isFinite(value)) throw refuse(c.provider, field, `${field} is ${value}`);
    if (!isRange(fact)) continue;
    if (field === "stop") {
      const count = typeof value === "string" ? 1 : (value as readonly string[]).length;
      if (count > fact[1]) without(c, field, kind, `${count} stop sequences; the model takes ${fact[1]} at most`);
    } else if (typeof value === "number") {
      const clamped = clampTo(value, fact, undefined, c.notes);
      if (clamped === value) continue;
      if (c.policy.unsupported === "throw")
        throw refuse(c.provider, field, `${field} is ${value}; the model takes ${fact[0]} to ${fact[1]}`);
      c.notes.push({ kind: "clamped", field, message: `${value} became ${clamped}: the model takes ${fact[0]} to ${fact[1]}` });
      Object.assign(request, { [field]: clamped });
    }
  }
}
function takenList(c: Context): string {
  const taken = (["maxOutputTokens", ...SAMPLING, "stop", "seed", "logprobs"] as const).filter(
    (name) => supportOf(c.route.takes[name]) === "yes",
  );
  return taken.length === 0 ? "" : ` (it takes ${taken.join(", ")})`;
}

function applyRules(c: Context): void {
  const rank = (rule: Rule): number => {
    const at = ORDER.indexOf(rule.field);
    return at < 0 ? ORDER.length : at;
  };
  for (const rule of [...(c.route.rules ?? [])].sort((a, b) => rank(a) - rank(b))) {
    const value = c.request[rule.field];
    if (value === undefined && rule.then !== "force") continue;
    if (!rule.when(c.request)) continue;
    if (rule.then === "drop") without(c, rule.field, "drop", rule.because);
    else if (rule.then === "refuse") without(c, rule.field, "refuse", rule.because);
    else if (rule.then === "clamp" && typeof value === "number") {
      const clamped = clampTo(value, rule.value as readonly [number, number], undefined, c.notes);
      if (clamped === value) continue;
      Object.assign(c.request, { [rule.field]: clamped });
      c.notes.push({ kind: "clamped", field: rule.field, message: `${value} became ${clamped}: ${rule.because}` });
    } else if (rule.then === "force" && value !== rule.value) {
      Object.assign(c.request, { [rule.field]: rule.value });
      c.notes.push({ kind: "changed", field: rule.field, message: rule.because });
    }
  }
}

/** Prefill has a policy of its own. Returns what the wire shall place; the instruction, where it becomes one, is the caller's to add. */
export function checkPrefill(
  provider: string,
  model: string,
  prefill: string | undefined,
  fact: Fact | undefined,
  policy: Policy,
): "none" | "native" | "instruction" {
  if (prefill === undefined || prefill === "") return "none";
  if (policy.prefill === "native" || policy.unsupported === "send" || fact !== false) return "native";
  if (policy.prefill === "instruction" || policy.unsupported === "warn") return "instruction";
  throw refuse(
    provider,
    "prefill",
    `${model} takes no prefill: a conversation can't end with an assistant turn`,
    'Set prefill: "instruction" on the connection to ask for the same beginning in words',
  );
}
