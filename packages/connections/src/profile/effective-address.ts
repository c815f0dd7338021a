import type { Connection, JsonObject, Provider } from "@lumiverse/core";
import type { Call, OperationContext } from "@lumiverse/core/provider";
import type { ConnectionSource } from "./connect.ts";

/** The addresses that a profile's requests go to. */
export interface EffectiveAddress {
  /** The base URL after the settings (a plan, a region) had their effect. */
  base: string;
  chat?: string;
  /** Absent where the vendor has no model list. */
  models?: string;
}

/** Computes the addresses. Sends nothing. */
export async function effectiveAddress(connection: Connection, source: ConnectionSource, model: string): Promise<EffectiveAddress> {
  const { provider } = source;
  const request = { model: model === "" ? "model" : model, messages: [{ role: "user" as const, content: "Hi" }] };
  const call = callOf(source, request);
  const base = provider.route(call).base;
  const context: OperationContext = {
    base,
    settings: call.settings as JsonObject, // settings are an object, whatever their type
    hasKey: call.hasKey,
    ...(call.account === undefined ? {} : { account: call.account }),
  };
  const [{ url: chat }, operations] = await Promise.all([connection.explain(request, { streaming: true }), provider.operations()]);
  const models = operations.models?.request(context).url;
  return { base: base.href, chat, ...(models === undefined ? {} : { models: models.href }) };
}

function callOf({ provider, resolvedURL, key, settings }: ConnectionSource, request: Call["request"]): Call<unknown> {
  return {
    request,
    settings,
    streaming: true,
    hasKey: key !== undefined,
    ...(key === undefined ? {} : accountOf(provider, key)),
    ...(resolvedURL === undefined ? {} : { baseURL: new URL(resolvedURL) }),
    policy: { unsupported: {}, replayScope: "own" },
    degradations: new Set(),
  };
}

function accountOf(provider: Provider, key: string): { account?: Readonly<Record<string, string>> } {
  const account = provider.describeKey?.(key);
  return account === undefined ? {} : { account };
}
