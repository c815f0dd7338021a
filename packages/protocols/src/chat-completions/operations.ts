import {
  endpoint,
  type Facts,
  type JsonObject,
  type KeyVerdict,
  type ModelInfo,
  type Operation,
  type OperationContext,
  type WireRequest,
} from "@lumiverse/core";
import type { Dialect } from "./dialect.ts";

const answers = (): Promise<typeof import("./operation-answers.ts")> => import("./operation-answers.ts");

export interface ModelListOptions {
  /** Default `/models`. */
  path?: string;
  /** Where the entries are. Default `data`; a bare array is understood everywhere. */
  at?: string;
  /** Names of the fields, tried in order; dots go deeper. */
  id?: string;
  name?: readonly string[];
  context?: readonly string[];
  maxOutput?: readonly string[];
  aliases?: string;
  /** Entries that are no chat models go. */
  keep?: (entry: JsonObject) => boolean;
  /** What an entry claims of its model. */
  takes?: (entry: JsonObject) => Facts | undefined;
  /** Prices, states, dates: the rest of what an entry says. */
  refine?: (info: ModelInfo, entry: JsonObject) => void;
}

/** The live list of models, in OpenAI's shape or near it. */
export function modelList(options: ModelListOptions = {}): Operation<readonly ModelInfo[]> {
  return {
    origin: "base",
    request: ({ base }) => ({ method: "GET", url: endpoint(base, options.path ?? "/models") }),
    parse: async (response) => (await answers()).readModels(response, options),
  };
}

/** A key check by a list or an account page that wants the key. Never for a public list: that answers 200 to any key. */
export function modelsCheck(dialect: Dialect, path = "/models"): Operation<KeyVerdict> {
  return {
    origin: "base",
    request: ({ base }) => ({ method: "GET", url: endpoint(base, path) }),
    parse: async (response) => ({
      value:
        response.status < 400
          ? { key: "valid", usable: "unknown", reason: "the list of models was given for this key" }
          : (await answers()).verdictOf(response, dialect),
    }),
  };
}

/** A key check by the smallest possible chat, where nothing free proves a key. */
export function chatCheck(dialect: Dialect, model: string): Operation<KeyVerdict> {
  return {
    origin: "base",
    spends: "tokens",
    request: ({ base }: OperationContext): WireRequest => ({
      method: "POST",
      url: endpoint(base, dialect.path ?? "/chat/completions"),
      body: { model, messages: [{ role: "user", content: "Hi" }], [dialect.maxTokens ?? "max_tokens"]: 1 },
    }),
    parse: async (response) => ({
      value:
        response.status < 400
          ? { key: "valid", usable: true, spent: "1 token" }
          : { ...(await answers()).verdictOf(response, dialect), spent: "nothing" },
    }),
  };
}
