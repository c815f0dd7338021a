import {
  endpoint,
  isObject,
  type JsonObject,
  type KeyVerdict,
  LumiverseError,
  type ModelInfo,
  type Operation,
  type OperationResponse,
} from "@lumiverse/core";
import type { GenerateContentHost } from "./host.ts";

const answers = (): Promise<typeof import("./operation-answers.ts")> => import("./operation-answers.ts");

/** What an answer to a free call says of the key. Undefined: it says nothing. */
export const verdictOf = async (response: Pick<OperationResponse, "status" | "json">): Promise<KeyVerdict | undefined> =>
  (await answers()).verdictOf(response);

/**
 * Counts a request before it is made. `wrapped`: the Gemini API counts system prompt and tools only inside `generateContentRequest`; `plain`: Vertex takes the
 * body itself.
 */
export function countTokens<S>(host: GenerateContentHost, form: "wrapped" | "plain"): Operation<number, S> {
  return {
    origin: "base",
    request({ base, call }) {
      if (call === undefined) throw new LumiverseError({ code: "configuration", message: "counting needs a request" });
      const resource = host.resource(call);
      const full = call.route.protocol.render(call).request.body ?? {};
      const { systemInstruction, contents, tools, generationConfig } = full;
      const plain = {
        ...(systemInstruction === undefined ? {} : { systemInstruction }),
        contents,
        ...(tools === undefined ? {} : { tools }),
        ...(generationConfig === undefined ? {} : { generationConfig }),
      };
      const body: JsonObject = form === "plain" ? plain : { generateContentRequest: { model: resource.slice(1), ...full } };
      return { method: "POST", url: endpoint(base, `${resource}:countTokens`), body };
    },
    parse({ status, json }) {
      const total = isObject(json) ? json["totalTokens"] : undefined;
      return status === 200 && typeof total === "number" ? { value: total } : undefined;
    },
  };
}

/** The Gemini API's list, page by page: what can generate content, with its limits. */
export function listModels<S>(): Operation<readonly ModelInfo[], S> {
  return {
    origin: "base",
    request: ({ base }, page) => {
      const url = endpoint(base, "/models?pageSize=1000");
      if (page?.["token"] !== undefined) url.searchParams.set("pageToken", page["token"]);
      return { method: "GET", url };
    },
    parse: async (response) => (await answers()).readModels(response),
  };
}
