/** Mutants that change what the caller asks for on its way to the host, or what the host states on its way to the caller. */
import { type Fixture, testedSubject } from "@lumiverse/conformance/internals";
import { type CheckedCall, type CheckedRequest, type KeyVerdict, type Provider, supportOf } from "@lumiverse/core/provider";
import { changingBody, changingEvents, changingProtocol, type Mutant } from "./mutant.ts";

/** Changes the request before the protocol renders it. */
const changingRequest = (change: (request: CheckedRequest) => CheckedRequest): NonNullable<Mutant["apply"]> =>
  changingProtocol((inner) => ({ ...inner, render: (call) => inner.render({ ...call, request: change(call.request) }) }));

/** Changes the messages before the protocol renders them. */
const changingMessages = (change: (messages: CheckedCall["messages"]) => CheckedCall["messages"]): NonNullable<Mutant["apply"]> =>
  changingProtocol((inner) => ({ ...inner, render: (call) => inner.render({ ...call, messages: change(call.messages) }) }));

/** Applies to providers with a case whose model can have the capability. */
const claiming =
  (name: string, capability: "temperature" | "stop" | "tools" | "toolChoice.required") =>
  (fixtures: readonly Fixture[], provider: Provider): string | undefined => {
    const fixture = fixtures.find((one) => one.name === name);
    if (fixture === undefined) return `there is no case ${name}`;
    const claim = testedSubject(provider).claims(fixture)[capability];
    const isOne = capability === "stop" && Array.isArray(claim) && Number(claim[1]) < 2;
    return supportOf(claim) === "no" || isOne ? `the model of the case ${name} has no ${capability}` : undefined;
  };

type CheckedMessage = CheckedCall["messages"][number];

function trimmed(message: CheckedMessage): CheckedMessage {
  if (message.role !== "user") return message;
  if (typeof message.content === "string") return { ...message, content: message.content.trim() };
  return { ...message, content: message.content.map((part) => (part.type === "text" ? { ...part, text: part.text.trim() } : part)) };
}

/** The body with half a surrogate pair in the place of each character that replaced one. */
function withHalves(body: Record<string, unknown>): Record<string, unknown> {
  return JSON.parse(JSON.stringify(body).replaceAll("\ufffd", "\\ud83c")) as Record<string, unknown>; // an object stays one
}

/** A check of the key that reads nothing but the status. */
function checkingBy(verdict: (status: number) => KeyVerdict): Pick<Mutant, "apply" | "notApplicable"> {
  return {
    notApplicable: (_fixtures, { credential }) => (credential.kind === "none" ? "the provider has no credential" : undefined),
    apply: (provider) =>
      testedSubject({
        ...provider,
        operations: async () => {
          const operations = await provider.operations();
          return { ...operations, check: { ...operations.check, parse: ({ status }: { status: number }) => ({ value: verdict(status) }) } };
        },
      }),
  };
}

export const contentMutants: readonly Mutant[] = [
  {
    id: "texts-trimmed",
    title: "the texts of the user lose the space at their ends",
    rules: ["requests: text: texts are sent to the last character"],
    apply: changingMessages((messages) => messages.map(trimmed)),
  },
  {
    id: "halves-sent",
    title: "half a surrogate pair is sent as the application wrote it",
    rules: ["requests: text: half a surrogate pair is not sent"],
    apply: changingBody(withHalves),
  },
  {
    id: "halves-of-calls-sent",
    title: "half a surrogate pair in a call or its result is sent as it was given",
    rules: ["requests: tool-call: half a surrogate pair is not sent in a call or its result"],
    notApplicable: claiming("tool-call", "tools"),
    apply: changingBody(withHalves),
  },
  {
    id: "messages-swapped",
    title: "two messages of the user change places",
    rules: ["requests: text: messages are sent in their order"],
    apply: changingMessages((messages) => {
      const [first, second] = messages.filter(({ role }) => role === "user");
      return messages.map((one) => (one === first ? (second ?? one) : one === second ? (first ?? one) : one));
    }),
  },
  {
    id: "temperature-halved",
    title: "the temperature is sent on another scale",
    rules: ["requests: text: numbers are sent as they were given"],
    notApplicable: claiming("text", "temperature"),
    apply: changingRequest((request) =>
      request.temperature === undefined ? request : { ...request, temperature: request.temperature / 2 },
    ),
  },
  {
    id: "stop-reversed",
    title: "the stop sequences are sent in another order",
    rules: ["requests: text: stop sequences are sent unchanged and in their order"],
    notApplicable: claiming("text", "stop"),
    apply: changingRequest((request) => (request.stop === undefined ? request : { ...request, stop: [...request.stop].reverse() })),
  },
  {
    id: "default-sent",
    title: "a temperature is sent that nobody asked for",
    rules: ["requests: text: nothing is sent that nobody asked for"],
    apply: changingBody((sent) => ({ temperature: 0.7, ...sent })),
  },
  {
    id: "second-tool-lost",
    title: "only the first tool is sent",
    rules: ["requests: tool-call: tools are sent with all that describes them"],
    notApplicable: claiming("tool-call", "tools"),
    apply: changingRequest((request) => (request.tools === undefined ? request : { ...request, tools: request.tools.slice(0, 1) })),
  },
  {
    id: "choice-lost",
    title: "the tool choice is not sent",
    rules: ["requests: tool-call: different tool choices are different requests"],
    notApplicable: claiming("tool-call", "toolChoice.required"),
    apply: changingRequest(({ toolChoice: _, ...request }) => request),
  },
  {
    id: "limit-is-stop",
    title: "an answer that reached the token limit is read as a complete one",
    rules: ["properties"],
    visibleIn: {
      in: ({ case: { expect, streaming, operation } }) =>
        operation === undefined &&
        streaming !== false &&
        /^(?:length|max_tokens|max_output_tokens)$/i.test(String(expect.response?.["rawFinishReason"])),
      otherwise: "no streamed case reaches the limit",
    },
    apply: changingEvents(
      () => (event, emit) => emit(event.type === "finish" && event.reason === "length" ? { ...event, reason: "stop" } : event),
    ),
  },
  {
    id: "refused-key-is-valid",
    title: "the check of a key does not read the status",
    rules: ["properties: a key that the host refuses is not valid"],
    ...checkingBy(() => ({ key: "valid", usable: true })),
  },
  {
    id: "key-valid-by-status",
    title: "the check of a key reads the status alone",
    rules: ["properties: a key that the host refuses is not valid"],
    ...checkingBy((status) => (status < 400 ? { key: "valid", usable: "unknown" } : { key: "invalid", usable: false })),
  },
];
