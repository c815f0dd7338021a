/** A provider that speaks Chat Completions, made from its dialect and its capabilities. */
import {
  type Call,
  type Capabilities,
  type Catalogue,
  type Credential,
  definedFields,
  defineProvider,
  type Evidence,
  matches,
  type Operations,
  type Provider,
  type Route,
  type Rule,
  type SettingsModule,
} from "@lumiverse/core/provider";
import type { ModelListOptions } from "../shared/model-list.ts";
import { type Dialect, type DialectModel, mergeDialects } from "./dialect.ts";
import { chatCompletions } from "./protocol.ts";
import { renameOutputLimit } from "./recover.ts";

/** How a call becomes a route. */
export interface ChatRouteOptions<S = unknown> {
  /** The vendor's base URL; a function where the settings choose one of several. A caller's `baseURL` replaces it. */
  base: string | ((call: Call<S>) => string);
  dialect: Dialect;
  /** What the host accepts, whatever the model. */
  capabilities: Capabilities;
  /** Models that deviate, in order. Later entries win. */
  models?: readonly DialectModel[];
  /** Facts about pairs of fields. */
  rules?: readonly Rule[];
  /** Headers that follow from the settings. */
  headers?: (call: Call<S>) => Readonly<Record<string, string>>;
  /** Changes by the settings or by the whole call, over what `models` say. `capabilities` are those of the model so far, `base` is the caller's base URL or the vendor's. */
  adjust?: (context: { call: Call<S>; capabilities: Capabilities; base: URL }) => RouteChanges | undefined;
  /** How `generate` is sent. Default `unstreamed`. */
  unstreamed?: Route["unstreamed"];
  /** How `stream` is sent. Default `yes`. */
  streaming?: Route["streaming"];
  /** Calls in flight at most. Default: no limit. */
  concurrency?: number;
}

/** What one call changes in its route. */
export interface RouteChanges {
  dialect?: Dialect;
  capabilities?: Capabilities;
  /** Replaces the base URL, where some calls belong to another path of the same host. */
  base?: URL;
  /** Facts about pairs of fields that hold for this call's model, in addition to those of the provider. */
  rules?: readonly Rule[];
  /** Replaces `unstreamed` of the provider. */
  unstreamed?: Route["unstreamed"];
  /** Replaces `streaming` of the provider. */
  streaming?: Route["streaming"];
}

/** Facts about sampling that hold on most hosts of Chat Completions, and that change no answer on the others. */
export const samplingRules: readonly Rule[] = [
  {
    field: "topP",
    when: ({ topP }) => topP === 0,
    then: "clamp",
    range: [0.01, 1],
    // vLLM: "top_p must be in (0, 1]". DeepSeek: "the valid range of top_p is (0, 1.0]". OpenRouter documents (0, 1].
    because: "Hosts refuse a topP of 0. The model still chooses among the most probable tokens only.",
  },
];

/** Refuses a request with more tools than the host accepts. */
export function atMostTools(most: number): Rule {
  return {
    field: "tools",
    when: ({ tools }) => (tools?.length ?? 0) > most,
    then: "refuse",
    because: `The host accepts ${most} tools at most`,
  };
}

/** The route of a provider: base URL, dialect and capabilities, with those of the model merged over the host's. */
export function chatRoute<S>(options: ChatRouteOptions<S>): (call: Call<S>) => Route {
  return (call) => {
    let { dialect, capabilities } = options;
    const merge = (deviation: { dialect?: Dialect; capabilities?: Capabilities } | undefined): void => {
      if (deviation?.dialect !== undefined) dialect = mergeDialects(dialect, deviation.dialect);
      if (deviation?.capabilities !== undefined) capabilities = { ...capabilities, ...deviation.capabilities };
    };
    for (const model of options.models ?? []) if (matches(model.match, call.request.model)) merge(model);
    const base = call.baseURL ?? new URL(typeof options.base === "string" ? options.base : options.base(call));
    const changes = options.adjust?.({ call, capabilities, base });
    merge(changes);
    return {
      protocol: chatCompletions(dialect),
      base: changes?.base ?? base,
      capabilities,
      rules: [...(options.rules ?? []), ...(changes?.rules ?? []), ...samplingRules],
      ...definedFields({
        headers: options.headers?.(call),
        unstreamed: changes?.unstreamed ?? options.unstreamed,
        streaming: changes?.streaming ?? options.streaming,
        concurrency: options.concurrency,
      }),
    };
  };
}

/** Fields of a `Provider` that `chatProvider` passes on unchanged. */
type PassedOn<S> = Pick<
  Provider<S>,
  "id" | "name" | "docs" | "version" | "origins" | "probeFirst" | "recover" | "signIn" | "authorize" | "authorizeBy" | "describeKey"
>;

/** A provider as its dialect, its capabilities, and what it adds to the defaults. */
export interface ChatProviderOptions<S = unknown> extends Omit<ChatRouteOptions<S>, "base">, PassedOn<S> {
  /** The vendor's base URL, such as `https://api.groq.com/openai/v1`. */
  base: string;
  /** The base URL by the call, where the settings choose one of several. Every host that it can return belongs in `origins`. Default `base`. */
  baseFor?: (call: Call<S>) => string;
  /** Environment variable of the API key. It is sent as `authorization: Bearer …`. */
  env?: string;
  /** URL where a person creates a key. */
  keyPage?: string;
  /** Replaces the credential that `env` and `keyPage` describe. Absent together with `env`: the provider has none. */
  credential?: Credential;
  /** Loads the module with the settings: `() => import("./settings.ts")`. */
  settings?: () => Promise<{ readonly settings: SettingsModule<S> }>;
  /** Loads the module with the catalogue: `() => import("./catalogue.ts")`. The settings may choose one of several. */
  catalogue?: (settings?: Partial<S>) => Promise<{ readonly catalogue: Catalogue }>;
  /** Loads the module with the evidence, where it is no entry point of its own: `() => import("./evidence.ts")`. */
  evidence?: () => Promise<{ readonly evidence: Readonly<Record<string, readonly Evidence[]>> }>;
  /**
   * How a key is checked. `model-list` (the default) fits a list that requires the key. `{ model }`: by the smallest possible chat with that model, where
   * nothing free proves a key.
   */
  check?: "model-list" | { readonly model: string };
  /** Where the model list deviates from OpenAI's. `none`: the host has no usable list. */
  modelList?: ModelListOptions | "none";
  /** True when the list omits models that work, so that the catalogue's are added to it. Default false. */
  modelListIsPartial?: boolean;
  /** Operations that replace or join the default ones (`check` and `models`). A loader, so that large ones can be imported when they are used. */
  operations?: () => Partial<Operations<S>> | Promise<Partial<Operations<S>>>;
}

/**
 * Defines a provider that speaks Chat Completions only.
 * @throws LumiverseError `configuration` for an invalid id
 */
export function chatProvider<S = Record<string, never>>(options: ChatProviderOptions<S>): Provider<S> {
  const { base, baseFor, env, keyPage, settings, catalogue, evidence, dialect, operations } = options;
  const { check, modelList, modelListIsPartial } = options;
  const loaders: Pick<Provider<S>, "settings" | "catalogue" | "evidence"> = {};
  if (settings !== undefined) loaders.settings = () => settings().then((module) => module.settings);
  if (catalogue !== undefined) loaders.catalogue = (chosen) => catalogue(chosen).then((module) => module.catalogue);
  if (evidence !== undefined) loaders.evidence = () => evidence().then((module) => module.evidence);
  return defineProvider<S>({
    ...passedOn(options),
    contract: 1,
    credential: options.credential ?? keyCredential(env, keyPage),
    base,
    ...loaders,
    route: chatRoute({ ...options, base: baseFor ?? base }),
    // Any host may pass a model of OpenAI on, whose newer models refuse max_tokens.
    recover: ({ error, call }) => options.recover?.({ error, call }) ?? renameOutputLimit(error, call),
    operations: async () => ({
      ...(await import("./operations.ts")).defaultOperations(dialect, { check, modelList, modelListIsPartial }),
      ...(await operations?.()),
    }),
  });
}

function passedOn<S>(options: PassedOn<S>): PassedOn<S> {
  const { id, name, docs, version, origins, probeFirst, recover, signIn, authorize, authorizeBy, describeKey } = options;
  return {
    id,
    name,
    docs,
    version,
    ...definedFields({ origins, probeFirst, recover, signIn, authorize, authorizeBy, describeKey }),
  };
}

function keyCredential(env: string | undefined, page: string | undefined): Credential {
  if (env === undefined) return { kind: "none" };
  return { kind: "api-key", required: true, env, ...definedFields({ page }) };
}
