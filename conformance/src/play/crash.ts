import { isLumiverseError } from "@lumiverse/core/provider";

/** What a mistake in code threw: the error itself, or the cause of the typed error in which core wraps it. Undefined for a refusal that the code intends. */
export function crashOf(error: unknown): Error | undefined {
  const isWrapped = isLumiverseError(error) && /could not be (?:prepared|read)/.test(error.message);
  const thrown = isWrapped ? error.cause : error;
  const isCrash =
    thrown instanceof TypeError || thrown instanceof SyntaxError || thrown instanceof RangeError || thrown instanceof ReferenceError;
  return isCrash ? thrown : undefined;
}
