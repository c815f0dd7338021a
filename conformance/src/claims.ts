/** What a subject claims, which scenarios that asks for, and whether a case shows what it says it shows. */
import type { Capability, ChatRequest, Facts, Part } from "@lumiverse/core";
import { supportOf } from "@lumiverse/core";
import { type Fixture, modesOf } from "./fixture.ts";
import { capabilities } from "./schema.ts";
import type { Judged } from "./subject.ts";

/**
 * The scenarios that must be there by name. A case of another name may show a capability too; these can't be replaced. The list is fixed: a
 * provider that claims tools has a tool loop, or it does not pass.
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

/** The capabilities that are claimed, each with a model for which they are. */
export function claimed(judged: Judged, fixtures: readonly Fixture[]): Map<Capability, string> {
  const claims = new Map<Capability, string>();
  const take = (facts: Facts, model: string): void => {
    for (const capability of capabilities)
      if (supportOf(facts[capability]) === "yes" && !claims.has(capability)) claims.set(capability, model);
  };
  for (const fixture of fixtures) take(judged.claims(fixture), fixture.case.model);
  const { operations } = judged.provider ?? {};
  for (const operation of ["models", "account", "countTokens"] as const)
    if (operations?.[operation] !== undefined && !claims.has(operation)) claims.set(operation, "any");
  return claims;
}

/** Scenarios that are asked for and not there, as sentences. */
export function missingScenarios(judged: Judged, fixtures: readonly Fixture[], claims: ReadonlyMap<Capability, string>): string[] {
  const names = new Set(fixtures.map((fixture) => fixture.name));
  const missing: string[] = [];
  const { credential } = judged.provider ?? {};
  const keyed = credential !== undefined && credential.kind !== "none" && credential.required;
  for (const [reason, wanted] of Object.entries(required)) {
    if (reason === "key" ? !keyed : reason !== "always" && !claims.has(reason as Capability)) continue; // the other keys of the table are capabilities
    for (const name of wanted ?? [])
      if (!names.has(name))
        missing.push(
          `scenario "${name}" is missing (${reason === "always" ? "every subject has it" : reason === "key" ? "a key is required" : `${reason} is claimed`})`,
        );
  }
  return missing;
}

/** Whether a case ends well: one that ends in an error may be about a capability and does not prove it. */
export function endsWell(fixture: Fixture): boolean {
  return [fixture.case.expect, ...(fixture.case.turns ?? []).map((turn) => turn.expect)].every((expect) => expect.error === undefined);
}

/** Why a case does not show a capability that it claims to show; undefined: it does. */
export function notShown(capability: Capability, fixture: Fixture): string | undefined {
  const { request, expect, operation } = fixture.case;
  const turns = [expect, ...(fixture.case.turns ?? []).map((turn) => turn.expect)];
  const responses = turns.map((turn) => turn.response ?? {});
  const answered = (test: (response: Record<string, unknown>) => boolean, what: string): string | undefined =>
    responses.some(test) ? undefined : `expect.response shows no ${what}`;
  const asked = (test: boolean, what: string): string | undefined => (test ? undefined : `the request has no ${what}`);
  const parts = [...(request?.messages ?? []), ...(fixture.case.turns ?? []).flatMap((turn) => turn.messages)].flatMap(
    (message) => (typeof message.content === "string" ? [] : (message.content as readonly Part[])), // every role's parts are a subset of Part
  );
  const results = parts.flatMap((part) => (part.type === "tool-result" && typeof part.content !== "string" ? part.content : []));
  // A tool's result may be a picture as well.
  const media = [...parts, ...results];
  if (fixture.exchanges.length === 0) return "nothing of the case goes over the wire";
  switch (capability) {
    case "models":
    case "account":
    case "countTokens":
      return operation === capability ? undefined : `it is no case of the operation ${capability}`;
    case "streaming":
      return modesOf(fixture).includes("stream") ? undefined : "it does not stream";
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
        : answered((response) => filled(response["reasoning"]), "reasoning, and the request asks for none");
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
        : answered((response) => nonEmpty(response["sources"]), "source, and nothing asks for a search");
    case "cache.explicit":
    case "cache.automatic":
      return asked(request?.cache !== undefined || fixture.case.settings !== undefined, "cache");
    case "cache.implicit":
      return answered(
        (response) => typeof (response["usage"] as { cacheRead?: number } | undefined)?.cacheRead === "number",
        "usage.cacheRead",
      ); // golden usage
    default:
      // The rest are fields of the request, spelled as the capability.
      return asked((request as Partial<ChatRequest> | undefined)?.[capability] !== undefined, capability);
  }
}

function nonEmpty(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0;
}
function filled(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}
