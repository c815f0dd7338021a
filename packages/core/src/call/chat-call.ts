/** One call: prepared, sent, read, and tried again while no part of an answer has arrived. One budget of attempts and time covers all of it. */
import { costOf } from "../capabilities/cost.ts";
import { LumiverseError } from "../chat/errors.ts";
import type { ChatEvent } from "../chat/event.ts";
import type { Note } from "../chat/note.ts";
import type { ChatRequest, Timeouts } from "../chat/request.ts";
import type { Attempt, ChatResponse, RateLimit } from "../chat/response.ts";
import { BodyReader } from "../http/body-reader.ts";
import { rateLimitOf, requestIdOf } from "../http/rate-limit.ts";
import { RequestLifetime, timedOut } from "../http/request-lifetime.ts";
import { maskKeys } from "../http/secrets.ts";
import { type HttpCall, send } from "../http/send.ts";
import { startTimer } from "../http/timer.ts";
import { parseOutput } from "../request/output.ts";
import { type PreparedCall, prepareCall } from "../request/prepare.ts";
import type { ReleaseSlot } from "./concurrency.ts";
import { type ConnectionState, callFor } from "./connection-state.ts";
import { headersFor } from "./credentials.ts";
import { readRefusal, toError } from "./read-failure.ts";
import { ResponseBuilder } from "./response-builder.ts";
import { nextAttempt, type RetryState } from "./retry.ts";

const FIVE_MINUTES = 300_000;

export class ChatCall {
  readonly queue: ChatEvent[] = [];
  ended = false;
  error: LumiverseError | undefined;
  /** True when an iterator reads the queue. Otherwise only the builder receives events. */
  queueing = false;
  readonly #state: ConnectionState;
  readonly #request: ChatRequest;
  readonly #streaming: boolean;
  readonly #retry: RetryState;
  #builder: ResponseBuilder | undefined;
  #attemptAt = 0;
  /** The first content was reported to the observer. */
  #observedContent = false;
  #lifetime: RequestLifetime | undefined;
  #body: BodyReader | undefined;
  #response: Response | undefined;
  #requestId: string | undefined;
  #rateLimit: RateLimit | undefined;
  #releaseSlot: ReleaseSlot | undefined;
  #stopTotalTimer: (() => void) | undefined;
  #stopReason: LumiverseError | undefined;
  #wake: (() => void) | undefined;
  #running: Promise<void> | undefined;
  /** Events of the reader; notes about the request do not count. */
  #events = 0;
  readonly #abort = (reason: LumiverseError): void => this.stop(reason);

  constructor(state: ConnectionState, request: ChatRequest, streaming: boolean) {
    this.#state = state;
    this.#request = request;
    this.#streaming = streaming;
    this.#retry = {
      startedAt: Date.now(),
      attempts: [],
      degradations: new Set(state.knownDegradations),
      recoveries: [],
      prepared: undefined,
      sent: false,
      tokenRenewed: false,
    };
    if (state.closed) this.#stopReason = new LumiverseError({ code: "aborted", message: "the connection is closed" });
    state.running.add(this.#abort);
  }

  /** True once events may be handed out: a part of the answer has arrived, so no retry will take it back. */
  get ready(): boolean {
    return this.#builder !== undefined && (this.#builder.hasContent || this.#builder.finished);
  }

  /** Opens the call or reads one packet. Callers that arrive while a step runs share it. */
  step(): Promise<void> {
    this.#running ??= this.#advance();
    return this.#running;
  }

  async response(): Promise<ChatResponse> {
    while (!this.ended) await this.step();
    if (this.error !== undefined) throw this.error;
    return this.#settle();
  }

  /** Ends the call from outside: an abort, an abandoned iteration, the total timeout. */
  stop(reason: LumiverseError): void {
    if (this.ended) return;
    this.#stopReason ??= reason;
    this.#lifetime?.end(reason);
    this.#body?.close();
    this.#wake?.();
    // A running step sees the reason and ends the call itself.
    if (this.#running !== undefined) return;
    const error = this.#complete(reason);
    this.#record(error);
    this.#fail(error);
  }

  async #advance(): Promise<void> {
    try {
      if (this.#stopReason !== undefined) throw this.#stopReason;
      if (this.#body === undefined) await this.#open();
      else await this.#read(this.#body);
    } catch (cause) {
      await this.#recoverOrFail(cause);
    } finally {
      this.#running = undefined;
    }
  }

  async #open(): Promise<void> {
    const state = this.#state;
    const retry = this.#retry;
    const timeouts = this.#timeouts();
    this.#attemptAt = Date.now();
    const lifetime = new RequestLifetime(this.#request.signal);
    this.#lifetime = lifetime;
    retry.prepared ??= await lifetime.until(this.#prepare());
    const { prepared } = retry;
    const { checked, route, rendered } = prepared;
    await this.#takeSlot(lifetime, route.concurrency ?? state.provider.concurrency);
    if (lifetime.ended !== undefined) throw lifetime.ended;
    this.#attemptAt = Date.now();
    const body = rendered.request.body === undefined ? undefined : JSON.stringify(rendered.request.body);
    const headers = headersFor(state, route, rendered.request, this.#request.headers);
    const httpCall: HttpCall = {
      fetch: state.fetch,
      request: rendered.request,
      headers: headers instanceof Promise ? await lifetime.until(headers) : headers,
      body,
      timeouts,
      limits: state.limits,
      redact: state.redact,
    };
    state.observe({
      type: "request",
      provider: state.provider.id,
      model: this.#request.model,
      url: this.#url,
      streaming: checked.streaming,
      bytes: body?.length ?? 0,
    });
    retry.sent = true;
    const response = await send(httpCall, lifetime);
    this.#response = response;
    const requestId = requestIdOf(response.headers);
    this.#requestId = requestId === undefined ? undefined : state.redact(requestId);
    this.#rateLimit = rateLimitOf(response.headers, Date.now());
    if (!response.ok) throw await readRefusal(response, httpCall, lifetime, prepared, state);
    this.#body = this.#startReading(response, prepared, httpCall, lifetime);
  }

  #timeouts(): HttpCall["timeouts"] {
    const { total, response, firstEvent, idle }: Timeouts = { ...this.#state.options.timeouts, ...this.#request.timeouts };
    if (total !== undefined) this.#stopTotalTimer ??= startTimer(total, () => this.stop(timedOut("total", total)));
    return { response: response ?? FIVE_MINUTES, firstEvent: firstEvent ?? FIVE_MINUTES, idle: idle ?? FIVE_MINUTES };
  }

  async #prepare(): Promise<PreparedCall> {
    const { degradations } = this.#retry;
    const call = await callFor(this.#state, this.#request, { streaming: this.#streaming, degradations });
    return prepareCall(this.#state.provider, call);
  }

  async #takeSlot(lifetime: RequestLifetime, limit: number | undefined): Promise<void> {
    if (this.#releaseSlot !== undefined) return;
    const slot = this.#state.acquireSlot(limit);
    this.#releaseSlot = slot instanceof Promise ? await lifetime.until(slot, (release) => release()) : slot;
  }

  #startReading(response: Response, prepared: PreparedCall, httpCall: HttpCall, lifetime: RequestLifetime): BodyReader {
    const { checked, route, rendered } = prepared;
    const builder = new ResponseBuilder(checked.origin, this.queueing ? this.queue : undefined);
    this.#builder = builder;
    for (const note of this.#requestNotes()) builder.push({ type: "note", note });
    const reader = route.protocol.reader({ call: checked, rendered });
    return new BodyReader(
      response,
      reader,
      (event) => {
        this.#events++;
        builder.push(event);
      },
      httpCall,
      lifetime,
    );
  }

  #requestNotes(): readonly Note[] {
    return [...(this.#retry.prepared?.notes ?? []), ...this.#retry.recoveries];
  }

  async #read(body: BodyReader): Promise<void> {
    const more = await body.advance();
    if (!this.#observedContent && this.ready) {
      this.#observedContent = true;
      this.#state.observe({ type: "first-event", ms: Date.now() - this.#retry.startedAt });
    }
    if (!more) this.#finish();
  }

  #finish(): void {
    if (this.#builder?.finished !== true)
      throw new LumiverseError({ code: "truncated", message: "the stream ended before the answer was complete" });
    this.#record();
    this.#end();
    const { finishReason: reason, usage } = this.#builder.build();
    this.#state.observe({ type: "finish", reason, events: this.#events, ms: Date.now() - this.#retry.startedAt, usage });
  }

  #end(): void {
    this.ended = true;
    this.#stopTotalTimer?.();
    this.#lifetime?.release();
    this.#releaseSlot?.();
    this.#state.running.delete(this.#abort);
  }

  async #recoverOrFail(cause: unknown): Promise<void> {
    this.#body?.close();
    this.#lifetime?.release();
    if (this.#body === undefined) this.#lifetime?.controller.abort();
    const error = this.#complete(toError(cause, this.#retry.prepared));
    const attempt = this.#record(error);
    const canRetry = this.#stopReason === undefined && !this.ready;
    const wait = canRetry ? await nextAttempt(error, this.#retry, this.#state) : undefined;
    if (wait === undefined) return this.#fail(error);
    if (wait > 0) {
      if (attempt !== undefined) attempt.waitedMs = wait;
      await this.#sleep(wait);
    }
    this.#retry.sent = false;
    this.#body = undefined;
    this.#builder = undefined;
    this.#response = undefined;
    this.#requestId = undefined;
    this.queue.length = 0;
  }

  #fail(error: LumiverseError): void {
    error.attempts = this.#retry.attempts;
    error.notes = this.#requestNotes();
    if (this.#builder?.hasContent === true) {
      error.partial = this.#assemble();
      error.notes = error.partial.notes;
    }
    this.error = error;
    this.#end();
    this.#state.observe({ type: "error", code: error.code, message: error.message });
  }

  /** Adds an attempt. A request that was never sent is not one, but a failed token exchange that can be tried again is. */
  #record(error?: LumiverseError): Attempt | undefined {
    if (!this.#retry.sent && error?.retryable !== true) return undefined;
    const status = this.#response?.status ?? error?.status;
    const requestId = error?.requestId ?? this.#requestId;
    const attempt: Attempt = {
      url: this.#url,
      ms: Date.now() - this.#attemptAt,
      ...(status === undefined ? {} : { status }),
      ...(error === undefined ? {} : { error: error.code, message: error.message }),
      ...(requestId === undefined ? {} : { requestId }),
    };
    this.#retry.attempts.push(attempt);
    this.#state.observe({ type: "attempt", attempt });
    return attempt;
  }

  /** Adds provider, status and request id to an error and removes secrets from it. */
  #complete(error: LumiverseError): LumiverseError {
    const { redact, provider } = this.#state;
    error.provider ??= provider.id;
    const prefix = `${provider.id}: `;
    const clean = (text: string): string => maskKeys(redact(text));
    error.message = clean(error.message.startsWith(prefix) ? error.message : prefix + error.message);
    if (error.hint !== undefined) error.hint = clean(error.hint);
    if (error.generation !== undefined) error.generation = redact(error.generation);
    if (error.vendorCode !== undefined) error.vendorCode = redact(error.vendorCode);
    if (this.#response !== undefined) {
      error.status ??= this.#response.status;
      error.requestId = error.requestId === undefined ? this.#requestId : redact(error.requestId);
    }
    return error;
  }

  async #sleep(ms: number): Promise<void> {
    const { signal } = this.#request;
    if (signal?.aborted === true || this.#stopReason !== undefined) return;
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

  get #url(): string {
    return this.#state.redact(this.#retry.prepared?.rendered.request.url.href ?? "");
  }

  #assemble(): ChatResponse {
    const { prepared, attempts, startedAt } = this.#retry;
    if (this.#builder === undefined || prepared === undefined) throw new TypeError("no response was started");
    const { id, model, rawFinishReason, ...built } = this.#builder.build();
    const firstByteAt = this.#body?.firstByteAt ?? 0;
    return {
      ...built,
      model: model ?? this.#request.model,
      attempts,
      transport: {
        url: this.#url,
        status: this.#response?.status ?? 0,
        streamed: prepared.checked.streaming,
        totalMs: Date.now() - startedAt,
        ...(firstByteAt === 0 ? {} : { firstByteMs: firstByteAt - startedAt }),
      },
      ...(id === undefined ? {} : { id }),
      ...(rawFinishReason === undefined ? {} : { rawFinishReason }),
      ...(built.usage.cost === undefined ? {} : { cost: built.usage.cost }),
      ...(this.#rateLimit === undefined ? {} : { rateLimit: this.#rateLimit }),
      ...(this.#requestId === undefined ? {} : { requestId: this.#requestId }),
    };
  }

  async #settle(): Promise<ChatResponse> {
    const response = this.#assemble();
    await this.#addCost(response);
    await this.#addOutput(response);
    return response;
  }

  async #addCost(response: ChatResponse): Promise<void> {
    const { options, isVendorOrigin, provider, catalogue } = this.#state;
    if (response.cost !== undefined || options.cost === false || !isVendorOrigin || provider.catalogue === undefined) return;
    try {
      const cost = costOf(await catalogue(), this.#request.model, response.usage);
      if (cost !== undefined) response.cost = cost;
    } catch (cause) {
      // A missing price list must not fail the call.
      const message = `The prices could not be loaded: ${String(cause)}`;
      response.notes = [...response.notes, { kind: "warning", field: "cost", message }];
    }
  }

  async #addOutput(response: ChatResponse): Promise<void> {
    const output = this.#retry.prepared?.checked.output;
    if (output === undefined || response.finishReason !== "stop") return;
    try {
      response.output = await parseOutput(response.text, output);
    } catch (cause) {
      throw this.#complete(
        new LumiverseError({
          code: "malformed-response",
          message: `the answer does not match the requested output: ${cause instanceof Error ? cause.message : String(cause)}`,
          hint: "error.partial.text holds the answer",
          retryable: false,
          attempts: this.#retry.attempts,
          notes: response.notes,
          partial: response,
          cause,
        }),
      );
    }
  }
}
