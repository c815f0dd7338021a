/** Model list, key check, account, token count, probe: a provider says what to ask and how to read it; asking is done here. */

import { dropAuthorization } from "./authorize.ts";
import type { ChatRequest, Note } from "./chat.ts";
import type { State } from "./connect.ts";
import type { ModelList, OperationOptions } from "./connection.ts";
import { isLumiverseError, LumiverseError } from "./errors.ts";
import { keyHint, meaning, unreadable } from "./failure.ts";
import { headersFor } from "./headers.ts";
import { prepare } from "./prepare.ts";
import type {
  Account,
  KeyVerdict,
  ModelInfo,
  Operation,
  OperationContext,
  OperationResponse,
  Page,
  Route,
  ServerFacts,
} from "./provider.ts";
import { errorMessage, retryAfterMs, statusCode } from "./refusal.ts";
import { maskKeys } from "./secrets.ts";
import { Line, parseJson, readText, send, timedOut, Unreachable } from "./transport.ts";

/** Pages of a list that are followed. */
const PAGES = 50;
const DEFAULT_MS = 60_000;
const ATTEMPTS = 3;

interface Asking {
  state: State;
  name: string;
  context: OperationContext;
  route: Pick<Route, "headers" | "credential">;
  line: Line;
  /** Milliseconds for all pages and attempts together. */
  ms: number;
  deadline: number;
}

async function askingOf(state: State, name: string, line: Line, ms: number, request: ChatRequest | undefined): Promise<Asking> {
  const settings = await state.settings();
  // The probe finds the facts, so it can't have them.
  const facts = name === "probe" ? undefined : await state.facts(settings);
  const call = request === undefined ? undefined : await prepare(state, request, false, state.remembered);
  const shared = {
    settings,
    keyed: state.key !== undefined,
    ...(state.account === undefined ? {} : { account: state.account }),
    ...(facts === undefined ? {} : { facts }),
  };
  const route =
    call?.route ??
    state.provider.route({
      ...shared,
      request: { model: "unknown", messages: [] },
      streaming: false,
      policy: state.policy,
      without: new Set(),
      ...(state.base === undefined ? {} : { baseURL: state.base }),
    });
  const context = { ...shared, base: route.base, ...(call === undefined ? {} : { call: call.checked }) };
  return { state, name, context, route, line, ms, deadline: Date.now() + ms };
}

async function run<T>(
  state: State,
  operation: Operation<T>,
  name: string,
  how: OperationOptions = {},
  request?: ChatRequest,
): Promise<{ value: T; notes: Note[] }> {
  const ms = how.timeouts?.total ?? DEFAULT_MS;
  const line = new Line(how.signal);
  const timer = setTimeout(() => line.close(timedOut("total", ms)), ms);
  try {
    const asking = await line.until(askingOf(state, name, line, ms, request));
    let merged: T | undefined;
    let page: Page | undefined;
    for (let n = 0; n < PAGES; n++) {
      const read: { value: T; next?: Page } = await askPage(asking, operation, page);
      merged = merged === undefined ? read.value : (operation.merge ?? joined)(merged, read.value);
      if (read.next === undefined) return { value: merged, notes: [] };
      page = read.next;
    }
    return {
      value: merged as T,
      notes: [{ kind: "cut", field: name, message: `the list has more than ${PAGES} pages; the rest was not read` }],
    };
  } catch (cause) {
    const error = isLumiverseError(cause) ? cause : unreadable(name, cause);
    error.provider ??= state.provider.id;
    const prefix = `${state.provider.id}: `;
    error.message = maskKeys(state.scrub(error.message.startsWith(prefix) ? error.message : prefix + error.message));
    throw error;
  } finally {
    clearTimeout(timer);
    line.release();
  }
}

function joined<T>(before: T, next: T): T {
  return Array.isArray(before) && Array.isArray(next) ? ([...before, ...next] as T) : next;
}

/** One page, asked again while that can help and time is left: what a provider reads a verdict from is never asked twice. */
async function askPage<T>(asking: Asking, operation: Operation<T>, page: Page | undefined): Promise<{ value: T; next?: Page }> {
  const { state, name, context, line } = asking;
  const { retry } = state.options;
  // Nobody waits twice for a look at what may be no such server.
  const attempts = name === "probe" || retry === false ? 1 : Math.min(ATTEMPTS, retry?.attempts ?? ATTEMPTS);
  let refreshed = false;
  for (let attempt = 1; ; attempt++) {
    let error: LumiverseError;
    try {
      const answer = await ask(asking, operation, page);
      if (answer.status === 401 && state.provider.authorize !== undefined && state.key !== undefined && !refreshed) {
        refreshed = true;
        await dropAuthorization(state, state.key);
        continue;
      }
      const read = await operation.parse(answer, context);
      if (read !== undefined) return read;
      error = refusal(state, name, answer);
    } catch (cause) {
      if (!isLumiverseError(cause) && !(cause instanceof Unreachable)) throw cause;
      error = isLumiverseError(cause) ? cause : await meaning(cause, undefined, state);
    }
    const wait = error.retryAfterMs ?? 250 * 2 ** attempt;
    if (!error.retryable || attempt >= attempts || line.closed !== undefined || Date.now() + wait > asking.deadline) throw error;
    await line.until(new Promise((resolve) => setTimeout(resolve, wait)));
  }
}

async function ask<T>(asking: Asking, operation: Operation<T>, page: Page | undefined): Promise<OperationResponse> {
  const { state, name, context, route, line, ms } = asking;
  const wire = operation.request(context, page);
  if (operation.origin === "vendor" && !state.own)
    throw new LumiverseError({
      code: "unsupported",
      provider: state.provider.id,
      message: `${name} would send the key for ${state.base?.host ?? "another host"} to ${wire.url.host}; it is not asked while the base URL is overridden`,
    });
  const headers = await line.until(Promise.resolve(headersFor(state, { route, rendered: { request: wire } }, {})));
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
  return { status: response.status, headers: response.headers, text, url: wire.url.href, ...(json === undefined ? {} : { json }) };
}

function refusal(state: State, name: string, response: OperationResponse): LumiverseError {
  const code = response.status < 400 ? "malformed-response" : statusCode(response.status);
  const wait = response.status < 400 ? undefined : retryAfterMs(response.headers, Date.now());
  return new LumiverseError({
    code,
    status: response.status,
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
    message: `${name}: HTTP ${response.status} ${state.scrub(errorMessage(response.json) ?? response.text.trim().slice(0, 200))}`.trim(),
    ...(code === "authentication" && state.key === undefined ? { hint: `No key was sent. ${keyHint(state)}` } : {}),
  });
}

export async function models(state: State, how?: OperationOptions): Promise<ModelList> {
  const { provider } = state;
  // Another host than the vendor's has its own models, unless nobody can be asked there or there is no vendor.
  const anybodys = provider.base === undefined || provider.operations.models === undefined;
  const known = provider.catalogue !== undefined && (state.own || anybodys);
  const listed = known ? ((await state.catalogue())?.models ?? []) : [];
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
