/** Thinking and effort, as each generation of Claude models accepts them. https://platform.claude.com/docs/en/build-with-claude/adaptive-thinking */
import type { CheckedCall, JsonObject } from "@lumiverse/core/provider";
import type { ClaudeTraits } from "../../families/claude.ts";
import { atLeast } from "../../families/version.ts";
import type { RenderContext } from "../host.ts";
import { DEGRADATIONS } from "../recover.ts";

export interface ThinkingFields {
  /** The field `thinking`. */
  thinking?: JsonObject;
  /** `output_config.effort`. */
  effort?: string;
  /** The thinking budget in tokens. */
  budget?: number;
  /** Beta features that these fields need. */
  betas: readonly string[];
}

export function renderThinking(context: RenderContext): ThinkingFields {
  const { call, traits, host, options } = context;
  const type = thinkingType(call, traits);
  if (traits?.thinking === "none") return { betas: [] };
  if (type === "disabled") return { thinking: { type: "disabled" }, betas: [] };
  const word = call.reasoning?.kind === "effort" ? call.reasoning.word : undefined;
  const effort =
    word !== undefined && traits?.effort.includes(word) === true && !call.degradations.has(DEGRADATIONS.effort) ? { effort: word } : {};
  if (type === "enabled") return { ...budgetFields(context), ...effort };
  const binding =
    traits?.bound === true &&
    host.betas !== "listed" &&
    (options.editedHistory === "drop_block" || call.degradations.has(DEGRADATIONS.dropMismatched))
      ? { block_binding: { prefix_mismatch_behavior: "drop_block" } }
      : undefined;
  if (type === undefined && binding === undefined && options.thinkingDisplay === undefined) return { betas: [] };
  if (type === undefined && traits?.unasked !== "on") return { betas: [] };
  const wanted = options.thinkingDisplay ?? (call.reasoning === undefined ? undefined : "summarized");
  const display = wanted === undefined || wanted === traits?.display ? {} : { display: wanted };
  return {
    thinking: { type: "adaptive", ...display, ...binding },
    ...effort,
    betas: binding === undefined ? [] : ["thinking-binding-controls-2026-08-01"],
  };
}

/** `thinking.type`. Undefined when the request does not mention reasoning, or when leaving the field out already switches thinking off. */
function thinkingType(call: CheckedCall, traits: ClaudeTraits | undefined): "disabled" | "enabled" | "adaptive" | undefined {
  const { reasoning } = call;
  if (reasoning === undefined) return undefined;
  // Hosts that do not know `thinking` accept the request when the field is left out.
  if (reasoning.kind === "off") return traits === undefined || traits.unasked === "on" ? "disabled" : undefined;
  if (traits === undefined || traits.thinking === "budget") return "enabled";
  return reasoning.kind === "budget" ? "enabled" : "adaptive";
}

/** Tokens for an effort level, on models that accept only a budget. */
const BUDGET: Readonly<Record<string, number>> = { minimal: 1024, low: 2048, medium: 8192, high: 16_384, xhigh: 32_768, max: 32_768 };

function budgetFields(context: RenderContext): ThinkingFields {
  const { reasoning, request } = context.call;
  const { traits, notes } = context;
  const level = reasoning?.kind === "effort" ? reasoning.word : "medium";
  const tokens = reasoning?.kind === "budget" ? reasoning.tokens : (BUDGET[level] ?? 8192);
  const interleaved = isInterleaved(context);
  const enabled = (budget: number): ThinkingFields => ({
    thinking: { type: "enabled", budget_tokens: budget },
    budget,
    betas: interleaved ? ["interleaved-thinking-2025-05-14"] : [],
  });
  const limit = request.maxOutputTokens ?? traits?.maxOutput;
  // The budget counts towards max_tokens, except with interleaved thinking.
  if (limit === undefined || tokens < limit || interleaved) return enabled(tokens);
  const limitName = request.maxOutputTokens === undefined ? "the model's output limit" : "maxOutputTokens";
  if (limit <= 1024) {
    notes.push({
      kind: "dropped",
      field: "reasoning",
      message: `Thinking needs a budget of at least 1,024 tokens within ${limitName}, which is ${limit}.`,
    });
    return { betas: [] };
  }
  const clamped = Math.max(1024, Math.floor(limit * 0.8));
  notes.push({
    kind: "clamped",
    field: "reasoning",
    message: `The thinking budget of ${tokens} became ${clamped}: it must be lower than ${limitName}, which is ${limit}.`,
  });
  return enabled(clamped);
}

/** Thinking between tool calls. Claude 4 to 4.5 need a beta for it. Older models cannot do it, newer ones do it by default. */
function isInterleaved({ call, host, options, traits }: RenderContext): boolean {
  return (
    (call.request.tools?.length ?? 0) > 0 &&
    options.interleavedThinking !== false &&
    host.betas !== "listed" &&
    traits !== undefined &&
    atLeast(traits.version, [4]) &&
    !atLeast(traits.version, [4, 6])
  );
}
