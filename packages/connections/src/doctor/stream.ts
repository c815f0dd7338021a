import type { LumiverseError } from "@lumiverse/core";
import type { CauseId } from "./causes.ts";
import type { RecordedRequest } from "./recorder.ts";

/** With fewer pieces, it cannot be told whether a proxy collected the stream. */
const FEWEST_PIECES = 6;
/** Milliseconds that the first piece must take longer than a whole short answer. */
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
 * True when a stream was collected and delivered at once. A collected stream begins only after the long answer is complete, which is much later than a short
 * answer takes. A late first piece alone proves nothing: a model may think or load, but then a short answer is late, too.
 */
function isCollected({ firstAt: first, lastAt: last }: RecordedRequest, { chatMs, pieces }: { chatMs: number; pieces: number }): boolean {
  if (first === undefined || last === undefined || pieces < FEWEST_PIECES) return false;
  return first > 1.5 * chatMs + LATE && last - first < 0.1 * last;
}
