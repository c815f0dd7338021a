/** One call: prepared, sent, read, and tried again while nothing of an answer has arrived; one budget of attempts and time over all of it. */
import type { Attempt, ChatEvent, ChatRequest, ChatResponse, RateLimit } from "./chat.ts";
import type { State } from "./connect.ts";
import { type Door, door } from "./door.ts";
import { isLumiverseError, LumiverseError } from "./errors.ts";
import type { Trial } from "./failure.ts";
import { Fold } from "./fold.ts";
import { headersFor } from "./headers.ts";
import { outputDoor, prepare } from "./prepare.ts";
import { rateLimitOf, requestIdOf } from "./rate-limit.ts";
import { maskKeys } from "./secrets.ts";
import { Line, Pump, type Sending, send, timedOut } from "./transport.ts";

const FIVE_MINUTES = 300_000;

const costDoor: Door<typeof import("./cost.ts")> = door(() => import("./cost.ts"));
/** A page that went offline can't load it: then the error stands as it is. */
const loadFailure = (): Promise<typeof import("./failure.ts") | undefined> => import("./failure.ts").catch(() => undefined);

export class Exchange {
  readonly queue: ChatEvent[] = [];
  ended = false;
  error: LumiverseError | undefined;
  /** Events are kept for an iterator; off, the fold alone gets them. */
  keeping = false;
  readonly #state: State;
  readonly #request: ChatRequest;
  readonly #streaming: boolean;
  readonly #trial: Trial;
  #fold: Fold | undefined;
  #attemptAt = 0;
  /** The first content has been announced. */
  #announced = false;
  #line: Line | undefined;
  #pump: Pump | undefined;
  #response: Response | undefined;
  #requestId: string | undefined;
  #rateLimit: RateLimit | undefined;
  #leave: (() => void) | undefined;
  #total: ReturnType<typeof setTimeout> | undefined;
  #stopped: LumiverseError | undefined;
  #wake: (() => void) | undefined;
  #running: Promise<void> | undefined;
  /** Of the reader; notes of the request are none. */
  #events = 0;

  constructor(state: State, request: ChatRequest, streaming: boolean) {
    this.#state = state;
    this.#request = request;
    this.#streaming = streaming;
    this.#trial = {
      startedAt: Date.now(),
      attempts: [],
      without: new Set(state.remembered),
      recoveries: [],
      prepared: undefined,
      sent: false,
      refreshed: false,
    };
  }

  /** Events may be handed out: something of the answer is there, and nothing will be taken back. */
  get ready(): boolean {
    return this.#fold !== undefined && (this.#fold.content || this.#fold.finished);
  }

  /** One step: opens the call, or reads one packet. Whoever asks while a step runs waits for the same one. */
  step(): Promise<void> {
    this.#running ??= this.#advance();
    return this.#running;
  }

  async #advance(): Promise<void> {
    try {
      if (this.#stopped !== undefined) throw this.#stopped;
      if (this.#pump === undefined) await this.#open();
      else {
        const more = await this.#pump.advance();
        if (!this.#announced && this.ready) {
          this.#announced = true;
          this.#state.observe({ type: "first-event", ms: Date.now() - this.#trial.startedAt });
        }
        if (!more) this.#complete();
      }
    } catch (cause) {
      await this.#failed(cause);
    } finally {
      this.#running = undefined;
    }
  }

  async #open(): Promise<void> {
    const state = this.#state;
    const request = this.#request;
    const trial = this.#trial;
    const timeouts = { ...state.options.timeouts, ...request.timeouts };
    if (this.#total === undefined && timeouts.total !== undefined) {
      const ms = timeouts.total;
      this.#total = setTimeout(() => this.stop(timedOut("total", ms)), ms);
    }
    this.#attemptAt = Date.now();
    const line = new Line(request.signal);
    this.#line = line;
    trial.prepared ??= await line.until(prepare(state, request, this.#streaming, trial.without));
    const { checked, route, rendered, notes } = trial.prepared;
    if (this.#leave === undefined) {
      const place = state.enter(route.concurrency ?? state.provider.concurrency);
      this.#leave = place instanceof Promise ? await line.until(place, (leave) => leave()) : place;
    }
    if (line.closed !== undefined) throw line.closed;
    this.#attemptAt = Date.now();
    const body = rendered.request.body === undefined ? undefined : JSON.stringify(rendered.request.body);
    const given = headersFor(state, trial.prepared, request);
    const headers = given instanceof Promise ? await line.until(given) : given;
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
      url: this.#url,
      streaming: checked.streaming,
      bytes: body?.length ?? 0,
    });
    trial.sent = true;
    const response = await send(sending, line);
    this.#response = response;
    const id = requestIdOf(response.headers);
    this.#requestId = id === undefined ? undefined : state.scrub(id);
    this.#rateLimit = rateLimitOf(response.headers, Date.now());
    if (!response.ok) throw await (await import("./failure.ts")).refused(response, sending, line, trial.prepared, state);
    const fold = new Fold(checked.origin, this.keeping ? this.queue : undefined);
    this.#fold = fold;
    for (const note of [...notes, ...trial.recoveries]) fold.push({ type: "note", note });
    const reader = route.protocol.reader(checked, rendered);
    this.#pump = new Pump(
      response,
      reader,
      (event) => {
        this.#events++;
        fold.push(event);
      },
      sending,
      line,
      checked.streaming ? route.protocol.framing : "sse",
    );
  }

  get #url(): string {
    return this.#state.scrub(this.#trial.prepared?.rendered.request.url.href ?? "");
  }

  /** What never left is no attempt; a token exchange that failed and may be tried again is one. */
  #record(error?: LumiverseError): Attempt | undefined {
    if (!this.#trial.sent && error?.retryable !== true) return undefined;
    const status = this.#response?.status ?? error?.status;
    const requestId = error?.requestId ?? this.#requestId;
    const attempt: Attempt = {
      url: this.#url,
      ms: Date.now() - this.#attemptAt,
      ...(status === undefined ? {} : { status }),
      ...(error === undefined ? {} : { error: error.code, message: error.message }),
      ...(requestId === undefined ? {} : { requestId }),
    };
    this.#trial.attempts.push(attempt);
    this.#state.observe({ type: "attempt", attempt });
    return attempt;
  }

  #complete(): void {
    if (this.#fold?.finished !== true) throw new LumiverseError({ code: "truncated", message: "the answer stopped without its end" });
    this.#record();
    this.#end();
    const { finishReason: reason, usage } = this.#fold.folded();
    this.#state.observe({ type: "finish", reason, events: this.#events, ms: Date.now() - this.#trial.startedAt, usage });
  }

  #end(): void {
    this.ended = true;
    clearTimeout(this.#total);
    this.#line?.release();
    this.#leave?.();
  }

  /** Gives the error its meaning, and tries again where that can help. */
  async #failed(cause: unknown): Promise<void> {
    this.#pump?.close();
    this.#line?.release();
    if (this.#pump === undefined) this.#line?.controller.abort();
    const error = this.#clean(isLumiverseError(cause) ? cause : await this.#meaning(cause));
    const attempt = this.#record(error);
    const wait = this.#stopped === undefined && !this.ready ? await this.#again(error) : undefined;
    if (wait === undefined) return this.#fail(error);
    if (wait > 0) {
      if (attempt !== undefined) attempt.waitedMs = wait;
      await this.#sleep(wait);
    }
    this.#trial.sent = false;
    this.#pump = undefined;
    this.#fold = undefined;
    this.#response = undefined;
    this.#requestId = undefined;
    this.queue.length = 0;
  }

  async #meaning(cause: unknown): Promise<LumiverseError> {
    const failure = await loadFailure();
    if (failure !== undefined) return failure.meaning(cause, this.#trial.prepared, this.#state);
    return new LumiverseError({ code: "network", message: cause instanceof Error ? cause.message : String(cause) });
  }

  async #again(error: LumiverseError): Promise<number | undefined> {
    return (await loadFailure())?.again(error, this.#trial, this.#state);
  }

  /** Completes an error with what only this place knows, and takes secrets out. */
  #clean(error: LumiverseError): LumiverseError {
    const { scrub, provider } = this.#state;
    error.provider ??= provider.id;
    const prefix = `${provider.id}: `;
    const clean = (text: string): string => maskKeys(scrub(text));
    error.message = clean(error.message.startsWith(prefix) ? error.message : prefix + error.message);
    if (error.hint !== undefined) error.hint = clean(error.hint);
    if (error.generation !== undefined) error.generation = scrub(error.generation);
    if (error.vendorCode !== undefined) error.vendorCode = scrub(error.vendorCode);
    if (this.#response !== undefined) {
      error.status ??= this.#response.status;
      error.requestId = error.requestId === undefined ? this.#requestId : scrub(error.requestId);
    }
    return error;
  }

  #fail(error: LumiverseError): void {
    error.attempts = this.#trial.attempts;
    if (this.#fold?.content === true) error.partial = this.#assemble();
    this.error = error;
    this.#end();
    this.#state.observe({ type: "error", code: error.code, message: error.message });
  }

  async #sleep(ms: number): Promise<void> {
    const { signal } = this.#request;
    if (signal?.aborted === true || this.#stopped !== undefined) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
      signal?.addEventListener("abort", this.#wake);
    });
    if (this.#wake !== undefined) signal?.removeEventListener("abort", this.#wake);
    this.#wake = undefined;
  }

  /** From outside: an abort, a loop that was left, the total timeout. */
  stop(reason: LumiverseError): void {
    if (this.ended) return;
    this.#stopped ??= reason;
    this.#line?.close(reason);
    this.#pump?.close();
    this.#wake?.();
    if (this.#running !== undefined) return;
    const error = this.#clean(reason);
    this.#record(error);
    this.#fail(error);
  }

  async response(): Promise<ChatResponse> {
    while (!this.ended) await this.step();
    if (this.error !== undefined) throw this.error;
    return this.#settle();
  }

  #assemble(): ChatResponse {
    const { prepared, attempts, startedAt } = this.#trial;
    const response = this.#response;
    const requestId = this.#requestId;
    if (this.#fold === undefined || prepared === undefined) throw new TypeError("nothing has been folded yet");
    const { id, model, rawFinishReason, ...folded } = this.#fold.folded();
    const first = this.#pump?.firstByteAt ?? 0;
    return {
      ...folded,
      model: model ?? this.#request.model,
      attempts,
      transport: {
        url: this.#url,
        status: response?.status ?? 0,
        streamed: prepared.checked.streaming,
        totalMs: Date.now() - startedAt,
        ...(first === 0 ? {} : { firstByteMs: first - startedAt }),
      },
      ...(id === undefined ? {} : { id }),
      ...(rawFinishReason === undefined ? {} : { rawFinishReason }),
      ...(folded.usage.cost === undefined ? {} : { cost: folded.usage.cost }),
      ...(this.#rateLimit === undefined ? {} : { rateLimit: this.#rateLimit }),
      ...(requestId === undefined ? {} : { requestId }),
    };
  }

  async #settle(): Promise<ChatResponse> {
    const response = this.#assemble();
    const state = this.#state;
    if (response.cost === undefined && state.options.cost !== false && state.own && state.provider.catalogue !== undefined) {
      try {
        const { costOf } = await costDoor.enter();
        const cost = costOf(await state.catalogue(), this.#request.model, response.usage);
        if (cost !== undefined) response.cost = cost;
      } catch (cause) {
        // The answer is here: prices that can't be loaded (a page gone offline) must not cost it.
        const message = `the prices could not be loaded: ${String(cause)}`;
        response.notes = [...response.notes, { kind: "warning", field: "cost", message }];
      }
    }
    const output = this.#trial.prepared?.checked.output;
    if (output !== undefined && response.finishReason === "stop") {
      const { readOutput } = await outputDoor.enter();
      try {
        response.output = await readOutput(response.text, output);
      } catch (cause) {
        const error = this.#clean(
          new LumiverseError({
            code: "malformed-response",
            message: `the answer is not the output asked for: ${cause instanceof Error ? cause.message : String(cause)}`,
            hint: "error.partial.text holds what came",
            retryable: false,
            cause,
          }),
        );
        error.attempts = this.#trial.attempts;
        error.partial = response;
        throw error;
      }
    }
    return response;
  }
}
