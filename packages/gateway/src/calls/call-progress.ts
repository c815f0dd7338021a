import type { Profile } from "@lumiverse/connections";
import type { ChatRequest, Observation } from "@lumiverse/core";
import type { CallAttempt } from "../ledger/call.ts";

/** What the observers of connections report about one call of the gateway while it runs. */
export interface CallProgress {
  /** Requests that have ended. */
  attempts: CallAttempt[];
  /** Whether a request to a vendor runs now. */
  running?: boolean;
  /** Milliseconds since 1970 of the first content. */
  firstContentAt?: number;
  /** The rate limits that the vendor's headers reported last, by their names. */
  rateLimits?: Readonly<Record<string, string>>;
  /** What was asked last. */
  asked?: { profile: Profile; model: string };
}

/** Finds the progress of a call by its messages: fallback lists copy a request for each target, and pass its messages on. */
export class ProgressByMessages {
  readonly #progress = new WeakMap<ChatRequest["messages"], CallProgress>();

  add(messages: ChatRequest["messages"], progress: CallProgress): void {
    this.#progress.set(messages, progress);
  }

  /** Other messages of the same call. */
  follow(from: ChatRequest["messages"], to: ChatRequest["messages"]): void {
    const progress = this.#progress.get(from);
    if (progress !== undefined) this.#progress.set(to, progress);
  }

  observe(profile: Profile, observation: Observation, now: number): void {
    const { call } = observation;
    const progress = this.#progress.get(call.request().messages);
    if (progress === undefined) return;
    switch (observation.type) {
      case "start":
        progress.asked = { profile, model: call.model };
        delete progress.rateLimits;
        break;
      case "request":
        progress.running = true;
        break;
      case "attempt": {
        progress.running = false;
        const { status, error, ms } = observation.attempt;
        progress.attempts.push({
          connection: profile.name,
          model: call.model,
          ...(status === undefined ? {} : { status }),
          ...(error === undefined ? {} : { error }),
          ms,
        });
        break;
      }
      case "first-event":
        progress.firstContentAt ??= now;
        if (observation.rateLimit !== undefined) progress.rateLimits = observation.rateLimit.raw;
        break;
      case "error":
        if (observation.rateLimit !== undefined) progress.rateLimits = observation.rateLimit.raw;
        break;
      case "finish":
        break;
      default:
        observation satisfies never;
    }
  }
}
