/** Model list, key check and token count of the vendor's API, as data for core to run. */
import { endpoint, isObject, type JsonObject, type KeyVerdict, type ModelInfo, type Operation } from "@lumiverse/core";
import { VERSION } from "./host.ts";

const answers = (): Promise<typeof import("./operation-answers.ts")> => import("./operation-answers.ts");
const headers = { "anthropic-version": VERSION };

export function modelList<S>(): Operation<readonly ModelInfo[], S> {
  return {
    origin: "base",
    request({ base }, page) {
      const url = endpoint(base, "/models?limit=1000");
      const after = page?.["after"];
      if (after !== undefined) url.searchParams.set("after_id", after);
      return { method: "GET", url, headers };
    },
    parse: async (response) => (await answers()).readModels(response),
  };
}

/** The model list wants a key and costs nothing. On another host it may be public, and then proves nothing. */
export function keyCheck<S>(own: string): Operation<KeyVerdict, S> {
  return {
    origin: "base",
    request: ({ base }) => ({ method: "GET", url: endpoint(base, "/models?limit=1"), headers }),
    parse: async (response, { base }) => ({ value: (await answers()).verdict(response, base.origin === new URL(own).origin) }),
  };
}

/** What the count takes of a request: it has no limit, no sampling and no stream. */
const COUNTED = [
  "model",
  "system",
  "messages",
  "tools",
  "tool_choice",
  "thinking",
  "output_config",
  "cache_control",
  "context_management",
  "mcp_servers",
];

/** Free of charge, by a rate of its own; it runs the same checks as the call. */
export function tokenCount<S>(): Operation<number, S> {
  return {
    origin: "base",
    request({ base, call }) {
      const rendered = call?.route.protocol.render(call);
      const body: JsonObject = {};
      for (const field of COUNTED) if (rendered?.request.body?.[field] !== undefined) body[field] = rendered.request.body[field];
      return { method: "POST", url: endpoint(base, "/messages/count_tokens"), headers: { ...headers, ...rendered?.request.headers }, body };
    },
    parse({ status, json }) {
      const tokens = isObject(json) ? json["input_tokens"] : undefined;
      return status === 200 && typeof tokens === "number" ? { value: tokens } : undefined;
    },
  };
}
