import type { State } from "./connect.ts";
import { findModel } from "./cost.ts";
import { type Capability, type Claim, type Evidence, type EvidenceKind, type Facts, type Support, supportOf } from "./facts.ts";
import type { ModelInfo, Provider, Route } from "./provider.ts";
import { type Registry, registry } from "./registry.ts";
import { defaultRoute } from "./route.ts";

const STRENGTH: readonly EvidenceKind[] = ["live", "recorded", "replayed", "derived", "documented", "declared"];

/** What the vendor serves by operation, not by model. */
const OPERATION: Partial<Record<Capability, "models" | "account" | "countTokens">> = {
  models: "models",
  account: "account",
  countTokens: "countTokens",
};

async function claim(provider: Provider, takes: Facts, capability: Capability, model: string | undefined): Promise<Claim> {
  const operation = OPERATION[capability];
  const fact = operation === undefined ? takes[capability] : provider.operations[operation] !== undefined;
  const evidence: Evidence[] = [...((await provider.evidence?.())?.[capability] ?? [])];
  // Strongest first; of equals, what is of this very model.
  evidence.sort((a, b) => STRENGTH.indexOf(a.kind) - STRENGTH.indexOf(b.kind) || Number(b.model === model) - Number(a.model === model));
  if (evidence.length === 0 && fact !== undefined && fact !== "unknown") evidence.push({ kind: "declared", source: provider.docs });
  return { capability, support: supportOf(fact), ...(fact === undefined ? {} : { fact }), evidence };
}

/** The route's facts first: they decide requests. What they leave open, the catalogue may know. */
export async function factsOf(provider: Provider, model: string, route: Route, settings?: Record<string, unknown>): Promise<Facts> {
  const entry = provider.catalogue === undefined ? undefined : findModel(await provider.catalogue(settings), model);
  return { ...entry?.takes, ...known(route.takes) };
}
function known(facts: Facts): Facts {
  return Object.fromEntries(Object.entries(facts).filter(([, fact]) => fact !== undefined && fact !== "unknown")) as Facts;
}

export async function supportsOn(state: State, capability: Capability, model: string): Promise<Claim> {
  const settings = await state.settings();
  const facts = await state.facts(settings);
  const route = state.provider.route({
    request: { model, messages: [] },
    settings,
    streaming: false,
    keyed: state.key !== undefined,
    policy: state.policy,
    without: new Set(),
    ...(state.account === undefined ? {} : { account: state.account }),
    ...(state.base === undefined ? {} : { baseURL: state.base }),
    ...(facts === undefined ? {} : { facts }),
  });
  return claim(state.provider, await factsOf(state.provider, model, route, settings), capability, model);
}

/** What a model of a provider is claimed to do, and on which evidence. */
export async function supports(provider: Provider, capability: Capability, model: string): Promise<Claim> {
  return claim(provider, await factsOf(provider, model, defaultRoute(provider, model)), capability, model);
}

export interface Query {
  provider?: string;
  input?: "image" | "audio" | "file" | "video";
  tools?: boolean;
  output?: "schema" | "json";
  reasoning?: boolean;
  /** At least so many tokens. */
  context?: number;
  /** At most so much per million input tokens, in USD. */
  inputPrice?: number;
  /** Models of which it is not known count as well. Default false. */
  unknown?: boolean;
}
export interface Found {
  provider: string;
  model: ModelInfo;
}
/** Models in the catalogues of the registered providers that are known to do what is asked. */
export async function find(query: Query, among: Registry = registry()): Promise<Found[]> {
  const found: Found[] = [];
  const wanted: [Capability, boolean][] = [];
  if (query.input !== undefined) wanted.push([`input.${query.input}`, true]);
  if (query.tools !== undefined) wanted.push(["tools", query.tools]);
  if (query.output !== undefined) wanted.push([`output.${query.output}`, true]);
  if (query.reasoning !== undefined) wanted.push(["reasoning", query.reasoning]);
  const accepted = (support: Support, want: boolean): boolean =>
    support === (want ? "yes" : "no") || (query.unknown === true && support === "unknown");
  for (const provider of among.list()) {
    if ((query.provider !== undefined && query.provider !== provider.id) || provider.catalogue === undefined) continue;
    for (const model of (await provider.catalogue()).models) {
      const takes = { ...model.takes, ...known(defaultRoute(provider, model.id).takes) };
      if (!wanted.every(([capability, want]) => accepted(supportOf(takes[capability]), want))) continue;
      if (query.context !== undefined && (model.contextTokens ?? 0) < query.context) continue;
      if (
        query.inputPrice !== undefined &&
        !(model.price?.currency === "USD" && (model.price.input ?? Number.POSITIVE_INFINITY) <= query.inputPrice)
      )
        continue;
      found.push({ provider: provider.id, model });
    }
  }
  return found;
}
