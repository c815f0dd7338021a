/** Mutants that read lists, counts, words and text only in one form. */
import type { Fixture } from "@lumiverse/conformance/internals";
import { type Emit, LumiverseError } from "@lumiverse/core/provider";
import { changingEvents, changingProtocol, changingReader, lastStream, type Mutant, streaming } from "./mutant.ts";

/** Cases whose text can be replaced: the plain one, if an event has text and nothing else, and the answer did not reach its limit. */
const written: NonNullable<Mutant["visibleIn"]> = {
  in: (fixture: Fixture) =>
    fixture.name === "text" &&
    /"content":"[^"]|"type":"text_delta"|output_text\.delta|\{\s*"text":\s*"[^"]+"\s*\}/.test(lastStream(fixture)) &&
    /"stop"|"end_turn"|"status":\s*"completed"|"STOP"/.test(lastStream(fixture)),
  otherwise: "its plain case has no piece of text that can be replaced",
};

/** Finish reasons that are words of another protocol, by protocol. */
const FOREIGN: Readonly<Record<string, RegExp>> = {
  "chat-completions": /^(?:end_turn|MAX_TOKENS|tool_use)$/,
  messages: /^(?:stop|length|tool_calls)$/,
  responses: /^(?:length|safety)$/,
  "generate-content": /^(?:stop|length|content_filter)$/,
};

/** The kind of a block by the kind of its deltas. */
const KINDS: Readonly<Record<string, string>> = { text_delta: "text", thinking_delta: "thinking", input_json_delta: "tool_use" };

export const formMutants: readonly Mutant[] = [
  {
    id: "tags-removed",
    title: "tags of reasoning are taken out of every text",
    rules: ["properties"],
    visibleIn: written,
    apply: changingEvents(() => (event, emit) => {
      emit(event.type === "text" ? { ...event, text: event.text.replace(/<\/?think>/g, "") } : event);
    }),
  },
  {
    id: "half-characters-replaced",
    title: "half a character at the end of a piece of text is replaced",
    rules: ["properties"],
    visibleIn: written,
    apply: changingEvents(() => (event, emit) => {
      emit(event.type === "text" ? { ...event, text: event.text.toWellFormed() } : event);
    }),
  },
  {
    id: "leading-blanks-dropped",
    title: "blanks at the head of a text are dropped",
    rules: ["properties"],
    visibleIn: written,
    apply: changingEvents(() => {
      let begun = false;
      return (event, emit) => {
        const text = event.type !== "text" ? "" : begun ? event.text : event.text.trimStart();
        begun ||= text !== "";
        if (event.type !== "text") emit(event);
        else if (text !== "") emit({ ...event, text });
      };
    }),
  },
  {
    id: "delta-of-another-block",
    title: "a delta is dropped whose kind is not that of the block at its index",
    rules: ["disguises"],
    visibleIn: {
      in: (fixture) => {
        const starts = lastStream(fixture).match(/"content_block":\{"type":"(?:text|thinking|tool_use)"/g) ?? [];
        // One block of each of two kinds, which a disguise can put into each other.
        const text = starts.filter((start) => start.endsWith('"text"')).length;
        const others = starts.length - text;
        return fixture.case.expect.error === undefined && text === 1 && others === 1;
      },
      otherwise: "no streamed answer of Messages has one block of text beside one of another kind",
    },
    apply: changingReader((reader) => {
      const kinds = new Map<string, string>();
      return {
        message(message, emit) {
          const index = /"index":(\d+)/.exec(message.data)?.[1] ?? "";
          const block = /"content_block":\{"type":"(\w+)"/.exec(message.data)?.[1];
          if (block !== undefined) kinds.set(index, block);
          const kind = KINDS[/"delta":\{"type":"(\w+)"/.exec(message.data)?.[1] ?? ""];
          if (kind === undefined || kinds.get(index) === undefined || kinds.get(index) === kind) reader.message(message, emit);
        },
      };
    }),
  },
  {
    id: "index-of-one-type",
    title: "an event whose index is text is ignored",
    rules: ["disguises"],
    visibleIn: streaming(/"(?:output_)?index":\s?\d/, "no streamed answer has an index"),
    apply: changingReader((reader) => ({
      message(message, emit) {
        if (!/"(?:output_)?index":"\d/.test(message.data)) reader.message(message, emit);
      },
    })),
  },
  {
    id: "count-of-one-type",
    title: "token counts that are text are not read",
    rules: ["disguises"],
    visibleIn: streaming(/"(?:\w+_tokens|\w+TokenCount)":\s?\d/, "no streamed answer counts tokens"),
    apply: changingReader((reader) => ({
      message: (message, emit) =>
        reader.message({ ...message, data: message.data.replace(/"(\w+_tokens|\w+TokenCount)":"\d+"/g, '"$1":null') }, emit),
    })),
  },
  {
    id: "finish-word-unknown",
    title: "a finish reason in the words of another protocol is unknown",
    rules: ["disguises"],
    visibleIn: streaming(
      /"finish_reason":"(?:stop|length|tool_calls)"|"stop_reason":"(?:end_turn|max_tokens|tool_use)"|"reason":"(?:max_output_tokens|content_filter)"|"finishReason":\s?"(?:STOP|MAX_TOKENS|SAFETY)"/,
      "no streamed answer has a finish reason that is known in other words",
    ),
    apply: changingProtocol((inner) => ({
      ...inner,
      reader(context) {
        const reader = inner.reader(context);
        const through =
          (emit: Emit): Emit =>
          (event) =>
            emit(event.type === "finish" && FOREIGN[inner.id]?.test(event.raw ?? "") === true ? { ...event, reason: "other" } : event);
        return {
          message: (message, emit) => reader.message(message, through(emit)),
          body: (json, emit) => reader.body(json, through(emit)),
          unframedText: (text, emit) => reader.unframedText(text, emit),
          end: (emit) => reader.end(through(emit)),
          get phase() {
            return reader.phase;
          },
          get expects() {
            return reader.expects;
          },
        };
      },
    })),
  },
  {
    id: "end-of-one-form",
    title: "an end that is not exactly [DONE] is an error",
    rules: ["disguises"],
    visibleIn: streaming(/^data:/m, "no case streams"),
    apply: changingReader((reader) => ({
      message(message, emit) {
        if (message.data.includes("[DONE]") && message.data !== "[DONE]")
          throw new LumiverseError({ code: "malformed-response", message: "an event is not JSON" });
        reader.message(message, emit);
      },
    })),
  },
];
