/** The snapshot and the overlay become one list: field by field, the later date wins. */
import { catalogueOf } from "../../packages/core/src/catalogue.ts";
import type { Capability, Fact } from "../../packages/core/src/facts.ts";
import { matches } from "../../packages/core/src/facts.ts";
import type { ModelInfo, Price } from "../../packages/core/src/provider.ts";

/** `overlay/<list>.json`: what we know beside the snapshot. Its name is the list's; most lists are a provider's only one. */
export interface Overlay {
  /** The provider's folder. Default: the list's name. */
  provider?: string;
  /** The exported name in the provider's module. Default `catalogue`. */
  export?: string;
  /** What the list is, for the export's comment. */
  about?: string;
  source: string;
  /** ISO date on which the source was read. */
  date: string;
  /** Of all prices. Default `USD`. */
  currency?: string;
  /** Globs of ids that cost nothing: where a listed price of 0 is meant. */
  free?: readonly string[];
  /** Globs of ids that this provider's wire doesn't reach, with the reason. */
  leaveOut?: { match: readonly string[]; because: string };
  /** Facts of every model of the list, unless a model's own entry says otherwise. */
  all?: OverlayFacts;
  models: readonly OverlayModel[];
}
type OverlayFacts = { readonly [C in Capability]?: Fact | null };
/** A field that is given replaces the snapshot's; `null` takes it away ("not known any more"). A price is one field. */
export interface OverlayModel {
  id: string;
  name?: string;
  contextTokens?: number | null;
  inputTokens?: number | null;
  maxOutputTokens?: number | null;
  price?: Omit<Price, "currency"> | "free" | null;
  /** What goes in and out, as the cell of a row says it (`image file`); replaces all that was said of media. */
  media?: string;
  takes?: OverlayFacts;
  /** Other ids of the same model; the snapshot's entries under them become this one. */
  aliases?: readonly string[];
  state?: string | null;
  released?: string | null;
  /** What a reader must know before trusting the entry; stands in its `source`. */
  note?: string;
  /** When this entry's source was read, if not on the overlay's date. */
  date?: string;
}
export interface Merged {
  model: ModelInfo;
  note?: string;
  /** What it is sorted by. */
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
      if (seen.has(id)) throw new Error(`"${id}" stands twice in the list`);
      seen.add(id);
    }
  }
  return merged.filter(({ model }) => !matches(overlay.leaveOut?.match ?? [], model.id)).sort(byAge);
}

/**
 * Living models first, the newest first. An overlay is written from new to old, so an entry whose release date nobody gives is as
 * old as the entry above it.
 */
function byAge(a: Merged, b: Merged): number {
  const [x = "", y = ""] = [a, b].map(({ model, age }) => `${gone(model.state) ? 0 : 1}${age}`);
  return x === y ? 0 : x < y ? 1 : -1;
}
function gone(state: string | undefined): boolean {
  return state === "deprecated" || state === "retired";
}

function mergeOne(base: ModelInfo | undefined, entry: OverlayModel, overlay: Overlay): ModelInfo {
  const date = entry.date ?? overlay.date;
  const later = date >= (base?.date ?? "");
  const known = withAll(base ?? { id: entry.id, source: overlay.source, date }, overlay);
  const price = entry.price === "free" ? { input: 0, output: 0 } : entry.price;
  const pick = <T>(mine: T | null | undefined, theirs: T | undefined): T | undefined =>
    mine === undefined || (!later && theirs !== undefined) ? theirs : (mine ?? undefined);
  return withoutHoles({
    id: entry.id,
    name: pick(entry.name, base?.name),
    contextTokens: pick(entry.contextTokens, base?.contextTokens),
    inputTokens: pick(entry.inputTokens, base?.inputTokens),
    maxOutputTokens: pick(entry.maxOutputTokens, base?.maxOutputTokens),
    price: pick(price && { ...price, currency: overlay.currency ?? "USD" }, base?.price),
    takes: mergeFacts(known.takes ?? {}, factsOf(entry), later),
    aliases: pick(entry.aliases, base?.aliases),
    state: pick(entry.state, base?.state),
    released: pick(entry.released, base?.released),
    ...(base === undefined || (entry.price !== undefined && later) ? { source: overlay.source, date } : originOf(base, overlay.source)),
  });
}
/** The contract knows absent fields, not undefined ones. */
function withoutHoles(model: { [K in keyof ModelInfo]: ModelInfo[K] | undefined }): ModelInfo {
  // Filtering keeps every field's type; `id` and `source` are always given above.
  return Object.fromEntries(Object.entries(model).filter(([, value]) => value !== undefined)) as unknown as ModelInfo;
}

function factsOf({ media, takes }: OverlayModel): OverlayFacts {
  if (media === undefined) return takes ?? {};
  const [read] = catalogueOf({ sources: [{ source: "", date: "" }], rows: `media | | | | | ${media} | | 0` }).models;
  return { "input.file": null, ...read?.takes, ...takes };
}

/** An entry is as old as its price: a fact that the overlay adds beside it makes the price no newer. */
function originOf(base: ModelInfo, source: string): { source: string; date?: string } {
  return { source: `${base.source} and ${source}`, ...(base.date === undefined ? {} : { date: base.date }) };
}
function withAll(model: ModelInfo, overlay: Overlay): ModelInfo {
  const all = Object.entries(overlay.all ?? {}) as [Capability, Fact | null][];
  // Taking away what was never said says nothing: the entry keeps its source.
  if (overlay.all === undefined || all.every(([key, fact]) => fact === null && model.takes?.[key] === undefined)) return model;
  return {
    ...model,
    ...originOf(model, overlay.source),
    takes: mergeFacts(model.takes ?? {}, overlay.all, overlay.date >= (model.date ?? "")),
  };
}
function mergeFacts(theirs: { readonly [C in Capability]?: Fact }, mine: OverlayFacts, later: boolean): { [C in Capability]?: Fact } {
  const facts = { ...theirs };
  for (const key of Object.keys(mine) as Capability[]) {
    const fact = mine[key];
    if (fact === undefined || (!later && facts[key] !== undefined)) continue;
    if (fact === null) delete facts[key];
    else facts[key] = fact;
  }
  return facts;
}
