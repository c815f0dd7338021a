import type { LumiverseError } from "@lumiverse/core";
import type { CauseId } from "./causes.ts";
import type { RecordedRequest } from "./recorder.ts";

/** Pieces below which nobody can tell whether a stream was collected on its way. */
const FEWEST_PIECES = 6;
/** Milliseconds by which the first piece must be later than a whole short answer was. */
const LATE = 250;

/** What an error in an accepted stream means. */
const BY_CODE: Readonly<Partial<Record<LumiverseError["code"], CauseId>>> = {
  truncated: "stream-cut",
  network: "stream-cut",
  timeout: "stream-stalled",
  server: "server-error",
  overloaded: "overloaded",
  "rate-limit": "rate-limited",
};

/** What is wrong with a stream, when the same chat works unstreamed. */
export function streamProblem(
  error: LumiverseError | undefined,
  request: RecordedRequest | undefined,
  seen: { chatMs: number; pieces: number },
): CauseId | undefined {
  if (error !== undefined) {
    if (request?.status !== undefined && request.status >= 400) return "stream-refused";
    if (error.code === "malformed-response") return request?.start === "" ? "stream-cut" : "stream-unreadable";
    return BY_CODE[error.code] ?? "stream-refused";
  }
  return request !== undefined && isCollected(request, seen) ? "stream-buffered" : undefined;
}

/**
 * True when a stream was collected and delivered at once. A slow first piece alone proves nothing, because models think and load; but then a short answer
 * is slow, too. A collected stream begins only after the long answer was complete, so it begins much later than a short answer took.
 */
function isCollected({ firstAt: first, lastAt: last }: RecordedRequest, { chatMs, pieces }: { chatMs: number; pieces: number }): boolean {
  if (first === undefined || last === undefined || pieces < FEWEST_PIECES) return false;
  return first > 1.5 * chatMs + LATE && last - first < 0.1 * last;
}
