/** Mutants that identify tool calls only by their position. */
import { isObject, type JsonObject, type Reader, type SseMessage } from "@lumiverse/core/provider";
import { changingReader, type Mutant, streaming } from "./mutant.ts";

/** A reader that reads changed events. Undefined leaves an event out. */
const changingMessages = (make: () => (json: JsonObject, message: SseMessage) => JsonObject | undefined): NonNullable<Mutant["apply"]> =>
  changingReader((reader: Reader) => {
    const change = make();
    return {
      message(message, emit) {
        let json: unknown;
        try {
          json = JSON.parse(message.data);
        } catch {
          return reader.message(message, emit);
        }
        const changed = isObject(json) ? change(json, message) : undefined;
        if (changed !== undefined) reader.message({ ...message, data: JSON.stringify(changed) }, emit);
      },
    };
  });

/** The calls in a chunk of Chat Completions. */
function callsIn(json: JsonObject): JsonObject[] {
  const choices: readonly unknown[] = Array.isArray(json["choices"]) ? json["choices"] : [];
  return choices.flatMap((choice) => {
    const delta = isObject(choice) ? choice["delta"] : undefined;
    return isObject(delta) && Array.isArray(delta["tool_calls"]) ? delta["tool_calls"].filter(isObject) : [];
  });
}

/** The mutants of readers that identify a call by its index or its event. */
export const callMutants: readonly Mutant[] = [
  {
    id: "index-is-the-call",
    title: "a call that comes again at a second index is another call",
    rules: ["disguises"],
    visibleIn: streaming(
      /^data:.*"tool_calls":\[\{(?=[^\n]*"index":\d)[^\n]*"id":"/m,
      "no streamed answer of Chat Completions calls a tool under an index",
    ),
    apply: changingMessages(() => {
      const indexes = new Map<unknown, unknown>();
      return (json) => {
        for (const call of callsIn(json)) {
          const { id } = call;
          if (typeof id !== "string" || id === "") continue;
          if (!indexes.has(id)) indexes.set(id, call["index"]);
          else if (indexes.get(id) !== call["index"]) call["id"] = `${id}-again`;
        }
        return json;
      };
    }),
  },
  {
    id: "done-arguments-ignored",
    title: "arguments that only their done event has are lost",
    rules: ["disguises"],
    visibleIn: streaming(/"response\.function_call_arguments\./, "no streamed answer of Responses calls a tool"),
    apply: changingMessages(() => (json) => (json["type"] === "response.function_call_arguments.done" ? undefined : json)),
  },
  {
    id: "terminal-arguments-ignored",
    title: "arguments that only the terminal response has are lost",
    rules: ["disguises"],
    visibleIn: streaming(/"response\.function_call_arguments\./, "no streamed answer of Responses calls a tool"),
    apply: changingMessages(() => (json) => {
      const response = json["type"] === "response.completed" ? json["response"] : undefined;
      const output = isObject(response) && Array.isArray(response["output"]) ? response["output"].filter(isObject) : [];
      for (const item of output) if (item["type"] === "function_call") item["arguments"] = "";
      return json;
    }),
  },
  {
    id: "place-is-no-call",
    title: "arguments in a list without indexes all go to the last call",
    rules: ["disguises"],
    visibleIn: streaming(
      /^data:.*"tool_calls":\[\{(?=[^\n]*"index":1)[^\n]*"id":"[^"]/m,
      "no streamed answer of Chat Completions makes two calls with ids",
    ),
    apply: changingMessages(() => (json) => {
      const calls = callsIn(json);
      if (calls.length < 2 || calls.some(({ id, index }) => id !== undefined || index !== undefined)) return json;
      const texts = calls.map(({ function: body }) => (isObject(body) ? String(body["arguments"]) : ""));
      calls.forEach((call, at) => {
        call["function"] = { arguments: at === 0 ? texts.join("") : "" };
      });
      // A list of one belongs to the last call.
      for (const choice of Array.isArray(json["choices"]) ? json["choices"] : []) {
        const delta = isObject(choice) ? choice["delta"] : undefined;
        if (isObject(delta)) delta["tool_calls"] = calls.slice(0, 1);
      }
      return json;
    }),
  },
];
