/**
 * The probe: each parameter that a route declares moves the wire request, and none that it does not take gets through unseen. Reads the request by
 * `explain`, so it needs a provider and no exchange.
 */
import { type Capability, type ChatRequest, type Connection, type Fact, type Facts, isLumiverseError, supportOf } from "@lumiverse/core";

export interface Probed {
  capability: Capability;
  /** How the field is given, in words. */
  given: string;
  faults: string[];
}

type Change = (request: ChatRequest, fact: Fact | undefined) => ChatRequest;
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
  return (request, fact) => ({ ...request, [field]: within(value, fact) });
};
const media = (...parts: object[]): Change => {
  return (request) =>
    ({ ...request, messages: [{ role: "user", content: [{ type: "text", text: "What is this?" }, ...parts] }] }) as ChatRequest; // each part below is a whole Part
};

/** The fields of a request, each as a change of a plain one. `of` is what a field's change must be compared with, where that is not the plain request. */
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

export async function probe(connection: Connection, plain: ChatRequest, takes: Facts): Promise<Probed[]> {
  const results: Probed[] = [];
  for (const { capability, given, change, of } of CHANGES) {
    const fact = takes[capability];
    const base = of === undefined ? plain : of(plain, fact);
    // Nothing is to be switched off where nothing reasons.
    if (capability === "reasoning.off" && takes.reasoning === false) continue;
    results.push({ capability, given, faults: await compare(connection, change(plain, fact), base, capability, fact) });
  }
  return results;
}

async function compare(
  connection: Connection,
  changed: ChatRequest,
  base: ChatRequest,
  capability: Capability,
  stated: Fact | undefined,
): Promise<string[]> {
  const without = await explained(connection, base);
  // A base that is itself refused (a tool choice where there are no tools) says nothing of the field.
  if (without.refused !== undefined)
    return supportOf(stated) === "yes" ? [`${capability} is claimed, but what it stands on is refused: ${without.refused}`] : [];
  const { refused, untyped, body, notes, takes } = await explained(connection, changed);
  if (untyped !== undefined) return [`an untyped error was thrown: ${untyped}`];
  // A field can choose the route, and so the wire and what it takes.
  const fact = takes === undefined ? stated : takes[capability];
  const field = capability.split(".")[0] ?? capability;
  const moved = body !== without.body;
  const noted = notes.length > without.notes.length || notes.some((note) => note.includes(field));
  switch (supportOf(fact)) {
    case "yes":
      if (refused !== undefined) return [`${capability} is claimed and refused: ${refused}`];
      // "The default anyway" moves nothing: some vendors take a word that stands for leaving it out.
      return moved || (noted && capability !== "tools") ? [] : [`${capability} is claimed and does not move the request`];
    case "no":
      if (refused !== undefined) return [];
      // Output that no field of the wire can ask for is asked for in words: then the messages move.
      if (field === "output" && moved) return [];
      if (!noted) return [`${capability} is not taken and ${moved ? "is sent" : "vanishes"} without a note`];
      // Dropped is dropped; what is said in another way (a schema in words, an image told of) is noted as another thing.
      if (moved && notes.filter((note) => !without.notes.includes(note)).every((note) => note.startsWith("dropped ")))
        return [`${capability} is noted as dropped and moves the request`];
      return [];
    case "unknown":
      return moved || noted || refused !== undefined ? [] : [`${capability} is unknown and vanishes without a note`];
  }
}

interface Explained {
  body: string;
  notes: string[];
  refused: string | undefined;
  untyped?: string;
  takes?: Facts;
}
async function explained(connection: Connection, request: ChatRequest): Promise<Explained> {
  try {
    const { body, url, headers, notes, takes } = await connection.explain(request);
    return {
      body: JSON.stringify([url, headers, body]),
      notes: notes.map((note) => `${note.kind} ${note.field ?? ""} ${note.message}`),
      refused: undefined,
      takes,
    };
  } catch (error) {
    if (isLumiverseError(error)) return { body: "", notes: [], refused: `${error.code}: ${error.message}` };
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { body: "", notes: [], refused: text, untyped: text };
  }
}

/** A value that the declared range holds, as near to the wanted one as it can be, and no end of it. */
function within(value: number, fact: Fact | undefined): number {
  if (!Array.isArray(fact) || typeof fact[0] !== "number" || typeof fact[1] !== "number") return value;
  const [min, max] = fact;
  return value > min && value < max ? value : Number.isInteger(value) ? Math.min(max, Math.max(min, value)) : (min + max) / 2;
}
