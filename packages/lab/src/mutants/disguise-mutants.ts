/** Mutants that read only the usual form of an answer, and mutants that send what vendors refuse. */
import { exchangesFor, type Fixture } from "@lumiverse/conformance/internals";
import { isObject, LumiverseError, type ReadEvent, type Reader } from "@lumiverse/core/provider";
import { changingBody, changingEvents, changingProtocol, changingReader, type Mutant, withoutExpects } from "./mutant.ts";

/** Cases whose answer arrives as a stream. */
const streamed: NonNullable<Mutant["visibleIn"]> = {
  in: (fixture: Fixture) => (fixture.case.expect.events ?? []).some((event) => event.type === "text"),
  otherwise: "no case streams text",
};

/** Cases whose protocol has finish reasons that can come early. Faults are played with the case `text`. */
const finishing: NonNullable<Mutant["visibleIn"]> = {
  in: (fixture: Fixture) =>
    fixture.name === "text" &&
    bodiesOf(fixture).some((body) => /^data:.*"(?:choices|candidates)"|"content_block_delta"|"response\.output_text\.delta"/m.test(body)),
  otherwise: "the protocol of its plain case has no finish reason that can come early",
};

/** Cases with a call that a stream brings whole, in the forms that the disguise `arguments-of-the-other-type` changes. */
const calling: NonNullable<Mutant["visibleIn"]> = {
  in(fixture: Fixture) {
    // Disguises change the last answer of a case.
    const body = new TextDecoder().decode(exchangesFor(fixture, "stream").at(-1)?.body);
    const isWhole = /"name":"[^"]+","arguments":"\{(?:[^"\\]|\\.)*\}"|"functionCall":\{[^}]*"args":\{"|"partial_json":"\{\\"/.test(body);
    return fixture.case.expect.error === undefined && body.includes("data:") && isWhole;
  },
  otherwise: "no stream brings the arguments of a call in one event",
};

/** Cases whose model wants the reasoning of earlier calls back. */
const demanding: NonNullable<Mutant["visibleIn"]> = {
  in: (fixture: Fixture) => /(?:kimi-k2[.p]6|kimi-k3|deepseek-v4|deepseek-flash)/i.test(fixture.case.model) && isOfKnownProtocol(fixture),
  otherwise: "no case has a model that refuses calls without their reasoning",
};

function bodiesOf(fixture: Fixture): string[] {
  return fixture.exchanges.map(({ body }) => new TextDecoder().decode(body));
}

/** An event without arguments whose type is not that of the protocol. */
function withoutOtherTypes(data: string): string {
  if (!/"(?:arguments|args|input)":/.test(data)) return data;
  return JSON.stringify(
    JSON.parse(data, (key, value: unknown) =>
      key === "arguments" && isObject(value) ? "" : (key === "args" || key === "input") && typeof value === "string" ? {} : value,
    ),
  );
}

/** Takes the reasoning from turns that called a tool. */
function withoutReasoning(body: Record<string, unknown>): Record<string, unknown> {
  const { messages } = body;
  if (!Array.isArray(messages)) return body;
  const bare = messages.map((message: unknown) => {
    if (!isObject(message) || message["tool_calls"] === undefined) return message;
    const { reasoning_content: _content, reasoning: _reasoning, reasoning_details: _details, ...rest } = message;
    return rest;
  });
  return { ...body, messages: bare };
}

/** Cases whose protocol the checks `requests` know. */
const judged: NonNullable<Mutant["visibleIn"]> = {
  in: (fixture: Fixture) => fixture.name === "text" && isOfKnownProtocol(fixture),
  otherwise: "the refusals of its plain case's protocol are not known",
};

function isOfKnownProtocol({ exchanges }: Fixture): boolean {
  return exchanges.some(({ body }) => /"choices"|"content_block_delta"/.test(new TextDecoder().decode(body)));
}

/** Gives all calls and results of a body one id. */
function withOneCallId(body: Record<string, unknown>): Record<string, unknown> {
  const text = JSON.stringify(body)
    .replace(/("type":"tool_use",)"id":"[^"]*"/g, '$1"id":"same"')
    .replace(/"id":"[^"]*"(,"type":"function")/g, '"id":"same"$1')
    .replace(/"(tool_use_id|tool_call_id)":"[^"]*"/g, '"$1":"same"');
  return JSON.parse(text) as Record<string, unknown>; // an object stays one
}

/** The mutants of readers that fail on the forms of other hosts. */
export const disguiseMutants: readonly Mutant[] = [
  {
    id: "heartbeat-refused",
    title: "an event whose data is not JSON is an error, heartbeats included",
    rules: ["disguises"],
    visibleIn: streamed,
    apply: changingReader((reader) => ({
      message(message, emit) {
        if (message.data.trim() === "" || message.data === "ping")
          throw new LumiverseError({ code: "malformed-response", message: "an event is not JSON" });
        reader.message(message, emit);
      },
    })),
  },
  {
    id: "bare-failure-unread",
    title: "a failure without an error object is an answer that cannot be read",
    rules: ["faults: bare-200", "faults: bare-200-streamed"],
    apply: changingReader((reader) => ({
      body(json, emit) {
        if (isObject(json) && typeof json["code"] === "number" && json["error"] === undefined)
          throw new LumiverseError({ code: "malformed-response", message: "the answer has no content" });
        reader.body(json, emit);
      },
    })),
  },
  {
    id: "lost-usage-unnoted",
    title: "no note says that the host sent no usage",
    rules: ["disguises"],
    visibleIn: streamed,
    apply: changingEvents(() => (event, emit) => {
      if (event.type !== "note" || event.note.field !== "usage") emit(event);
    }),
  },
  {
    id: "arguments-of-one-type",
    title: "arguments are lost whose type is not that of the protocol",
    rules: ["disguises"],
    visibleIn: calling,
    apply: changingReader((reader) => ({
      message: (message, emit) => reader.message({ ...message, data: withoutOtherTypes(message.data) }, emit),
    })),
  },
  {
    id: "call-reasoning-lost",
    title: "calls are sent back without their reasoning to models that refuse them so",
    rules: ["requests"],
    visibleIn: demanding,
    apply: changingBody(withoutReasoning),
  },
  {
    id: "finish-is-final",
    title: "nothing is read after the first finish reason",
    rules: ["disguises"],
    visibleIn: finishing,
    apply: changingProtocol((inner) => ({
      ...inner,
      reader(context) {
        const reader = inner.reader(context);
        let finished = false;
        const message: Reader["message"] = (given, emit) => {
          if (finished) return;
          reader.message(given, emit);
          finished = reader.phase !== "open" || /"(?:finish_reason|finishReason)":"|"stop_reason":"/.test(given.data);
        };
        return Object.assign(withoutExpects(reader), { message });
      },
    })),
  },
  {
    id: "lost-usage-is-exact",
    title: "usage that the host did not send is reported as an exact count",
    rules: ["disguises"],
    visibleIn: streamed,
    apply: changingEvents(() => exactUsage()),
  },
  {
    id: "call-ids-shared",
    title: "all calls of a conversation are sent with one id",
    rules: ["requests"],
    visibleIn: judged,
    notApplicable: (fixtures) => {
      const withTools = fixtures.filter((fixture) => fixture.case.claims.includes("tools"));
      return withTools.length === 0 || withTools.some(isOfKnownProtocol)
        ? undefined
        : "tools are called over a protocol whose refusals are not known";
    },
    apply: changingBody(withOneCallId),
  },
  {
    id: "late-content-unawaited",
    title: "the rest of an answer is not awaited after a finish reason",
    rules: ["faults: content-after-finish"],
    visibleIn: finishing,
    apply: changingProtocol((inner) => ({
      ...inner,
      reader: (context) => withoutExpects(inner.reader(context)),
    })),
  },
];

/** Adds a count before the finish of an answer without one. */
function exactUsage(): (event: ReadEvent, emit: (event: ReadEvent) => void) => void {
  let exact = false;
  return (event, emit) => {
    if (event.type === "usage") exact = event.usage.completeness === "exact";
    if (event.type === "finish" && !exact) emit({ type: "usage", usage: { input: 0, output: 0, completeness: "exact" } });
    emit(event);
  };
}
