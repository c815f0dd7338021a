/** Merges the lists that others publish with an overlay. A field of the overlay wins, because it comes from the vendor's own pages. */
import { catalogueOf } from "@lumiverse/core/catalogue";
import { type Capability, type CapabilityValue, type ModelInfo, matches, type Price } from "@lumiverse/core/provider";
import { type CacheMultiples, completePrice, withMultiples } from "./price.ts";
import { joinSources } from "./sources.ts";

/** `overlay/<list>.json`: additions and corrections to the lists of models.dev and pi-ai. Most providers have one overlay. */
export interface Overlay {
  /** The provider's folder. Default: the list's name. */
  provider?: string;
  /** The exported name in the provider's module. Default `catalogue`. */
  export?: string;
  /** The comment on the export. */
  about?: string;
  source: string;
  /** ISO date on which the source was read. */
  date: string;
  /** Currency of all prices. Default `USD`. */
  currency?: string;
  /** The model to start with when nobody chose one, and why it is this one: priced, served and general, not the newest. */
  defaultModel?: { id: string; reason: string };
  /** Globs of ids for which a listed price of 0 means free. */
  free?: readonly string[];
  /** Globs of ids that the provider's protocol does not serve, with the reason. */
  leaveOut?: readonly { match: readonly string[]; because: string }[];
  /** The list of pi-ai with the same models. `prices: false` where its prices are those of another endpoint. */
  piAi?: { list: string; prices?: false };
  /** Where the vendor states that a prompt of exactly a band's length is billed by the band. The published lists mean longer prompts. */
  bandsInclude?: string;
  /** Cache prices that the vendor states as multiples of the input price. They fill in what no source states. */
  cacheMultiples?: readonly CacheMultiples[];
  /** Capabilities of every model of the list, unless the model's own entry differs. */
  all?: OverlayCapabilities;
  models: readonly OverlayModel[];
}
type OverlayCapabilities = { readonly [C in Capability]?: CapabilityValue | null };
/**
 * A given field replaces the list's. `null` removes it, because it is not known. A price keeps the amounts that only the list has, unless the two contradict each
 * other.
 */
export interface OverlayModel {
  id: string;
  name?: string;
  contextTokens?: number | null;
  inputTokens?: number | null;
  maxOutputTokens?: number | null;
  price?: Omit<Price, "currency"> | "free" | null;
  /** Input and output media, as in the cell of a row (`image file`). Replaces all media of the list. */
  media?: string;
  capabilities?: OverlayCapabilities;
  /** Other ids of the same model. The list's entries with these ids are merged into this one. */
  aliases?: readonly string[];
  state?: string | null;
  released?: string | null;
  /** A caveat about the entry, shown in its `source`. A price that contradicts a list, or that is removed, needs one. */
  note?: string;
  /** The source of this entry. Default: the overlay's source. */
  source?: string;
  /** The date on which the source of this entry was read. Default: the overlay's date. */
  date?: string;
}
export interface Merged {
  model: ModelInfo;
  note?: string;
  /** The date by which the entry is sorted. */
  age: string;
}

/** `listDate`: the date of the older list. A model that it lacks and whose release date is unknown is newer than that. */
export function merge(listed: readonly ModelInfo[], overlay: Overlay, listDate = ""): Merged[] {
  const byId = new Map(listed.map((model) => [model.id, model]));
  const merged: Merged[] = [];
  let age = overlay.date;
  for (const entry of overlay.models) {
    const bases = [entry.id, ...(entry.aliases ?? [])].flatMap((id) => byId.get(id) ?? []);
    const model = mergeOne(bases[0], entry, overlay);
    age = model.released ?? age;
    merged.push({ model, age, ...(entry.note === undefined ? {} : { note: entry.note }) });
    for (const base of bases) byId.delete(base.id);
  }
  for (const model of byId.values()) merged.push({ model: withAll(model, overlay), age: model.released ?? listDate });
  const seen = new Set<string>();
  for (const { model } of merged) {
    for (const id of [model.id, ...(model.aliases ?? [])]) {
      if (seen.has(id)) throw new Error(`the id "${id}" occurs twice in the list`);
      seen.add(id);
    }
  }
  const leftOut = overlay.leaveOut?.flatMap(({ match }) => match) ?? [];
  return merged
    .filter(({ model }) => !matches(leftOut, model.id))
    .map((one) => ({ ...one, model: withCachePrices(one.model, overlay) }))
    .sort(byAge);
}

function withCachePrices(model: ModelInfo, { cacheMultiples }: Overlay): ModelInfo {
  return model.price === undefined || cacheMultiples === undefined
    ? model
    : { ...model, price: withMultiples(model.id, model.price, cacheMultiples) };
}

/**
 * Available models come before deprecated and retired ones, and newer models before older ones. An overlay lists models from new to old, so an entry
 * without a release date takes the date of the entry above it.
 */
function byAge(a: Merged, b: Merged): number {
  const [x = "", y = ""] = [a, b].map(({ model, age }) => `${isGone(model.state) ? 0 : 1}${age}`);
  return x === y ? 0 : x < y ? 1 : -1;
}
function isGone(state: string | undefined): boolean {
  return state === "deprecated" || state === "retired";
}

function mergeOne(base: ModelInfo | undefined, entry: OverlayModel, overlay: Overlay): ModelInfo {
  const date = entry.date ?? overlay.date;
  const source = entry.source ?? overlay.source;
  const known = withAll(base ?? { id: entry.id, source, date }, overlay);
  const pick = <T>(mine: T | null | undefined, theirs: T | undefined): T | undefined => (mine === undefined ? theirs : (mine ?? undefined));
  const own = ownPrice(entry, overlay);
  const price = own === undefined || own === null ? pick(own, base?.price) : completePrice(own, base?.price);
  return withoutUndefined({
    id: entry.id,
    name: pick(entry.name, base?.name),
    contextTokens: pick(entry.contextTokens, base?.contextTokens),
    inputTokens: pick(entry.inputTokens, base?.inputTokens),
    maxOutputTokens: pick(entry.maxOutputTokens, base?.maxOutputTokens),
    price,
    capabilities: mergeCapabilities(known.capabilities ?? {}, capabilitiesOf(entry)),
    aliases: pick(entry.aliases, base?.aliases),
    state: pick(entry.state, base?.state),
    released: pick(entry.released, base?.released),
    ...originOf(base, own, price, { source, date }),
  });
}

function ownPrice({ price }: OverlayModel, { currency = "USD" }: Overlay): Price | null | undefined {
  if (price === undefined || price === null) return price;
  return price === "free" ? { input: 0, output: 0, currency } : { ...price, currency };
}

/** The date of an entry is the date of its price, and the older of two dates if two sources made the price. Another field does not make the price newer. */
function originOf(
  base: ModelInfo | undefined,
  own: Price | null | undefined,
  price: Price | undefined,
  overlay: { source: string; date: string },
): { source: string; date?: string } {
  if (base === undefined || own === null || (own !== undefined && own === price)) return overlay;
  const date = own === undefined ? base.date : [overlay.date, base.date ?? overlay.date].sort()[0];
  return { source: joinSources(base.source, overlay.source), ...(date === undefined ? {} : { date }) };
}
/** Removes undefined fields: the contract has optional fields only. */
function withoutUndefined(model: { [K in keyof ModelInfo]: ModelInfo[K] | undefined }): ModelInfo {
  // Filtering keeps every field's type; `id` and `source` are always given above.
  return Object.fromEntries(Object.entries(model).filter(([, value]) => value !== undefined)) as unknown as ModelInfo;
}

function capabilitiesOf({ media, capabilities }: OverlayModel): OverlayCapabilities {
  if (media === undefined) return capabilities ?? {};
  const [read] = catalogueOf({ sources: [{ source: "", date: "" }], rows: `media | | | | | ${media} | | 0` }).models;
  return { "input.file": null, ...read?.capabilities, ...capabilities };
}

function withAll(model: ModelInfo, overlay: Overlay): ModelInfo {
  const all = Object.entries(overlay.all ?? {}) as [Capability, CapabilityValue | null][];
  // Removing absent capabilities changes nothing, so the entry keeps its source.
  if (overlay.all === undefined || all.every(([key, value]) => value === null && model.capabilities?.[key] === undefined)) return model;
  return {
    ...model,
    source: joinSources(model.source, overlay.source),
    capabilities: mergeCapabilities(model.capabilities ?? {}, overlay.all),
  };
}

function mergeCapabilities(
  theirs: { readonly [C in Capability]?: CapabilityValue },
  mine: OverlayCapabilities,
): { [C in Capability]?: CapabilityValue } {
  const merged = { ...theirs };
  // These are all of its keys.
  for (const key of Object.keys(mine) as Capability[]) {
    const value = mine[key];
    if (value === undefined) continue;
    if (value === null) delete merged[key];
    else merged[key] = value;
  }
  return merged;
}
