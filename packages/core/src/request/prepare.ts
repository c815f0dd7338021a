/** The first half of a call, up to the rendered request: route, check, transcript, structured output, render. Sending and `explain` share its result. */

import { checkPrefill, checkRequest } from "../capabilities/check-request.ts";
import { known } from "../capabilities/supports.ts";
import { LumiverseError } from "../chat/errors.ts";
import { definedFields, type JsonObject } from "../chat/json.ts";
import type { Message, Origin } from "../chat/message.ts";
import type { Note } from "../chat/note.ts";
import type { ChatRequest } from "../chat/request.ts";
import { messageOf } from "../chat/text.ts";
import type { TranslationTarget } from "../chat/translation.ts";
import type { Call, CheckedCall, CheckedRequest, Policy, Rendered, Route } from "../contract/call.ts";
import type { Capabilities } from "../contract/capabilities.ts";
import type { Provider } from "../contract/provider.ts";
import { instruct, resolveOutput } from "./output.ts";
import { isRepeated } from "./repeated-call.ts";
import { NOT_WELL_FORMED, prepareTranscript, wellFormedJson } from "./transcript.ts";
import { validateRequest } from "./validate.ts";

export interface PreparedCall {
  /** The call as given, for `recover` to change. */
  call: Call;
  checked: CheckedCall;
  route: Route;
  rendered: Rendered;
  notes: Note[];
}

/**
 * Prepares a call. Its only effect is to load the protocol's schema compiler, for a call with schemas. A call that `recover` has changed is prepared again.
 * @throws LumiverseError `unsupported`, `configuration`, `network`
 */
export async function prepareCall(provider: Provider, call: Call, live: ReadonlyMap<string, Capabilities> = NONE): Promise<PreparedCall> {
  const notes: Note[] = [];
  const valid: Call = { ...call, request: validateRequest(call.request, notes) };
  const route = withLiveCapabilities(provider.route(valid), live.get(valid.request.model));
  const { spelling } = valid.request;
  // A request in the vendor's own protocol is sent as the client wrote it, and the vendor decides about it.
  const protocol = route.protocol.id;
  const sameProtocol = spelling?.protocol === protocol;
  const streaming = sameProtocol ? call.streaming : resolveStreaming(call, route, notes);
  const policy: Policy = sameProtocol ? { ...call.policy, unsupported: "send" } : call.policy;
  const target: TranslationTarget = { ...route, protocol, policy };
  const given = spelling === undefined || sameProtocol ? valid.request : spelling.translate(valid.request, notes, target);
  // Only refuses what the model does not support. What the check would drop is still sent.
  if (sameProtocol && spelling.checked === true) checkRequest(given, route, call.policy, []);
  const { request, reasoning } = checkRequest(given, route, policy, notes);
  const origin: Origin = { provider: provider.id, protocol, model: request.model, scope: replayScope(call, route) };
  const transcript = prepareTranscript(request.messages, origin, route.protocol.replayBinding ?? "model", notes);
  let messages: readonly Message[] = transcript.messages;

  const asked = `${transcript.prefill ?? ""}${request.prefill ?? ""}`;
  const prefill = asked.toWellFormed();
  if (prefill !== asked) notes.push({ kind: "changed", field: "prefill", message: NOT_WELL_FORMED });
  const prefillMode = checkPrefill(request.model, prefill, route.capabilities.prefill, policy);
  if (prefillMode === "instruction") messages = askForBeginning(messages, prefill, notes);
  // The client's spelling requests the output in its own way.
  const output = sameProtocol ? undefined : resolveOutput(request, route.capabilities, call.degradations, notes);
  if (output?.strategy === "json" || output?.strategy === "prompt") messages = instruct(messages, output);

  const withoutCompiler: CheckedCall = {
    ...call,
    policy,
    request: toRender(request, prefillMode === "native" ? prefill : undefined),
    streaming,
    route,
    origin,
    messages,
    ...definedFields({ output, reasoning, breakpoints: target.breakpoints }),
  };
  const checked = hasSchemas(withoutCompiler) ? await withSchemaCompiler(withoutCompiler) : withoutCompiler;
  const rendered = route.protocol.render(checked);
  if (sameProtocol) respell(provider, checked, rendered, valid.request);
  else repairFields(rendered.request.body ?? {}, notes);
  target.breakpoints?.finish(rendered);
  for (const note of rendered.notes) notes.push(note);
  return { call, checked, route, rendered, notes };
}

/** Replaces half surrogate pairs outside of the transcript, which `prepareTranscript` has repaired and whose signed payloads must stay as they are. */
function repairFields(body: JsonObject, notes: Note[]): void {
  for (const field of Object.keys(body)) {
    if (/^(?:messages|contents|input)$/.test(field)) continue;
    const text = JSON.stringify(body[field]) ?? "";
    // Only a text with an escape can have half a pair.
    const clean = text.includes("\\ud") ? wellFormedJson(text) : text;
    if (clean === text) continue;
    body[field] = JSON.parse(clean);
    notes.push({ kind: "changed", field, message: NOT_WELL_FORMED });
  }
}

/** Requests in words what a prefill would begin. */
function askForBeginning(messages: readonly Message[], prefill: string, notes: Note[]): readonly Message[] {
  notes.push({
    kind: "prefill",
    field: "prefill",
    message: "The model accepts no prefill, so the same beginning was requested in words.",
  });
  return [...messages, { role: "user", content: `Begin your answer with exactly this text and go on from there: ${prefill}` }];
}

/** Brings the rendered request into the spelling of a client that speaks the same protocol. */
function respell(provider: Provider, checked: CheckedCall, rendered: Rendered, request: ChatRequest): void {
  const { protocol } = checked.route;
  request.spelling?.respell({
    request,
    streaming: checked.streaming,
    http: rendered.request,
    notes: rendered.notes,
    googleSignatures: protocol.googleSignatures === true,
    bodyOfDefaults: () => (Object.keys(checked.settings).length === 0 ? undefined : bodyWith({ settings: {} }, provider, checked)),
    isRepeated: isRepeated(checked),
    bodyBeforeRecovery: () => (checked.degradations.size === 0 ? undefined : bodyWith({ degradations: new Set() }, provider, checked)),
  });
  protocol.fitSpelling?.({ http: rendered.request, notes: rendered.notes, call: checked });
}

/** The body that the provider renders for another form of the call. Undefined where the other form has another protocol, or cannot be called. */
function bodyWith(
  other: Partial<Pick<Call, "settings" | "degradations">>,
  provider: Provider,
  checked: CheckedCall,
): JsonObject | undefined {
  const call = { ...checked, ...other };
  try {
    const route = provider.route({ ...call, request: { ...call.request, messages: call.messages } });
    if (route.protocol.id !== checked.route.protocol.id) return undefined;
    return route.protocol.render({ ...call, route }).request.body;
  } catch {
    return undefined;
  }
}

const NONE: ReadonlyMap<string, Capabilities> = new Map();

/** The vendor's live list of models is newer than the built-in capabilities. */
function withLiveCapabilities(route: Route, live: Capabilities | undefined): Route {
  return live === undefined ? route : { ...route, capabilities: { ...route.capabilities, ...known(live) } };
}

/** True when the protocol renders a schema. For the other strategies of structured output, the messages contain it. */
function hasSchemas({ request, output }: CheckedCall): boolean {
  if (request.tools?.some((tool) => "name" in tool) === true) return true;
  return output?.schema !== undefined && (output.strategy === "schema" || output.strategy === "tool");
}

async function withSchemaCompiler(checked: CheckedCall): Promise<CheckedCall> {
  const { protocol } = checked.route;
  if (protocol.loadSchemaCompiler === undefined) return checked;
  try {
    return { ...checked, schemaCompiler: await protocol.loadSchemaCompiler() };
  } catch (cause) {
    throw new LumiverseError({
      code: "network",
      message: `the schema compiler of ${protocol.id} could not be loaded: ${messageOf(cause)}`,
      hint: "Check that the application can load its own files.",
      retryable: true,
      cause,
    });
  }
}

function resolveStreaming(call: Call, route: Route, notes: Note[]): boolean {
  if (!call.streaming) return route.unstreamed === "streamed";
  const hasTools = (call.request.tools?.length ?? 0) > 0;
  if (route.streaming !== "no" && !(route.streaming === "no-tools" && hasTools)) return true;
  notes.push({
    kind: "changed",
    field: "stream",
    message: "The host does not stream this request, so the answer arrives in one piece.",
  });
  return false;
}

/** The request without what the checked call states in another form. */
function toRender(request: ChatRequest, prefill: string | undefined): CheckedRequest {
  const { messages, output, reasoning, providerOptions, spelling, signal, timeouts, prefill: given, ...rest } = request;
  return prefill === undefined ? rest : { ...rest, prefill };
}

/** Payloads received through a proxy belong to the proxy, unless the caller states that it fronts the vendor. */
function replayScope(call: Call, route: Route): string {
  if (call.baseURL === undefined || call.policy.replayScope === "vendor") return "vendor";
  return `${route.base.origin}${route.base.pathname}`;
}
