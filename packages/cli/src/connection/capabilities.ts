/** What a provider supports across the models of its catalogue, and the evidence for it. */
import { type Capability, type EvidenceKind, type Provider, type Support, supports } from "@lumiverse/core";
import { defaultRoute } from "@lumiverse/core/provider";
import { catalogueDefault } from "./default-model.ts";

export interface CapabilitySummary {
  /** `some`: only some models of the catalogue support it. Without a catalogue: the support of a model that is not known. */
  support: Support | "some";
  /** Number of models that have it. */
  models: number;
  /** The strongest kind of evidence. */
  evidence?: EvidenceKind;
  /** True when the evidence is a real answer of the host. */
  verified: boolean;
}

export const LISTED_CAPABILITIES: readonly (readonly [capability: Capability, title: string])[] = [
  ["input.image", "IMAGES"],
  ["input.audio", "AUDIO"],
  ["tools", "TOOLS"],
  ["output.schema", "SCHEMA"],
  ["reasoning", "REASONING"],
  ["webSearch", "SEARCH"],
  ["models", "LIST"],
  ["account", "ACCOUNT"],
];

export async function summarizeCapabilities(provider: Provider): Promise<Record<string, CapabilitySummary>> {
  const ids = (await provider.catalogue?.())?.models.map((model) => model.id) ?? [];
  const summaries: Record<string, CapabilitySummary> = {};
  for (const [capability] of LISTED_CAPABILITIES)
    summaries[capability] = await summarize(provider, capability, ids.length > 0 ? ids : ["unknown"]);
  return summaries;
}

async function summarize(provider: Provider, capability: Capability, ids: readonly string[]): Promise<CapabilitySummary> {
  const claims = await Promise.all(ids.map((id) => supports(provider, capability, id)));
  const yes = claims.filter((claim) => claim.support === "yes");
  const no = claims.filter((claim) => claim.support === "no");
  const support = yes.length === claims.length ? "yes" : yes.length > 0 ? "some" : no.length === claims.length ? "no" : "unknown";
  const kinds = new Set(yes.flatMap((claim) => claim.evidence.map((one) => one.kind)));
  const evidence = STRENGTH.find((kind) => kinds.has(kind));
  return {
    support,
    models: yes.length,
    ...(evidence === undefined ? {} : { evidence }),
    verified: evidence === "live" || evidence === "recorded" || evidence === "replayed",
  };
}

/** The strongest first. */
const STRENGTH: readonly EvidenceKind[] = ["live", "recorded", "replayed", "derived", "documented", "declared"];

/** The protocols of a provider's models, with default settings. */
export async function protocolsOf(provider: Provider): Promise<string[]> {
  const served = (await provider.catalogue?.())?.models ?? [];
  const ids = served.length > 0 ? served.map((model) => model.id) : [(await catalogueDefault(provider))?.id ?? "unknown"];
  return [...new Set(ids.map((id) => defaultRoute(provider, id).protocol.id))].sort();
}
