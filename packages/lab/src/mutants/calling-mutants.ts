/** Mutants of the calls themselves: errors, retries, signals, sockets. */

import { CANARY, type Fault, faults } from "@lumiverse/conformance/internals";
import { LumiverseError } from "@lumiverse/core/provider";
import {
  alwaysFails,
  changedError,
  keepOpen,
  neverFails,
  readAhead,
  rethrowing,
  retryAfterContent,
  retryBeforeContent,
  withoutPartial,
  withoutReturn,
  withoutSignal,
} from "./faulty-clients.ts";
import { changingClient, changingFetch, changingOptions, type Mutant, type Rule } from "./mutant.ts";

const faultsWhere = (which: (fault: Fault) => boolean): Rule[] => faults.filter(which).map((fault): Rule => `faults: ${fault.id}`);

/** The mutants of calls. */
export const callingMutants: readonly Mutant[] = [
  {
    id: "failure-is-an-answer",
    title: "every failed call returns an answer",
    rules: faultsWhere((fault) => fault.outcome.codes !== undefined),
    apply: changingClient(neverFails),
  },
  {
    id: "answer-is-a-failure",
    title: "every successful call throws an error",
    // A fault of one protocol has a mutant of its own.
    rules: faultsWhere((fault) => fault.outcome.codes === undefined && fault.protocols === undefined),
    apply: changingClient(alwaysFails),
  },
  {
    id: "untyped-error",
    title: "errors are not typed",
    rules: faultsWhere((fault) => fault.outcome.codes !== undefined),
    apply: changingClient((client) => rethrowing(client, (error) => new Error(String(error)))),
  },
  {
    id: "key-in-error",
    title: "the error's message contains the key",
    rules: faultsWhere((fault) => fault.id.startsWith("status-")),
    apply: changingClient((client) =>
      rethrowing(client, (error) => new LumiverseError({ code: "server", message: `${String(error)} (key ${CANARY})` })),
    ),
  },
  {
    id: "key-in-error-in-capitals",
    title: "the error's message contains the key in capital letters if the host wrote it so",
    rules: ["canary"],
    notApplicable: (_, { credential }) =>
      credential.kind === "service-account"
        ? "its first request exchanges the key for a token, and the refusal of that has words of its own"
        : undefined,
    apply: changingClient((client) =>
      rethrowing(client, (error) =>
        /HTTPS:/.test(String(error)) ? changedError(error, { message: `unknown key ${CANARY.toUpperCase()}` }) : error,
      ),
    ),
  },
  {
    id: "partial-lost",
    title: "errors lose the partial answer",
    rules: faultsWhere((fault) => fault.outcome.partial === true),
    apply: changingClient((client) => rethrowing(client, withoutPartial)),
  },
  {
    id: "retry-after-content",
    title: "a broken stream is retried after its first content",
    rules: ["faults: cut-after-content", "faults: reset-in-mid-stream"],
    apply: changingClient((client) => ({ ...client, stream: (request) => retryAfterContent(client, request) })),
  },
  {
    id: "retry-everything",
    title: "refusals are retried",
    rules: ["faults: not-retried"],
    apply: changingClient((client) => ({ ...client, stream: (request) => retryBeforeContent(client, request) })),
  },
  {
    id: "abort-ignored",
    title: "the caller's signal is ignored",
    rules: ["faults: abort-before-headers", "faults: abort-in-mid-stream"],
    apply: changingClient((client) => ({
      stream: (request) => client.stream(withoutSignal(request)),
      generate: (request) => client.generate(withoutSignal(request)),
    })),
  },
  {
    id: "socket-left-open",
    title: "stopping the iteration leaves the connection open",
    rules: ["faults: leave-early"],
    apply: changingClient((client) => ({ ...client, stream: (request) => withoutReturn(client.stream(request)) })),
  },
  {
    id: "no-back-pressure",
    title: "the answer is read faster than the caller reads it",
    rules: ["faults: back-pressure"],
    apply: changingClient((client) => ({ ...client, stream: (request) => readAhead(client.stream(request)) })),
  },
  {
    id: "redirect-followed",
    title: "redirects are followed to other origins",
    rules: ["faults: redirect-302", "faults: redirect-307", "faults: redirect-308"],
    apply: changingFetch((inner) => (input, init) => inner(input, { ...init, redirect: "follow" })),
  },
  {
    id: "wrong-code",
    title: "every error has the code configuration",
    rules: faultsWhere((fault) => fault.outcome.codes?.includes("configuration") === false),
    apply: changingClient((client) => rethrowing(client, (error) => changedError(error, { code: "configuration" }))),
  },
  {
    id: "retryable-turned-over",
    title: "`retryable` is inverted",
    rules: faultsWhere((fault) => fault.outcome.retryable !== undefined),
    apply: changingClient((client) =>
      rethrowing(client, (error) => (error instanceof LumiverseError ? changedError(error, { retryable: !error.retryable }) : error)),
    ),
  },
  {
    id: "wait-lost",
    title: "`retryAfterMs` is missing",
    rules: ["faults: retry-too-late"],
    apply: changingClient((client) => rethrowing(client, (error) => withoutRetryAfter(error))),
  },
  {
    id: "nothing-retried",
    title: "nothing is retried",
    rules: faultsWhere((fault) => [fault.outcome.requests ?? 1].flat().every((count) => count > 1)),
    apply: changingOptions((options) => ({ ...options, retry: { attempts: 1 } })),
  },
  {
    id: "socket-held",
    title: "a connection stays open after its answer is complete or aborted",
    rules: ["faults: open-after-the-end", "faults: silence-in-mid-stream", "faults: abort-in-mid-stream"],
    apply: changingFetch(keepOpen),
  },
];

function withoutRetryAfter(error: unknown): unknown {
  if (error instanceof LumiverseError) error.retryAfterMs = undefined;
  return error;
}
