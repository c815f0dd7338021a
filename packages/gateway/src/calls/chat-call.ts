import { type ChatRequest, type ChatResponse, type ChatStream, isLumiverseError, LumiverseError, type Usage } from "@lumiverse/core";
import type { Charge } from "../keys/counters.ts";
import type { VirtualKey } from "../keys/key.ts";
import { toNano } from "../keys/money.ts";
import type { Call, CallCost } from "../ledger/call.ts";
import type { CallEnd } from "../ledger/call-row.ts";
import { type Route, targetId } from "../routing/target.ts";
import { estimateTokens } from "../tokens/estimate.ts";
import { highestCost, type ModelPricing, totalTokens } from "../tokens/price.ts";
import { tokensOfText } from "../tokens/text.ts";
import type { CallProgress } from "./call-progress.ts";
import { hideTargets, namesTarget } from "./hide-targets.ts";

/** What a call needs to run and to be recorded. */
export interface ChatCallParts {
  id: string;
  startedAt: number;
  route: Route;
  request: ChatRequest;
  key: VirtualKey | undefined;
  progress: CallProgress;
  /** By the ids of targets. */
  pricing: ReadonlyMap<string, ModelPricing>;
  /** Output limits that the budget of the key set, by the ids of targets. */
  outputLimits: ReadonlyMap<string, number>;
  /** What marks the payloads of the targets of a list, by the ids of targets. Empty for a single target. */
  payloadTags: ReadonlyMap<string, string>;
  /** HTTP requests that the call may send to its only target. Undefined: it has several. */
  attempts: number | undefined;
  controller: AbortController;
  now: () => number;
  recordContent: boolean;
  stream(request: ChatRequest): ChatStream;
  generate(request: ChatRequest): Promise<ChatResponse>;
  /** Called when a vendor failed. */
  failed(error: LumiverseError): void;
  /** Called once, when the call is over. */
  ended(end: CallEnd, used: Charge): void;
}

/** Tokens that a call used at least. */
interface UsedTokens {
  input: number;
  output: number;
}

/** Whether a client may learn the real target: it named it itself, or its key permits it. */
export function showsTarget({ alias }: Route, key: VirtualKey | undefined): boolean {
  return key === undefined || key.seesTargets || alias === undefined;
}

/** One accepted call of a client. However it ends, its end is recorded once. */
export class ChatCall {
  readonly #parts: ChatCallParts;
  #over = false;
  #clientLeft = false;

  constructor(parts: ChatCallParts) {
    this.#parts = parts;
  }

  get id(): string {
    return this.#parts.id;
  }

  /** Whether the client may learn the real target. */
  get showsTarget(): boolean {
    return showsTarget(this.#parts.route, this.#parts.key);
  }

  /** The model as the client named it. */
  get requestedModel(): string {
    return this.#parts.route.requested;
  }

  /** Whether the client named an alias, or the model in another way than the vendor that was asked last. */
  get renamesModel(): boolean {
    return this.#parts.route.alias !== undefined || this.#parts.progress.asked?.model !== this.requestedModel;
  }

  /** Whether the client may see a text of the call. */
  shows(text: string): boolean {
    return this.showsTarget || !namesTarget(text, this.#parts.route);
  }

  /** What is known now, for the headers of the answer. */
  get progress(): Readonly<CallProgress> {
    return this.#parts.progress;
  }

  /** The output limit that the budget of the key set, at the target that was asked last. */
  get outputLimit(): number | undefined {
    const { asked } = this.#parts.progress;
    return asked === undefined ? undefined : this.#parts.outputLimits.get(targetId(asked));
  }

  /** What marks the payloads of the target that was asked last. Undefined where the client named a single target. */
  get payloadTag(): string | undefined {
    const { payloadTags, progress } = this.#parts;
    return payloadTags.size === 0 || progress.asked === undefined ? undefined : payloadTags.get(targetId(progress.asked));
  }

  /** Whether the only target can be asked again, after a wait that is left to the client. */
  get canAskAgain(): boolean {
    const { attempts, progress } = this.#parts;
    return attempts !== undefined && progress.attempts.length < attempts;
  }

  /** An estimate of the prompt's tokens at the target that was asked last. */
  estimateInput(): number {
    const { asked } = this.#parts.progress;
    return estimateTokens(this.#parts.request, asked === undefined ? undefined : { model: asked.model, provider: asked.profile.provider });
  }

  stream(): ChatStream {
    return this.#parts.stream(this.#parts.request);
  }

  /**
   * The whole answer as `write` writes it. Its end is recorded: a call whose answer cannot be written failed, and has its usage.
   * @throws LumiverseError as the client may see it
   */
  async generate<T>(write: (response: ChatResponse) => T): Promise<T> {
    let response: ChatResponse | undefined;
    try {
      response = await this.#parts.generate(this.#parts.request);
      const written = write(response);
      this.finish(response);
      return written;
    } catch (cause) {
      const error = this.fail(cause, response);
      // A fault of the gateway itself is reported where it is caught.
      throw response === undefined || isLumiverseError(cause) ? error : cause;
    }
  }

  /** The client went away: the vendor's call is aborted. */
  leave(): void {
    this.#clientLeft = true;
    this.#parts.controller.abort(new LumiverseError({ code: "aborted", message: "the client left" }));
  }

  finish(response: ChatResponse): void {
    const { usage } = response;
    // A vendor that reports no usage bills it all the same. Where it reports no cost and none can be computed, the prices of the tokens are known at least.
    const used = usage.output === undefined || response.cost === undefined ? this.#estimatedUse(response) : { input: 0, output: 0 };
    const cost = response.cost ?? this.#estimatedCost(used);
    this.#end(
      {
        state: "finished",
        usage,
        ...(cost === undefined ? {} : { cost }),
        finishReason: response.finishReason,
        ...this.#content(response),
      },
      used.input + used.output,
    );
  }

  /**
   * Records how the call failed, and returns the error as the client may see it.
   * @param arrived What had arrived, where the error does not have it
   */
  fail(cause: unknown, arrived?: ChatResponse): LumiverseError {
    const error = toError(cause, this.#parts.controller.signal);
    const canceled = this.#clientLeft || error.code === "aborted";
    if (!canceled && !this.#over) this.#parts.failed(error);
    const { partial = arrived } = error;
    const usage = partial?.usage;
    const used = this.#estimatedUse(partial);
    const cost = partial?.cost ?? this.#estimatedCost(used);
    this.#end(
      {
        state: canceled ? "canceled" : "failed",
        ...(usage === undefined ? {} : { usage }),
        ...(cost === undefined ? {} : { cost }),
        error: { code: error.code, message: error.message },
        ...this.#content(partial),
      },
      used.input + used.output,
    );
    return this.showsTarget ? error : hideTargets(error, this.#parts.route);
  }

  /** @param usedTokens What the call has used at least */
  #end(end: Omit<CallEnd, "attempts" | "endedAt">, usedTokens = 0): void {
    if (this.#over) return;
    this.#over = true;
    const { progress, startedAt, now } = this.#parts;
    const { asked, firstContentAt, attempts } = progress;
    const endedAt = now();
    const { usage } = end;
    const tokens = Math.max(usage === undefined ? 0 : totalTokens(usage), usedTokens);
    const { cost } = end;
    this.#parts.ended(
      {
        ...end,
        ...(asked === undefined ? {} : { connection: asked.profile.name, provider: asked.profile.provider, model: asked.model }),
        latencyMs: endedAt - startedAt,
        ...(firstContentAt === undefined ? {} : { firstTokenMs: firstContentAt - startedAt }),
        attempts,
        endedAt,
      },
      { tokens, cost: this.#inCurrencyOfKey(cost) },
    );
  }

  #inCurrencyOfKey(cost: CallCost | undefined): number {
    return cost === undefined || cost.currency !== (this.#parts.key?.limits.currency ?? "USD") ? 0 : toNano(cost.amount);
  }

  /** What a vendor bills where it does not say how much that was: a call that broke off, or an answer without usage. */
  #estimatedUse(partial: ChatResponse | undefined): UsedTokens {
    if (this.#parts.key === undefined) return { input: 0, output: 0 };
    if (partial === undefined) return { input: this.#endedWhileRunning() ? this.estimateInput() : 0, output: 0 };
    const { usage } = partial;
    const input = usage.input === undefined ? this.estimateInput() : promptTokens(usage);
    // A call that ended has the vendor's own count.
    const written = usage.completeness === "exact" ? 0 : Math.ceil(tokensOfText(partial.text) + tokensOfText(partial.reasoning));
    return { input, output: Math.max(usage.output ?? 0, written) };
  }

  /** Whether the call was aborted while a vendor worked on it. */
  #endedWhileRunning(): boolean {
    const { attempts, running = false } = this.#parts.progress;
    return running || attempts.at(-1)?.error === "aborted";
  }

  #estimatedCost(used: UsedTokens): CallCost | undefined {
    const { asked } = this.#parts.progress;
    const price = asked === undefined ? undefined : this.#parts.pricing.get(targetId(asked))?.price;
    if (price === undefined || used.input + used.output === 0) return undefined;
    return { amount: highestCost(price, used), currency: price.currency, from: "estimate" };
  }

  #content(response: ChatResponse | undefined): { content?: NonNullable<Call["content"]> } {
    if (!this.#parts.recordContent) return {};
    const { model, messages, tools } = this.#parts.request;
    const request = { model, messages, ...(tools === undefined ? {} : { tools }) };
    return { content: { request, ...(response === undefined ? {} : { response: response.message }) } };
  }
}

function promptTokens({ input = 0, cacheRead = 0, cacheWrite = 0 }: Usage): number {
  return input + cacheRead + cacheWrite;
}

/** A call that was ended from outside fails with the reason that was given, such as a shutdown. */
function toError(cause: unknown, signal: AbortSignal): LumiverseError {
  const error = isLumiverseError(cause)
    ? cause
    : new LumiverseError({ code: "server", message: "the gateway failed", status: 500, retryable: false, cause });
  const reason: unknown = signal.aborted ? signal.reason : undefined;
  if (error.code !== "aborted" || !isLumiverseError(reason) || reason.code === "aborted") return error;
  reason.attempts = error.attempts;
  reason.partial = error.partial;
  return reason;
}
