/** Operations that hosts of this protocol answer alike: model list, key check, account. */
import {
  type Account,
  endpoint,
  isObject,
  type KeyVerdict,
  type ModelInfo,
  type Operation,
  type OperationContext,
  type OperationResponse,
  type Operations,
} from "@lumiverse/core/provider";
import { statedStatus } from "../shared/failure-envelopes.ts";
import { isFilled, valueAt } from "../shared/json-values.ts";
import { type ModelListOptions, readModelList } from "../shared/model-list.ts";
import type { Dialect } from "./dialect.ts";
import { isFailure, readFailure } from "./errors.ts";

/** The live list of models, in OpenAI's shape or near it. */
export function modelList(options: ModelListOptions = {}): Operation<readonly ModelInfo[]> {
  return {
    origin: "base",
    request: ({ base }) => ({ method: "GET", url: endpoint(base, options.path ?? "/models") }),
    parse(response) {
      const value = readModelList(response, options);
      return value === undefined ? undefined : { value };
    },
  };
}

/**
 * A key check by an endpoint that requires the key. Not for a public list, which answers 200 to any key. A list of models proves the key.
 * @param list the form of the list, or the path of another endpoint, where every JSON object that reports no failure proves the key
 */
export function modelListCheck(dialect: Dialect, list: ModelListOptions | string = {}): Operation<KeyVerdict> {
  const isPath = typeof list === "string";
  return {
    origin: "base",
    request: ({ base }) => ({ method: "GET", url: endpoint(base, isPath ? list : (list.path ?? "/models")) }),
    parse(response) {
      const { status, json } = response;
      const isProof = isPath ? status < 400 && isObject(json) && !isFailure(json) : readModelList(response, list) !== undefined;
      return {
        value: isProof
          ? { key: "valid", usable: "unknown", reason: "the host returned the model list for this key" }
          : keyVerdict(response, dialect),
      };
    },
  };
}

/** A key check by the smallest possible chat, for hosts where nothing free proves a key. Costs one output token. */
export function chatCheck(dialect: Dialect, model: string): Operation<KeyVerdict> {
  return {
    origin: "base",
    request: ({ base }) => ({
      method: "POST",
      url: endpoint(base, dialect.path ?? "/chat/completions"),
      body: { model, messages: [{ role: "user", content: "Hi" }], [dialect.maxTokens ?? "max_tokens"]: 1 },
    }),
    parse(response) {
      const { json } = response;
      const isAnswer = isObject(json) && isFilled(json["choices"]);
      return {
        value: isAnswer ? { key: "valid", usable: true, spent: "1 token" } : { ...keyVerdict(response, dialect), spent: "nothing" },
      };
    },
  };
}

/**
 * What an answer that proves no key says about it. A host that complains about the balance, the model or the request has accepted the key first; a page that
 * is not JSON can come from anything between.
 */
function keyVerdict(answer: OperationResponse, dialect: Dialect): KeyVerdict {
  const response = withInnerStatus(answer);
  const error = readFailure(response, dialect);
  const verdict: KeyVerdict = { key: "unknown", usable: "unknown", reason: error.message };
  if (response.status < 400 && !isFailure(response.json)) return { ...verdict, reason: `no proof: ${error.message}` };
  if (error.hint !== undefined) verdict.hint = error.hint;
  if (response.json === undefined && error.code !== "authentication") return verdict;
  switch (error.code) {
    case "authentication":
      return { ...verdict, key: "invalid", usable: false };
    case "insufficient-balance":
      return { ...verdict, key: "valid", usable: false };
    case "rate-limit":
    case "model-not-found":
    case "context-overflow":
    case "content-filter":
      return { ...verdict, key: "valid" };
    default:
      return verdict;
  }
}

/** An endpoint that describes the account of a key. Its answer has the balance, and proves that the key is valid. */
export interface AccountEndpoint<S = unknown> {
  /** The URL of the endpoint. Settings may choose the host. */
  url: (context: OperationContext<S>) => URL;
  /** The account. Undefined when the body contains none, as for a refusal with status 200. */
  read: (json: unknown, context: OperationContext<S>) => Account | undefined;
  /** Whether a chat would succeed. Default: true when the balance is above 0, `unknown` when there is no balance. */
  usable?: (account: Account) => KeyVerdict["usable"];
  /** Default `base`. */
  origin?: Operation<Account>["origin"];
}

/** The account, as the endpoint describes it. */
export function accountOperation<S>(dialect: Dialect, source: AccountEndpoint<S>): Operation<Account, S> {
  return {
    origin: source.origin ?? "base",
    request: (context) => ({ method: "GET", url: source.url(context) }),
    parse({ context, ...response }) {
      const value = response.status < 400 ? source.read(response.json, context) : undefined;
      if (value === undefined) throw readFailure(withInnerStatus(response), dialect);
      return { value };
    },
  };
}

/** A key check by the endpoint of the account. It is free, and also tells whether the account can pay for calls. */
export function accountCheck<S>(dialect: Dialect, source: AccountEndpoint<S>): Operation<KeyVerdict, S> {
  return {
    origin: source.origin ?? "base",
    request: (context) => ({ method: "GET", url: source.url(context) }),
    parse({ context, ...response }) {
      const account = response.status < 400 ? source.read(response.json, context) : undefined;
      if (account === undefined) return { value: keyVerdict(response, dialect) };
      const { balance } = account;
      const usable = source.usable?.(account) ?? (balance === undefined ? "unknown" : balance.amount > 0);
      const value: KeyVerdict = { key: "valid", usable, reason: account.summary };
      if (usable === false) value.hint = "The key is valid, but the account cannot pay for calls: check its balance and state";
      return { value };
    },
  };
}

/** Key check and account by one endpoint. */
export function accountOperations<S>(dialect: Dialect, source: AccountEndpoint<S>): Required<Pick<Operations<S>, "check" | "account">> {
  return { check: accountCheck(dialect, source), account: accountOperation(dialect, source) };
}

/** A token count by an endpoint that takes the model and the messages of the request. */
export function tokenCounter<S>(source: {
  url: (context: OperationContext<S>) => URL;
  /** Dotted path of the number of tokens in the answer. */
  totalAt: string;
}): Operation<number, S> {
  return {
    origin: "base",
    request(context) {
      const { call } = context;
      const { model, messages } = call?.route.protocol.render(call).request.body ?? {};
      return { method: "POST", url: source.url(context), body: { model, messages } };
    },
    parse({ status, json }) {
      const total = status < 400 && isObject(json) ? valueAt(json, source.totalAt) : undefined;
      return typeof total === "number" ? { value: total } : undefined;
    },
  };
}

/** A refusal with status 200 states its status in the body. */
function withInnerStatus(response: OperationResponse): OperationResponse {
  return response.status >= 400 ? response : { ...response, status: statedStatus(response.json) ?? response.status };
}

/** What `chatProvider` is told about the operations of a host. */
export interface DefaultOperations {
  check?: "model-list" | { readonly model: string } | undefined;
  modelList?: ModelListOptions | "none" | undefined;
  modelListIsPartial?: boolean | undefined;
}

/** A key check and a model list in OpenAI's shape. */
export function defaultOperations(
  dialect: Dialect,
  { check, modelList: list = {}, modelListIsPartial }: DefaultOperations,
): Pick<Operations, "check" | "models"> {
  return {
    check: typeof check === "object" ? chatCheck(dialect, check.model) : modelListCheck(dialect, list === "none" ? {} : list),
    ...(list === "none" ? {} : { models: { ...modelList(list), ...(modelListIsPartial === true ? { partial: true } : {}) } }),
  };
}
