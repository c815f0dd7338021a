/** The vendor's dialect of Chat Completions, and what it changes by settings and request. */
import type { Call, JsonObject, Note } from "@lumiverse/core/provider";
import type { Dialect } from "@lumiverse/protocols/chat-completions";
import { readExtras } from "./answer-extras.ts";
import { usesCodingPlan } from "./endpoints.ts";
import { errors } from "./errors.ts";
import { glm, isVision } from "./models.ts";
import type { ZaiSettings } from "./settings.ts";

export const dialect: Dialect = {
  strict: "omit",
  toolTurnContent: "empty", // the API requires content to be a string
  toolDescription: "required",
  files: "file_url",
  urlOnly: ["video", "file"],
  prefill: "prefix", // other clients send it (October 2026); the vendor does not document it
  reasoning: { fields: ["reasoning_content"] },
  errors,
  extras: readExtras,
};

/** The dialect of one call, merged over `dialect`. */
export function dialectFor(call: Call<ZaiSettings>): Dialect {
  const { preserveThinking, userId } = call.settings;
  const { model } = call.request;
  // Preserved thinking requires the reasoning of every earlier turn. Without it, a tool loop still requires its own reasoning.
  const clear = preserveThinking === undefined ? {} : { clear_thinking: !preserveThinking };
  const thinking = { thinking: { type: "enabled", ...clear } };
  const defaults: Record<string, unknown> = userId === undefined ? {} : { user_id: userId };
  if (preserveThinking !== undefined && glm([4, 5])(model)) Object.assign(defaults, thinking);
  return {
    defaults,
    finishBody: ({ body, notes }) => finishBody(body, call, notes),
    reasoning: {
      // `enabled` is always sent, because models that decide for themselves stop thinking under long system prompts (codex-relay 26).
      on: ({ effort }) => ({ ...thinking, ...(effort === undefined ? {} : { reasoning_effort: effort }) }),
      off: () => ({ thinking: { type: "disabled" } }),
      replay: (preserveThinking ?? usesCodingPlan(call)) ? "always" : "tool-turns",
    },
  };
}

function finishBody(body: JsonObject, call: Call<ZaiSettings>, notes: Note[]): void {
  const { temperature, stop } = body;
  if (temperature === 0) {
    delete body["temperature"];
    body["do_sample"] = false;
    notes.push({ kind: "changed", field: "temperature", message: "The vendor expresses a temperature of 0 as do_sample: false." });
  } else if (typeof temperature === "number" && temperature !== Math.round(temperature * 100) / 100) {
    body["temperature"] = Math.round(temperature * 100) / 100;
    notes.push({
      kind: "changed",
      field: "temperature",
      message: `The temperature ${temperature} became ${body["temperature"]}, because the vendor accepts two decimals.`,
    });
  }
  if (typeof stop === "string") body["stop"] = [stop];
  // Without tool_stream, the arguments of a call arrive in one piece. Text models accept it from 4.6 on.
  const streams = body["stream"] === true && body["tools"] !== undefined && call.settings.toolStream !== false;
  if (streams && glm([4, 6])(call.request.model) && !isVision(call.request.model)) body["tool_stream"] = true;
  if (call.settings.codingPlan === true && !usesCodingPlan(call))
    notes.push({
      kind: "warning",
      field: "settings.codingPlan",
      message: "The setting codingPlan has no effect, because the base URL belongs to another host.",
    });
}
