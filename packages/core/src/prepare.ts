/** The first half of a request's way, pure but for what is loaded when a request needs it: route, check, transcript, output, render. Sending and `explain` use the same value. */
import type { ChatRequest, Message, Note, Origin } from "./chat.ts";
import { asksMore, checkPrefill, checkRequest } from "./check.ts";
import type { State } from "./connect.ts";
import { type Door, door } from "./door.ts";
import type { Call, CheckedCall, Rendered, ResolvedOutput, Route } from "./provider.ts";
import { hasParts, prepareTranscript } from "./transcript.ts";

const asksDoor: Door<typeof import("./check-asks.ts")> = door(() => import("./check-asks.ts"));
const partsDoor: Door<typeof import("./transcript-parts.ts")> = door(() => import("./transcript-parts.ts"));
export const outputDoor: Door<typeof import("./output.ts")> = door(() => import("./output.ts"));

export interface Prepared {
  call: Call;
  checked: CheckedCall;
  route: Route;
  rendered: Rendered;
  notes: Note[];
}

export async function prepare(state: State, request: ChatRequest, streaming: boolean, without: ReadonlySet<string>): Promise<Prepared> {
  const settings = await state.settings();
  const facts = await state.facts(settings);
  const call: Call = {
    request,
    settings,
    streaming,
    keyed: state.key !== undefined,
    policy: state.policy,
    without,
    ...(state.account === undefined ? {} : { account: state.account }),
    ...(state.base === undefined ? {} : { baseURL: state.base }),
    ...(facts === undefined ? {} : { facts }),
  };
  return prepareCall(state, call);
}

/** From a call on: what `recover` changed goes through the same steps again. */
export async function prepareCall(state: State, call: Call): Promise<Prepared> {
  const { provider } = state;
  const route = provider.route(call);
  const notes: Note[] = [];
  let streaming = call.streaming;
  if (streaming && (route.streaming === "no" || (route.streaming === "no-tools" && (call.request.tools?.length ?? 0) > 0))) {
    streaming = false;
    notes.push({
      kind: "changed",
      field: "stream",
      message: "the host does not stream this: the answer was asked for whole and arrives in one piece",
    });
  } else if (!streaming && route.unstreamed === "streamed") streaming = true;

  const ofParts = Array.isArray(call.request.messages) && hasParts(call.request.messages);
  const asks = asksMore(call.request, ofParts) ? await asksDoor.enter() : undefined;
  const { request, reasoning } = checkRequest(provider.id, call.request, route, call.policy, notes, asks);
  const origin: Origin = { provider: provider.id, wire: route.protocol.id, model: request.model, scope: scopeOf(state, route) };
  const parts = ofParts ? await partsDoor.enter() : undefined;
  const transcript = prepareTranscript(request.messages, origin, route.protocol.binds ?? "model", notes, parts);
  let messages: readonly Message[] = transcript.messages;

  const prefill = `${transcript.prefill ?? ""}${request.prefill ?? ""}`;
  const way = checkPrefill(provider.id, request.model, prefill, route.takes.prefill, call.policy);
  if (way === "native") request.prefill = prefill;
  else delete request.prefill;
  if (way === "instruction") {
    messages = [...messages, { role: "user", content: `Begin your answer with exactly this text and go on from there: ${prefill}` }];
    notes.push({ kind: "prefill", field: "prefill", message: "the model takes no prefill: the same beginning was asked for in words" });
  }

  let output: ResolvedOutput | undefined;
  if (request.output !== undefined) {
    const { instruct, resolveOutput } = await outputDoor.enter();
    output = resolveOutput(request, route.takes, call.without, notes);
    if (output !== undefined && output.strategy !== "schema" && output.strategy !== "tool") messages = instruct(messages, output);
  }

  const checked: CheckedCall = {
    ...call,
    request,
    streaming,
    route,
    origin,
    messages,
    ...(output === undefined ? {} : { output }),
    ...(reasoning === undefined ? {} : { reasoning }),
  };
  await route.protocol.load?.(checked);
  const rendered = route.protocol.render(checked);
  notes.push(...rendered.notes);
  return { call, checked, route, rendered, notes };
}

/** Payloads of a proxy are the proxy's, unless one says that it fronts the vendor. */
function scopeOf(state: State, route: Route): string {
  if (state.base === undefined || state.policy.replayScope === "vendor") return "vendor";
  return `${route.base.origin}${route.base.pathname}`;
}
