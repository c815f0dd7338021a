import { type ChatRequest, LumiverseError } from "@lumiverse/core";
import { isObject } from "@lumiverse/core/provider";
import type { VirtualKey } from "../keys/key.ts";
import { hasBudget } from "../keys/key-row.ts";

/** Raw fields by which vendors and aggregators are told to use another model. https://openrouter.ai/docs/features/model-routing */
const MODEL_FIELDS: readonly string[] = ["model", "models", "fallbacks", "fallback_model", "fallback_models", "route", "preset"];

/**
 * Refuses fields by which a request could leave what its key permits: other models, and settings that belong to the connection, such as headers.
 * @throws LumiverseError `permission`
 */
export function checkFields({ parameters = {}, providerOptions }: ChatRequest, key: VirtualKey | undefined): void {
  if (key === undefined) return;
  if (providerOptions !== undefined) throw refused(key, "providerOptions", "settings belong to the connection");
  if (key.models === undefined && !hasBudget(key.limits)) return;
  const field = modelFieldOf(parameters);
  if (field !== undefined) throw refused(key, field, "it could choose another model than the key permits");
}

/** A gateway behind the connection can lay the fields of `extra_body` over the request, as OpenAI's Python client does. LiteLLM hands it to that client. */
function modelFieldOf(parameters: { readonly extra_body?: unknown }): string | undefined {
  const { extra_body: laidOver } = parameters;
  const fieldIn = (fields: object): string | undefined => Object.keys(fields).find((name) => MODEL_FIELDS.includes(name));
  const inner = isObject(laidOver) ? fieldIn(laidOver) : undefined;
  return fieldIn(parameters) ?? (inner === undefined ? undefined : `extra_body.${inner}`);
}

function refused({ name }: VirtualKey, field: string, why: string): LumiverseError {
  const message = `the key "${name}" may not send "${field}": ${why}`;
  return new LumiverseError({ code: "permission", status: 403, message, field, hint: "Leave the field out", retryable: false });
}
