/** The requests whose bodies are judged: every value of every field, every pair of values, transcripts of all origins, and random combinations. */

import { type Fixture, random } from "@lumiverse/conformance/internals";
import type { Call, ChatRequest, JsonObject, Provider, UnsupportedPolicy } from "@lumiverse/core/provider";
import { type FieldValue, fieldValues } from "./field-values.ts";
import type { Transcript } from "./transcripts.ts";

/** A model with settings of its provider. */
export interface Base {
  model: string;
  settings: JsonObject;
  baseURL?: string;
}

/** A request that is not built yet, because there are hundreds of thousands. */
export interface Recipe {
  base: Base;
  values: readonly FieldValue[];
  transcript?: Transcript;
  streaming: boolean;
  /** The connection's policy. Absent: the default. */
  unsupported?: UnsupportedPolicy;
}

/** The largest number of models of one provider. The seed chooses them. */
const MOST_MODELS = 24;
/** The number of requests with three to seven fields at once. */
const RANDOM_REQUESTS = 4000;

/** What a provider's requests are made of. */
export interface Material {
  models: readonly Base[];
  /** Settings that fixtures use, each with its model. */
  settings: readonly Base[];
  own: readonly Transcript[];
  foreign: readonly Transcript[];
}

/** The recipes of a provider, in an order that the seed decides. `runs`: only the first of them. */
export function recipesFor(material: Material, seed: number, runs?: number): Recipe[] {
  const below = wholeNumbers(seed);
  const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T; // no list here is empty
  const recipes: Recipe[] = [];
  const add = (recipe: Omit<Recipe, "streaming">): void =>
    void recipes.push({ ...recipe, streaming: true }, { ...recipe, streaming: false });
  for (const base of material.models) for (const value of fieldValues) add({ base, values: [value] });
  for (const base of material.settings) {
    add({ base, values: [] });
    for (const value of fieldValues) add({ base, values: [value], unsupported: "drop" });
  }
  for (const [i, first] of fieldValues.entries())
    for (const second of fieldValues.slice(i + 1)) {
      if (first.field === second.field) continue;
      const policy = below(2) === 0 ? {} : ({ unsupported: "drop" } as const);
      add({ base: pick(material.models), values: [first, second], ...policy });
    }
  for (const transcript of material.own) {
    const base = { ...pick(material.models), model: transcript.model, settings: transcript.settings };
    add({ base, values: [], transcript });
    for (let i = 0; i < 10; i++) add({ base, values: [otherThanMessages(pick)], transcript });
  }
  for (const transcript of material.foreign) add({ base: pick(material.models), values: [], transcript });
  for (let i = 0; i < RANDOM_REQUESTS; i++) {
    const values = distinct(Array.from({ length: 3 + below(5) }, () => pick(fieldValues)));
    add({ base: pick(material.models), values, unsupported: "drop" });
  }
  return runs === undefined ? recipes : Array.from({ length: runs }, () => pick(recipes));
}

function otherThanMessages(pick: (list: readonly FieldValue[]) => FieldValue): FieldValue {
  return pick(fieldValues.filter(({ field }) => field !== "messages"));
}

/** Whole numbers from 0 up to a limit, the same for the same seed. */
function wholeNumbers(seed: number): (below: number) => number {
  const draw = random(seed);
  return (below) => Math.floor(draw() * below);
}

/** The values without a second one for the same field. */
function distinct(values: readonly FieldValue[]): FieldValue[] {
  return [...new Map(values.map((value) => [value.field, value])).values()];
}

/** The request of a recipe. */
export function requestOf({ base, values, transcript }: Recipe): ChatRequest {
  const fields = Object.fromEntries(values.map(({ field, value }) => [field, value]));
  const messages = transcript?.messages ?? [{ role: "user", content: "Hello" }];
  return { model: base.model, messages, ...fields } as ChatRequest; // `fieldValues` gives each field values of its type
}

/** Describes a recipe by its model and the names of its values. */
export function describeRecipe({ base, values, transcript, streaming, unsupported }: Recipe): string {
  return [
    base.model,
    ...(Object.keys(base.settings).length === 0 ? [] : [`settings ${JSON.stringify(base.settings)}`]),
    ...(transcript === undefined ? [] : [`the transcript of ${transcript.name}`]),
    ...values.map(({ field, name }) => `${field}: ${name}`),
    streaming ? "streaming" : "not streaming",
    ...(unsupported === undefined ? [] : [`unsupported: ${unsupported}`]),
  ].join(", ");
}

/** One model for each set of capabilities and each family of names, from the provider's catalogue and fixtures. */
export async function basesOf(
  provider: Provider,
  fixtures: readonly Fixture[],
  seed: number,
): Promise<Pick<Material, "models" | "settings">> {
  const catalogue = await provider.catalogue?.();
  const cases = fixtures.flatMap(({ case: one }) => (one.request === undefined ? [] : [one]));
  const baseURL = provider.base === undefined ? { baseURL: "http://localhost:8080/v1" } : {};
  const byKind = new Map<string, Base>();
  const ids = [
    ...cases.filter(({ settings }) => settings === undefined).map(({ model }) => model),
    ...(catalogue?.models ?? []).map(({ id }) => id),
  ];
  for (const model of ids) {
    const base = { model, settings: {}, ...baseURL };
    const kind = kindOf(provider, base);
    if (kind !== undefined && !byKind.has(kind)) byKind.set(kind, base);
  }
  const bySettings = new Map<string, Base>();
  for (const { model, settings, options } of cases)
    if (settings !== undefined)
      bySettings.set(JSON.stringify([model, settings]), {
        model,
        settings,
        ...baseURL,
        ...(options?.baseURL === undefined ? {} : { baseURL: options.baseURL }),
      });
  const all = [...byKind.values()];
  const below = wholeNumbers(seed);
  while (all.length > MOST_MODELS) all.splice(1 + below(all.length - 1), 1);
  return { models: all, settings: [...bySettings.values()] };
}

/** What distinguishes a model's bodies: its protocol, its capabilities and the family in its name. Undefined for a model that does not chat. */
function kindOf(provider: Provider, { model, settings, baseURL }: Base): string | undefined {
  const call: Call = {
    request: { model, messages: [] },
    settings,
    streaming: true,
    hasKey: true,
    account: {},
    ...(baseURL === undefined ? {} : { baseURL: new URL(baseURL) }),
    policy: { unsupported: {}, replayScope: "own" },
    degradations: new Set(),
  };
  try {
    const { protocol, capabilities } = provider.route(call);
    const family = /^[a-z]+/.exec(model.toLowerCase().split("/").at(-1) ?? "")?.[0];
    return JSON.stringify([protocol.id, family, capabilities]);
  } catch {
    return undefined;
  }
}
