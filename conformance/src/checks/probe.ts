/**
 * The probe checks that every supported field changes the rendered request, and that an unsupported field is dropped or refused with a note or an error. It uses
 * `explain`, so it needs a provider but no exchange.
 */

import type { Connection } from "@lumiverse/core";
import {
  type Capabilities,
  type Capability,
  type CapabilityValue,
  type ChatRequest,
  isLumiverseError,
  supportOf,
} from "@lumiverse/core/provider";
import { crashOf } from "../play/crash.ts";

/** The result for one field. */
export interface Probed {
  capability: Capability;
  /** Describes the value of the field. */
  given: string;
  faults: string[];
}

type Change = (request: ChatRequest, claim: CapabilityValue | undefined) => ChatRequest;
const tool = {
  name: "look_up",
  description: "Looks a word up.",
  parameters: { type: "object", properties: { word: { type: "string" } }, required: ["word"] },
};
const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII=";
const number = (
  field:
    | "temperature"
    | "topP"
    | "topK"
    | "minP"
    | "frequencyPenalty"
    | "presencePenalty"
    | "repetitionPenalty"
    | "seed"
    | "maxOutputTokens",
  value: number,
): Change => {
  return (request, claim) => ({ ...request, [field]: within(value, claim) });
};
const media = (...parts: object[]): Change => {
  return (request) =>
    ({ ...request, messages: [{ role: "user", content: [{ type: "text", text: "What is this?" }, ...parts] }] }) as ChatRequest; // each part below is a complete Part
};

/** Each field as a change to a plain request. `of` makes the request to compare with, if it is not the plain request. */
const CHANGES: readonly { capability: Capability; given: string; change: Change; of?: Change }[] = [
  { capability: "temperature", given: "temperature", change: number("temperature", 0.3) },
  { capability: "topP", given: "topP", change: number("topP", 0.6) },
  { capability: "topK", given: "topK", change: number("topK", 7) },
  { capability: "minP", given: "minP", change: number("minP", 0.1) },
  { capability: "frequencyPenalty", given: "frequencyPenalty", change: number("frequencyPenalty", 0.4) },
  { capability: "presencePenalty", given: "presencePenalty", change: number("presencePenalty", 0.4) },
  { capability: "repetitionPenalty", given: "repetitionPenalty", change: number("repetitionPenalty", 1.1) },
  { capability: "seed", given: "seed", change: number("seed", 42) },
  { capability: "maxOutputTokens", given: "maxOutputTokens", change: number("maxOutputTokens", 2049) },
  { capability: "stop", given: "stop", change: (request) => ({ ...request, stop: ["THE END"] }) },
  { capability: "logprobs", given: "logprobs", change: (request) => ({ ...request, logprobs: 2 }) },
  { capability: "tools", given: "tools", change: (request) => ({ ...request, tools: [tool] }) },
  ...(["none", "required"] as const).map((choice) => ({
    capability: `toolChoice.${choice}` as const,
    given: `toolChoice ${choice}`,
    change: (request: ChatRequest): ChatRequest => ({ ...request, tools: [tool], toolChoice: choice }),
    of: (request: ChatRequest): ChatRequest => ({ ...request, tools: [tool] }),
  })),
  {
    capability: "toolChoice.named",
    given: "toolChoice by name",
    change: (request) => ({ ...request, tools: [tool], toolChoice: { name: tool.name } }),
    of: (request) => ({ ...request, tools: [tool] }),
  },
  {
    capability: "parallelToolCalls",
    given: "parallelToolCalls: false",
    change: (request) => ({ ...request, tools: [tool], parallelToolCalls: false }),
    of: (request) => ({ ...request, tools: [tool] }),
  },
  {
    capability: "output.schema",
    given: "output by schema",
    change: (request) => ({
      ...request,
      output: { schema: { type: "object", properties: { a: { type: "string" } }, required: ["a"], additionalProperties: false } },
    }),
  },
  { capability: "output.json", given: 'output "json"', change: (request) => ({ ...request, output: "json" }) },
  { capability: "reasoning", given: "reasoning high", change: (request) => ({ ...request, reasoning: "high" }) },
  {
    capability: "reasoning.off",
    given: "reasoning off",
    change: (request) => ({ ...request, reasoning: "off" }),
    of: (request) => ({ ...request, reasoning: "high" }),
  },
  {
    capability: "reasoning.budget",
    given: "reasoning by budget",
    change: (request) => ({ ...request, reasoning: { budgetTokens: 2048 } }),
  },
  { capability: "input.image", given: "an image", change: media({ type: "image", data: pixel, mediaType: "image/png" }), of: media() },
  {
    capability: "input.audio",
    given: "audio",
    change: media({ type: "audio", data: "UklGRiQAAABXQVZF", mediaType: "audio/wav" }),
    of: media(),
  },
  {
    capability: "input.file",
    given: "a document",
    change: media({ type: "file", data: "JVBERi0xLjQK", mediaType: "application/pdf", filename: "a.pdf" }),
    of: media(),
  },
  { capability: "prefill", given: "prefill", change: (request) => ({ ...request, prefill: "Once upon" }) },
];

/** Probes every field of a request. */
export async function probe(connection: Connection, plain: ChatRequest, capabilities: Capabilities): Promise<Probed[]> {
  const results: Probed[] = [];
  for (const { capability, given, change, of } of CHANGES) {
    const claim = capabilities[capability];
    const base = of === undefined ? plain : of(plain, claim);
    // A model that does not reason has no reasoning to switch off.
    if (capability === "reasoning.off" && capabilities.reasoning === false) continue;
    const [baseline, changed] = [await explained(connection, base), await explained(connection, change(plain, claim))];
    results.push({ capability, given, faults: compare(capability, claim, baseline, changed) });
  }
  return results;
}

function compare(capability: Capability, stated: CapabilityValue | undefined, baseline: Explained, changed: Explained): string[] {
  // If the baseline itself is refused (a tool choice on a model without tools), the field cannot be probed.
  if (baseline.refused !== undefined)
    return supportOf(stated) === "yes"
      ? [`${capability} is claimed, but a request that it depends on is refused: ${baseline.refused}`]
      : [];
  const { refused, untyped, body, notes, capabilities } = changed;
  if (untyped !== undefined) return [`the code that renders the request crashed: ${untyped}`];
  // A field can change the route, and with it the protocol and the capabilities.
  const claim = capabilities === undefined ? stated : capabilities[capability];
  const field = capability.split(".")[0] ?? capability;
  const changedBody = body !== baseline.body;
  const noted = notes.length > baseline.notes.length || notes.some((note) => note.includes(field));
  switch (supportOf(claim)) {
    case "yes":
      if (refused !== undefined) return [`${capability} is claimed but refused: ${refused}`];
      // Some vendors treat a value as equal to leaving the field out. A note explains it.
      return changedBody || (noted && capability !== "tools")
        ? []
        : [`${capability} is claimed but does not change the request: send it, or state false in the capabilities`];
    case "no":
      if (refused !== undefined) return [];
      // Structured output that the protocol has no field for is requested in the prompt, which changes the messages.
      if (field === "output" && changedBody) return [];
      if (!noted) return [`${capability} is not supported and ${changedBody ? "is sent" : "is lost"} without a note`];
      // A dropped field must not change the request. A field that is replaced by text has a note of another kind.
      return changedBody && notes.filter((note) => !baseline.notes.includes(note)).every((note) => note.startsWith("dropped "))
        ? [`${capability} is noted as dropped but changes the request`]
        : [];
    case "unknown":
      return changedBody || noted || refused !== undefined
        ? []
        : [`${capability} is unknown and is lost without a note: state false in the capabilities`];
  }
}

interface Explained {
  body: string;
  notes: string[];
  refused: string | undefined;
  untyped?: string;
  capabilities?: Capabilities;
}
async function explained(connection: Connection, request: ChatRequest): Promise<Explained> {
  try {
    const { body, url, headers, notes, capabilities } = await connection.explain(request);
    return {
      body: JSON.stringify([url, headers, body]),
      notes: notes.map((note) => `${note.kind} ${note.field ?? ""} ${note.message}`),
      refused: undefined,
      capabilities,
    };
  } catch (error) {
    const crash = crashOf(error);
    if (isLumiverseError(error) && crash === undefined) return { body: "", notes: [], refused: `${error.code}: ${error.message}` };
    const thrown = crash ?? error;
    const text = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
    return { body: "", notes: [], refused: text, untyped: text };
  }
}

/** A value inside the declared range, as close to the given one as possible and not at its ends. */
function within(value: number, claim: CapabilityValue | undefined): number {
  if (!Array.isArray(claim) || typeof claim[0] !== "number" || typeof claim[1] !== "number") return value;
  const [min, max] = claim;
  return value > min && value < max ? value : Number.isInteger(value) ? Math.min(max, Math.max(min, value)) : (min + max) / 2;
}
