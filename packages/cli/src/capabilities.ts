/** What a provider can do, over all models of its catalogue, and how far that is proved. */
import { type Capability, defaultRoute, type EvidenceKind, type Provider, type Support, supports } from "@lumiverse/core";
import { firstKnown } from "./models.ts";

export interface Ability {
  /** Of the models in the catalogue, or of an unnamed one where there is none. */
  support: Support | "some";
  /** How many models of the catalogue have it. */
  models: number;
  /** The strongest evidence behind it. */
  evidence?: EvidenceKind;
  /** The evidence is of real answers. */
  verified: boolean;
}

export const SHOWN: readonly (readonly [capability: Capability, title: string])[] = [
  ["input.image", "IMAGES"],
  ["input.audio", "AUDIO"],
  ["tools", "TOOLS"],
  ["output.schema", "SCHEMA"],
  ["reasoning", "REASONING"],
  ["webSearch", "SEARCH"],
  ["models", "LIST"],
  ["account", "ACCOUNT"],
];

export async function abilitiesOf(provider: Provider): Promise<Record<string, Ability>> {
  const ids = (await provider.catalogue?.())?.models.map((model) => model.id) ?? [];
  const abilities: Record<string, Ability> = {};
  for (const [capability] of SHOWN) abilities[capability] = await abilityOf(provider, capability, ids.length > 0 ? ids : ["unknown"]);
  return abilities;
}

async function abilityOf(provider: Provider, capability: Capability, ids: readonly string[]): Promise<Ability> {
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
const STRENGTH: readonly EvidenceKind[] = ["live", "recorded", "replayed", "derived", "documented", "declared"];

/** The wires that a provider's models are spoken to in, by its defaults. */
export async function wiresOf(provider: Provider): Promise<string[]> {
  const served = (await provider.catalogue?.())?.models ?? [];
  const ids = served.length > 0 ? served.map((model) => model.id) : [(await firstKnown(provider))?.id ?? "unknown"];
  return [...new Set(ids.map((id) => defaultRoute(provider, id).protocol.id))].sort();
}
