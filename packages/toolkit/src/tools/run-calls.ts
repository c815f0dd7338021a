/** Runs the tool calls of one turn: checks them, asks for approval, and runs them in parallel with the results in the order of the calls. */
import type { FinishReason, ToolCallPart, ToolResultPart } from "@lumiverse/core";
import { clock, startTimer } from "@lumiverse/core/provider";
import { until } from "../shared/event-stream.ts";
import { type ApprovalDecision, type ApprovalOptions, decide, type PendingCall, pendingCall } from "./approval.ts";
import type { RepeatedCalls } from "./repeats.ts";
import { dataOf, failedResult, resultOf, shortenText, thrownResult } from "./result.ts";
import type { RunnableTool, ToolContext } from "./tool.ts";

export interface CallRunOptions {
  tools: ReadonlyMap<string, RunnableTool>;
  approval: ApprovalOptions;
  usedDecisions: Set<ApprovalDecision>;
  repeats: RepeatedCalls;
  signal: AbortSignal;
  step: number;
  maxParallel: number;
  toolTimeoutMs: number | undefined;
  maxResultLength: number;
  /** Called when a call starts, and when it ends. */
  onStart: (call: ToolCallPart) => void;
  onResult: (outcome: CallOutcome) => void;
}

export interface CallOutcome {
  call: ToolCallPart;
  result: ToolResultPart;
  /** What `execute` returned. Absent when it did not run or failed. */
  output?: unknown;
  /** Milliseconds that `execute` took. Absent when it did not run. */
  ms?: number;
  /** The model wrote the call wrongly. */
  invalid: boolean;
}

export interface TurnOutcome {
  /** In the order of the calls. Calls that wait for approval have none. */
  outcomes: CallOutcome[];
  pending: PendingCall[];
}

/** A call that may run: its tool and its validated arguments. */
interface ReadyCall {
  call: ToolCallPart;
  tool: RunnableTool;
  input: unknown;
  context: ToolContext;
  hint: string | undefined;
}

/** Runs the calls of an assistant turn. Never throws: a failure is a result. */
export async function runCalls(calls: readonly ToolCallPart[], finishReason: FinishReason, options: CallRunOptions): Promise<TurnOutcome> {
  const outcomes: (CallOutcome | undefined)[] = calls.map(() => undefined);
  const pending: PendingCall[] = [];
  const settle = (index: number, outcome: CallOutcome): void => {
    outcomes[index] = outcome;
    options.onResult(outcome);
  };
  const ready: { index: number; call: ReadyCall }[] = [];
  for (const [index, call] of calls.entries()) {
    // A turn that reached the token limit was cut inside its last call.
    const truncated = finishReason === "length" && index === calls.length - 1;
    const checked = await checkCall(call, truncated, options);
    if ("waits" in checked) pending.push(pendingCall(call));
    else if ("result" in checked) settle(index, { call, ...checked });
    else ready.push({ index, call: checked });
  }
  await inOrder(
    ready.map(({ index, call }) => ({
      sequential: call.tool.sequential === true,
      run: async () => settle(index, await runCall(call, options)),
    })),
    options.maxParallel,
  );
  return { outcomes: outcomes.filter((outcome) => outcome !== undefined), pending };
}

async function checkCall(
  call: ToolCallPart,
  truncated: boolean,
  options: CallRunOptions,
): Promise<ReadyCall | { result: ToolResultPart; invalid: boolean } | { waits: true }> {
  const { tools, repeats, signal, step } = options;
  const tool = tools.get(call.name);
  const hint = tool?.repeatable === true ? undefined : repeats.add(call);
  const invalid = (message: string): { result: ToolResultPart; invalid: boolean } => ({
    result: failedResult(call, withHint(shortenText(message, options.maxResultLength), hint)),
    invalid: true,
  });
  if (truncated) return invalid("The call did not run: your output reached its token limit inside the call. Write a shorter call.");
  if (tool === undefined) return invalid(`There is no tool "${call.name}". The tools are: ${[...tools.keys()].join(", ") || "(none)"}.`);
  if (call.inputError !== undefined) return invalid(`The arguments are not valid JSON: ${call.inputError}. Call the tool again.`);
  const context: ToolContext = { id: call.id, signal, step };
  try {
    const validated = await until(() => tool.validate(call.input), signal);
    if ("issues" in validated) return invalid(`The arguments do not match the schema: ${validated.issues}. Call the tool again.`);
    const input = validated.value;
    if ((await until(() => tool.needsApproval?.(input, context), signal)) === true) {
      const verdict = await until(() => decide(call, options.approval, options.usedDecisions), signal);
      if (verdict.kind === "wait") return { waits: true };
      if (verdict.kind === "deny")
        return { result: failedResult(call, shortenText(verdict.message, options.maxResultLength)), invalid: false };
    }
    return { call, tool, input, context, hint };
  } catch (thrown) {
    if (signal.aborted) return { result: notStarted(call), invalid: false };
    return { result: thrownResult(call, thrown, options.maxResultLength), invalid: false };
  }
}

async function runCall({ call, tool, input, context, hint }: ReadyCall, options: CallRunOptions): Promise<CallOutcome> {
  const { maxResultLength, toolTimeoutMs } = options;
  if (context.signal.aborted) return { call, result: notStarted(call), invalid: false };
  const timeoutMs = tool.timeoutMs ?? toolTimeoutMs;
  const timeout = startTimeout(timeoutMs);
  const signal = AbortSignal.any([context.signal, timeout.signal]);
  const startedAt = clock();
  options.onStart(call);
  const outcome = (result: ToolResultPart): CallOutcome => ({ call, result, ms: clock() - startedAt, invalid: false });
  try {
    const output = await until(() => tool.execute(input, { ...context, signal }), signal);
    return { ...outcome(withHintedContent(resultOf(call, output, maxResultLength), hint)), output: dataOf(output) };
  } catch (thrown) {
    if (context.signal.aborted)
      return outcome(failedResult(call, "The run was aborted while the tool was running. It may have had its effect."));
    if (timeout.signal.aborted)
      return outcome(failedResult(call, `The tool did not finish within ${timeoutMs} ms. It may have had its effect.`));
    return outcome(thrownResult(call, thrown, maxResultLength));
  } finally {
    timeout.stop();
  }
}

function startTimeout(ms: number | undefined): { signal: AbortSignal; stop: () => void } {
  const controller = new AbortController();
  return { signal: controller.signal, stop: startTimer(ms, () => controller.abort()) };
}

export function notStarted(call: ToolCallPart): ToolResultPart {
  return failedResult(call, "The run was aborted before this call started. It had no effect.");
}

function withHint(text: string, hint: string | undefined): string {
  return hint === undefined ? text : `${text}\n${hint}`;
}

function withHintedContent(result: ToolResultPart, hint: string | undefined): ToolResultPart {
  if (hint === undefined) return result;
  const { content } = result;
  return { ...result, content: typeof content === "string" ? withHint(content, hint) : [...content, { type: "text", text: hint }] };
}

interface Task {
  sequential: boolean;
  run: () => Promise<void>;
}

/** Runs tasks in order, at most `limit` at once. A sequential task overlaps no other. */
async function inOrder(tasks: readonly Task[], limit: number): Promise<void> {
  const running = new Set<Promise<void>>();
  for (const { sequential, run } of tasks) {
    if (sequential) await Promise.all(running);
    while (running.size >= limit) await Promise.race(running);
    const work = run().finally(() => running.delete(work));
    running.add(work);
    if (sequential) await work;
  }
  await Promise.all(running);
}
