/** Calls that a careless core or caller makes: errors, retries, signals, sockets. */
import { LumiverseError } from "@lumiverse/core";
import { type Fault, faults } from "./faults.ts";
import { CANARY } from "./keys.ts";
import { fetching, type Mutant, opening, type Rule, talking } from "./mutant.ts";
import { again, changedError, clinging, deaf, hungry, leaky, optimist, partless, pessimist, rethrowing, twice } from "./mutant-clients.ts";

const those = (which: (fault: Fault) => boolean): Rule[] => faults.filter(which).map((fault): Rule => `faults: ${fault.id}`);

export const callingMutants: readonly Mutant[] = [
  {
    id: "failure-is-an-answer",
    title: "whatever goes wrong is an answer that stopped",
    rules: those((fault) => fault.right.codes !== undefined),
    break: talking(optimist),
  },
  {
    id: "answer-is-a-failure",
    title: "whatever goes well ends in an error",
    rules: those((fault) => fault.right.codes === undefined),
    break: talking(pessimist),
  },
  {
    id: "untyped-error",
    title: "errors are thrown as plain ones",
    rules: those((fault) => fault.right.codes !== undefined),
    break: talking((talk) => rethrowing(talk, (error) => new Error(String(error)))),
  },
  {
    id: "key-in-error",
    title: "the key is in the error's message",
    rules: those((fault) => fault.id.startsWith("status-")),
    break: talking((talk) =>
      rethrowing(talk, (error) => new LumiverseError({ code: "server", message: `${String(error)} (key ${CANARY})` })),
    ),
  },
  {
    id: "partial-lost",
    title: "what had arrived before an error is thrown away",
    rules: those((fault) => fault.right.partial === true),
    break: talking((talk) => rethrowing(talk, partless)),
  },
  {
    id: "retry-after-content",
    title: "a broken stream is asked for again after its first content",
    rules: ["faults: cut-after-content", "faults: reset-in-mid-stream"],
    break: talking((talk) => ({ ...talk, stream: (request) => twice(talk, request) })),
  },
  {
    id: "retry-everything",
    title: "refusals are tried again",
    rules: ["faults: not-retried"],
    break: talking((talk) => ({ ...talk, stream: (request) => again(talk, request) })),
  },
  {
    id: "abort-ignored",
    title: "the caller's signal is not heard",
    rules: ["faults: abort-before-headers", "faults: abort-in-mid-stream"],
    break: talking((talk) => ({ stream: (request) => talk.stream(deaf(request)), generate: (request) => talk.generate(deaf(request)) })),
  },
  {
    id: "socket-left-open",
    title: "a loop that is left leaves the connection open",
    rules: ["faults: leave-early"],
    break: talking((talk) => ({ ...talk, stream: (request) => leaky(talk.stream(request)) })),
  },
  {
    id: "no-back-pressure",
    title: "the host is read as fast as it sends",
    rules: ["faults: back-pressure"],
    break: talking((talk) => ({ ...talk, stream: (request) => hungry(talk.stream(request)) })),
  },
  {
    id: "redirect-followed",
    title: "redirects are followed to other origins",
    rules: ["faults: redirect-302", "faults: redirect-307", "faults: redirect-308"],
    break: fetching((inner) => (input, init) => inner(input, { ...init, redirect: "follow" })),
  },
  {
    id: "wrong-code",
    title: "every error is called a broken configuration",
    rules: those((fault) => fault.right.codes?.includes("configuration") === false),
    break: talking((talk) => rethrowing(talk, (error) => changedError(error, { code: "configuration" }))),
  },
  {
    id: "retryable-turned-over",
    title: "errors say the opposite of whether they may be tried again",
    rules: those((fault) => fault.right.retryable !== undefined),
    break: talking((talk) =>
      rethrowing(talk, (error) => (error instanceof LumiverseError ? changedError(error, { retryable: !error.retryable }) : error)),
    ),
  },
  {
    id: "wait-lost",
    title: "how long to wait is not told",
    rules: ["faults: retry-too-late"],
    break: talking((talk) => rethrowing(talk, (error) => waitless(error))),
  },
  {
    id: "nothing-retried",
    title: "nothing is tried again",
    rules: those((fault) => (fault.right.requests ?? 1) > 1),
    break: opening((options) => ({ ...options, retry: { attempts: 1 } })),
  },
  {
    id: "socket-held",
    title: "a connection is not closed when its answer is over or given up",
    rules: ["faults: open-after-the-end", "faults: silence-in-mid-stream", "faults: abort-in-mid-stream"],
    break: fetching(clinging),
  },
];

function waitless(error: unknown): unknown {
  if (error instanceof LumiverseError) error.retryAfterMs = undefined;
  return error;
}
