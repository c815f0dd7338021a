/** Mutants that send requests which vendors refuse, or that give up although the vendor's error says what to change. */
import { type Fixture, type TestedSubject, testedSubject } from "@lumiverse/conformance/internals";
import { isLumiverseError, isObject, type JsonObject, LumiverseError, type Provider } from "@lumiverse/core/provider";
import { changingBody, changingProtocol, changingReader, type Mutant } from "./mutant.ts";

const bodyOf = (fixture: Fixture): string => fixture.exchanges.map(({ body }) => new TextDecoder().decode(body)).join("\n");

/** Cases whose protocol the checks `requests` know. */
const judged: NonNullable<Mutant["visibleIn"]> = {
  in: (fixture) => fixture.name === "text" && /"choices"|"content_block_delta"|"response\.output_text\.delta"/.test(bodyOf(fixture)),
  otherwise: "the refusals of its plain case's protocol are not known",
};

/** Cases that send the output limit by its older name. */
const limited: NonNullable<Mutant["visibleIn"]> = {
  in: (fixture) =>
    fixture.name === "text" &&
    fixture.exchanges.some(
      ({ sent }) => sent?.includes('"max_tokens":') === true && /chat\/completions/.test(fixture.exchanges[0]?.url ?? ""),
    ),
  otherwise: "its plain case sends no max_tokens of Chat Completions",
};

/** Changes every object of a body. */
function everyObject(value: unknown, change: (object: JsonObject) => JsonObject): unknown {
  if (Array.isArray(value)) return value.map((one) => everyObject(one, change));
  if (!isObject(value)) return value;
  return change(Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, everyObject(inner, change)])));
}

const changingObjects = (change: (object: JsonObject) => JsonObject): NonNullable<Mutant["apply"]> =>
  changingBody((body) => everyObject(body, change) as JsonObject); // an object stays one

/** The provider with other failures. */
const changingErrors = (change: (error: LumiverseError) => LumiverseError): NonNullable<Mutant["apply"]> =>
  changingProtocol((inner) => ({ ...inner, parseError: (context) => change(inner.parseError(context)) }));

/** The mutants of requests that vendors refuse. */
export const askingMutants: readonly Mutant[] = [
  {
    id: "schema-as-given",
    title: "the root of a tool schema loses its type",
    rules: ["requests"],
    visibleIn: judged,
    apply: changingObjects((object) => {
      if (!isObject(object["properties"]) || object["type"] !== "object") return object;
      const { type: _, ...rest } = object;
      return rest;
    }),
  },
  {
    id: "choice-needs-tools",
    title: "a tool choice is left out of a body without tools",
    rules: ["requests: text: what the caller insists on is sent"],
    visibleIn: judged,
    apply: changingBody(({ tool_choice: choice, toolConfig: _, ...body }) =>
      body["tools"] === undefined || choice === undefined ? body : { ...body, tool_choice: choice },
    ),
  },
  {
    id: "parts-as-arguments",
    title: "the parts of a message are passed to a function as its arguments",
    rules: ["requests: text: 130000 texts in each message", "requests: text: 130000 tool calls in one message"],
    apply: changingProtocol((inner) => ({
      ...inner,
      render(call) {
        const parts: unknown[] = [];
        for (const { content } of call.messages) parts.push(...content);
        return inner.render(call);
      },
    })),
  },
  {
    id: "arguments-as-text",
    title: "the arguments of earlier calls are sent as they broke off",
    rules: ["requests"],
    visibleIn: judged,
    apply: changingObjects((object) => ({
      ...object,
      ...(typeof object["arguments"] === "string" ? { arguments: object["arguments"].slice(0, -1) } : {}),
      ...(object["type"] === "tool_use" ? { input: "{" } : {}),
    })),
  },
  {
    id: "late-system-lost",
    title: "a system turn at the end is left out",
    rules: ["requests"],
    visibleIn: judged,
    apply: changingBody((body) => JSON.parse(JSON.stringify(body).replaceAll("Answer in one word, please.", "")) as JsonObject), // an object stays one
  },
  {
    id: "citation-with-file",
    title: "citations go back with a field that only answers have",
    rules: ["requests"],
    visibleIn: { in: (fixture) => /"citations_delta"/.test(bodyOf(fixture)), otherwise: "no answer of Messages has citations" },
    apply: changingObjects((object) =>
      typeof object["cited_text"] === "string" || typeof object["encrypted_index"] === "string" ? { ...object, file_id: null } : object,
    ),
  },
  {
    id: "server-result-lost",
    title: "the results of server tools are not sent back",
    rules: ["requests"],
    visibleIn: {
      in: (fixture) => /"type":"server_tool_use"/.test(bodyOf(fixture)) && /"type":"[a-z_]+_tool_result"/.test(bodyOf(fixture)),
      otherwise: "no answer of Messages has the result of a server tool",
    },
    apply: changingObjects((object) =>
      Array.isArray(object["content"])
        ? { ...object, content: object["content"].filter((one) => !isObject(one) || !/._tool_result$/.test(String(one["type"]))) }
        : object,
    ),
  },
  {
    id: "mistake-unnamed",
    title: "a mistake of the caller is an error without its path",
    rules: ["requests"],
    visibleIn: judged,
    apply: (provider: Provider): TestedSubject => {
      const own = testedSubject(provider);
      return {
        ...own,
        connection(fixture, options) {
          const connection = own.connection(fixture, options);
          if (connection === undefined) return undefined;
          const explain: typeof connection.explain = async (...given) => {
            try {
              return await connection.explain(...given);
            } catch (error) {
              throw isLumiverseError(error) ? new LumiverseError({ code: error.code, message: error.message }) : error;
            }
          };
          return Object.assign(Object.create(connection) as typeof connection, { explain });
        },
      };
    },
  },
  {
    id: "template-error-retried",
    title: "an exception of the chat template counts as a failing server",
    rules: ["faults: template-500"],
    apply: changingErrors((error) =>
      /Jinja|template/i.test(error.message) ? new LumiverseError({ code: "server", message: error.message, retryable: true }) : error,
    ),
  },
  {
    id: "envelope-ignored",
    title: "a failure in the vendor's own envelope is read as an empty answer",
    rules: ["faults: envelope-200", "faults: envelope-200-streamed"],
    apply: changingReader((reader) => ({
      body(json, emit) {
        if (isObject(json) && json["base_resp"] !== undefined) emit({ type: "finish", reason: "stop" });
        else reader.body(json, emit);
      },
    })),
  },
  {
    id: "limit-name-kept",
    title: "a demand for max_completion_tokens is not followed",
    rules: ["faults: limit-renamed"],
    visibleIn: limited,
    apply: (provider) => testedSubject({ ...provider, recover: () => undefined }),
  },
  {
    id: "preview-is-the-end",
    title: "usage before the content proves that an answer without a finish reason is complete",
    rules: ["properties"],
    visibleIn: {
      in: (fixture) => fixture.name === "text" && /"choices"|"candidates"|"message_start"/.test(bodyOf(fixture)),
      otherwise: "the protocol of its plain case sends no usage before the end",
    },
    apply: changingReader((reader) => {
      let counted = false;
      return {
        message(message, emit) {
          reader.message(message, (event) => {
            if (event.type === "usage") counted = true;
            emit(event);
          });
        },
        end(emit) {
          try {
            reader.end(emit);
          } catch (error) {
            if (!counted) throw error;
            emit({ type: "finish", reason: "stop" });
          }
        },
      };
    }),
  },
  {
    id: "half-call-ends",
    title: "a call whose stream broke off ends like a complete one",
    rules: ["properties"],
    visibleIn: {
      in: (fixture) =>
        fixture.case.expect.error === undefined &&
        // Of several turns, only the last answer is cut.
        fixture.case.turns === undefined &&
        Object.values(
          Object.groupBy(
            (fixture.case.expect.events ?? []).flatMap((event) => (event.type === "tool-call-delta" ? [event] : [])),
            ({ index }) => index,
          ),
        ).some((pieces) => (pieces ?? []).length > 1),
      otherwise: "no answer streams the arguments of a call in pieces",
    },
    apply: changingReader((reader) => {
      const open = new Set<number>();
      return {
        message(message, emit) {
          reader.message(message, (event) => {
            if (event.type === "part-start" && event.kind === "tool-call") open.add(event.index);
            if (event.type === "part-end") open.delete(event.index);
            emit(event);
          });
        },
        end(emit) {
          try {
            reader.end(emit);
          } catch (error) {
            for (const index of open) emit({ type: "part-end", index, arguments: "{}" });
            throw error;
          }
        },
      };
    }),
  },
];
