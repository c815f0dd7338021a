/** One call: prepared, sent, read, and tried again while nothing of an answer has arrived; one budget of attempts and time over all of it. */
import { authorization, dropAuthorization } from "./authorize.ts";
import { pathHint } from "./base-url.ts";
import type { Attempt, ChatEvent, ChatRequest, ChatResponse, Note, RateLimit } from "./chat.ts";
import { isSecretHeader, type State } from "./connect.ts";
import { isLumiverseError, LumiverseError } from "./errors.ts";
import { Fold } from "./fold.ts";
import { readOutput } from "./output.ts";
import { type Prepared, prepare, prepareCall } from "./prepare.ts";
import type { WireRequest } from "./provider.ts";
import { rateLimitOf, requestIdOf } from "./rate-limit.ts";
import { maskKeys } from "./secrets.ts";
import { Line, networkError, Pump, readFailure, type Sending, send, timedOut } from "./transport.ts";
import { retryAfterMs } from "./wire.ts";

const FIVE_MINUTES = 300_000;
/** Waits that a vendor asks for are obeyed up to here; beyond, the error says how long. */
const LONGEST_WAIT = 60_000;
/** Milliseconds for one exchange of a key for a token. */
const TOKEN_MS = 60_000;

export class Exchange {
  readonly queue: ChatEvent[] = [];
  ended = false;
  error: LumiverseError | undefined;
  /** Events are kept for an iterator; off, the fold alone gets them. */
  keeping = false;
  private readonly state: State;
  private readonly request: ChatRequest;
  private readonly streaming: boolean;
  private readonly startedAt: number = Date.now();
  private fold: Fold | undefined;
  private prepared: Prepared | undefined;
  private readonly without: Set<string>;
  private readonly recoveries: Note[] = [];
  private readonly attempts: Attempt[] = [];
  private attemptAt = 0;
  /** A request has left in this attempt. */
  private sent = false;
  /** The first content has been announced. */
  private announced = false;
  private line: Line | undefined;
  private pump: Pump | undefined;
  private response_: Response | undefined;
  private rateLimit: RateLimit | undefined;
  private refreshed = false;
  private leave: (() => void) | undefined;
  private total: ReturnType<typeof setTimeout> | undefined;
  private stopped: LumiverseError | undefined;
  private wake: (() => void) | undefined;
  private running: Promise<void> | undefined;
  private events = 0;

  constructor(state: State, request: ChatRequest, streaming: boolean) {
    this.state = state;
    this.request = request;
    this.streaming = streaming;
    this.without = new Set(state.remembered);
  }

  /** Events may be handed out: something of the answer is there, and nothing will be taken back. */
  get ready(): boolean {
    return this.fold !== undefined && (this.fold.content || this.fold.finished);
  }

  /** One step: opens the call, or reads one packet. Whoever asks while a step runs waits for the same one. */
  step(): Promise<void> {
    this.running ??= this.advance();
    return this.running;
  }

  private async advance(): Promise<void> {
    try {
      if (this.stopped !== undefined) throw this.stopped;
      if (this.pump === undefined) await this.open();
      else {
        const more = await this.pump.advance();
        if (!this.announced && this.ready) {
          this.announced = true;
          this.state.observe({ type: "first-event", ms: Date.now() - this.startedAt });
        }
        if (!more) this.complete();
      }
    } catch (cause) {
      await this.failed(cause);
    } finally {
      this.running = undefined;
    }
  }

  private async open(): Promise<void> {
    const { state, request } = this;
    const timeouts = { ...state.options.timeouts, ...request.timeouts };
    if (this.total === undefined && timeouts.total !== undefined) {
      const ms = timeouts.total;
      this.total = setTimeout(() => this.stop(timedOut("total", ms)), ms);
    }
    this.attemptAt = Date.now();
    const line = new Line(request.signal);
    this.line = line;
    this.prepared ??= await line.until(prepare(state, request, this.streaming, this.without));
    const { checked, route, rendered } = this.prepared;
    this.leave ??= await line.until(state.enter(route.concurrency ?? state.provider.concurrency), (leave) => leave());
    this.attemptAt = Date.now();
    const body = rendered.request.body === undefined ? undefined : JSON.stringify(rendered.request.body);
    const headers = await line.until(headersFor(state, this.prepared, request));
    const sending: Sending = {
      fetch: state.fetch,
      request: rendered.request,
      headers,
      body,
      timeouts: {
        response: timeouts.response ?? FIVE_MINUTES,
        firstEvent: timeouts.firstEvent ?? FIVE_MINUTES,
        idle: timeouts.idle ?? FIVE_MINUTES,
      },
      limits: state.limits,
      scrub: state.scrub,
    };
    state.observe({
      type: "request",
      provider: state.provider.id,
      model: request.model,
      url: this.url,
      streaming: checked.streaming,
      bytes: body?.length ?? 0,
    });
    this.sent = true;
    const response = await send(sending, line);
    this.response_ = response;
    this.rateLimit = rateLimitOf(response.headers, Date.now());
    if (!response.ok) {
      const failure = await readFailure(response, sending, line);
      const error = route.protocol.parseError(failure, checked);
      error.status ??= failure.status;
      error.retryAfterMs ??= retryAfterMs(failure.headers, Date.now());
      if (error.code === "not-found") error.hint ??= pathHint(route.base);
      if (error.code === "authentication" && state.key === undefined) error.hint = `No key was sent. ${keyHint(state)}`;
      throw error;
    }
    const fold = new Fold(checked.origin, this.keeping ? (event) => void this.queue.push(event) : undefined);
    this.fold = fold;
    for (const note of [...this.prepared.notes, ...this.recoveries]) fold.push({ type: "note", note });
    const reader = route.protocol.reader(checked, rendered);
    this.pump = new Pump(
      response,
      reader,
      (event) => {
        this.events++;
        fold.push(event);
      },
      sending,
      line,
      checked.streaming ? route.protocol.framing : "sse",
    );
  }

  private get url(): string {
    return this.state.scrub(this.prepared?.rendered.request.url.href ?? "");
  }

  private get requestId(): string | undefined {
    const id = this.response_ === undefined ? undefined : requestIdOf(this.response_.headers);
    return id === undefined ? undefined : this.state.scrub(id);
  }

  /** What never left is no attempt; a token exchange that failed and may be tried again is one. */
  private record(error?: LumiverseError): Attempt | undefined {
    if (!this.sent && error?.retryable !== true) return undefined;
    const status = this.response_?.status ?? error?.status;
    const requestId = error?.requestId ?? this.requestId;
    const attempt: Attempt = {
      url: this.url,
      ms: Date.now() - this.attemptAt,
      ...(status === undefined ? {} : { status }),
      ...(error === undefined ? {} : { error: error.code, message: error.message }),
      ...(requestId === undefined ? {} : { requestId }),
    };
    this.attempts.push(attempt);
    this.state.observe({ type: "attempt", attempt });
    return attempt;
  }

  private complete(): void {
    if (this.fold?.finished !== true) throw new LumiverseError({ code: "truncated", message: "the answer stopped without its end" });
    this.record();
    this.end();
    const { finishReason: reason, usage } = this.fold.folded();
    this.state.observe({ type: "finish", reason, events: this.events, ms: Date.now() - this.startedAt, usage });
  }

  private end(): void {
    this.ended = true;
    clearTimeout(this.total);
    this.line?.release();
    this.leave?.();
  }

  /** Completes an error with what only this place knows, takes secrets out, and tries again where that can help. */
  private async failed(cause: unknown): Promise<void> {
    const error = this.typed(cause);
    this.pump?.close();
    this.line?.release();
    if (this.pump === undefined) this.line?.controller.abort();
    const attempt = this.record(error);
    const wait = this.stopped === undefined && !this.ready ? await this.again(error) : undefined;
    if (wait === undefined) return this.fail(error);
    if (wait > 0) {
      if (attempt !== undefined) attempt.waitedMs = wait;
      await this.sleep(wait);
    }
    this.sent = false;
    this.pump = undefined;
    this.fold = undefined;
    this.response_ = undefined;
    this.queue.length = 0;
  }

  private typed(cause: unknown): LumiverseError {
    const { scrub, provider } = this.state;
    const error = isLumiverseError(cause)
      ? cause
      : new LumiverseError({
          code: "malformed-response",
          message: `the answer could not be read: ${cause instanceof Error ? cause.message : String(cause)}`,
          cause,
        });
    error.provider ??= provider.id;
    const prefix = `${provider.id}: `;
    const clean = (text: string): string => maskKeys(scrub(text));
    error.message = clean(error.message.startsWith(prefix) ? error.message : prefix + error.message);
    if (error.hint !== undefined) error.hint = clean(error.hint);
    if (error.generation !== undefined) error.generation = scrub(error.generation);
    if (error.vendorCode !== undefined) error.vendorCode = scrub(error.vendorCode);
    if (this.response_ !== undefined) {
      error.status ??= this.response_.status;
      error.requestId = error.requestId === undefined ? this.requestId : scrub(error.requestId);
    }
    return error;
  }

  /** Milliseconds until the next attempt; undefined: there is none. */
  private async again(error: LumiverseError): Promise<number | undefined> {
    const { state } = this;
    const retry = state.options.retry;
    const attempts = retry === false ? 1 : (retry?.attempts ?? 3);
    const deadline = this.startedAt + (retry === false ? 0 : (retry?.budgetMs ?? 120_000));
    if (this.attempts.length >= attempts || Date.now() > deadline || error.code === "aborted") return undefined;
    if (error.status === 401 && this.sent && state.provider.authorize !== undefined && state.key !== undefined && !this.refreshed) {
      this.refreshed = true;
      await dropAuthorization(state.provider, state.key);
      return 0;
    }
    if (await this.recover(error)) return 0;
    if (!error.retryable) return undefined;
    const backoff = Math.min(8000, 500 * 2 ** (this.attempts.length - 1)) * (0.75 + Math.random() * 0.25);
    const wait = error.retryAfterMs ?? backoff;
    if (wait > LONGEST_WAIT) error.hint ??= `The vendor asks to wait ${Math.ceil(wait / 1000)} s`;
    return wait > LONGEST_WAIT || Date.now() + wait > deadline ? undefined : wait;
  }

  /** "Once more without X", where the provider or the output strategy knows an X. */
  private async recover(error: LumiverseError): Promise<boolean> {
    const { state, prepared } = this;
    if (prepared === undefined || state.policy.unsupported === "send") return false;
    const found = state.provider.recover?.(error, prepared.call) ?? stepDown(error, prepared);
    if (found === undefined) return false;
    // Each recovery happens once a call, whether or not the provider marks what it did without.
    const marks = new Set([...found.call.without, `recovered: ${found.note.field ?? found.note.message}`]);
    if ([...marks].every((mark) => this.without.has(mark))) return false;
    try {
      this.prepared = await prepareCall(state, { ...found.call, without: marks });
    } catch {
      // A call that can't be made without X: what the vendor said stands.
      return false;
    }
    for (const mark of marks) this.without.add(mark);
    if (found.remember !== undefined) state.remembered.add(found.remember);
    this.recoveries.push(found.note);
    return true;
  }

  private fail(error: LumiverseError): void {
    error.attempts = this.attempts;
    if (this.fold?.content === true) error.partial = this.assemble();
    this.error = error;
    this.end();
    this.state.observe({ type: "error", code: error.code, message: error.message });
  }

  private async sleep(ms: number): Promise<void> {
    const { signal } = this.request;
    if (signal?.aborted === true || this.stopped !== undefined) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
      signal?.addEventListener("abort", this.wake);
    });
    if (this.wake !== undefined) signal?.removeEventListener("abort", this.wake);
    this.wake = undefined;
  }

  /** From outside: an abort, a loop that was left, the total timeout. */
  stop(reason: LumiverseError): void {
    if (this.ended) return;
    this.stopped ??= reason;
    this.line?.close(reason);
    this.pump?.close();
    this.wake?.();
    if (this.running !== undefined) return;
    const error = this.typed(reason);
    this.record(error);
    this.fail(error);
  }

  async response(): Promise<ChatResponse> {
    while (!this.ended) await this.step();
    if (this.error !== undefined) throw this.error;
    return this.settle();
  }

  private assemble(): ChatResponse {
    const { fold, prepared, response_: response, requestId } = this;
    if (fold === undefined || prepared === undefined) throw new TypeError("nothing has been folded yet");
    const { id, model, rawFinishReason, ...folded } = fold.folded();
    const first = this.pump?.firstByteAt ?? 0;
    return {
      ...folded,
      model: model ?? this.request.model,
      attempts: this.attempts,
      transport: {
        url: this.url,
        status: response?.status ?? 0,
        streamed: prepared.checked.streaming,
        totalMs: Date.now() - this.startedAt,
        ...(first === 0 ? {} : { firstByteMs: first - this.startedAt }),
      },
      ...(id === undefined ? {} : { id }),
      ...(rawFinishReason === undefined ? {} : { rawFinishReason }),
      ...(folded.usage.cost === undefined ? {} : { cost: folded.usage.cost }),
      ...(this.rateLimit === undefined ? {} : { rateLimit: this.rateLimit }),
      ...(requestId === undefined ? {} : { requestId }),
    };
  }

  private async settle(): Promise<ChatResponse> {
    const response = this.assemble();
    const { state } = this;
    if (response.cost === undefined && state.options.cost !== false && state.own && state.provider.catalogue !== undefined) {
      const { costOf } = await import("./cost.ts");
      const cost = costOf(await state.provider.catalogue(await state.settings()), this.request.model, response.usage);
      if (cost !== undefined) response.cost = cost;
    }
    const output = this.prepared?.checked.output;
    if (output !== undefined && response.finishReason === "stop") {
      try {
        response.output = await readOutput(response.text, output);
      } catch (cause) {
        const error = this.typed(
          new LumiverseError({
            code: "malformed-response",
            message: `the answer is not the output asked for: ${cause instanceof Error ? cause.message : String(cause)}`,
            hint: "error.partial.text holds what came",
            retryable: false,
            cause,
          }),
        );
        error.attempts = this.attempts;
        error.partial = response;
        throw error;
      }
    }
    return response;
  }
}

/** Headers of a call: the route's, the wire's, the connection's, the call's, and the key unless the caller brought an own credential. */
export async function headersFor(
  state: State,
  prepared: { route: Pick<Prepared["route"], "headers" | "credential">; rendered: { request: WireRequest } },
  request: Pick<ChatRequest, "headers">,
): Promise<Record<string, string>> {
  const { route, rendered } = prepared;
  const headers: Record<string, string> = rendered.request.body === undefined ? {} : { "content-type": "application/json" };
  let own = false;
  for (const [group, theirs] of [
    [route.headers],
    [rendered.request.headers],
    [state.options.headers, true],
    [request.headers, true],
  ] as const) {
    for (const name of Object.keys(group ?? {})) {
      headers[name.toLowerCase()] = group?.[name] ?? "";
      if (theirs === true && isSecretHeader(name)) {
        own ||= isCredential(state.provider, name);
        state.addSecret(group?.[name]?.replace(/^bearer\s+/i, ""));
      }
    }
  }
  if (own || route.credential === "never") return headers;
  return { ...headers, ...(await credentialHeaders(state)) };
}

/** A header that takes the key's place. Another secret (a gateway's token, a cookie) goes beside the key. */
export function isCredential({ credential }: State["provider"], name: string): boolean {
  return /^authorization$/i.test(name) || (credential.kind === "api-key" && credential.header?.toLowerCase() === name.toLowerCase());
}

async function credentialHeaders(state: State): Promise<Record<string, string>> {
  const { provider, key } = state;
  const { credential } = provider;
  if (key === undefined) {
    if (credential.kind === "none" || !credential.required || !state.own) return {};
    throw new LumiverseError({
      code: "authentication",
      provider: provider.id,
      field: "apiKey",
      message: "no key was given",
      hint: keyHint(state),
    });
  }
  if (credential.kind === "service-account") {
    // The exchange serves all who wait for it, so no single caller's signal ends it.
    const { headers } = await authorization(provider, key, {
      fetch: (input, init) =>
        state.fetch(input, init).catch((cause: unknown) => {
          throw networkError(cause, new URL(input instanceof Request ? input.url : input), state.scrub);
        }),
      now: Date.now,
      signal: AbortSignal.timeout(TOKEN_MS),
    });
    for (const value of Object.values(headers)) state.addSecret(value.replace(/^bearer\s+/i, ""));
    return headers;
  }
  if (credential.kind === "none") return {};
  const header = credential.header ?? "authorization";
  return { [header]: `${credential.prefix ?? (header === "authorization" ? "Bearer " : "")}${key}` };
}

export function keyHint(state: State): string {
  const { credential } = state.provider;
  if (credential.kind === "none") return "Pass what the server wants in headers";
  const where = credential.page === undefined ? "" : ` (get one at ${credential.page})`;
  if (state.provider.base === undefined) return `Pass apiKey, the key of ${state.base?.host ?? "the server"}`;
  return state.own
    ? `Set apiKey, or the environment variable ${credential.env}${where}`
    : `Pass apiKey: the key in ${credential.env} belongs to the vendor and is not sent to ${state.base?.host ?? "another host"}`;
}

/** A host that refuses a schema may take JSON mode, and one that refuses that takes a prompt. */
function stepDown(error: LumiverseError, { call, checked }: Prepared): ReturnType<NonNullable<State["provider"]["recover"]>> {
  const strategy = checked.output?.strategy;
  if (strategy !== "schema" && strategy !== "json") return undefined;
  const capability = strategy === "schema" ? "output.schema" : "output.json";
  const fact = checked.route.takes[capability];
  if ((fact !== undefined && fact !== "unknown") || (error.code !== "invalid-request" && error.code !== "unsupported")) return undefined;
  return {
    call: { ...call, without: new Set([...call.without, capability]) },
    note: {
      kind: "recovered",
      field: "output",
      message: `the host refused ${strategy === "schema" ? "the JSON Schema" : "JSON mode"} (${error.message}); asked again without`,
    },
    remember: capability,
  };
}
