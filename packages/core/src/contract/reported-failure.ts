import type { JsonObject } from "../chat/json.ts";
import type { Failure } from "./http.ts";

/** `frame`: the whole message of the host, where `json` is only the failure in it. */
export type FailureInAnswer = Omit<Failure, "headers"> & { frame?: JsonObject };

/** Thrown by a reader when the host reports a failure inside its answer. `Protocol.parseError` interprets it. */
export class ReportedFailure extends Error {
  readonly failure: FailureInAnswer;
  constructor(failure: FailureInAnswer) {
    super(`the host reported a failure (${failure.status})`);
    this.name = "ReportedFailure";
    this.failure = failure;
  }
}

export function isReportedFailure(value: unknown): value is ReportedFailure {
  return value instanceof Error && value.name === "ReportedFailure" && "failure" in value;
}
