/** What stands beside `/v1`: the rich list of models, and the pages of key and balance. Without a key there is the older host's list alone. */
import {
  type Account,
  endpoint,
  type Facts,
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
} from "@lumiverse/core";
import { accountCheck, modelList, modelsCheck } from "@lumiverse/protocols/chat-completions";
import { dialect, OLDER } from "./dialect.ts";
import type { PollinationsSettings } from "./settings.ts";

const keyPage = accountCheck<PollinationsSettings>(dialect, {
  url: ({ base }) => above(base, "/account/key"),
  read: readKey,
  usable: ({ keyLimit }) => (typeof keyLimit?.limit !== "number" ? true : keyLimit.limit > 0),
});

/** Is it the gateway, which wants the key, that is asked? */
function keyed({ keyed, base }: OperationContext<PollinationsSettings>): boolean {
  return keyed && base.host !== OLDER.host;
}

/** The list of models answers 200 to a key that was revoked; the key's own page does not. */
const check: Operation<KeyVerdict, PollinationsSettings> = {
  origin: "base",
  request: (context) => (keyed(context) ? keyPage.request(context) : modelsCheck(dialect).request(context)),
  parse(response, context) {
    if (keyed(context)) return keyPage.parse(response, context);
    if (response.status >= 400) return modelsCheck(dialect).parse(response, context);
    return {
      value: { key: "unknown", usable: "unknown", reason: "no key was given: the older host answers without one, for one small model" },
    };
  },
};

const rich = modelList({
  id: "name",
  name: ["title", "description"],
  keep: ({ output_modalities: output, agent }) => agent !== true && (!Array.isArray(output) || output.includes("text")),
  takes: factsOf,
  refine(info, entry) {
    const price = priceOf(entry["pricing"]);
    if (price !== undefined) info.price = price;
    if (entry["paid_only"] === true) info.state = "needs a paid balance";
  },
});
/** One model, with its date in milliseconds, of which nothing is read. */
const anonymous = modelList();

const models: Operation<readonly ModelInfo[], PollinationsSettings> = {
  origin: "base",
  request(context) {
    if (!keyed(context)) return anonymous.request(context);
    const url = above(context.base, "/text/models");
    const { modelSource, reliability } = context.settings;
    if (modelSource !== undefined) url.searchParams.set("source", modelSource);
    if (reliability !== undefined) url.searchParams.set("reliability", reliability);
    return { method: "GET", url };
  },
  parse: (response, context) => (keyed(context) ? rich : anonymous).parse(response, context),
};

/** The balance, and where the key may not see that, what the key itself says. */
const account: Operation<Account, PollinationsSettings> = {
  origin: "base",
  request(context, page) {
    if (!keyed(context))
      throw new LumiverseError({
        code: "authentication",
        message: "calls without a key have no account",
        hint: "Get a key at https://enter.pollinations.ai",
      });
    return { method: "GET", url: above(context.base, page?.["path"] ?? "/account/balance") };
  },
  parse(response, context) {
    if (response.url.endsWith("/account/key")) return { value: accountOf(response) };
    const { status, json } = response;
    const balance = status < 400 && isObject(json) ? json["balance"] : undefined;
    if (typeof balance === "number")
      return { value: { balance: { amount: balance, currency: "pollen" }, summary: `${balance.toFixed(2)} pollen` } };
    if (status === 403) return { value: { summary: "" }, next: { path: "/account/key" } };
    throw dialectError(response, context.base);
  },
};

function accountOf(response: OperationResponse): Account {
  const account = response.status < 400 ? readKey(response.json) : undefined;
  if (account === undefined) throw dialectError(response, new URL(response.url));
  return account;
}

function dialectError({ status }: OperationResponse, { host }: URL): LumiverseError {
  return new LumiverseError({
    code: status === 401 ? "authentication" : "server",
    status,
    message: `${host} tells nothing of the account (HTTP ${status})`,
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

function factsOf(entry: JsonObject): Facts | undefined {
  const { input_modalities: input, output_modalities: output, tools, reasoning } = entry;
  if (!Array.isArray(input) && typeof tools !== "boolean") return undefined;
  return {
    ...(Array.isArray(input)
      ? { "input.image": input.includes("image"), "input.audio": input.includes("audio"), "input.video": input.includes("video") }
      : {}),
    ...(Array.isArray(output) ? { "output.audio": output.includes("audio") } : {}),
    ...(typeof tools === "boolean" ? { tools } : {}),
    // Which levels a model takes is not told, only that it does not reason.
    ...(reasoning === false ? { reasoning: false } : {}),
  };
}

/** Amounts are text, in pollen a token. */
function priceOf(pricing: unknown): Price | undefined {
  if (!isObject(pricing)) return undefined;
  const amount = (name: string): number | undefined => {
    const value = Number(pricing[name] ?? Number.NaN);
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

function above(base: URL, path: string): URL {
  const root = new URL(base);
  root.pathname = root.pathname.replace(/\/v\d+\/?$/, "");
  return endpoint(root, path);
}

export const operations: Operations<PollinationsSettings> = { check, models, account };
