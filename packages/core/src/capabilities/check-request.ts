/**
 * Finds what a model cannot do before anything is sent. One table classifies every field of a request, the route's capabilities decide, and rules about
 * pairs of fields follow.
 */

import { LumiverseError } from "../chat/errors.ts";
import { definedFields } from "../chat/json.ts";
import type { Message, Part, TextPart } from "../chat/message.ts";
import type { Note } from "../chat/note.ts";
import type { ChatRequest, ToolChoice } from "../chat/request.ts";
import type { Policy, ResolvedReasoning, Route, Rule, UnsupportedField, UnsupportedPolicy } from "../contract/call.ts";
import { type Capability, supportOf } from "../contract/capabilities.ts";
import { clamp, isRange } from "./clamp.ts";
import { resolveReasoning } from "./reasoning.ts";

/** `refuse`: without the field the call would mean something else. `drop`: the field only tunes the answer. */
type FieldClass = "refuse" | "drop";

/** A field whose capability has the same name. */
type CheckedField = UnsupportedField & Capability;

/** The fields that are checked against the model. The others are free. */
const FIELDS: { readonly [F in CheckedField]?: FieldClass } = {
  reasoning: "refuse",
  tools: "refuse",
  parallelToolCalls: "refuse",
  maxOutputTokens: "drop",
  temperature: "drop",
  topP: "drop",
  topK: "drop",
  minP: "drop",
  frequencyPenalty: "drop",
  presencePenalty: "drop",
  repetitionPenalty: "drop",
  stop: "refuse",
  seed: "drop",
  logprobs: "refuse",
};
const FIELD_NAMES = Object.keys(FIELDS) as CheckedField[]; // `Object.keys` loses the key type of a closed record
const SAMPLING = ["temperature", "topP", "topK", "minP", "frequencyPenalty", "presencePenalty", "repetitionPenalty"] as const;
const RULE_ORDER: readonly UnsupportedField[] = ["reasoning", "tools", "toolChoice", "parallelToolCalls", "output", ...SAMPLING];

export interface CheckedFields {
  request: ChatRequest;
  reasoning: ResolvedReasoning | undefined;
}

interface Check {
  request: ChatRequest;
  route: Route;
  policy: Policy;
  notes: Note[];
}

/** A copy of the request without what the model does not accept. Every change is noted. @throws LumiverseError `unsupported` */
export function checkRequest(given: ChatRequest, route: Route, policy: Policy, notes: Note[]): CheckedFields {
  const request: ChatRequest = { ...given };
  for (const field of Object.keys(request) as (keyof ChatRequest)[]) if (request[field] === undefined) delete request[field]; // its own keys
  if (request.tools?.length === 0) delete request.tools;
  // Vendors refuse an empty list.
  if (Array.isArray(request.stop) && request.stop.length === 0) delete request.stop;
  if (request.tools === undefined) {
    const isForced = request.toolChoice !== undefined && request.toolChoice !== "auto" && request.toolChoice !== "none";
    if (isForced && policyFor(policy, "toolChoice") !== "send")
      throw unsupported("toolChoice", "toolChoice forces a tool, but the request has no tools");
    if (!isForced) delete request.toolChoice;
    delete request.parallelToolCalls;
  }
  const check: Check = { request, route, policy, notes };
  if (policy.unsupported !== "send") {
    checkMedia(check);
    checkTools(check);
  }
  const reasoning = checkReasoning(check);
  if (policy.unsupported !== "send") {
    checkStop(check);
    checkParameters(check);
    applyRules(check);
  }
  return { request, reasoning: request.reasoning === undefined ? undefined : reasoning };
}

/** The policy that the caller chose for a field. Undefined: the default applies. */
export function policyFor({ unsupported }: Policy, field: UnsupportedField): UnsupportedPolicy | undefined {
  return typeof unsupported === "string" ? unsupported : unsupported[field];
}

function unsupported(field: string, message: string, hint?: string): LumiverseError {
  return new LumiverseError({ code: "unsupported", field, message, ...definedFields({ hint }) });
}

/** Removes a field: by policy with an error or a note. Returns false when the policy is to send it. */
function dropField(check: Check, field: UnsupportedField, fieldClass: FieldClass, because: string): boolean {
  const policy = policyFor(check.policy, field) ?? (fieldClass === "refuse" ? "error" : "drop");
  if (policy === "send") return false;
  if (policy === "error")
    throw unsupported(field, because, `Remove it, or set unsupported: { ${field}: "drop" } to leave it out or "send" to send it anyway`);
  if (field === "tools") removeTools(check.request);
  else delete check.request[field];
  check.notes.push({ kind: "dropped", field, message: because });
  return true;
}

/** Removes the tools, and the fields that vendors refuse without tools. */
function removeTools(request: ChatRequest): void {
  delete request.tools;
  delete request.toolChoice;
  delete request.parallelToolCalls;
}

const MEDIA: Readonly<Record<string, Capability>> = { image: "input.image", audio: "input.audio", file: "input.file" };

function checkMedia(check: Check): void {
  const { messages } = check.request;
  if (policyFor(check.policy, "messages") === "send" || messages.every(({ content }) => typeof content === "string")) return;
  const checked = messages.map((message) => checkMessage(message, check));
  if (checked.some((message, i) => message !== messages[i])) check.request.messages = checked;
}

function checkMessage(message: Message, check: Check): Message {
  // An assistant turn holds what the model produced itself.
  if (typeof message.content === "string" || message.role === "assistant") return message;
  const content = (message.content as readonly Part[]).map((part) =>
    part.type === "tool-result" && typeof part.content !== "string"
      ? withContent(
          part,
          part.content.map((inner) => checkPart(inner, check)),
        )
      : checkPart(part, check),
  );
  // The parts are those of the message, or texts, which every message accepts.
  return withContent(message, content as typeof message.content);
}

/** The holder with new content; the same object when nothing changed. */
function withContent<M extends { content: unknown }>(holder: M, content: M["content"] & readonly unknown[]): M {
  const before = holder.content as readonly unknown[];
  return content.every((part, i) => part === before[i]) ? holder : { ...holder, content };
}

/** A part that the model accepts. Other media are refused, or by policy replaced by a text that says so. */
function checkPart<P extends Part>(part: P, check: Check): P | TextPart {
  const { capabilities } = check.route;
  const { model } = check.request;
  let capability = MEDIA[part.type];
  if (capability === undefined) return part;
  if (part.type === "file" && part.mediaType?.startsWith("video/")) capability = "input.video";
  const kind = capability.slice("input.".length);
  const byURL = "url" in part && part.url !== undefined && !part.url.startsWith("data:");
  let because: string;
  let hint: string;
  if (capabilities[capability] === false) {
    because = `${model} does not accept ${kind} input`;
    hint = "Choose a model that does, with find({ input: … }), or send text instead";
  } else if (byURL && capabilities["input.url"] === false) {
    because = `${model} does not fetch ${kind} by URL here`;
    hint = "Pass the bytes: { data, mediaType }";
  } else return part;
  if (policyFor(check.policy, "messages") !== "drop") throw unsupported("messages", because, hint);
  check.notes.push({ kind: "dropped", field: "messages", message: because });
  return { type: "text", text: `(${kind} left out: ${because})` };
}

function checkTools(check: Check): void {
  const { request, route } = check;
  if (request.tools !== undefined && route.capabilities.tools === false) {
    dropField(check, "tools", "refuse", `${request.model} does not accept tools`);
    return;
  }
  const choice: ToolChoice | undefined = request.toolChoice;
  const form = typeof choice === "object" ? "named" : choice;
  const isSent = policyFor(check.policy, "toolChoice") === "send";
  if (typeof choice === "object" && !isSent && !request.tools?.some((tool) => "name" in tool && tool.name === choice.name))
    throw unsupported("toolChoice", `toolChoice names "${choice.name}", which is not one of the tools`);
  if (form === "none" && route.capabilities["toolChoice.none"] === false && !isSent) {
    removeTools(request);
    check.notes.push({
      kind: "changed",
      field: "toolChoice",
      message: 'The host has no toolChoice "none", so the tools were left out instead.',
    });
  } else if (form !== undefined && form !== "auto" && route.capabilities[`toolChoice.${form}`] === false)
    dropField(check, "toolChoice", "refuse", `${request.model} cannot be forced to call ${form === "named" ? "one tool" : "a tool"}`);
  // `true` is every vendor's default.
  if (request.parallelToolCalls === true && supportOf(route.capabilities.parallelToolCalls) !== "yes") delete request.parallelToolCalls;
}

function checkReasoning(check: Check): ResolvedReasoning | undefined {
  const { request, route, notes } = check;
  const want = request.reasoning;
  if (want === undefined) return undefined;
  const { capabilities } = route;
  if (check.policy.unsupported !== "send") {
    if (capabilities.reasoning === false) {
      const kept = want !== "off" && !dropField(check, "reasoning", "drop", `${request.model} does not reason`);
      if (!kept) return undefined;
    } else if (want === "off" && capabilities["reasoning.off"] === false) {
      if (dropField(check, "reasoning", "refuse", `${request.model} always reasons; it cannot be switched off`)) return undefined;
    }
  }
  return resolveReasoning(want, capabilities, notes);
}

/** Leaves out empty stop sequences, such as those of an empty form field: they would stop every answer at its start, and vendors refuse them. */
function checkStop(check: Check): void {
  const { stop } = check.request;
  if (stop === undefined || policyFor(check.policy, "stop") === "send") return;
  const sequences = typeof stop === "string" ? [stop] : stop;
  const kept = sequences.filter((sequence) => sequence !== "");
  if (kept.length === sequences.length) return;
  if (kept.length === 0) {
    dropField(check, "stop", "drop", "An empty stop sequence stops nothing, and vendors refuse it");
    return;
  }
  check.request.stop = kept;
  check.notes.push({ kind: "changed", field: "stop", message: "Empty stop sequences were left out, because vendors refuse them." });
}

function checkParameters(check: Check): void {
  const { request, route, notes } = check;
  for (const field of FIELD_NAMES) {
    const value = request[field];
    const fieldClass = FIELDS[field];
    // Tools and reasoning have checks of their own.
    if (value === undefined || fieldClass === undefined || field === "tools" || field === "reasoning") continue;
    if (policyFor(check.policy, field) === "send") continue;
    const range = route.capabilities[field];
    if (range === false) {
      dropField(check, field, fieldClass, `"${field}" is not supported by ${request.model}${supportedParameters(check)}`);
      continue;
    }
    if (!isRange(range)) continue;
    if (field === "stop") {
      const count = typeof value === "string" ? 1 : (value as readonly string[]).length; // `stop` is a string or a list of strings
      if (count > range[1]) dropField(check, field, fieldClass, `${count} stop sequences; ${request.model} accepts ${range[1]} at most`);
    } else if (typeof value === "number") {
      const clamped = clamp(value, range);
      if (clamped === value) continue;
      const limits = `${request.model} accepts ${range[0]} to ${range[1]}`;
      if (policyFor(check.policy, field) === "error") throw unsupported(field, `${field} is ${value}; ${limits}`);
      notes.push({ kind: "clamped", field, message: `${value} became ${clamped}: ${limits}.` });
      Object.assign(request, { [field]: clamped });
    }
  }
}

function supportedParameters(check: Check): string {
  const supported = (["maxOutputTokens", ...SAMPLING, "stop", "seed", "logprobs"] as const).filter(
    (name) => supportOf(check.route.capabilities[name]) === "yes",
  );
  return supported.length === 0 ? "" : ` (supported: ${supported.join(", ")})`;
}

function applyRules(check: Check): void {
  const rank = (rule: Rule): number => {
    const at = RULE_ORDER.indexOf(rule.field);
    return at < 0 ? RULE_ORDER.length : at;
  };
  const { rules = [] } = check.route;
  const concerns = (rule: Rule): boolean => rule.then === "force" || check.request[rule.field] !== undefined;
  if (!rules.some(concerns)) return;
  for (const rule of [...rules].sort((a, b) => rank(a) - rank(b))) {
    if (!concerns(rule)) continue;
    const value = check.request[rule.field];
    if (policyFor(check.policy, rule.field) === "send" || !rule.when(check.request)) continue;
    applyRule(check, rule, value);
  }
}

function applyRule(check: Check, rule: Rule, value: unknown): void {
  switch (rule.then) {
    case "drop":
    case "refuse":
      dropField(check, rule.field, rule.then, rule.because);
      return;
    case "clamp": {
      if (typeof value !== "number") return;
      const clamped = clamp(value, rule.range);
      if (clamped === value) return;
      Object.assign(check.request, { [rule.field]: clamped });
      check.notes.push({ kind: "clamped", field: rule.field, message: `${value} became ${clamped}: ${rule.because}` });
      return;
    }
    case "force":
      if (value === rule.value) return;
      Object.assign(check.request, { [rule.field]: rule.value });
      check.notes.push({ kind: "changed", field: rule.field, message: rule.because });
      return;
    default:
      rule satisfies never;
  }
}

/** How a prefill is sent: not at all, as the protocol's own prefill, or as an instruction in words. @throws LumiverseError `unsupported` */
export function checkPrefill(
  model: string,
  prefill: string,
  supported: Route["capabilities"]["prefill"],
  policy: Policy,
): "none" | "native" | "instruction" {
  if (prefill === "") return "none";
  const chosen = policyFor(policy, "prefill");
  if (supported !== false || chosen === "send") return "native";
  if (chosen === "drop") return "instruction";
  throw unsupported(
    "prefill",
    `${model} does not accept a prefill: a conversation cannot end with an assistant turn`,
    'Set unsupported: { prefill: "drop" } to request the same beginning in words',
  );
}
