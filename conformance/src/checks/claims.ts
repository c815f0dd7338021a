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
  const take = (facts: Capabilities, model: string): void => {
    for (const capability of allCapabilities)
      if (supportOf(facts[capability]) === "yes" && !claims.has(capability)) claims.set(capability, model);
  };
  for (const fixture of fixtures) take(subject.claims(fixture), fixture.case.model);
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
          `scenario "${name}" is missing (${reason === "always" ? "every subject needs it" : reason === "key" ? "a key is required" : `${reason} is claimed`})`,
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
  const { request, expect, operation } = fixture.case;
  const turns = [expect, ...(fixture.case.turns ?? []).map((turn) => turn.expect)];
  const responses = turns.map((turn) => turn.response ?? {});
  const answered = (test: (response: Record<string, unknown>) => boolean, what: string): string | undefined =>
    responses.some(test) ? undefined : `expect.response has no ${what}`;
  const asked = (test: boolean, what: string): string | undefined => (test ? undefined : `the request has no ${what}`);
  const parts = [...(request?.messages ?? []), ...(fixture.case.turns ?? []).flatMap((turn) => turn.messages)].flatMap(
    (message) => (typeof message.content === "string" ? [] : (message.content as readonly Part[])), // the parts of every role are a subset of Part
  );
  const results = parts.flatMap((part) => (part.type === "tool-result" && typeof part.content !== "string" ? part.content : []));
  // A tool's result may be a picture as well.
  const media = [...parts, ...results];
  if (fixture.exchanges.length === 0) return "the case sends no request";
  switch (capability) {
    case "models":
    case "account":
    case "countTokens":
      return operation === capability ? undefined : `it is no case of the operation ${capability}`;
    case "streaming":
      return modesOf(fixture).includes("stream") ? undefined : "the case does not stream";
    case "input.image":
    case "input.audio":
      return asked(
        media.some((part) => part.type === capability.slice(6)),
        `${capability.slice(6)} part`,
      );
    case "input.file":
      return asked(
        media.some((part) => part.type === "file"),
        "file part",
      );
    case "input.video":
      return asked(
        media.some((part) => part.type === "file" && part.mediaType?.startsWith("video/") === true),
        "file part with a video",
      );
    case "input.url":
      return asked(
        media.some((part) => "url" in part && part.url !== undefined && part.type !== "source"),
        "media by URL",
      );
    case "output.image":
    case "output.audio":
      return answered(
        (response) =>
          JSON.stringify(response).includes(`"type":"${capability.slice(7)}"`) ||
          JSON.stringify(response["details"] ?? {}).includes(capability.slice(7)),
        capability.slice(7),
      );
    case "tools":
      return asked((request?.tools?.length ?? 0) > 0, "tools") ?? answered((response) => nonEmpty(response["toolCalls"]), "tool call");
    case "toolChoice.none":
    case "toolChoice.required":
      return asked(request?.toolChoice === capability.slice(11), `toolChoice ${capability.slice(11)}`);
    case "toolChoice.named":
      return asked(typeof request?.toolChoice === "object", "toolChoice by name");
    case "tools.strict":
      return asked(request?.tools?.some((tool) => "strict" in tool && tool.strict === true) === true, "strict tool");
    case "tools.images":
      return asked(
        results.some((part) => part.type === "image"),
        "tool result with an image",
      );
    case "parallelToolCalls":
      return asked(request?.parallelToolCalls === false, "parallelToolCalls: false");
    case "output.schema":
      return (
        asked(typeof request?.output === "object", "output schema") ?? answered((response) => response["output"] !== undefined, "output")
      );
    case "output.json":
      return asked(request?.output === "json", 'output "json"') ?? answered((response) => response["output"] !== undefined, "output");
    case "output.tools":
      return asked(request?.output !== undefined && (request.tools?.length ?? 0) > 0, "output together with tools");
    case "reasoning":
      return request?.reasoning !== undefined && request.reasoning !== "off"
        ? undefined
        : answered((response) => filled(response["reasoning"]), "reasoning, and the request does not request any");
    case "reasoning.off":
      return asked(request?.reasoning === "off", 'reasoning "off"');
    case "reasoning.budget":
      return asked(typeof request?.reasoning === "object", "reasoning budget");
    case "reasoning.visible":
      return answered((response) => filled(response["reasoning"]), "reasoning");
    case "sources":
      return answered((response) => nonEmpty(response["sources"]), "source");
    case "webSearch":
      return request?.tools?.some((tool) => "hosted" in tool) === true ||
        fixture.case.settings !== undefined ||
        request?.parameters !== undefined
        ? undefined
        : answered((response) => nonEmpty(response["sources"]), "source, and the request does not request a search");
    case "cache.explicit":
    case "cache.automatic":
      return asked(request?.cache !== undefined || fixture.case.settings !== undefined, "cache");
    case "cache.implicit":
      return answered(
        (response) => typeof (response["usage"] as { cacheRead?: number } | undefined)?.cacheRead === "number",
        "usage.cacheRead",
      ); // golden usage
    default:
      // All other capabilities are named like their request field.
      return asked((request as Partial<ChatRequest> | undefined)?.[capability] !== undefined, capability);
  }
}

function nonEmpty(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0;
}
function filled(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}
