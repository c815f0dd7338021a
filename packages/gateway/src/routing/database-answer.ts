import { LumiverseError } from "@lumiverse/core";

/** Milliseconds that a call waits for what it needs to know from the database. */
const TIMEOUT = 5000;

/** What the database answers. @throws LumiverseError `overloaded` when it fails or takes too long */
export async function databaseAnswer<T>(reading: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(unavailable()), TIMEOUT);
  });
  try {
    return await Promise.race([reading, late]);
  } catch (cause) {
    throw cause instanceof LumiverseError ? cause : unavailable(cause);
  } finally {
    clearTimeout(timer);
  }
}

function unavailable(cause?: unknown): LumiverseError {
  return new LumiverseError({
    code: "overloaded",
    status: 503,
    message: "the gateway cannot accept the call: the database did not answer",
    retryAfterMs: 1000,
    ...(cause === undefined ? {} : { cause }),
  });
}
