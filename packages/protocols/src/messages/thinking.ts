/** Thinking and effort, as each generation wants them said. */
import type { CheckedCall, JsonObject, Note } from "@lumiverse/core";
import type { ClaudeTraits } from "../families/claude.ts";
import { atLeast } from "../families/version.ts";
import type { MessagesHost, MessagesOptions } from "./host.ts";

export interface Thinking {
  /** The field `thinking`. */
  thinking?: JsonObject;
  /** `output_config.effort`. */
  effort?: string;
  /** Tokens of a budget. */
  budget?: number;
  betas: readonly string[];
}

/** Marks that `recover` leaves on a call. */
export const WITHOUT = {
  /** The history was edited: the vendor shall drop thinking that no longer fits it. */
  mismatch: "thinking.mismatch",
  /** No thinking goes back at all. */
  replay: "thinking.replay",
  effort: "effort",
  sampling: "sampling",
  topP: "topP",
} as const;

export function renderThinking(
  call: CheckedCall,
  traits: ClaudeTraits | undefined,
  host: MessagesHost,
  options: MessagesOptions,
  notes: Note[],
): Thinking {
  const kind = kindOf(call, traits);
  if (traits?.thinking === "none") return { betas: [] };
  if (kind === "disabled") return { thinking: { type: "disabled" }, betas: [] };
  const word = call.reasoning?.kind === "effort" ? call.reasoning.word : undefined;
  const effort = word !== undefined && traits?.effort.includes(word) === true && !call.without.has(WITHOUT.effort) ? { effort: word } : {};
  if (kind === "enabled") return { ...enabled(call, traits, host, options, notes), ...effort };
  const binding =
    traits?.bound === true && host.betas !== "never" && (options.editedHistory === "drop_block" || call.without.has(WITHOUT.mismatch))
      ? { block_binding: { prefix_mismatch_behavior: "drop_block" } }
      : undefined;
  // Nothing was asked for, and nothing has to be said.
  if (kind === undefined && binding === undefined && options.thinkingDisplay === undefined) return { betas: [] };
  if (kind === undefined && traits?.unasked !== "on") return { betas: [] };
  const wanted = options.thinkingDisplay ?? (call.reasoning === undefined ? undefined : "summarized");
  const display = wanted === undefined || wanted === traits?.display ? {} : { display: wanted };
  return {
    thinking: { type: "adaptive", ...display, ...binding },
    ...effort,
    betas: binding === undefined ? [] : ["thinking-binding-controls-2026-08-01"],
  };
}

/** What to say: undefined where nothing was asked for. */
function kindOf(call: CheckedCall, traits: ClaudeTraits | undefined): "disabled" | "enabled" | "adaptive" | undefined {
  const { reasoning } = call;
  if (reasoning === undefined) return undefined;
  // Where silence means off, silence is kept: hosts that know no `thinking` take the request too.
  if (reasoning.kind === "off") return traits === undefined || traits.unasked === "on" ? "disabled" : undefined;
  if (traits === undefined || traits.thinking === "budget") return "enabled";
  return reasoning.kind === "budget" ? "enabled" : "adaptive";
}

/** Tokens for a level, where a model takes a budget. */
const BUDGET: Readonly<Record<string, number>> = { minimal: 1024, low: 2048, medium: 8192, high: 16_384, xhigh: 32_768, max: 32_768 };

function enabled(
  call: CheckedCall,
  traits: ClaudeTraits | undefined,
  host: MessagesHost,
  options: MessagesOptions,
  notes: Note[],
): Thinking {
  const { reasoning, request } = call;
  const level = reasoning?.kind === "effort" ? reasoning.word : typeof request.reasoning === "string" ? request.reasoning : "medium";
  let tokens = reasoning?.kind === "budget" ? reasoning.tokens : (BUDGET[level] ?? 8192);
  // Of Claude 4 to 4.5; older models know nothing of it, newer ones do it unasked.
  const between =
    (request.tools?.length ?? 0) > 0 &&
    options.interleavedThinking !== false &&
    host.betas !== "never" &&
    traits !== undefined &&
    atLeast(traits.version, [4]) &&
    !atLeast(traits.version, [4, 6]);
  const limit = request.maxOutputTokens;
  // The budget is part of max_tokens, unless thinking is spread over tool calls.
  if (limit !== undefined && tokens >= limit && !between) {
    if (limit <= 1024) {
      notes.push({
        kind: "dropped",
        field: "reasoning",
        message: `thinking needs at least 1,024 tokens of its own; maxOutputTokens is ${limit}`,
      });
      return { betas: [] };
    }
    const fits = Math.max(1024, Math.floor(limit * 0.8));
    notes.push({
      kind: "clamped",
      field: "reasoning",
      message: `a thinking budget of ${tokens} became ${fits}: it must stay below maxOutputTokens, ${limit}`,
    });
    tokens = fits;
  }
  return {
    thinking: { type: "enabled", budget_tokens: tokens },
    budget: tokens,
    betas: between ? ["interleaved-thinking-2025-05-14"] : [],
  };
}
