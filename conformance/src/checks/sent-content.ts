/**
 * Checks that what the caller asks for arrives in the request, whatever the protocol calls it: texts to the last character, in their order, numbers, stop
 * sequences, tools and media types. A golden request can't check it, because its author writes down what the provider sends.
 */
import type { Connection } from "@lumiverse/core";
import { type Capabilities, type ChatRequest, isLumiverseError, type Message, supportOf, type Tool } from "@lumiverse/core/provider";
import type { Fixture } from "../fixture/fixture.ts";
import { crashOf } from "../play/crash.ts";
import type { TestedSubject } from "../play/subject.ts";
import { type Check, check } from "./check.ts";

type Asked = Omit<ChatRequest, "model">;

/** A request as it is sent, with what was noted about it. Undefined if it was refused. */
type Ask = (request: Asked) => Promise<Sent | undefined>;
interface Sent {
  url: string;
  body: unknown;
  /** The body as JSON. */
  text: string;
  /** The fields that notes are about, and the notes' messages. */
  notes: string;
}

const user = (content: string): Message => ({ role: "user", content });
const PLAIN: Asked = { messages: [user("Say hello.")] };

/** The rules of each case. A rule about tools needs a model that has tools, so it belongs to the case about them. */
const RULES: Readonly<Record<string, Readonly<Record<string, (ask: Ask, claims: Capabilities) => Promise<string[]>>>>> = {
  text: {
    "texts are sent to the last character": textFaults,
    "half a surrogate pair is not sent": halfFaults,
    "messages are sent in their order": orderFaults,
    "numbers are sent as they were given": numberFaults,
    "stop sequences are sent unchanged and in their order": stopFaults,
    "nothing is sent that nobody asked for": unaskedFaults,
    "fields of the vendor's own are sent": parameterFaults,
    "the URL has no empty segment": urlFaults,
  },
  "tool-call": {
    "tools are sent with all that describes them": toolFaults,
    "half a surrogate pair is not sent in a call or its result": halfCallFaults,
    "results belong to their calls": resultFaults,
    "different tool choices are different requests": choiceFaults,
  },
  reasoning: { "different levels are different requests": levelFaults },
  image: { "an image keeps its media type": imageFaults },
  "output-schema": { "a schema is sent whole": schemaFaults },
};

/** One check per kind of content that the case is about. */
export function sentContentChecks(subject: TestedSubject, fixture: Fixture): Check[] {
  if (subject.provider === undefined) return [];
  const claims = subject.claims(fixture);
  const ask: Ask = async (request) => {
    try {
      const explained = await subject.connection(fixture)?.explain({ model: fixture.case.model, ...request });
      return explained === undefined ? undefined : sentOf(explained);
    } catch (error) {
      if (!isLumiverseError(error) || crashOf(error) !== undefined) throw error;
      return undefined;
    }
  };
  return Object.entries(RULES[fixture.name] ?? {}).map(([name, faults]) =>
    check("requests", `${fixture.name}: ${name}`, () => faults(ask, claims)),
  );
}

function sentOf({ url, body, notes }: Awaited<ReturnType<Connection["explain"]>>): Sent {
  return {
    url: String(url),
    body,
    text: JSON.stringify(body) ?? "",
    notes: notes.map((note) => `${note.field ?? ""} ${note.message}`).join("\n"),
  };
}

/** All values of a body that are no objects, each with the name of its field. */
function leaves(value: unknown, name = ""): [name: string, value: unknown][] {
  if (Array.isArray(value)) return value.flatMap((item) => leaves(item, name));
  if (typeof value === "object" && value !== null) return Object.entries(value).flatMap(([key, inner]) => leaves(inner, key));
  return [[name, value]];
}
function strings(sent: Sent): string[] {
  return leaves(sent.body).flatMap(([, value]) => (typeof value === "string" ? [value] : []));
}

/** What is easily changed on the way: space at the ends, line ends, characters that Unicode can write in two ways, escapes and markup. */
const ODD_TEXTS: readonly string[] = [
  "  two spaces before",
  "line one\r\nline two",
  "Cafe\u0301 \u212b",
  "ends with \t",
  "\\n {{x}} <b>&amp;</b> \u{1f6a2}\u200d",
];

async function textFaults(ask: Ask): Promise<string[]> {
  const faults: string[] = [];
  for (const odd of ODD_TEXTS) {
    // More text follows, because hosts that refuse space at the end of a conversation get none there.
    const sent = await ask({
      messages: [
        user(`${odd}|`),
        { role: "assistant", content: "Yes." },
        user(`|${odd}`),
        { role: "assistant", content: "No." },
        user("Go on."),
      ],
    });
    const missing = sent === undefined ? [] : [`${odd}|`, `|${odd}`].filter((text) => !strings(sent).some((one) => one.includes(text)));
    if (missing.length > 0) faults.push(`the text ${JSON.stringify(missing[0])} of a message is not sent unchanged`);
  }
  return faults;
}

/** An application that cuts texts by their length leaves half a character at the end. Vendors refuse it, because it is no valid JSON. */
const HALF = "HALF-A \ud83c|";

async function halfFaults(ask: Ask): Promise<string[]> {
  const requests: readonly (readonly [what: string, Asked])[] = [
    ["a message of the user", { messages: [user(HALF)] }],
    ["a part of a message", { messages: [{ role: "user", content: [{ type: "text", text: HALF }] }] }],
    ["an answer", { messages: [user("Say hello."), { role: "assistant", content: HALF }, user("Go on.")] }],
    ["a stop sequence", { ...PLAIN, stop: [HALF] }],
    ["a prefill", { ...PLAIN, prefill: HALF }],
    [
      "the name of a file",
      {
        messages: [
          {
            role: "user",
            content: [
              { type: "text", text: "Read." },
              { type: "file", data: "AAAA", mediaType: "application/pdf", filename: HALF },
            ],
          },
        ],
      },
    ],
    ["the system message", { messages: [{ role: "system", content: HALF }, user("Say hello.")] }],
  ];
  return sentHalves(ask, requests);
}

async function halfCallFaults(ask: Ask, claims: Capabilities): Promise<string[]> {
  if (supportOf(claims.tools) === "no") return [];
  const [tool] = TOOLS;
  const args = { berth: HALF };
  const call = { type: "tool-call", id: "call_a", name: "zeta_boat", arguments: JSON.stringify(args), input: args } as const;
  const result = { type: "tool-result", id: "call_a", name: "zeta_boat", content: HALF } as const;
  const messages: Message[] = [user("A boat."), { role: "assistant", content: [call] }, { role: "tool", content: [result] }];
  return sentHalves(ask, [
    ["the description of a tool", { ...PLAIN, tools: [{ name: "zeta_boat", ...tool, description: HALF }] }],
    ["a call and its result", { messages, tools: TOOLS }],
  ]);
}

async function sentHalves(ask: Ask, requests: readonly (readonly [what: string, Asked])[]): Promise<string[]> {
  const faults: string[] = [];
  for (const [what, asked] of requests) {
    const sent = await ask(asked);
    // Arguments are JSON inside a text, where half a pair is an escape.
    if (sent !== undefined && /\\ud[89a-f]/i.test(sent.text)) faults.push(`half a surrogate pair in ${what} is sent`);
  }
  return faults;
}

async function orderFaults(ask: Ask): Promise<string[]> {
  const system = (content: string): Message => ({ role: "system", content });
  const turns = ["TURN-A", "TURN-B", "TURN-C", "TURN-D", "TURN-E"];
  const messages = [
    system("RULE-A"),
    system("RULE-B"),
    user("TURN-A"),
    { role: "assistant", content: "TURN-B" } as const,
    user("TURN-C"),
    user("TURN-D"),
    { role: "assistant", content: [{ type: "text", text: "TURN-E" }] } as const,
    user("Go on."),
  ];
  const sent = await ask({ messages });
  if (sent === undefined) return [];
  const asUser = ["RULE-A", "RULE-B"].filter((text) => roleOf(sent.body, text) === "user" && !sent.notes.includes("messages"));
  if (asUser.length > 0) return [`the system message ${asUser.join(", ")} is sent as a message of the user, and no note says why`];
  return [["RULE-A", "RULE-B"], turns].flatMap((texts) => {
    const places = texts.map((text) => sent.text.indexOf(text));
    const lost = texts.filter((_, i) => places[i] === -1);
    if (lost.length > 0) return [`the message ${lost.join(", ")} is lost`];
    return places.every((place, i) => i === 0 || place > (places[i - 1] ?? 0))
      ? []
      : [`the messages ${texts.join(", ")} are sent in another order`];
  });
}

/** What is read of the innermost object that contains a text and of which something can be read. */
function innermost(value: unknown, text: string, read: (object: object) => unknown): unknown {
  if (typeof value !== "object" || value === null || !JSON.stringify(value).includes(text)) return undefined;
  for (const inner of Object.values(value)) {
    const found = innermost(inner, text, read);
    if (found !== undefined) return found;
  }
  return read(value);
}

/** The role of the innermost message that contains a text. */
function roleOf(body: unknown, text: string): unknown {
  return innermost(body, text, (message) => ("role" in message ? message.role : undefined));
}

/** The values of each number that are easily lost or rounded. */
const NUMBERS: readonly {
  field: "temperature" | "topP" | "topK" | "minP" | "frequencyPenalty" | "presencePenalty" | "seed" | "maxOutputTokens";
  values: readonly number[];
}[] = [
  { field: "temperature", values: [0, 0.37, 0.5] }, // some hosts accept one decimal
  { field: "topP", values: [0.37] },
  { field: "topK", values: [37] },
  { field: "minP", values: [0.07] },
  { field: "frequencyPenalty", values: [0.37] },
  { field: "presencePenalty", values: [0.37] },
  { field: "seed", values: [0, 123457] },
  { field: "maxOutputTokens", values: [37, 4801] },
];
/** Names by which a field can't be sent, because they belong to another one. */
const OTHER_NAMES: Readonly<Record<string, RegExp>> = {
  topP: /k$/i,
  topK: /p$/i,
  minP: /k$|^top/i,
  frequencyPenalty: /presence/i,
  presencePenalty: /frequency/i,
};

async function numberFaults(ask: Ask, claims: Capabilities): Promise<string[]> {
  const faults: string[] = [];
  for (const { field, values } of NUMBERS) {
    const claim = claims[field];
    if (supportOf(claim) === "no") continue;
    for (const value of values) {
      if (Array.isArray(claim) && (Number(claim[0]) > value || Number(claim[1]) < value)) continue;
      const given = { ...PLAIN, [field]: value };
      const usual = await ask(given);
      // Some models ignore sampling while they reason.
      const sent = usual?.notes.includes(field) === true ? await ask({ ...given, reasoning: "off" }) : usual;
      if (sent === undefined || sent.notes.includes(field)) continue;
      const found = leaves(sent.body).filter(([, one]) => one === value);
      if (found.length === 0) faults.push(`${field}: ${value} is not sent, and no note says why`);
      else if (found.every(([name]) => OTHER_NAMES[field]?.test(name) === true)) faults.push(`${field} is sent as ${found[0]?.[0]}`);
    }
  }
  return faults;
}

async function stopFaults(ask: Ask, claims: Capabilities): Promise<string[]> {
  const claim = claims.stop;
  if (supportOf(claim) === "no") return [];
  const most = Array.isArray(claim) ? Number(claim[1]) : 4;
  const stop = ["\nZ: ", " B", "Y."].slice(0, most);
  const sent = await ask({ ...PLAIN, stop });
  if (sent === undefined || sent.notes.includes("stop")) return [];
  const found = strings(sent).filter((text) => stop.includes(text));
  return found.join("|") === stop.join("|")
    ? []
    : [`the stop sequences ${JSON.stringify(stop)} are sent as ${JSON.stringify(found)}, and no note says why`];
}

const SAMPLING = /^(?:temperature|top_?[pk]|min_?p|seed|(?:frequency|presence|repetition)_?penalty|stop(?:_?sequences)?)$/i;

async function unaskedFaults(ask: Ask): Promise<string[]> {
  const sent = await ask(PLAIN);
  const names = sent === undefined ? [] : leaves(sent.body).map(([name]) => name);
  return names.filter((name) => SAMPLING.test(name)).map((name) => `${name} is sent although the request has no such field`);
}

const TOOLS: readonly Tool[] = [
  {
    name: "zeta_boat",
    description: "Finds a boat. DESCRIPTION-A",
    parameters: {
      type: "object",
      properties: {
        berth: { type: "string", description: "DESCRIPTION-B", enum: ["ENUM-A", "ENUM-B"] },
        length: { type: "number", description: "DESCRIPTION-C" },
      },
      required: ["berth", "length"],
      additionalProperties: false,
    },
  },
  {
    name: "alpha_tide",
    description: "Finds a tide. DESCRIPTION-D",
    parameters: { type: "object", properties: {}, additionalProperties: false },
  },
];
const DESCRIBED = ["zeta_boat", "DESCRIPTION-A", "DESCRIPTION-B", "ENUM-A", "ENUM-B", "DESCRIPTION-C", "alpha_tide", "DESCRIPTION-D"];

async function toolFaults(ask: Ask, claims: Capabilities): Promise<string[]> {
  if (supportOf(claims.tools) === "no") return [];
  const sent = await ask({ ...PLAIN, tools: TOOLS });
  if (sent === undefined || sent.notes.includes("tools")) return [];
  const lost = DESCRIBED.filter((text) => !sent.text.includes(text));
  if (lost.length > 0) return [`${lost.join(", ")} of the tools is lost, and no note says why`];
  // A change of the order changes the prefix that vendors cache.
  return sent.text.indexOf("zeta_boat") < sent.text.indexOf("alpha_tide") ? [] : ["the tools are sent in another order"];
}

async function resultFaults(ask: Ask, claims: Capabilities): Promise<string[]> {
  if (supportOf(claims.tools) === "no") return [];
  const call = (id: string, berth: string) =>
    ({ type: "tool-call", id, name: "zeta_boat", arguments: `{"berth":"${berth}","length":123456789012345}` }) as const;
  const transcript = (isError: boolean): Message[] => [
    user("Two boats."),
    { role: "assistant", content: [call("call_a", "BERTH-A"), call("call_b", "BERTH-B")] },
    {
      role: "tool",
      content: [
        { type: "tool-result", id: "call_a", name: "zeta_boat", content: "RESULT-A", ...(isError ? { isError } : {}) },
        { type: "tool-result", id: "call_b", name: "zeta_boat", content: "RESULT-B" },
      ],
    },
  ];
  const [sent, failed] = [
    await ask({ messages: transcript(false), tools: TOOLS }),
    await ask({ messages: transcript(true), tools: TOOLS }),
  ];
  if (sent === undefined) return [];
  const faults: string[] = [];
  if (!sent.text.includes("123456789012345")) faults.push("the number 123456789012345 in the arguments of a call is changed");
  for (const letter of ["A", "B"]) {
    const [made, answered] = [idBeside(sent.body, `BERTH-${letter}`), idBeside(sent.body, `RESULT-${letter}`)];
    if (!sent.text.includes(`RESULT-${letter}`)) faults.push(`RESULT-${letter} is lost`);
    else if (made !== undefined && answered !== undefined && made !== answered)
      faults.push(`RESULT-${letter} is sent as the result of another call`);
  }
  if (failed !== undefined && failed.text === sent.text && failed.notes === sent.notes) faults.push("isError of a result is lost");
  return faults;
}

const ID = /^(?:id|call_id|tool_call_id|tool_use_id)$/;

/** The id of the call in the innermost object that contains a text and an id. */
function idBeside(body: unknown, text: string): unknown {
  return innermost(body, text, (object) => {
    // Responses has an item id beside the id of the call.
    const named = Object.entries(object).filter(([name, id]) => ID.test(name) && typeof id === "string");
    return (named.find(([name]) => name !== "id") ?? named[0])?.[1];
  });
}

/** Those of the named requests that are sent as an earlier one is. Requests that are refused, or excused by their notes, do not count. */
async function twinFaults(
  ask: Ask,
  what: string,
  excuse: RegExp,
  requests: readonly (readonly [name: string, Asked])[],
): Promise<string[]> {
  const sent = new Map<string, string>();
  const faults: string[] = [];
  for (const [name, asked] of requests) {
    const one = await ask(asked);
    if (one === undefined || excuse.test(one.notes)) continue;
    const twin = sent.get(one.text);
    if (twin !== undefined) faults.push(`${what} ${twin} and ${name} are sent as the same request, and no note says why`);
    sent.set(one.text, name);
  }
  return faults;
}

async function choiceFaults(ask: Ask, claims: Capabilities): Promise<string[]> {
  if (supportOf(claims.tools) === "no") return [];
  const choices = [
    ["auto", "auto"],
    ...(["none", "required"] as const)
      .filter((choice) => supportOf(claims[`toolChoice.${choice}`]) !== "no")
      .map((choice) => [choice, choice] as const),
    ...(supportOf(claims["toolChoice.named"]) !== "no" ? [["by name", { name: "alpha_tide" }] as const] : []),
  ] as const;
  const requests = choices.map(([name, toolChoice]) => [name, { ...PLAIN, tools: TOOLS, toolChoice }] as const);
  return twinFaults(ask, "the tool choices", /tool/i, requests);
}

async function levelFaults(ask: Ask, claims: Capabilities): Promise<string[]> {
  const levels = Array.isArray(claims.reasoning) ? claims.reasoning.filter((level) => typeof level === "string") : [];
  // They are levels that the provider claims.
  const requests = levels.map((level) => [level, { ...PLAIN, reasoning: level as NonNullable<ChatRequest["reasoning"]> }] as const);
  return twinFaults(ask, "the levels of reasoning", /reasoning/, requests);
}

async function imageFaults(ask: Ask, claims: Capabilities): Promise<string[]> {
  if (supportOf(claims["input.image"]) === "no") return [];
  const data = "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////";
  const sent = await ask({
    messages: [
      {
        role: "user",
        content: [
          { type: "text", text: "What is it?" },
          { type: "image", data, mediaType: "image/jpeg" },
        ],
      },
    ],
  });
  if (sent === undefined || sent.notes !== "") return [];
  return [
    ...(sent.text.includes("image/jpeg") ? [] : ["the media type image/jpeg is lost"]),
    ...(sent.text.includes(data) ? [] : ["the data of the image is changed"]),
  ];
}

async function schemaFaults(ask: Ask, claims: Capabilities): Promise<string[]> {
  if (supportOf(claims["output.schema"]) === "no") return [];
  const schema = {
    type: "object",
    properties: { berth: { type: "string", description: "DESCRIPTION-B", enum: ["ENUM-A", "ENUM-B"] } },
    required: ["berth"],
    additionalProperties: false,
  };
  const sent = await ask({ ...PLAIN, output: { schema } });
  if (sent === undefined || sent.notes.includes("output")) return [];
  const lost = ["berth", "DESCRIPTION-B", "ENUM-A", "ENUM-B"].filter((text) => !sent.text.includes(text));
  return lost.length === 0 ? [] : [`${lost.join(", ")} of the output schema is lost, and no note says why`];
}

async function parameterFaults(ask: Ask): Promise<string[]> {
  const sent = await ask({ ...PLAIN, parameters: { x_suite: { berth: 37 } } });
  return sent === undefined || sent.text.includes('"x_suite":{"berth":37}') || sent.notes.includes("parameters")
    ? []
    : ["`parameters` of the request are not sent"];
}

async function urlFaults(ask: Ask): Promise<string[]> {
  const sent = await ask(PLAIN);
  return sent !== undefined && new URL(sent.url).pathname.includes("//") ? [`the URL ${sent.url} has an empty segment`] : [];
}
