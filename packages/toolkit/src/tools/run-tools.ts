/** The tool loop: asks the model, runs the tools that it calls, and asks again with the results. */
import {
  type ChatEvent,
  type ChatRequest,
  type ChatResponse,
  type Connection,
  type HostedTool,
  isLumiverseError,
  LumiverseError,
  type Message,
  type ToolCallPart,
  type ToolResultPart,
  type Usage,
} from "@lumiverse/core";
import { startTimer } from "@lumiverse/core/provider";
import { optionsOf } from "../shared/errors.ts";
import { createEventStream, type EventStream, until } from "../shared/event-stream.ts";
import { addCost, addUsage, type CostByCurrency, totalTokens } from "../shared/usage.ts";
import type { ApprovalDecision, ApprovalOptions, PendingCall } from "./approval.ts";
import { RepeatedCalls } from "./repeats.ts";
import { type CallOutcome, notStarted, runCalls } from "./run-calls.ts";
import type { RunnableTool } from "./tool.ts";
import { completeParts, openCalls, PartStates, withResults } from "./transcript.ts";

/** The tools of a run, its limits, and the callbacks that change it. */
export interface RunToolsOptions extends ApprovalOptions {
  tools: readonly (RunnableTool | HostedTool)[];
  /** The most model calls. Default 10. */
  maxSteps?: number;
  /** The last of `maxSteps` may not call tools, so that a run always ends with an answer. Default true. */
  answerAtEnd?: boolean;
  /** The most tools that run at once. Default 5. */
  maxParallel?: number;
  /** Milliseconds for one tool. Default: no limit. */
  toolTimeoutMs?: number;
  /** Characters of a result's text that the model receives; beginning and end are kept. Default 100,000. */
  maxResultLength?: number;
  /** Turns in a row in which every call is invalid, after which the run stops. Default 3: the first one and two repairs. */
  maxInvalidTurns?: number;
  /** Limits for the whole run, checked before each model call. */
  limits?: RunLimits;
  /** Called after each step. Return true to stop. */
  stopWhen?: (state: RunState) => boolean | Promise<boolean>;
  /** Called before each model call, to change its request or to hand the run to another connection. */
  prepareStep?: (state: RunState) => StepChange | undefined | Promise<StepChange | undefined>;
  /** Send a forced `toolChoice` with every step. Default false: with the first step only, because the run could never end otherwise. */
  forceEveryStep?: boolean;
}

/** Limits for a whole run. An absent one does not limit. */
export interface RunLimits {
  /** Tokens of all steps together, prompts included. */
  tokens?: number;
  /** Cost of all steps together, in the currency that the provider reports. */
  cost?: number;
  /** Milliseconds for the whole run; work in progress is aborted. */
  ms?: number;
}

/** What differs in one step. */
export interface StepChange {
  connection?: Connection;
  /** Laid over the request of this step. */
  request?: Partial<Omit<ChatRequest, "tools" | "signal">>;
}

/** Where a run stands. */
export interface RunState {
  /** The 1-based number of the step that is about to start, or has just ended. */
  step: number;
  messages: readonly Message[];
  usage: Usage;
  cost: CostByCurrency;
  /** The last answer. Absent before the first. */
  response?: ChatResponse;
}

/** Why a run ended. */
export type StopReason =
  /** The model answered without calling a tool. */
  | "done"
  | "max-steps"
  | "token-limit"
  | "cost-limit"
  | "time-limit"
  /** `stopWhen` returned true. */
  | "stopped"
  | "aborted"
  /** Calls wait for approval: `pending` lists them. */
  | "approval"
  /** One call was made five times with the same arguments. */
  | "repeated-calls"
  /** `maxInvalidTurns` turns in a row had only invalid calls. */
  | "invalid-calls";

/** The result of a run. */
export interface ToolRunResult {
  stopReason: StopReason;
  /** The text of the last answer. */
  text: string;
  /**
   * The whole transcript: the request's messages, and everything since. Every call in it has a result, except those in `pending`. It continues on any
   * provider.
   */
  messages: readonly Message[];
  /** Calls that wait for approval. Continue with `runTools`, these messages and `decisions`. */
  pending: readonly PendingCall[];
  /** The answers of all steps. */
  steps: readonly ChatResponse[];
  /** The sum over all steps. */
  usage: Usage;
  cost: CostByCurrency;
}

/** What a run yields: every event of every step between `step-start` and `step-end`, and what the tools do. */
export type ToolRunEvent =
  | ChatEvent
  | { type: "step-start"; step: number; provider: string; model: string }
  | { type: "step-end"; step: number; response: ChatResponse }
  /** A tool begins to run. */
  | { type: "tool-start"; step: number; id: string; name: string; input: unknown }
  /** `output`: what `execute` returned. `ms`: absent when the call did not run. */
  | { type: "tool-end"; step: number; id: string; name: string; result: ToolResultPart; output?: unknown; ms?: number }
  | { type: "approval-request"; step: number; call: PendingCall }
  | { type: "run-end"; stopReason: StopReason };

/** A run as it happens. Leaving the loop early aborts it. */
export type ToolRun = EventStream<ToolRunEvent, ToolRunResult>;

/** The error of a run whose model call failed. It is the error of that call, with the result of the run until then. */
export class ToolRunError extends LumiverseError {
  readonly result: Omit<ToolRunResult, "stopReason">;
  constructor(error: LumiverseError, result: Omit<ToolRunResult, "stopReason">) {
    super({ ...optionsOf(error), cause: error });
    this.name = "ToolRunError";
    this.result = result;
  }
}

/**
 * Runs a request with tools until the model answers without a call, or a limit is reached. Failures of tools are results that the model reads. When the
 * transcript ends with calls that have no result, they are handled first.
 *
 * An aborted run ends with the stop reason `aborted` and a valid transcript.
 * @throws ToolRunError when a model call fails
 * @throws LumiverseError `configuration` when two tools have one name
 */
export function runTools(connection: Connection, request: Omit<ChatRequest, "tools">, options: RunToolsOptions): ToolRun {
  const tools = toolsByName(options.tools);
  return createEventStream((signal) => new Run(connection, request, options, tools, signal).events(), request.signal);
}

function toolsByName(tools: RunToolsOptions["tools"]): ReadonlyMap<string, RunnableTool> {
  const byName = new Map<string, RunnableTool>();
  for (const one of tools) {
    if ("hosted" in one) continue;
    if (byName.has(one.name))
      throw new LumiverseError({ code: "configuration", field: "tools", message: `two tools have the name "${one.name}"` });
    byName.set(one.name, one);
  }
  return byName;
}

class Run {
  readonly #connection: Connection;
  readonly #request: Omit<ChatRequest, "tools">;
  readonly #options: RunToolsOptions;
  readonly #tools: ReadonlyMap<string, RunnableTool>;
  readonly #signal: AbortSignal;
  readonly #timeLimit: AbortController = new AbortController();
  readonly #usedDecisions: Set<ApprovalDecision> = new Set();
  readonly #repeats: RepeatedCalls = new RepeatedCalls();
  readonly #messages: Message[];
  readonly #steps: ChatResponse[] = [];
  #pending: PendingCall[] = [];
  #usage: Usage | undefined;
  #cost: CostByCurrency = {};
  #step = 0;
  #invalidTurns = 0;

  constructor(
    connection: Connection,
    request: Omit<ChatRequest, "tools">,
    options: RunToolsOptions,
    tools: ReadonlyMap<string, RunnableTool>,
    signal: AbortSignal,
  ) {
    this.#connection = connection;
    this.#request = request;
    this.#options = options;
    this.#tools = tools;
    this.#messages = [...request.messages];
    this.#signal = AbortSignal.any([signal, this.#timeLimit.signal]);
  }

  async *events(): AsyncGenerator<ToolRunEvent, ToolRunResult> {
    const stopTimer = startTimer(this.#options.limits?.ms, () => this.#timeLimit.abort());
    try {
      const stopReason = yield* this.#run();
      yield { type: "run-end", stopReason };
      return { stopReason, ...this.#result() };
    } finally {
      stopTimer();
    }
  }

  async *#run(): AsyncGenerator<ToolRunEvent, StopReason> {
    const { maxSteps = 10, stopWhen } = this.#options;
    const left = openCalls(this.#messages);
    if (left.length > 0) {
      const stop = yield* this.#runTurn(left, "tool-calls");
      if (stop !== undefined) return stop;
    }
    for (;;) {
      if (this.#signal.aborted) return this.#abortReason();
      const limit = this.#reachedLimit();
      if (limit !== undefined) return limit;
      if (this.#step >= maxSteps) return "max-steps";
      this.#step++;
      const response = yield* this.#ask(this.#step === maxSteps);
      if (response === undefined) return this.#abortReason();
      // A paused turn is sent back unchanged, and its vendor continues it.
      if (response.toolCalls.length > 0) {
        const stop = yield* this.#runTurn(response.toolCalls, response.finishReason);
        if (stop !== undefined) return stop;
      } else if (response.finishReason !== "pause") return "done";
      if ((await this.#answerOf(() => stopWhen?.(this.#state()))) === true) return "stopped";
    }
  }

  /** One model call. Returns undefined when it was aborted. */
  async *#ask(last: boolean): AsyncGenerator<ToolRunEvent, ChatResponse | undefined> {
    const change = await this.#answerOf(() => this.#options.prepareStep?.(this.#state()));
    if (this.#signal.aborted) return undefined;
    const connection = change?.connection ?? this.#connection;
    const request = this.#stepRequest(change, last);
    yield { type: "step-start", step: this.#step, provider: connection.provider.id, model: request.model };
    const stream = connection.stream(request);
    const parts = new PartStates();
    try {
      for await (const event of stream) {
        parts.add(event);
        yield event;
      }
      const response = await stream.response();
      this.#add(response);
      this.#messages.push(response.message);
      yield { type: "step-end", step: this.#step, response };
      return response;
    } catch (cause) {
      if (!isLumiverseError(cause)) throw cause;
      if (cause.partial !== undefined) this.#addPartial(cause.partial, parts);
      if (this.#signal.aborted) return undefined;
      throw new ToolRunError(cause, this.#result());
    }
  }

  /** The result of a callback. Undefined when the run is aborted meanwhile, because a callback may never return. */
  async #answerOf<T>(ask: () => T | Promise<T>): Promise<T | undefined> {
    try {
      return await until(ask, this.#signal);
    } catch (cause) {
      if (this.#signal.aborted) return undefined;
      throw cause;
    }
  }

  #stepRequest(change: StepChange | undefined, last: boolean): ChatRequest {
    const { answerAtEnd = true, forceEveryStep = false, tools } = this.#options;
    const request: ChatRequest = { ...this.#request, messages: this.#messages.slice(), ...change?.request, tools, signal: this.#signal };
    const { toolChoice } = request;
    const forced = toolChoice === "required" || typeof toolChoice === "object";
    if (last && answerAtEnd && this.#step > 1) request.toolChoice = "none";
    else if (forced && this.#step > 1 && !forceEveryStep && change?.request?.toolChoice === undefined) request.toolChoice = "auto";
    return request;
  }

  /** Runs the calls of a turn and appends their results. Returns why the run must stop, if it must. */
  async *#runTurn(
    calls: readonly ToolCallPart[],
    finishReason: ChatResponse["finishReason"],
  ): AsyncGenerator<ToolRunEvent, StopReason | undefined> {
    const step = this.#step;
    const events = new EventQueue<ToolRunEvent>();
    const work = runCalls(calls, finishReason, {
      tools: this.#tools,
      approval: this.#options,
      usedDecisions: this.#usedDecisions,
      repeats: this.#repeats,
      signal: this.#signal,
      step,
      maxParallel: Math.max(1, this.#options.maxParallel ?? 5),
      toolTimeoutMs: this.#options.toolTimeoutMs,
      maxResultLength: this.#options.maxResultLength ?? 100_000,
      onStart: ({ id, name, input }) => events.push({ type: "tool-start", step, id, name, input }),
      onResult: (outcome) => events.push(toolEnd(step, outcome)),
    }).finally(() => events.end());
    yield* events.read();
    const turn = await work;
    withResults(
      this.#messages,
      turn.outcomes.map(({ result }) => result),
    );
    this.#pending = turn.pending;
    for (const call of turn.pending) yield { type: "approval-request", step, call };
    if (this.#signal.aborted) {
      // A call that waits for approval has no result; an aborted run does not wait.
      const waiting = new Set(turn.pending.map(({ id }) => id));
      withResults(this.#messages, calls.filter(({ id }) => waiting.has(id)).map(notStarted));
      this.#pending = [];
      return this.#abortReason();
    }
    if (turn.pending.length > 0) return "approval";
    this.#invalidTurns = turn.outcomes.every(({ invalid }) => invalid) ? this.#invalidTurns + 1 : 0;
    if (this.#repeats.exhausted) return "repeated-calls";
    return this.#invalidTurns >= (this.#options.maxInvalidTurns ?? 3) ? "invalid-calls" : undefined;
  }

  #add(response: ChatResponse): void {
    this.#steps.push(response);
    this.#usage = this.#usage === undefined ? response.usage : addUsage(this.#usage, response.usage);
    this.#cost = addCost(this.#cost, response.cost);
  }

  /** Keeps what arrived of an answer that broke off, without unfinished parts, and with a result for every call. */
  #addPartial(partial: ChatResponse, parts: PartStates): void {
    this.#add(partial);
    const message = completeParts(partial.message, parts);
    if (message === undefined) return;
    this.#messages.push(message);
    withResults(this.#messages, openCalls(this.#messages).map(notStarted));
  }

  #reachedLimit(): StopReason | undefined {
    const { limits } = this.#options;
    if (limits?.tokens !== undefined && this.#usage !== undefined && totalTokens(this.#usage) >= limits.tokens) return "token-limit";
    if (limits?.cost !== undefined && Object.values(this.#cost).some((amount) => amount >= (limits.cost ?? 0))) return "cost-limit";
    return undefined;
  }

  #abortReason(): StopReason {
    return this.#timeLimit.signal.aborted ? "time-limit" : "aborted";
  }

  #state(): RunState {
    const response = this.#steps[this.#steps.length - 1];
    return {
      step: this.#step,
      messages: this.#messages.slice(),
      usage: this.#usage ?? { completeness: "unknown" },
      cost: this.#cost,
      ...(response === undefined ? {} : { response }),
    };
  }

  #result(): Omit<ToolRunResult, "stopReason"> {
    const { messages, usage, cost, response } = this.#state();
    return { text: response?.text ?? "", messages, pending: this.#pending, steps: this.#steps, usage, cost };
  }
}

function toolEnd(step: number, { call, result, output, ms }: CallOutcome): ToolRunEvent {
  return {
    type: "tool-end",
    step,
    id: call.id,
    name: call.name,
    result,
    ...(output === undefined ? {} : { output }),
    ...(ms === undefined ? {} : { ms }),
  };
}

/** Events that callbacks push and one generator reads. */
class EventQueue<E> {
  readonly #events: E[] = [];
  #ended = false;
  #wake: (() => void) | undefined;

  push(event: E): void {
    this.#events.push(event);
    this.#wake?.();
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  async *read(): AsyncGenerator<E> {
    for (;;) {
      const event = this.#events.shift();
      if (event !== undefined) yield event;
      else if (this.#ended) return;
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }
}
