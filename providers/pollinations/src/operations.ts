/** The gateway's detailed model list and its endpoints of the key and the balance, all outside `/v1`. The older host has only a model list. */
import {
  type Account,
  type Capabilities,
  isObject,
  type JsonObject,
  type KeyVerdict,
  LumiverseError,
  type ModelInfo,
  type Operation,
  type OperationContext,
  type OperationResponse,
  type Operations,
  type Price,
  readNumber,
} from "@lumiverse/core/provider";
import { outsideVersion } from "@lumiverse/protocols/chat-completions";
import { accountCheck, modelList, modelListCheck } from "@lumiverse/protocols/chat-completions/operations";
import { ANONYMOUS_BASE, dialect } from "./dialect.ts";
import type { PollinationsSettings } from "./settings.ts";

const keyCheck = accountCheck<PollinationsSettings>(dialect, {
  url: ({ base }) => outsideVersion(base, "/account/key"),
  read: readKey,
  usable: ({ keyLimit }) => (typeof keyLimit?.limit !== "number" ? true : keyLimit.limit > 0),
});

/** True when the operation goes to the gateway, which requires a key. */
function usesGateway({ hasKey, base }: OperationContext<PollinationsSettings>): boolean {
  return hasKey && base.host !== ANONYMOUS_BASE.host;
}

/** A key check by the endpoint of the key, because the model list answers 200 to a revoked key (freellmapi 608). */
const check: Operation<KeyVerdict, PollinationsSettings> = {
  origin: "base",
  request: (context) => (usesGateway(context) ? keyCheck.request(context) : modelListCheck(dialect).request(context)),
  parse(response) {
    if (usesGateway(response.context)) return keyCheck.parse(response);
    if (response.status >= 400) return modelListCheck(dialect).parse(response);
    return {
      value: { key: "unknown", usable: "unknown", reason: "no key was given: the older host serves one small model without a key" },
    };
  },
};

const gatewayModels = modelList({
  id: "name",
  name: ["title", "description"],
  filter: ({ output_modalities: output, agent }) => agent !== true && (!Array.isArray(output) || output.includes("text")),
  capabilities: capabilitiesOf,
  refine(info, entry) {
    const price = priceOf(entry["pricing"]);
    if (price !== undefined) info.price = price;
    if (entry["paid_only"] === true) info.state = "needs a paid balance";
  },
});
/** The older host lists one model. Its date is in milliseconds and is not read. */
const anonymousModels = modelList();

const models: Operation<readonly ModelInfo[], PollinationsSettings> = {
  origin: "base",
  request(context) {
    if (!usesGateway(context)) return anonymousModels.request(context);
    const url = outsideVersion(context.base, "/text/models");
    const { modelSource, reliability } = context.settings;
    if (modelSource !== undefined) url.searchParams.set("source", modelSource);
    if (reliability !== undefined) url.searchParams.set("reliability", reliability);
    return { method: "GET", url };
  },
  parse: (response) => (usesGateway(response.context) ? gatewayModels : anonymousModels).parse(response),
};

/** The balance; for a key without permission for it, the budget of the key. */
const account: Operation<Account, PollinationsSettings> = {
  origin: "base",
  request(context) {
    if (!usesGateway(context))
      throw new LumiverseError({
        code: "authentication",
        message: "calls without a key have no account",
        hint: "Create a key at https://enter.pollinations.ai",
      });
    return { method: "GET", url: outsideVersion(context.base, context.page?.["path"] ?? "/account/balance") };
  },
  parse(response) {
    if (response.url.endsWith("/account/key")) return { value: accountOf(response) };
    const { status, json } = response;
    const balance = status < 400 && isObject(json) ? json["balance"] : undefined;
    if (typeof balance === "number")
      return { value: { balance: { amount: balance, currency: "pollen" }, summary: `${balance.toFixed(2)} pollen` } };
    if (status === 403) return { value: { summary: "" }, next: { path: "/account/key" } };
    throw accountError(response, response.context.base);
  },
};

function accountOf(response: OperationResponse): Account {
  const account = response.status < 400 ? readKey(response.json) : undefined;
  if (account === undefined) throw accountError(response, new URL(response.url));
  return account;
}

function accountError({ status }: OperationResponse, { host }: URL): LumiverseError {
  return new LumiverseError({
    code: status === 401 ? "authentication" : "server",
    status,
    message: `${host} returned no account data (HTTP ${status})`,
  });
}

function readKey(json: unknown): Account | undefined {
  if (!isObject(json) || json["valid"] !== true) return undefined;
  const { type, pollenBudget: budget, expiresAt, name } = json;
  const kind = typeof type === "string" ? `${type} key` : "key";
  const limit = typeof budget === "number" ? budget : null;
  const account: Account = {
    keyLimit: { limit, remaining: limit, currency: "pollen" },
    summary: `${kind}${typeof name === "string" ? ` "${name}"` : ""}, ${limit === null ? "no budget of its own" : `${limit} pollen left`}`,
  };
  if (typeof type === "string") account.plan = kind;
  if (typeof expiresAt === "string") account.state = `expires ${expiresAt.slice(0, 10)}`;
  return account;
}

function capabilitiesOf(entry: JsonObject): Capabilities | undefined {
  const { input_modalities: input, output_modalities: output, tools, reasoning } = entry;
  if (!Array.isArray(input) && typeof tools !== "boolean") return undefined;
  return {
    ...(Array.isArray(input)
      ? { "input.image": input.includes("image"), "input.audio": input.includes("audio"), "input.video": input.includes("video") }
      : {}),
    ...(Array.isArray(output) ? { "output.audio": output.includes("audio") } : {}),
    ...(typeof tools === "boolean" ? { tools } : {}),
    // The list states whether a model reasons, not which levels it accepts.
    ...(reasoning === false ? { reasoning: false } : {}),
  };
}

/** Amounts are strings in pollen per token. */
function priceOf(pricing: unknown): Price | undefined {
  if (!isObject(pricing)) return undefined;
  const amount = (name: string): number | undefined => {
    const value = readNumber(pricing[name]);
    return Number.isFinite(value) ? Number((value * 1e6).toPrecision(10)) : undefined;
  };
  const [input, output] = [amount("promptTextTokens"), amount("completionTextTokens")];
  const [cacheRead, cacheWrite] = [amount("promptCachedTokens"), amount("promptCacheWriteTokens")];
  if (input === undefined) return undefined;
  return {
    currency: "pollen",
    input,
    ...(output === undefined ? {} : { output }),
    ...(cacheRead === undefined ? {} : { cacheRead }),
    ...(cacheWrite === undefined ? {} : { cacheWrite }),
  };
}

export const operations: Operations<PollinationsSettings> = { check, models, account };
