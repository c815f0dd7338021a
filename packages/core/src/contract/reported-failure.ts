import type { Failure } from "./http.ts";

/** Thrown by a reader when the host reports a failure inside its answer. `Protocol.parseError` interprets it. */
export class ReportedFailure extends Error {
  readonly failure: Omit<Failure, "headers">;
  constructor(failure: Omit<Failure, "headers">) {
    super(`the host reported a failure (${failure.status})`);
    this.name = "ReportedFailure";
    this.failure = failure;
  }
}

export function isReportedFailure(value: unknown): value is ReportedFailure {
  return value instanceof Error && value.name === "ReportedFailure" && "failure" in value;
}
