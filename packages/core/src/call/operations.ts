/** Runs a provider's operations (models, key check, account, token count, probe). The provider describes requests and reads answers. */
import { isLumiverseError, LumiverseError } from "../chat/errors.ts";
import { definedFields, isObject } from "../chat/json.ts";
import type { Note } from "../chat/note.ts";
import type { ChatRequest } from "../chat/request.ts";
import type { Route } from "../contract/call.ts";
import type { Catalogue, ModelInfo } from "../contract/models.ts";
import type {
  Account,
  KeyVerdict,
  Operation,
  OperationContext,
  OperationResponse,
  OperationResult,
  Operations,
  Page,
} from "../contract/operations.ts";
import type { ServerInfo } from "../contract/server-info.ts";
import { completeError } from "../http/complete-error.ts";
import { errorMessage, retryAfterMs, statusCode } from "../http/error-body.ts";
import { parseJson, readText } from "../http/read-text.ts";
import { followSignal, RequestLifetime, timedOut } from "../http/request-lifetime.ts";
import { headerSecrets, type Redactor, redactJson } from "../http/secrets.ts";
import { type HttpCall, send } from "../http/send.ts";
import { clock, startTimer } from "../http/timer.ts";
import { prepareCall } from "../request/prepare.ts";
import { unwritablePath } from "../request/unwritable.ts";
import { validateFields } from "../request/validate.ts";
import type { ModelList, OperationOptions } from "./connection.ts";
import { hasPricesOf } from "./connection-cost.ts";
import { type ConnectionState, callFor, type Stoppable } from "./connection-state.ts";
import { headersFor } from "./credentials.ts";
import { keyHint } from "./key-hints.ts";
import { unpreparable, unreadable } from "./read-failure.ts";
import { forgetAuthorization } from "./token-cache.ts";

/** Pages of a list that are read. */
const MOST_PAGES = 50;
const DEFAULT_TIMEOUT = 60_000;
const PROBE_TIMEOUT = 5000;
const DEFAULT_ATTEMPTS = 3;
/** Characters of an error body that a message quotes. */
const EXCERPT = 200;

/** One operation while it runs, over all its pages. */
interface RunningOperation {
  state: ConnectionState;
  name: keyof Operations;
  context: OperationContext;
  route: Pick<Route, "headers" | "credential">;
  lifetime: RequestLifetime;
  /** Milliseconds for all pages and attempts together. */
  ms: number;
  deadline: number;
  /** Knows the connection's secrets and those of this operation's headers. */
  redactor: Redactor;
}

/** The vendor's live list, completed from the catalogue. */
export async function models(state: ConnectionState, options?: OperationOptions): Promise<ModelList> {
  const { provider } = state;
  const operation = (await provider.operations()).models;
  const catalogue = await catalogueHere(state, operation !== undefined);
  const listed = (await arePricesOfHere(state, catalogue)) ? (catalogue?.models ?? []) : withoutPrices(catalogue?.models ?? []);
  const builtIn = (message: string): ModelList => ({
    models: listed,
    notes: [{ kind: "warning", field: "models", message }],
    source: catalogue?.source ?? "none",
    date: catalogue?.date ?? today(),
  });
  if (operation === undefined) return builtIn("The vendor has no model list. This is the built-in list.");
  try {
    const { value, notes } = await run(state, { name: "models", operation }, options);
    const live = uniqueById(value);
    state.liveCapabilities.clear();
    for (const model of live) if (model.capabilities !== undefined) state.liveCapabilities.set(model.id, model.capabilities);
    return { models: completeModels(live, listed, operation.partial === true), notes, source: "live", date: today() };
  } catch (cause) {
    if (!isLumiverseError(cause) || cause.code === "aborted") throw cause;
    // A failed list must not hide known models, but a refused key must not be hidden either. Without known models the failure is the answer.
    if (listed.length === 0 || (cause.code === "authentication" && state.key !== undefined)) throw cause;
    return builtIn(`The live list failed (${cause.message}). This is the built-in list.`);
  }
}

/** The catalogue. Undefined if another host than the vendor's has a live list, because its models can differ. */
async function catalogueHere(state: ConnectionState, hasLiveList: boolean): Promise<Catalogue | undefined> {
  const applies = state.isVendorOrigin || state.provider.base === undefined || !hasLiveList;
  return applies ? state.catalogue() : undefined;
}

/** Whether calls on this connection go to the address of the price list. Other regions and plans of a vendor have other prices. */
async function arePricesOfHere(state: ConnectionState, catalogue: Catalogue | undefined): Promise<boolean> {
  try {
    const call = await callFor(state, NO_REQUEST, { streaming: false, server: state.knownServer });
    return hasPricesOf(state, catalogue, state.provider.route(call).base);
  } catch {
    return false; // The list itself is asked for in the same way and reports this failure.
  }
}

function withoutPrices(models: readonly ModelInfo[]): ModelInfo[] {
  return models.map(({ price: _, ...model }) => model);
}

/** Pages can overlap, because lists change while they are read. */
function uniqueById(models: readonly ModelInfo[]): ModelInfo[] {
  const byId = new Map<string, ModelInfo>();
  for (const model of models) if (!byId.has(model.id)) byId.set(model.id, model);
  return [...byId.values()];
}

function completeModels(live: readonly ModelInfo[], listed: readonly ModelInfo[], partial: boolean): ModelInfo[] {
  const known = new Map<string, ModelInfo>();
  for (const model of listed) for (const alias of model.aliases ?? []) known.set(alias, model);
  for (const model of listed) known.set(model.id, model);
  const models = live.map((model) => {
    const entry = known.get(model.id);
    return entry === undefined ? model : completeModel(model, entry);
  });
  if (!partial) return models;
  const present = new Set(models.map((model) => model.id));
  const missing = listed.filter((model) => !present.has(model.id) && model.state !== "retired" && model.state !== "deprecated");
  return [...models, ...missing];
}

/** A live list states no date and seldom a price. A price that comes from the built-in list says so. */
function completeModel(live: ModelInfo, entry: ModelInfo): ModelInfo {
  const capabilities = { ...entry.capabilities, ...live.capabilities };
  if (live.source !== "live") return { ...entry, ...live, capabilities };
  const { date, price, ...facts } = entry;
  const dated = price && { price: { ...price, source: entry.source, ...definedFields({ date }) } };
  return { ...facts, ...dated, ...live, capabilities };
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}

export async function check(state: ConnectionState, options?: OperationOptions): Promise<KeyVerdict> {
  const { provider } = state;
  if (state.key === undefined && provider.credential.kind !== "none" && provider.credential.required && state.isVendorOrigin)
    return { key: "invalid", usable: false, reason: "no key was given", hint: keyHint(state) };
  try {
    const { value } = await run(state, { name: "check", operation: (await provider.operations()).check }, options);
    return value;
  } catch (cause) {
    if (!isLumiverseError(cause) || cause.code === "aborted") throw cause;
    const invalid = cause.code === "authentication";
    // Other failures show nothing about the key.
    return {
      key: invalid ? "invalid" : "unknown",
      usable: invalid ? false : "unknown",
      reason: cause.message,
      ...definedFields({ hint: cause.hint }),
    };
  }
}

export async function account(state: ConnectionState, options?: OperationOptions): Promise<Account> {
  const operation = (await state.provider.operations()).account;
  if (operation === undefined) throw unsupportedOperation(state, "has no API for the account's balance or limits");
  return (await run(state, { name: "account", operation }, options)).value;
}

export async function countTokens(state: ConnectionState, request: ChatRequest, options?: OperationOptions): Promise<number> {
  const operation = (await state.provider.operations()).countTokens;
  if (operation === undefined)
    throw unsupportedOperation(state, "has no API that counts tokens", "explain().estimate gives a rough figure");
  return (await run(state, { name: "countTokens", operation, request }, options)).value;
}

export async function probe(state: ConnectionState, options?: OperationOptions): Promise<ServerInfo | undefined> {
  const operation = (await state.provider.operations()).probe;
  if (operation === undefined) return undefined;
  return (await run(state, { name: "probe", operation }, options ?? { timeouts: { total: PROBE_TIMEOUT } })).value;
}

function unsupportedOperation({ provider }: ConnectionState, what: string, hint?: string): LumiverseError {
  return new LumiverseError({
    code: "unsupported",
    provider: provider.id,
    message: `${provider.id}: ${provider.name} ${what}`,
    ...definedFields({ hint }),
  });
}

/** An operation to run. */
interface Requested<T> {
  name: keyof Operations;
  operation: Operation<T>;
  /** The request that the operation is about, which has a signal and timeouts of its own. */
  request?: ChatRequest;
}

async function run<T>(state: ConnectionState, requested: Requested<T>, options?: OperationOptions): Promise<{ value: T; notes: Note[] }> {
  const { name, operation, request } = requested;
  const lifetime = new RequestLifetime();
  const redactor = state.redactor.child();
  const stoppable: Stoppable = { stop: (reason) => lifetime.end(reason) };
  state.running.add(stoppable);
  let stopTimer = (): void => {};
  let stopFollowing = (): void => {};
  let running: RunningOperation | undefined;
  try {
    if (name === "countTokens") validateFields(request as ChatRequest); // it refuses undefined
    const ms = options?.timeouts?.total ?? request?.timeouts?.total ?? DEFAULT_TIMEOUT;
    stopFollowing = followSignal(lifetime, options?.signal ?? request?.signal);
    stopTimer = startTimer(ms, () => lifetime.end(timedOut("total", ms)));
    const target = await lifetime.until(targetOf(state, requested));
    running = { state, name, ...target, lifetime, ms, deadline: clock() + ms, redactor };
    const { value, notes } = await readPages(running, operation);
    // A provider can quote what the host sent, headers included. Redaction keeps the shape of a value.
    return { value: redactJson(value, redactor.redact) as T, notes };
  } catch (cause) {
    // A failure before anything is sent comes from the request, not from the host.
    const isOfRequest = request !== undefined && (running === undefined || unwritablePath(request) !== undefined);
    const error = isLumiverseError(cause) ? cause : isOfRequest ? unpreparable(cause, request) : unreadable(name, cause);
    throw completeError(error, state.provider.id, redactor.redact);
  } finally {
    stopTimer();
    stopFollowing();
    lifetime.deadline.clear();
    state.running.delete(stoppable);
  }
}

/** What the provider is told about the operation, and where its requests go. */
async function targetOf<T>(state: ConnectionState, { name, request }: Requested<T>): Promise<Pick<RunningOperation, "context" | "route">> {
  const call = name === "probe" ? await callForProbe(state) : await callFor(state, request ?? NO_REQUEST, { streaming: false });
  const prepared = request === undefined ? undefined : await prepareCall(state.provider, call, state.liveCapabilities);
  const route = prepared?.route ?? state.provider.route(call);
  const { settings, hasKey, account: ofKey, server } = call;
  const context = { base: route.base, settings, hasKey, ...definedFields({ account: ofKey, server, call: prepared?.checked }) };
  return { route, context };
}

/** For operations about no particular request. */
const NO_REQUEST: ChatRequest = { model: "unknown", messages: [] };

/** The probe finds out what the server is, so it must not wait for that. */
function callForProbe(state: ConnectionState): ReturnType<typeof callFor> {
  return callFor(state, NO_REQUEST, { streaming: false, server: async () => undefined });
}

async function readPages<T>(running: RunningOperation, operation: Operation<T>): Promise<{ value: T; notes: Note[] }> {
  const merge = operation.merge ?? concatenate;
  const seen = new Set<string>();
  let { value, next } = await readPage(running, operation, undefined);
  addsNothing(value, seen);
  for (let pages = 1; next !== undefined; pages++) {
    if (pages === MOST_PAGES)
      return {
        value,
        notes: [{ kind: "cut", field: running.name, message: `The list has more than ${MOST_PAGES} pages. The rest was not read.` }],
      };
    const page: OperationResult<T> = await readPage(running, operation, next);
    // Some hosts repeat pages for ever, also under other cursors.
    if (addsNothing(page.value, seen)) return { value, notes: [] };
    value = merge(value, page.value);
    next = page.next;
  }
  return { value, notes: [] };
}

/** True for a page whose entries have all been seen. An empty page may stand between others. */
function addsNothing(page: unknown, seen: Set<string>): boolean {
  const entries: readonly unknown[] = Array.isArray(page) ? page : [page];
  const before = seen.size;
  for (const entry of entries) seen.add(isObject(entry) && typeof entry["id"] === "string" ? entry["id"] : JSON.stringify(entry));
  return entries.length > 0 && seen.size === before;
}

function concatenate<T>(before: T, next: T): T {
  // T is a list here, and a list of the same items has the same type.
  return Array.isArray(before) && Array.isArray(next) ? ([...before, ...next] as T) : next;
}

/** Reads one page. Repeats the request while the failure is retryable and time is left. An answer that the provider can read is never requested again. */
async function readPage<T>(running: RunningOperation, operation: Operation<T>, page: Page | undefined): Promise<OperationResult<T>> {
  const { state, name, lifetime } = running;
  const { retry } = state.options;
  // A probe asks about servers that may not exist, so it does not wait.
  const attempts = name === "probe" || retry === false ? 1 : Math.min(DEFAULT_ATTEMPTS, retry?.attempts ?? DEFAULT_ATTEMPTS);
  let tokenRenewed = false;
  for (let attempt = 1; ; attempt++) {
    let error: LumiverseError;
    try {
      const answer = await ask(running, operation, page);
      if (answer.response.status === 401 && state.provider.authorize !== undefined && state.key !== undefined && !tokenRenewed) {
        tokenRenewed = true;
        await forgetAuthorization(state, state.key, answer.sent);
        continue;
      }
      const result = operation.parse(answer.response);
      if (result !== undefined) return result;
      error = refusedOperation(state, name, answer.response);
    } catch (cause) {
      if (!isLumiverseError(cause)) throw cause;
      error = cause;
    }
    const wait = error.retryAfterMs ?? 250 * 2 ** attempt;
    if (!error.retryable || attempt >= attempts || lifetime.ended !== undefined || clock() + wait > running.deadline) throw error;
    await pause(wait, lifetime);
  }
}

async function pause(ms: number, lifetime: RequestLifetime): Promise<void> {
  let stopTimer = (): void => {};
  const wait = new Promise<void>((resolve) => {
    stopTimer = startTimer(ms, resolve);
  });
  await lifetime.until(wait).finally(stopTimer);
}

async function ask<T>(running: RunningOperation, operation: Operation<T>, page: Page | undefined): Promise<Answer> {
  const { state, name, context, route, lifetime, ms, redactor } = running;
  const request = operation.request(page === undefined ? context : { ...context, page });
  if (operation.origin === "vendor" && !state.isVendorOrigin)
    throw unsupportedOperation(
      state,
      `answers ${name} at ${request.url.host}; it is not asked, because the key belongs to ${state.base?.host ?? "another host"}`,
    );
  const headers = await lifetime.until(Promise.resolve(headersFor(state, route, request, undefined)));
  for (const [header, value] of Object.entries(headers)) for (const secret of headerSecrets(header, value)) redactor.addSecret(secret);
  const httpCall: HttpCall = {
    fetch: state.fetch,
    request,
    headers,
    body: request.body === undefined ? undefined : JSON.stringify(request.body),
    timeouts: { response: ms, firstEvent: ms, idle: ms },
    limits: state.limits,
    redact: redactor.redact,
  };
  const response = await send(httpCall, lifetime);
  // Secrets are removed before a provider quotes the answer in a verdict or an error.
  const received = await readText(response, httpCall, lifetime, state.limits.body);
  const json = redactJson(parseJson(received), redactor.redact);
  return {
    response: {
      status: response.status,
      headers: response.headers,
      // Most operations read the JSON alone.
      get text() {
        return redactor.redact(received);
      },
      url: request.url.href,
      context,
      ...definedFields({ json }),
    },
    sent: headers,
  };
}

interface Answer {
  response: OperationResponse & { context: OperationContext };
  /** The headers of the request. */
  sent: Readonly<Record<string, string>>;
}

function refusedOperation(state: ConnectionState, name: string, { status, headers, text, json }: OperationResponse): LumiverseError {
  const failed = status >= 400;
  const code = failed ? statusCode(status) : "malformed-response";
  const wait = failed ? retryAfterMs(headers, Date.now()) : undefined;
  return new LumiverseError({
    code,
    status,
    ...definedFields({ retryAfterMs: wait }),
    message: `${name}: HTTP ${status} ${errorMessage(json) ?? text.trim().slice(0, EXCERPT)}`.trim(),
    ...(code === "authentication" && state.key === undefined ? { hint: `No key was sent. ${keyHint(state)}` } : {}),
  });
}
