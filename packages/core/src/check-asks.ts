/** The part of the check that media, tools and reasoning need: loaded for requests that have any of them. */
import type { ChatRequest, Note, Part, ReasoningLevel, TextPart, ToolChoice } from "./chat.ts";
import { type Context, clampTo, refuse, without } from "./check.ts";
import { effortWord } from "./effort.ts";
import { LumiverseError } from "./errors.ts";
import { type Capability, type Fact, supportOf } from "./facts.ts";
import type { ResolvedReasoning, Route } from "./provider.ts";

const MEDIA: Readonly<Record<string, Capability>> = { image: "input.image", audio: "input.audio", file: "input.file" };
export function checkMedia(c: Context): void {
  const { messages } = c.request;
  const checked = messages.map((message) => {
    // What a model draws or says itself may stand in its own turns.
    if (typeof message.content === "string" || message.role === "assistant") return message;
    const content = (message.content as readonly Part[]).map((part) =>
      part.type === "tool-result" && typeof part.content !== "string"
        ? withContent(
            part,
            part.content.map((one) => taken(one, c)),
          )
        : taken(part, c),
    );
    // The same kinds of parts as before, or texts in their place.
    return withContent(message, content as typeof message.content);
  });
  if (checked.some((message, i) => message !== messages[i])) c.request.messages = checked;
}
function withContent<M extends { content: unknown }>(holder: M, content: M["content"] & readonly unknown[]): M {
  const before = holder.content as readonly unknown[];
  return content.every((one, i) => one === before[i]) ? holder : { ...holder, content };
}

/** A medium that the model takes; refused otherwise, or by policy a text that says what stood there. */
function taken<P extends Part>(part: P, c: Context): P | TextPart {
  const { takes } = c.route;
  let capability = MEDIA[part.type];
  if (capability === undefined) return part;
  if (part.type === "file" && part.mediaType?.startsWith("video/")) capability = "input.video";
  const kind = capability.slice(6);
  const linked = "url" in part && part.url !== undefined && !part.url.startsWith("data:");
  const [because, hint] =
    takes[capability] === false
      ? [`${c.request.model} takes no ${kind} input`, "Choose a model that does: find({ input: … }), or send a text instead"]
      : linked && takes["input.url"] === false
        ? [`${c.request.model} fetches no ${kind} by URL here`, "Give the bytes: { data, mediaType }"]
        : [];
  if (because === undefined) return part;
  if (c.policy.unsupported !== "warn") throw refuse(c.provider, "messages", because, hint);
  c.notes.push({ kind: "dropped", field: "messages", message: because });
  return { type: "text", text: `(${kind} left out: ${because})` };
}

export function checkTools(c: Context): void {
  const { request, route } = c;
  if (request.tools !== undefined && route.takes.tools === false) {
    without(c, "tools", "refuse", `${request.model} takes no tools`);
    delete request.toolChoice;
    delete request.parallelToolCalls;
    return;
  }
  const choice: ToolChoice | undefined = request.toolChoice;
  const form = typeof choice === "object" ? "named" : choice;
  if (typeof choice === "object" && !request.tools?.some((tool) => "name" in tool && tool.name === choice.name))
    throw refuse(c.provider, "toolChoice", `toolChoice names "${choice.name}", which is not among the tools`);
  if (form === "none" && route.takes["toolChoice.none"] === false) {
    delete request.tools;
    delete request.toolChoice;
    c.notes.push({ kind: "changed", field: "toolChoice", message: 'the host has no toolChoice "none"; the tools were left out instead' });
  } else if (form !== undefined && form !== "auto" && route.takes[`toolChoice.${form}`] === false)
    without(c, "toolChoice", "refuse", `${request.model} can't be forced to call ${form === "named" ? "one tool" : "a tool"}`);
  // True is what every vendor does unasked.
  if (request.parallelToolCalls === true && supportOf(route.takes.parallelToolCalls) !== "yes") delete request.parallelToolCalls;
}

export function checkReasoning(c: Context): ResolvedReasoning | undefined {
  const { request, route } = c;
  const want = request.reasoning;
  if (want === undefined) return undefined;
  const { takes } = route;
  if (takes.reasoning === false) {
    if (want !== "off") without(c, "reasoning", "drop", `${request.model} does not reason`);
    return undefined;
  }
  if (want === "off" && takes["reasoning.off"] === false) {
    without(c, "reasoning", "refuse", `${request.model} always reasons: it can't be switched off`);
    return undefined;
  }
  return resolveReasoning(request, route, c.notes);
}

/** Tokens for a level where a model takes a budget alone; fractions of what vendors document for their own levels. */
const BUDGET: Readonly<Record<Exclude<ReasoningLevel, "off">, number>> = {
  minimal: 1024,
  low: 2048,
  medium: 8192,
  high: 16_384,
  max: 32_768,
};

export function resolveReasoning(request: ChatRequest, route: Route, notes: Note[]): ResolvedReasoning | undefined {
  const want = request.reasoning;
  if (want === undefined) return undefined;
  if (want === "off") return { kind: "off" };
  const words = route.takes.reasoning;
  const budget = route.takes["reasoning.budget"];
  const levels = isWords(words) && words.length > 0 ? words : undefined;
  if (typeof want === "object") {
    if (typeof want.budgetTokens !== "number")
      throw new LumiverseError({
        code: "unsupported",
        field: "reasoning",
        message: "reasoning is neither a level nor { budgetTokens }",
        hint: 'Levels are "off", "minimal", "low", "medium", "high" and "max"',
      });
    if (budget !== undefined && budget !== false) return { kind: "budget", tokens: clampTo(want.budgetTokens, budget, "reasoning", notes) };
    if (levels === undefined) return words === true ? onNote(notes) : { kind: "budget", tokens: want.budgetTokens };
    const near = (Object.keys(BUDGET) as (keyof typeof BUDGET)[]).reduce((a, b) =>
      Math.abs(BUDGET[b] - want.budgetTokens) < Math.abs(BUDGET[a] - want.budgetTokens) ? b : a,
    );
    const word = effortWord(near, levels) ?? near;
    notes.push({
      kind: "changed",
      field: "reasoning",
      message: `the model takes levels, not budgets: ${want.budgetTokens} tokens became ${word}`,
    });
    return { kind: "effort", word };
  }
  if (levels !== undefined) {
    const word = effortWord(want, levels) ?? want;
    if (word !== want)
      notes.push({ kind: "clamped", field: "reasoning", message: `${want} became ${word}: the model takes ${levels.join(", ")}` });
    return { kind: "effort", word };
  }
  if (budget !== undefined && budget !== false && budget !== "unknown")
    return { kind: "budget", tokens: clampTo(BUDGET[want], budget, undefined, notes) };
  return words === true ? onNote(notes) : { kind: "effort", word: want };
}
function onNote(notes: Note[]): ResolvedReasoning {
  notes.push({ kind: "changed", field: "reasoning", message: "the model takes no level: it reasons as it does" });
  return { kind: "on" };
}

const isWords = (fact: Fact | undefined): fact is readonly string[] => Array.isArray(fact) && typeof fact[0] === "string";
