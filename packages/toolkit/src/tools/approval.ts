/** Who decides about calls that need approval, and when. */
import type { ToolCallPart } from "@lumiverse/core";
import { canonicalJson } from "../shared/canonical-json.ts";

/** A call that waits for a decision. Plain data. */
export interface PendingCall {
  id: string;
  name: string;
  /** The arguments as the model wrote them. A decision is valid for exactly these. */
  arguments: string;
  input: unknown;
}

/** A decision that was made while no run was active. Plain data. */
export interface ApprovalDecision {
  /** The id and the arguments of the pending call. The decision does not apply to other arguments. */
  id: string;
  arguments: string;
  approved: boolean;
  /** Sent to the model with a denial. */
  reason?: string;
}

/** An answer of `approve`: yes, no, no with a reason, or stop the run and decide later. */
export type ApprovalAnswer = boolean | "defer" | { approved: boolean; reason?: string };

/** Who decides about calls of tools with `needsApproval`. */
export interface ApprovalOptions {
  /** Decides about a call while the run waits. Absent: the run stops, and `result.pending` lists the calls. */
  approve?: (call: PendingCall) => ApprovalAnswer | Promise<ApprovalAnswer>;
  /** Decisions about the pending calls of an earlier run whose transcript is continued. */
  decisions?: readonly ApprovalDecision[];
  /**
   * Called before an approved call of `decisions` runs, with a key of its id and arguments. Return false when the key was used before: the call then does
   * not run. Several processes that may receive the same decision need it; one row with a unique key in a database is enough.
   */
  claim?: (key: string) => boolean | Promise<boolean>;
}

export type Verdict = { kind: "run" } | { kind: "deny"; message: string } | { kind: "wait" };

/** The verdict about a call that needs approval. A decision is used for one call. */
export async function decide(call: ToolCallPart, options: ApprovalOptions, used: Set<ApprovalDecision>): Promise<Verdict> {
  const decision = options.decisions?.find((one) => one.id === call.id && !used.has(one) && sameArguments(one.arguments, call.arguments));
  if (decision !== undefined) {
    used.add(decision);
    if (!decision.approved) return denied(decision.reason);
    const isFirst = (await options.claim?.(`${call.id} ${canonicalJson(call.input)}`)) ?? true;
    return isFirst ? { kind: "run" } : { kind: "deny", message: "This approval was used before, so the call did not run again." };
  }
  const answer = (await options.approve?.(pendingCall(call))) ?? "defer";
  if (answer === "defer") return { kind: "wait" };
  if (typeof answer === "boolean") return answer ? { kind: "run" } : denied(undefined);
  return answer.approved ? { kind: "run" } : denied(answer.reason);
}

export function pendingCall({ id, name, arguments: text, input }: ToolCallPart): PendingCall {
  return { id, name, arguments: text, input };
}

function denied(reason: string | undefined): Verdict {
  return { kind: "deny", message: reason === undefined ? "The call was denied." : `The call was denied: ${reason}` };
}

function sameArguments(a: string, b: string): boolean {
  if (a === b) return true;
  try {
    return canonicalJson(JSON.parse(a)) === canonicalJson(JSON.parse(b));
  } catch {
    return false;
  }
}
