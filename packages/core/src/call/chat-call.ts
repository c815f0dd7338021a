/** One call: prepares, sends and reads it, and tries again as long as no part of an answer has arrived. All attempts share one limit of time and number. */

import { LumiverseError } from "../chat/errors.ts";
import type { ChatEvent } from "../chat/event.ts";
import { definedFields, isObject } from "../chat/json.ts";
import type { Note } from "../chat/note.ts";
import type { ChatRequest, Timeouts } from "../chat/request.ts";
import type { Attempt, ChatResponse, RateLimit } from "../chat/response.ts";
import { messageOf } from "../chat/text.ts";
import type { CheckedCall } from "../contract/call.ts";
import type { ReadEvent } from "../contract/reader.ts";
import { BodyReader, type Receiver } from "../http/body-reader.ts";
import { completeError } from "../http/complete-error.ts";
import { rateLimitOf, requestIdOf } from "../http/rate-limit.ts";
import { aborted, RequestLifetime, timedOut } from "../http/request-lifetime.ts";
import { headerSecrets, type Redactor, redactJson, redactNote, SecretSearch, shownURL } from "../http/secrets.ts";
import { type HttpCall, send } from "../http/send.ts";
import { clock, startTimer } from "../http/timer.ts";
import { parseOutput } from "../request/output.ts";
import { type PreparedCall, prepareCall } from "../request/prepare.ts";
import { validateFields } from "../request/validate.ts";
import type { ReleaseSlot } from "./concurrency.ts";
import type { ObservedCall, ObservedEvent } from "./connection.ts";
import { costOnConnection } from "./connection-cost.ts";
import { type ConnectionState, callFor, type Stoppable } from "./connection-state.ts";
import { headersFor } from "./credentials.ts";
import { NO_MARKS } from "./degradations.ts";
import { describeCall, sendInside } from "./observation.ts";
import { readRefusal, toError } from "./read-failure.ts";
import { ResponseBuilder } from "./response-builder.ts";
import { nextAttempt, type RetryState } from "./retry.ts";

const FIVE_MINUTES = 300_000;

export class ChatCall implements Stoppable, Receiver {
  readonly queue: ChatEvent[] = [];
  ended = false;
  error: LumiverseError | undefined;
  /** Who takes what arrives: an iterator over events, one over packets, or only the builder of the response. */
  consumer: "events" | "batches" | "response" = "response";
  readonly #state: ConnectionState;
  readonly #request: ChatRequest;
  readonly #streaming: boolean;
  readonly #retry: RetryState;
  #observedCall: ObservedCall | undefined;
  #builder: ResponseBuilder | undefined;
  /** When the first step began, by `clock()`; 0 before it. */
  #startedAt = 0;
  #attemptAt = 0;
  /** True once the first content was reported to the observer. */
  #observedContent = false;
  #lifetime: RequestLifetime | undefined;
  /** The validation of the structured output, which begins when the answer is complete. */
  #validation: RequestLifetime | undefined;
  #body: BodyReader | undefined;
  #response: Response | undefined;
  #requestId: string | undefined;
  #rateLimit: RateLimit | undefined;
  #releaseSlot: ReleaseSlot | undefined;
  #stopTotalTimer: (() => void) | undefined;
  /** The connection's redactor. If a header of the call has other secrets, a child of it that knows them too. */
  #redactor: Redactor;
  /** The URL without secrets. Computed again for each attempt, because the headers of an attempt can add secrets. */
  #shownURL: string | undefined;
  #secrets: SecretSearch | undefined;
  #stopReason: LumiverseError | undefined;
  #wake: (() => void) | undefined;
  #running: Promise<void> | undefined;
  /** Number of events from the reader. Notes about the request do not count. */
  #events = 0;
  /** Listens to the request's signal. */
  #onSignal: (() => void) | undefined;

  constructor(state: ConnectionState, request: ChatRequest, streaming: boolean) {
    this.#state = state;
    this.#request = request;
    this.#streaming = streaming;
    this.#redactor = state.redactor;
    this.#retry = {
      startedAt: undefined,
      attempts: [],
      degradations: NO_MARKS,
      learned: NO_MARKS,
      recoveries: [],
      prepared: undefined,
      sent: undefined,
      tokenRenewed: false,
    };
  }

  /** True once events may be handed out: a part of the answer has arrived, so no retry will take it back. */
  get ready(): boolean {
    return this.#builder !== undefined && (this.#builder.hasContent || this.#builder.finished);
  }

  /** Opens the call or reads one packet. Callers that arrive while a step runs share it. */
  step(): Promise<void> {
    if (this.#startedAt === 0) this.#start();
    this.#running ??= this.#advance();
    return this.#running;
  }

  async response(): Promise<ChatResponse> {
    await this.#readToEnd();
    if (this.error !== undefined) throw this.error;
    return this.#settle();
  }

  /** Ends the call from outside: an abort, an abandoned iteration, the total timeout, a closed connection. */
  stop(reason: LumiverseError): void {
    this.#validation?.end(reason);
    if (this.ended) return;
    this.#stopReason ??= reason;
    this.#lifetime?.end(reason);
    this.#body?.close();
    this.#wake?.();
    // A running step sees the reason and ends the call itself.
    if (this.#running !== undefined) return;
    if (this.#startedAt === 0) this.#start();
    const error = this.#complete(reason);
    this.#record(error);
    this.#fail(error);
  }

  #start(): void {
    this.#startedAt = clock();
    this.#observe({ type: "start" });
  }

  #observe(event: ObservedEvent): unknown {
    const { observe } = this.#state;
    if (observe === undefined) return undefined;
    this.#observedCall ??= describeCall(this.#state, this.#request, this.#streaming);
    return observe({ call: this.#observedCall, ...event });
  }

  async #advance(): Promise<void> {
    try {
      if (this.#stopReason !== undefined) throw this.#stopReason;
      if (this.#body === undefined) await this.#open();
      else {
        // Awaited here, because each async function on the way would hold its state for as long as the stream is open.
        let packet: Awaited<ReturnType<BodyReader["read"]>>;
        try {
          packet = await this.#body.read();
        } catch (cause) {
          this.#body.breakOff(cause);
        }
        const more = this.#body.take(packet, this.consumer === "events");
        if (!this.#observedContent && this.ready) {
          this.#observedContent = true;
          this.#observe({ type: "first-event", ms: clock() - this.#startedAt, ...this.#rateLimits() });
        }
        if (!more) this.#finish();
      }
    } catch (cause) {
      await this.#recoverOrFail(cause);
    } finally {
      this.#running = undefined;
    }
  }

  async #open(): Promise<void> {
    const state = this.#state;
    const retry = this.#retry;
    if (this.#lifetime === undefined) this.#begin();
    if (this.#stopReason !== undefined) throw this.#stopReason;
    const timeouts = this.#timeouts();
    this.#attemptAt = clock();
    const lifetime = new RequestLifetime();
    this.#lifetime = lifetime;
    retry.prepared ??= await lifetime.until(this.#prepare());
    const { prepared } = retry;
    await this.#takeSlot(lifetime, prepared.route.concurrency ?? state.provider.concurrency);
    if (lifetime.ended !== undefined) throw lifetime.ended;
    this.#attemptAt = clock();
    // The wait for a slot does not use up the budget for retries.
    retry.startedAt ??= this.#attemptAt;
    const pendingHeaders = headersFor(state, prepared.route, prepared.rendered.request, this.#request.headers);
    const headers = pendingHeaders instanceof Promise ? await lifetime.until(pendingHeaders) : pendingHeaders;
    this.#learnSecrets(headers);
    const httpCall = this.#httpCall(prepared, headers, timeouts);
    const wrapper =
      state.observe &&
      this.#observe({
        type: "request",
        provider: state.provider.id,
        model: this.#request.model,
        url: this.#url,
        streaming: prepared.checked.streaming,
        bytes: httpCall.body?.length ?? 0,
      });
    retry.sent = headers;
    const response = await sendInside(wrapper, () => send(httpCall, lifetime));
    // The answer can take minutes, and the text of a long conversation would be kept as long.
    httpCall.body = undefined;
    this.#readHeaders(response);
    if (!response.ok) throw await readRefusal({ response, httpCall, lifetime, prepared, state });
    this.#body = this.#startReading(response, prepared, httpCall, lifetime);
  }

  #httpCall({ rendered: { request } }: PreparedCall, headers: HttpCall["headers"], timeouts: HttpCall["timeouts"]): HttpCall {
    const { fetch, limits } = this.#state;
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    return { fetch, request, headers, body, timeouts, limits, redact: this.#redactor.redact };
  }

  #readHeaders(response: Response): void {
    const { redact } = this.#redactor;
    this.#response = response;
    const requestId = requestIdOf(response.headers);
    this.#requestId = requestId === undefined ? undefined : redact(requestId);
    this.#rateLimit = rateLimitOf(response.headers, Date.now(), redact);
  }

  /** Headers of the call may have secrets that the connection does not know. */
  #learnSecrets(headers: Readonly<Record<string, string>>): void {
    const { redactor } = this.#state;
    for (const name of Object.keys(headers))
      for (const secret of headerSecrets(name, headers[name] ?? "")) {
        if (this.#redactor.knows(secret)) continue;
        if (this.#redactor === redactor) this.#redactor = redactor.child();
        this.#redactor.addSecret(secret);
      }
    this.#shownURL = undefined;
  }

  /** Runs before the first attempt. From then on an abort or a closed connection ends the call, also while nobody reads. */
  #begin(): void {
    const { closed, running } = this.#state;
    validateFields(this.#request);
    if (closed) throw new LumiverseError({ code: "aborted", message: "the connection is closed" });
    running.add(this);
    const { signal } = this.#request;
    if (signal === undefined) return;
    if (signal.aborted) throw aborted(signal.reason);
    this.#onSignal = () => this.stop(aborted(signal.reason));
    signal.addEventListener("abort", this.#onSignal);
  }

  #timeouts(): HttpCall["timeouts"] {
    const limit = (kind: keyof Timeouts): number | undefined => this.#request.timeouts?.[kind] ?? this.#state.options.timeouts?.[kind];
    const total = limit("total");
    if (total !== undefined) this.#stopTotalTimer ??= startTimer(total, () => this.stop(timedOut("total", total)));
    return {
      response: limit("response") ?? FIVE_MINUTES,
      firstEvent: limit("firstEvent") ?? FIVE_MINUTES,
      idle: limit("idle") ?? FIVE_MINUTES,
    };
  }

  async #prepare(): Promise<PreparedCall> {
    const call = await callFor(this.#state, this.#request, { streaming: this.#streaming });
    return prepareCall(this.#state.provider, call, this.#state.liveCapabilities);
  }

  async #takeSlot(lifetime: RequestLifetime, limit: number | undefined): Promise<void> {
    if (this.#releaseSlot !== undefined) return;
    const slot = this.#state.acquireSlot(limit);
    this.#releaseSlot = slot instanceof Promise ? await lifetime.until(slot, (release) => release()) : slot;
  }

  #startReading(response: Response, prepared: PreparedCall, httpCall: HttpCall, lifetime: RequestLifetime): BodyReader {
    const { checked, route, rendered } = prepared;
    const builder = new ResponseBuilder(checked.origin, this.consumer === "response" ? undefined : this.queue);
    this.#builder = builder;
    for (const note of this.#requestNotes()) builder.push({ type: "note", note });
    const reader = route.protocol.reader({ call: checked, rendered });
    return new BodyReader(response, reader, this, httpCall, lifetime);
  }

  /** Receives an event of the running attempt from its `BodyReader`. */
  receive(event: ReadEvent): void {
    this.#events++;
    this.#builder?.push(this.#cleanEvent(event));
  }

  /** Nobody asks for the rest of the answer. It is read in the background, because the call would keep a slot, a socket and the process for ever. */
  abandon(): void {
    void this.#readToEnd();
  }

  /** Removes secrets. Whatever is not the model's own text can quote what was sent to the host. */
  #cleanEvent(event: ReadEvent): ReadEvent {
    const { redact } = this.#redactor;
    switch (event.type) {
      case "note":
        return { ...event, note: redactNote(event.note, redact) };
      case "finish":
        return event.raw === undefined ? event : { ...event, raw: redact(event.raw) };
      case "vendor-fields": {
        const fields = this.#withoutSecrets(event.fields);
        return fields === event.fields ? event : { ...event, fields };
      }
      case "part-start":
        return event.kind === "tool-call" ? { ...event, id: this.#withoutSecrets(event.id) } : event;
      case "part": {
        const { part } = event;
        // The addresses of sources and of stored media come from the host.
        if (part.type === "source") return { ...event, part: this.#withoutSecrets(part) };
        return "url" in part && part.url !== undefined ? { ...event, part: { ...part, url: this.#withoutSecrets(part.url) } } : event;
      }
      case "start":
        return { ...event, id: event.id && redact(event.id), model: event.model && redact(event.model) };
      case "details": {
        // Log-probabilities are the model's text, arrive with every delta, and are long.
        const { logprobs, images, ...others } = event.details;
        const cleanImages = images === undefined ? {} : { images: this.#withoutSecrets(images) };
        const clean = redactJson(others, redact);
        if (!isObject(clean)) return event;
        return { ...event, details: { ...event.details, ...clean, ...cleanImages } };
      }
      default:
        return event;
    }
  }

  /** The value with secrets removed. Its shape stays the same. */
  #withoutSecrets<T>(value: T): T {
    this.#secrets ??= new SecretSearch(this.#redactor.redactKnown);
    return this.#secrets.clean(value) as T; // only its texts differ
  }

  async #readToEnd(): Promise<void> {
    while (!this.ended) await this.step();
  }

  #requestNotes(): readonly Note[] {
    return [...(this.#retry.prepared?.notes ?? []), ...this.#retry.recoveries];
  }

  #finish(): void {
    if (this.#builder?.finished !== true)
      throw new LumiverseError({ code: "truncated", message: "the stream ended before the answer was complete" });
    this.#record();
    this.#end();
    const { learned, prepared } = this.#retry;
    if (learned.size > 0 && prepared !== undefined) this.#state.knownDegradations.add(this.#request.model, prepared.route, learned);
    if (this.#state.observe === undefined) return;
    const { finishReason: reason, usage, model = this.#request.model, id } = this.#builder.build();
    this.#observe({
      type: "finish",
      reason,
      events: this.#events,
      ms: clock() - this.#startedAt,
      usage,
      model,
      ...definedFields({ id }),
      response: () => this.#assemble(),
    });
  }

  #end(): void {
    this.ended = true;
    this.#stopTotalTimer?.();
    this.#lifetime?.deadline.clear();
    this.#releaseSlot?.();
    this.#releaseSlot = undefined;
    this.#state.running.delete(this);
    if (this.#onSignal !== undefined) this.#request.signal?.removeEventListener("abort", this.#onSignal);
  }

  async #recoverOrFail(cause: unknown): Promise<void> {
    this.#body?.close();
    this.#lifetime?.deadline.clear();
    if (this.#body === undefined) this.#lifetime?.controller.abort();
    const error = this.#complete(
      toError(cause, {
        request: this.#request,
        prepared: this.#retry.prepared,
        redact: this.#redactor.redact,
        answered: this.#response !== undefined,
      }),
    );
    const attempt = this.#record(error);
    const wait = await this.#waitBeforeRetry(error);
    if (wait === undefined) return this.#fail(this.#stopReason === undefined ? error : this.#complete(this.#stopReason));
    if (wait > 0) {
      if (attempt !== undefined) attempt.waitedMs = wait;
      await this.#sleep(wait);
    }
    this.#retry.sent = undefined;
    this.#body = undefined;
    this.#builder = undefined;
    this.#response = undefined;
    this.#requestId = undefined;
    // The next attempt may have another token.
    this.#secrets = undefined;
    this.queue.length = 0;
  }

  /** Milliseconds until the next attempt. Undefined: there is none. A call that is stopped does not wait for a new token or a recovery. */
  async #waitBeforeRetry(error: LumiverseError): Promise<number | undefined> {
    if (this.#stopReason !== undefined || this.ready) return undefined;
    const stopped = new Promise<undefined>((resolve) => {
      this.#wake = () => resolve(undefined);
    });
    try {
      return await Promise.race([nextAttempt(error, this.#retry, this.#state), stopped]);
    } catch {
      // A provider whose recovery throws has none.
      return undefined;
    } finally {
      this.#wake = undefined;
    }
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
    const { code, message, status } = error;
    this.#observe({
      type: "error",
      code,
      message,
      ms: clock() - this.#startedAt,
      ...definedFields({ status }),
      ...this.#rateLimits(),
      partial: () => error.partial,
    });
  }

  #rateLimits(): { rateLimit?: RateLimit } {
    return this.#rateLimit === undefined ? {} : { rateLimit: this.#rateLimit };
  }

  /** Adds an attempt. A request that was never sent is not one, but a failed token exchange that can be tried again is. */
  #record(error?: LumiverseError): Attempt | undefined {
    if (this.#retry.sent === undefined && error?.retryable !== true) return undefined;
    const status = this.#response?.status ?? error?.status;
    const requestId = error?.requestId ?? this.#requestId;
    const attempt: Attempt = {
      url: this.#url,
      ms: clock() - this.#attemptAt,
      ...definedFields({ status }),
      ...(error === undefined ? {} : { error: error.code, message: error.message }),
      ...definedFields({ requestId }),
    };
    this.#retry.attempts.push(attempt);
    this.#observe({ type: "attempt", attempt });
    return attempt;
  }

  /** Adds provider, status and request id to an error and removes secrets from it. */
  #complete(error: LumiverseError): LumiverseError {
    if (this.#response !== undefined) {
      error.status ??= this.#response.status;
      error.requestId ??= this.#requestId;
    }
    return completeError(error, this.#state.provider.id, this.#redactor.redact);
  }

  async #sleep(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const stopTimer = startTimer(ms, resolve);
      this.#wake = () => {
        stopTimer();
        resolve();
      };
    });
    this.#wake = undefined;
  }

  get #url(): string {
    const url = this.#retry.prepared?.rendered.request.url;
    if (url === undefined) return "";
    this.#shownURL ??= shownURL(url, this.#redactor.redact);
    return this.#shownURL;
  }

  #assemble(): ChatResponse {
    const { prepared, attempts } = this.#retry;
    const startedAt = this.#startedAt;
    if (this.#builder === undefined || prepared === undefined) throw new TypeError("no response was started");
    const { id, model, rawFinishReason, vendorFields, ...built } = this.#builder.build();
    const firstByteAt = this.#body?.firstByteAt ?? 0;
    return {
      ...built,
      model: model ?? this.#request.model,
      attempts,
      transport: {
        url: this.#url,
        status: this.#response?.status ?? 0,
        streamed: prepared.checked.streaming,
        totalMs: clock() - startedAt,
        ...(firstByteAt === 0 ? {} : { firstByteMs: firstByteAt - startedAt }),
      },
      ...definedFields({ id, rawFinishReason, vendorFields, cost: built.usage.cost }),
      ...this.#rateLimits(),
      ...definedFields({ requestId: this.#requestId }),
    };
  }

  async #settle(): Promise<ChatResponse> {
    const response = this.#assemble();
    const { prepared } = this.#retry;
    // A cost that is computed from a preliminary count would look exact.
    if (prepared !== undefined && response.cost === undefined && response.usage.completeness === "exact")
      await this.#addCost(response, prepared);
    if (prepared?.checked.output !== undefined) await this.#addOutput(response, prepared.checked);
    return response;
  }

  async #addCost(response: ChatResponse, prepared: PreparedCall): Promise<void> {
    try {
      const cost = await costOnConnection(this.#state, prepared, response, this.#retry.sent);
      if (cost !== undefined) response.cost = cost;
    } catch (cause) {
      // A missing price list must not fail the call.
      const message = this.#redactor.redact(`The prices could not be loaded: ${messageOf(cause)}`);
      response.notes = [...response.notes, { kind: "warning", field: "cost", message }];
    }
  }

  async #addOutput(response: ChatResponse, { output, request }: CheckedCall): Promise<void> {
    // The client of a gateway parses the text itself, so it also gets a text that does not match.
    if (output === undefined || response.finishReason !== "stop" || this.#request.spelling !== undefined) return;
    // A validator may take any time, so an abort ends it. An earlier abort changes nothing, because the answer is complete.
    const { signal } = this.#request;
    const lifetime = new RequestLifetime();
    this.#validation = lifetime;
    const onAbort = (): void => lifetime.end(aborted(signal?.reason));
    signal?.addEventListener("abort", onAbort);
    try {
      response.output = await lifetime.until(parseOutput(response.text, output, request.prefill));
    } catch (cause) {
      const error =
        lifetime.ended ??
        new LumiverseError({
          code: "malformed-response",
          message: `the answer does not match the requested output: ${messageOf(cause)}`,
          hint: "error.partial.text holds the answer",
          retryable: false,
          cause,
        });
      throw this.#complete(Object.assign(error, { attempts: this.#retry.attempts, notes: response.notes, partial: response }));
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
  }
}
