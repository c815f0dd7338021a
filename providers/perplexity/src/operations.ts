/** The key check and the model list. */
import { endpoint, isObject, type KeyVerdict, type ModelInfo, type Operation, type Operations } from "@lumiverse/core/provider";
import { chatCheck, modelList } from "@lumiverse/protocols/chat-completions/operations";
import { errors } from "./errors.ts";

const chat = chatCheck({ errors }, "sonar");

/**
 * The model list is public, and no other free endpoint proves a key. A request without messages costs nothing: the vendor refuses it for its content (400, 422)
 * after accepting the key, or for the key (401).
 */
const check: Operation<KeyVerdict> = {
  origin: "base",
  request: ({ base }) => ({ method: "POST", url: endpoint(base, "/chat/completions"), body: { model: "sonar", messages: [] } }),
  parse(response) {
    const read = chat.parse(response);
    const sonarEnded = response.status === 403 && read?.value.hint?.includes("2026-09-27") === true;
    const isRefused = response.json !== undefined && (response.status === 400 || response.status === 422);
    if (!isRefused && !sonarEnded) return read;
    return { value: { key: "valid", usable: "unknown", reason: "the vendor refused an empty request for its content, not for the key" } };
  },
};

const agentModels = modelList({
  refine(info, { pricing }) {
    if (!isObject(pricing)) return;
    const { input, output, cache_read: read, cache_write: write } = pricing;
    if (typeof input !== "number" || typeof output !== "number") return;
    info.price = {
      input,
      output,
      ...(typeof read === "number" ? { cacheRead: read } : {}),
      ...(typeof write === "number" ? { cacheWrite: write } : {}),
      currency: "USD",
    };
  },
});

/** `/v1/models` lists the models of the Agent API only. No list contains the names of the Sonar models. */
const SONAR_MODELS: readonly ModelInfo[] = ["sonar", "sonar-pro", "sonar-reasoning-pro", "sonar-deep-research"].map((id) => ({
  id,
  source: "built-in",
}));

const models: Operation<readonly ModelInfo[]> = {
  ...agentModels,
  request: ({ base }) => ({ method: "GET", url: endpoint(base, /\/v\d+\/?$/.test(base.pathname) ? "/models" : "/v1/models") }),
  parse(response) {
    const read = agentModels.parse(response);
    return read === undefined ? undefined : { value: [...SONAR_MODELS, ...read.value] };
  },
};

export const operations: Operations = { check, models };
