/** The figures and notes of an answer, as lines for a person. */
import type { ChatResponse, Cost, Note, Usage } from "@lumiverse/core";

/** One line of figures, then one line per source. `firstMs`: milliseconds to the first token of a streamed answer. */
export function figureLines(response: ChatResponse, firstMs?: number): string[] {
  const { model, usage, cost, transport, finishReason, rawFinishReason, toolCalls, sources, details, attempts } = response;
  const finish = rawFinishReason === undefined || rawFinishReason === finishReason ? finishReason : `${finishReason} (${rawFinishReason})`;
  const pieces = [
    model,
    ...usagePieces(usage),
    ...(cost === undefined ? [] : [costText(cost)]),
    ...(firstMs === undefined ? [] : [`first token ${seconds(firstMs)}`]),
    `total ${seconds(transport.totalMs)}`,
    ...(attempts.length > 1 ? [`${attempts.length} attempts`] : []),
    ...(toolCalls.length > 0 ? [countOf(toolCalls.length, "tool call")] : []),
    ...(details.images === undefined
      ? []
      : [`${countOf(details.images.length, "image")} (--json prints ${details.images.length === 1 ? "it" : "them"})`]),
    `finish ${finish}`,
  ];
  return [
    pieces.join(" · "),
    ...sources.map((source, i) => `[${source.number ?? i + 1}] ${source.title ?? ""} ${source.url ?? ""}`.trimEnd()),
  ];
}

function usagePieces(usage: Usage): string[] {
  if (usage.completeness === "unknown") return ["tokens unknown"];
  const read = usage.cacheRead === undefined || usage.cacheRead === 0 ? "" : `${usage.cacheRead} cached`;
  const written = usage.cacheWrite === undefined || usage.cacheWrite === 0 ? "" : `${usage.cacheWrite} written to cache`;
  const cached = [read, written].filter((one) => one !== "").join(", ");
  const reasoning = usage.reasoning === undefined || usage.reasoning === 0 ? "" : ` (${usage.reasoning} reasoning)`;
  return [
    ...(usage.input === undefined ? [] : [`${countOf(usage.input, "token")} in${cached === "" ? "" : ` + ${cached}`}`]),
    ...(usage.output === undefined ? [] : [`${usage.output} out${reasoning}`]),
    ...(usage.completeness === "partial" ? ["counts are incomplete"] : []),
  ];
}

export function costText(cost: Cost): string {
  const amount = cost.amount === 0 ? "0" : cost.amount >= 0.01 ? cost.amount.toFixed(4) : cost.amount.toPrecision(2);
  const from = cost.from === "provider" ? "" : ` (from the price list${cost.date === undefined ? "" : ` of ${cost.date}`})`;
  return `${cost.currency === "USD" ? "$" : `${cost.currency} `}${amount}${from}`;
}

/** `1 token`, `2 tokens`. */
export function countOf(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

export function noteLine(note: Note): string {
  return `note: ${note.kind}${note.field === undefined ? "" : ` ${note.field}`}: ${note.message}`;
}
