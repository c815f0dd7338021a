/** Merges a snapshot and an overlay into one list. For each field, the newer source wins. */
import { type Capability, type CapabilityValue, catalogueOf, type ModelInfo, matches, type Price } from "@lumiverse/core/provider";

/** `overlay/<list>.json`: additions and corrections to the snapshot. Most providers have one list. */
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
  /** Globs of ids for which a listed price of 0 means free. */
  free?: readonly string[];
  /** Globs of ids that the provider's protocol does not serve, with the reason. */
  leaveOut?: { match: readonly string[]; because: string };
  /** Capabilities of every model of the list, unless the model's own entry differs. */
  all?: OverlayCapabilities;
  models: readonly OverlayModel[];
}
type OverlayCapabilities = { readonly [C in Capability]?: CapabilityValue | null };
/** A given field replaces the snapshot's. `null` removes it, because it is no longer known. A price is one field. */
export interface OverlayModel {
  id: string;
  name?: string;
  contextTokens?: number | null;
  inputTokens?: number | null;
  maxOutputTokens?: number | null;
  price?: Omit<Price, "currency"> | "free" | null;
  /** Input and output media, as in the cell of a row (`image file`). Replaces all media of the snapshot. */
  media?: string;
  capabilities?: OverlayCapabilities;
  /** Other ids of the same model. The snapshot's entries with these ids are merged into this one. */
  aliases?: readonly string[];
  state?: string | null;
  released?: string | null;
  /** A caveat about the entry, shown in its `source`. */
  note?: string;
  /** The date on which the source of this entry was read. Default: the overlay's date. */
  date?: string;
}
export interface Merged {
  model: ModelInfo;
  note?: string;
  /** The date by which the entry is sorted. */
  age: string;
}

export function merge(snapshot: readonly ModelInfo[], overlay: Overlay): Merged[] {
  const byId = new Map(snapshot.map((model) => [model.id, model]));
  const merged: Merged[] = [];
  let age = overlay.date;
  for (const entry of overlay.models) {
    const bases = [entry.id, ...(entry.aliases ?? [])].flatMap((id) => byId.get(id) ?? []);
    const model = mergeOne(bases[0], entry, overlay);
    age = model.released ?? age;
    merged.push({ model, age, ...(entry.note === undefined ? {} : { note: entry.note }) });
    for (const base of bases) byId.delete(base.id);
  }
  for (const model of byId.values()) merged.push({ model: withAll(model, overlay), age: model.released ?? "" });
  const seen = new Set<string>();
  for (const { model } of merged) {
    for (const id of [model.id, ...(model.aliases ?? [])]) {
      if (seen.has(id)) throw new Error(`the id "${id}" occurs twice in the list`);
      seen.add(id);
    }
  }
  return merged.filter(({ model }) => !matches(overlay.leaveOut?.match ?? [], model.id)).sort(byAge);
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
  const later = date >= (base?.date ?? "");
  const known = withAll(base ?? { id: entry.id, source: overlay.source, date }, overlay);
  const price = entry.price === "free" ? { input: 0, output: 0 } : entry.price;
  const pick = <T>(mine: T | null | undefined, theirs: T | undefined): T | undefined =>
    mine === undefined || (!later && theirs !== undefined) ? theirs : (mine ?? undefined);
  return withoutUndefined({
    id: entry.id,
    name: pick(entry.name, base?.name),
    contextTokens: pick(entry.contextTokens, base?.contextTokens),
    inputTokens: pick(entry.inputTokens, base?.inputTokens),
    maxOutputTokens: pick(entry.maxOutputTokens, base?.maxOutputTokens),
    price: pick(price && { ...price, currency: overlay.currency ?? "USD" }, base?.price),
    capabilities: mergeCapabilities(known.capabilities ?? {}, capabilitiesOf(entry), later),
    aliases: pick(entry.aliases, base?.aliases),
    state: pick(entry.state, base?.state),
    released: pick(entry.released, base?.released),
    ...(base === undefined || (entry.price !== undefined && later) ? { source: overlay.source, date } : originOf(base, overlay.source)),
  });
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

/** The date of an entry is the date of its price. Adding a capability does not make the price newer. */
function originOf(base: ModelInfo, source: string): { source: string; date?: string } {
  return { source: `${base.source} and ${source}`, ...(base.date === undefined ? {} : { date: base.date }) };
}
function withAll(model: ModelInfo, overlay: Overlay): ModelInfo {
  const all = Object.entries(overlay.all ?? {}) as [Capability, CapabilityValue | null][];
  // Removing absent capabilities changes nothing, so the entry keeps its source.
  if (overlay.all === undefined || all.every(([key, value]) => value === null && model.capabilities?.[key] === undefined)) return model;
  return {
    ...model,
    ...originOf(model, overlay.source),
    capabilities: mergeCapabilities(model.capabilities ?? {}, overlay.all, overlay.date >= (model.date ?? "")),
  };
}
function mergeCapabilities(
  theirs: { readonly [C in Capability]?: CapabilityValue },
  mine: OverlayCapabilities,
  later: boolean,
): { [C in Capability]?: CapabilityValue } {
  const merged = { ...theirs };
  for (const key of Object.keys(mine) as Capability[]) {
    const value = mine[key];
    if (value === undefined || (!later && merged[key] !== undefined)) continue;
    if (value === null) delete merged[key];
    else merged[key] = value;
  }
  return merged;
}
