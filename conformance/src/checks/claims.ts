/** The capabilities that a subject claims, the scenarios that they require, and whether a case shows the capabilities that it names. */
import { type Capabilities, type Capability, type ChatRequest, type Part, supportOf } from "@lumiverse/core/provider";
import { type Fixture, modesOf } from "../fixture/fixture.ts";
import { allCapabilities } from "../fixture/schema.ts";
import type { TestedSubject } from "../play/subject.ts";

/**
 * The scenarios that are required by name, by the capability that requires them. Other cases can show a capability too, but cannot replace these: a provider that
 * claims tools needs a tool loop to pass.
 */
export const required: Readonly<Partial<Record<Capability | "always" | "key", readonly string[]>>> = {
  always: ["text"],
  key: ["key-refused"],
  tools: ["tool-call", "tool-loop"],
  "output.schema": ["output-schema"],
  "input.image": ["image"],
  reasoning: ["reasoning"],
  models: ["models"],
  account: ["account"],
  countTokens: ["count-tokens"],
};

/** The capabilities that the routes of the cases claim, each with the first model that claims it. Operations are not included. */
export function claimed(subject: TestedSubject, fixtures: readonly Fixture[]): Map<Capability, string> {
  const claims = new Map<Capability, string>();
  const add = (capabilities: Capabilities, model: string): void => {
    for (const capability of allCapabilities)
      if (supportOf(capabilities[capability]) === "yes" && !claims.has(capability)) claims.set(capability, model);
  };
  for (const fixture of fixtures) add(subject.claims(fixture), fixture.case.model);
  return claims;
}

/** The capabilities that are operations. A provider claims one by having it. */
export const operationNames = ["models", "account", "countTokens"] as const;

/** The operations that a provider has. */
export async function claimedOperations(subject: TestedSubject): Promise<Capability[]> {
  const operations = await subject.operations();
  return operationNames.filter((operation) => operations[operation] !== undefined);
}

/** Describes the required scenarios that are missing. */
export function missingScenarios(subject: TestedSubject, fixtures: readonly Fixture[], claims: ReadonlySet<Capability>): string[] {
  const names = new Set(fixtures.map((fixture) => fixture.name));
  const missing: string[] = [];
  const { credential } = subject.provider ?? {};
  const hasKey = credential !== undefined && credential.kind !== "none" && credential.required;
  for (const [reason, wanted] of Object.entries(required)) {
    if (reason === "key" ? !hasKey : reason !== "always" && !claims.has(reason as Capability)) continue; // all other keys are capabilities
    for (const name of wanted ?? [])
      if (!names.has(name))
        missing.push(
          `scenario "${name}" is missing (${reason === "always" ? "every subject needs it" : reason === "key" ? "a key is required" : `${reason} is claimed`}): add fixtures/${name}`,
        );
  }
  return missing;
}

/** True if a case expects no error. A case that ends in an error does not prove a capability. */
export function endsWell(fixture: Fixture): boolean {
  return [fixture.case.expect, ...(fixture.case.turns ?? []).map((turn) => turn.expect)].every((expect) => expect.error === undefined);
}

/** The reason why a case does not show a capability that it names. Undefined if it does. */
export function whyNotShown(capability: Capability, fixture: Fixture): string | undefined {
  if (fixture.exchanges.length === 0) return "the case sends no request";
  const content = contentOf(fixture);
  const test = TESTS[capability];
  if (test !== undefined) return test(content);
  // All other capabilities are named like their request field.
  return content.request?.[capability as keyof ChatRequest] === undefined ? `the request has no ${capability}` : undefined;
}

/** What a case asks and what it is answered. */
interface CaseContent {
  fixture: Fixture;
  request: Partial<ChatRequest> | undefined;
  /** The parts of all messages of the request and of further turns. */
  parts: readonly Part[];
  /** The parts of tool results. */
  results: readonly Part[];
  /** The expected response of each turn. */
  responses: readonly Readonly<Record<string, unknown>>[];
}
type Test = (content: CaseContent) => string | undefined;

function contentOf(fixture: Fixture): CaseContent {
  const { request, expect, turns = [] } = fixture.case;
  const parts = [...(request?.messages ?? []), ...turns.flatMap((turn) => turn.messages)].flatMap(
    (message) => (typeof message.content === "string" ? [] : (message.content as readonly Part[])), // the parts of every role are a subset of Part
  );
  const results = parts.flatMap((part) => (part.type === "tool-result" && typeof part.content !== "string" ? part.content : []));
  const responses = [expect, ...turns.map((turn) => turn.expect)].map((one) => one.response ?? {});
  return { fixture, request, parts, results, responses };
}

/** A capability that the request of its case must use. */
function requested(what: string, holds: (content: CaseContent) => boolean): Test {
  return (content) => (holds(content) ? undefined : `the request has no ${what}`);
}
/** A capability that an answer of its case must show. */
function answered(what: string, holds: (response: Readonly<Record<string, unknown>>) => boolean): Test {
  return ({ responses }) => (responses.some(holds) ? undefined : `expect.response has no ${what}`);
}
/** The reason of the first test that fails. */
function both(first: Test, second: Test): Test {
  return (content) => first(content) ?? second(content);
}
/** A medium in a message or in a tool result. */
function medium(what: string, holds: (part: Part) => boolean): Test {
  return requested(what, ({ parts, results }) => [...parts, ...results].some(holds));
}
function operation(name: (typeof operationNames)[number]): Test {
  return ({ fixture }) => (fixture.case.operation === name ? undefined : `its operation is not ${name}`);
}
function generatedMedium(type: "image" | "audio"): Test {
  return answered(
    type,
    (response) => JSON.stringify(response).includes(`"type":"${type}"`) || JSON.stringify(response["details"] ?? {}).includes(type),
  );
}
const hasReasoning = (response: Readonly<Record<string, unknown>>): boolean => filled(response["reasoning"]);
const hasSources = (response: Readonly<Record<string, unknown>>): boolean => nonEmpty(response["sources"]);
const hasOutput = answered("output", (response) => response["output"] !== undefined);
const hasCacheSettings = requested("cache", ({ request, fixture }) => request?.cache !== undefined || fixture.case.settings !== undefined);

/** What a case must have to show a capability. */
const TESTS: Readonly<Partial<Record<Capability, Test>>> = {
  models: operation("models"),
  account: operation("account"),
  countTokens: operation("countTokens"),
  streaming: ({ fixture }) => (modesOf(fixture).includes("stream") ? undefined : "the case does not stream"),
  "input.image": medium("image part", (part) => part.type === "image"),
  "input.audio": medium("audio part", (part) => part.type === "audio"),
  "input.file": medium("file part", (part) => part.type === "file"),
  "input.video": medium("file part with a video", (part) => part.type === "file" && part.mediaType?.startsWith("video/") === true),
  "input.url": medium("media by URL", (part) => "url" in part && part.url !== undefined && part.type !== "source"),
  "output.image": generatedMedium("image"),
  "output.audio": generatedMedium("audio"),
  tools: both(
    requested("tools", ({ request }) => (request?.tools?.length ?? 0) > 0),
    answered("tool call", (response) => nonEmpty(response["toolCalls"])),
  ),
  "toolChoice.none": requested("toolChoice none", ({ request }) => request?.toolChoice === "none"),
  "toolChoice.required": requested("toolChoice required", ({ request }) => request?.toolChoice === "required"),
  "toolChoice.named": requested("toolChoice by name", ({ request }) => typeof request?.toolChoice === "object"),
  "tools.strict": requested(
    "strict tool",
    ({ request }) => request?.tools?.some((tool) => "strict" in tool && tool.strict === true) === true,
  ),
  "tools.images": requested("tool result with an image", ({ results }) => results.some((part) => part.type === "image")),
  parallelToolCalls: requested("parallelToolCalls: false", ({ request }) => request?.parallelToolCalls === false),
  "output.schema": both(
    requested("output schema", ({ request }) => typeof request?.output === "object"),
    hasOutput,
  ),
  "output.json": both(
    requested('output "json"', ({ request }) => request?.output === "json"),
    hasOutput,
  ),
  "output.tools": requested(
    "output together with tools",
    ({ request }) => request?.output !== undefined && (request.tools?.length ?? 0) > 0,
  ),
  reasoning: (content) =>
    content.request?.reasoning !== undefined && content.request.reasoning !== "off"
      ? undefined
      : answered("reasoning, and the request does not request any", hasReasoning)(content),
  "reasoning.off": requested('reasoning "off"', ({ request }) => request?.reasoning === "off"),
  "reasoning.budget": requested("reasoning budget", ({ request }) => typeof request?.reasoning === "object"),
  "reasoning.visible": answered("reasoning", hasReasoning),
  sources: answered("source", hasSources),
  webSearch: (content) =>
    content.request?.tools?.some((tool) => "hosted" in tool) === true ||
    content.fixture.case.settings !== undefined ||
    content.request?.parameters !== undefined
      ? undefined
      : answered("source, and the request does not request a search", hasSources)(content),
  "cache.explicit": hasCacheSettings,
  "cache.automatic": hasCacheSettings,
  "cache.implicit": answered(
    "usage.cacheRead",
    (response) => typeof (response["usage"] as { cacheRead?: number } | undefined)?.cacheRead === "number", // golden usage
  ),
};

function nonEmpty(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0;
}
function filled(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}
