import { type Failure, isReportedFailure, type LumiverseError, type Reader } from "@lumiverse/core/provider";

/** A reader whose reported failures become the errors that `parse` reads in them, as core does it. */
export function meant(reader: Reader, parse: (failure: Failure) => LumiverseError): Reader {
  const run = (step: () => void): void => {
    try {
      step();
    } catch (cause) {
      throw isReportedFailure(cause) ? parse({ ...cause.failure, headers: new Headers() }) : cause;
    }
  };
  return {
    message: (message, emit) => run(() => reader.message(message, emit)),
    body: (json, emit) => run(() => reader.body(json, emit)),
    unframedText: (text, emit) => run(() => reader.unframedText(text, emit)),
    end: (emit) => run(() => reader.end(emit)),
    get phase() {
      return reader.phase;
    },
  };
}
