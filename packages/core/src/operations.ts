/** Model list, key check, account, token count, probe: a provider says what to ask and how to read it; asking is done here. */
import type { ChatRequest, Note } from "./chat.ts";
import { isOwn, type State } from "./connect.ts";
import type { ModelList, OperationOptions } from "./connection.ts";
import { isLumiverseError, LumiverseError } from "./errors.ts";
import { headersFor, keyHint } from "./exchange.ts";
import { prepare } from "./prepare.ts";
import type { Account, KeyVerdict, ModelInfo, Operation, OperationContext, OperationResponse, Page, ServerFacts } from "./provider.ts";
import { maskKeys } from "./secrets.ts";
import { Line, parseJson, readText, send, timedOut } from "./transport.ts";
import { errorMessage, statusCode } from "./wire.ts";

/** Pages of a list that are followed. */
const PAGES = 50;
const DEFAULT_MS = 60_000;

async function contextOf(state: State, request?: ChatRequest): Promise<{ context: OperationContext; headers: Record<string, string> }> {
  const settings = await state.settings();
  const given = request ?? { model: "unknown", messages: [{ role: "user" as const, content: "hi" }] };
  const call = request === undefined ? undefined : await prepare(state, given, false, state.remembered);
  const route =
    call?.route ??
    state.provider.route({
      request: given,
      settings,
      streaming: false,
      keyed: state.key !== undefined,
      policy: state.policy,
      without: new Set(),
      ...(state.account === undefined ? {} : { account: state.account }),
      ...(state.base === undefined ? {} : { baseURL: state.base }),
    });
  return {
    context: {
      base: route.base,
      settings,
      keyed: state.key !== undefined,
      ...(state.account === undefined ? {} : { account: state.account }),
      ...(call === undefined ? {} : { call: call.checked }),
    },
    headers: { ...route.headers, ...(route.credential === "never" ? { "x-lumiverse-no-key": "1" } : {}) },
  };
}

async function run<T>(
  state: State,
  operation: Operation<T>,
  name: string,
  how: OperationOptions = {},
  request?: ChatRequest,
): Promise<{ value: T; notes: Note[] }> {
  const { context, headers: routed } = await contextOf(state, request);
  const withKey = routed["x-lumiverse-no-key"] === undefined;
  delete routed["x-lumiverse-no-key"];
  const ms = how.timeouts?.total ?? DEFAULT_MS;
  const line = new Line(how.signal);
  const timer = setTimeout(() => line.close(timedOut("total", ms)), ms);
  try {
    let merged: T | undefined;
    let page: Page | undefined;
    for (let n = 0; n < PAGES; n++) {
      const wire = operation.request(context, page);
      if (operation.origin === "vendor" && !state.own && !isOwn(state.provider, wire.url))
        throw new LumiverseError({
          code: "unsupported",
          provider: state.provider.id,
          message: `${name} is asked of the vendor, but the base URL points elsewhere`,
        });
      if (operation.origin === "vendor" && !state.own)
        throw new LumiverseError({
          code: "unsupported",
          provider: state.provider.id,
          message: `${name} would send the key for ${state.base?.host ?? "another host"} to ${wire.url.host}; it is not asked while the base URL is overridden`,
        });
      const route = { ...routeless, headers: routed, ...(withKey ? {} : { credential: "never" as const }) };
      const headers = await line.until(headersFor(state, { route, rendered: { request: wire, notes: [] } }, {}));
      const sending = {
        fetch: state.fetch,
        request: wire,
        headers,
        body: wire.body === undefined ? undefined : JSON.stringify(wire.body),
        timeouts: { response: ms, firstEvent: ms, idle: ms },
        limits: state.limits,
        scrub: state.scrub,
      };
      const response = await send(sending, line);
      const text = await readText(response, sending, line, state.limits.body);
      const json = parseJson(text);
      const answer: OperationResponse = {
        status: response.status,
        headers: response.headers,
        text,
        url: wire.url.href,
        ...(json === undefined ? {} : { json }),
      };
      const read = operation.parse(answer, context);
      if (read === undefined) throw refusal(state, name, answer);
      merged = Array.isArray(merged) && Array.isArray(read.value) ? ([...merged, ...read.value] as T) : read.value;
      if (read.next === undefined) return { value: merged, notes: [] };
      page = read.next;
    }
    return {
      value: merged as T,
      notes: [{ kind: "cut", field: name, message: `the list has more than ${PAGES} pages; the rest was not read` }],
    };
  } catch (cause) {
    const error = isLumiverseError(cause)
      ? cause
      : new LumiverseError({ code: "malformed-response", message: `${name} could not be read: ${String(cause)}`, cause });
    error.provider ??= state.provider.id;
    const prefix = `${state.provider.id}: `;
    error.message = maskKeys(state.scrub(error.message.startsWith(prefix) ? error.message : prefix + error.message));
    throw error;
  } finally {
    clearTimeout(timer);
    line.release();
  }
}
/** Operations have no protocol: only the headers of their route matter. */
const routeless = {} as Parameters<typeof headersFor>[1]["route"];

function refusal(state: State, name: string, response: OperationResponse): LumiverseError {
  const code = response.status < 400 ? "malformed-response" : statusCode(response.status);
  return new LumiverseError({
    code,
    status: response.status,
    message: `${name}: HTTP ${response.status} ${state.scrub(errorMessage(response.json) ?? response.text.trim().slice(0, 200))}`.trim(),
    ...(code === "authentication" && state.key === undefined ? { hint: `No key was sent. ${keyHint(state)}` } : {}),
  });
}

export async function models(state: State, how?: OperationOptions): Promise<ModelList> {
  const { provider } = state;
  // Another host has its own models, unless nobody can be asked there.
  const known = provider.catalogue !== undefined && (state.own || provider.operations.models === undefined);
  const listed = known ? ((await provider.catalogue?.(await state.settings()))?.models ?? []) : [];
  const byId = new Map<string, ModelInfo>(listed.map((model) => [model.id, model]));
  const notes: Note[] = [];
  let live: readonly ModelInfo[] | undefined;
  if (provider.operations.models === undefined)
    notes.push({ kind: "warning", field: "models", message: "the vendor has no model list: this is the built-in one" });
  else {
    try {
      const read = await run(state, provider.operations.models, "models", how);
      live = read.value;
      notes.push(...read.notes);
    } catch (cause) {
      // A dead list must not hide the models one knows; without any, the failure is the answer.
      if (listed.length === 0 || !isLumiverseError(cause) || cause.code === "aborted" || cause.code === "authentication") throw cause;
      notes.push({ kind: "warning", field: "models", message: `the live list failed (${cause.message}): this is the built-in one` });
    }
  }
  const merged = (live ?? listed).map((model) => {
    const known = byId.get(model.id) ?? listed.find((one) => one.aliases?.includes(model.id));
    if (known === undefined || live === undefined) return model;
    return { ...known, ...model, takes: { ...known.takes, ...model.takes } };
  });
  if (live !== undefined && provider.operations.models?.partial === true) {
    const there = new Set(merged.map((model) => model.id));
    merged.push(...listed.filter((model) => !there.has(model.id) && model.state !== "retired" && model.state !== "deprecated"));
  }
  return Object.assign(merged, { notes });
}

export async function check(state: State, how?: OperationOptions): Promise<KeyVerdict> {
  const { provider } = state;
  if (state.key === undefined && provider.credential.kind !== "none" && provider.credential.required && state.own)
    return { key: "invalid", usable: false, reason: "no key was given", hint: keyHint(state) };
  try {
    const { value } = await run(state, provider.operations.check, "check", how);
    return value;
  } catch (cause) {
    if (!isLumiverseError(cause) || cause.code === "aborted") throw cause;
    const invalid = cause.code === "authentication";
    // What went wrong on the way says nothing of the key.
    return {
      key: invalid ? "invalid" : "unknown",
      usable: invalid ? false : "unknown",
      reason: cause.message,
      ...(cause.hint === undefined ? {} : { hint: cause.hint }),
    };
  }
}

export async function account(state: State, how?: OperationOptions): Promise<Account> {
  const operation = state.provider.operations.account;
  if (operation === undefined)
    throw new LumiverseError({
      code: "unsupported",
      provider: state.provider.id,
      message: `${state.provider.id} tells nothing of the account`,
    });
  return (await run(state, operation, "account", how)).value;
}

export async function countTokens(state: State, request: ChatRequest, how?: OperationOptions): Promise<number> {
  const operation = state.provider.operations.countTokens;
  if (operation === undefined)
    throw new LumiverseError({
      code: "unsupported",
      provider: state.provider.id,
      message: `${state.provider.id} counts no tokens before a call`,
      hint: "explain().estimate gives a rough figure",
    });
  return (await run(state, operation, "countTokens", how, request)).value;
}

export async function probe(state: State, how?: OperationOptions): Promise<ServerFacts | undefined> {
  const operation = state.provider.operations.probe;
  return operation === undefined ? undefined : (await run(state, operation, "probe", how ?? { timeouts: { total: 5000 } })).value;
}
