/** The mock's wire format: each server-sent event is one event of core's reader contract, as JSON. Everything that core does around it is real. */
import type { ErrorCode } from "@lumiverse/core";
import {
  type CheckedCall,
  type Emit,
  endpoint,
  type Failure,
  isObject,
  LumiverseError,
  type Protocol,
  type ReadEvent,
  type Reader,
  type Rendered,
  ReportedFailure,
} from "@lumiverse/core/provider";

export const mockProtocol: Protocol = {
  id: "mock",
  render(call): Rendered {
    const { reasoning, output } = call;
    const body: Record<string, unknown> = {
      ...call.request,
      messages: call.messages,
      stream: call.streaming,
      ...(reasoning === undefined ? {} : { reasoning }),
      ...(output === undefined ? {} : { output: { name: output.name, strategy: output.strategy, schema: output.schema } }),
    };
    delete body["headers"];
    return { request: { method: "POST", url: endpoint(call.route.base, "/chat"), body }, notes: [] };
  },
  reader: createReader,
  parseError: ({ failure }) => errorOf(failure),
};

function createReader({ call }: { call: CheckedCall }): Reader {
  let phase: Reader["phase"] = "open";
  const read = (json: unknown, emit: Emit): void => {
    if (!isObject(json)) throw new LumiverseError({ code: "malformed-response", message: "an event of the mock is not an object" });
    if ("error" in json) throw new ReportedFailure({ status: 200, text: JSON.stringify(json), json });
    const event = json as ReadEvent; // the mock's own fetch wrote it
    if (event.type === "finish") phase = "done";
    emit(event);
  };
  return {
    get phase() {
      return phase;
    },
    message: ({ data }, emit) => read(JSON.parse(data), emit),
    body(json, emit) {
      const events = isObject(json) ? json["events"] : undefined;
      if (!Array.isArray(events)) return read(json, emit);
      for (const event of events) read(event, emit);
    },
    unframedText() {},
    end() {
      if (phase !== "done")
        throw new LumiverseError({ code: "truncated", message: `the mock's answer for ${call.request.model} broke off` });
    },
  };
}

function errorOf({ json, text, status }: Failure): LumiverseError {
  const error = isObject(json) && isObject(json["error"]) ? json["error"] : {};
  const { code, message } = error;
  return new LumiverseError({
    code: typeof code === "string" ? (code as ErrorCode) : "server", // the script's own code
    message: typeof message === "string" ? message : text,
    status,
  });
}
