import { listModels, type ModelListCache, type Profiles, storeCache } from "@lumiverse/connections";
import type { ModelInfo } from "@lumiverse/core";
import { isFresh } from "../clock.ts";
import type { VirtualKey } from "../keys/key.ts";
import type { Alias } from "../routing/alias.ts";
import { aliasKey } from "../routing/alias-rows.ts";
import type { Names } from "../routing/names.ts";
import { findTarget, isGranted, type Target } from "../routing/target.ts";

/** A model that a client can name. */
export interface ModelName {
  /** What the client sends: an alias, or `connection/model`. */
  readonly id: string;
  readonly name: string;
  /** The provider, or `lumiverse` for an alias. */
  readonly owner: string;
  readonly contextTokens?: number;
  readonly inputTokens?: number;
  readonly maxOutputTokens?: number;
  /** An ISO date, or a month as `2026-01`. */
  readonly released?: string;
}

/** Milliseconds that a vendor has to list its models, before the list that is known is used. */
const VENDOR_TIMEOUT = 700;
/** Milliseconds for which a vendor that did not list its models is not asked again. */
const PAUSE = 60_000;

/** The names of all models, from lists that are kept in the store. */
export class ModelNames {
  readonly #profiles: Profiles;
  readonly #cache: ModelListCache;
  readonly #now: () => number;
  /** Lists of vendors that did not answer, by connection. */
  readonly #pauses = new Map<string, { revision: number; since: number; models: readonly ModelInfo[] }>();

  constructor(profiles: Profiles, now: () => number) {
    this.#profiles = profiles;
    this.#cache = storeCache(profiles.store);
    this.#now = now;
  }

  /** What a key may name, without what is switched off. Aliases come first. */
  async list(names: Names, key: VirtualKey | undefined, signal?: AbortSignal): Promise<ModelName[]> {
    const profiles = [...names.profiles.values()].filter(({ isEnabled }) => isEnabled);
    const lists = await Promise.all(profiles.map((profile) => this.#models(profile.id, profile.revision, signal)));
    const byName = new Map<string, ModelName>();
    for (const [index, profile] of profiles.entries()) {
      const models = new Map((lists[index] ?? []).map((model) => [model.id, model]));
      if (profile.model !== "" && !models.has(profile.model)) models.set(profile.model, { id: profile.model, source: "profile" });
      for (const model of models.values()) {
        if (key?.models !== undefined && !isGranted({ id: "", profile, model: model.id }, key.models)) continue;
        const id = `${profile.name}/${model.id}`;
        byName.set(id, { ...describe(model), id, name: model.name ?? model.id, owner: profile.provider });
      }
    }
    const aliases = [...names.aliases.values()].filter(
      (alias) =>
        (key?.models === undefined || key.models.some((grant) => aliasKey(grant) === aliasKey(alias.name))) && !isSwitchedOff(alias, names),
    );
    const described = aliases.map((alias): ModelName => {
      const target = existingTargets(alias, names).find(({ profile }) => profile.isEnabled);
      const model = target === undefined ? undefined : byName.get(`${target.profile.name}/${target.model}`);
      const { contextTokens, inputTokens, maxOutputTokens } = model ?? {};
      return {
        id: alias.name,
        name: alias.description ?? alias.name,
        owner: "lumiverse",
        ...(contextTokens === undefined ? {} : { contextTokens }),
        ...(inputTokens === undefined ? {} : { inputTokens }),
        ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
      };
    });
    return [...described, ...byName.values()];
  }

  async #models(id: string, revision: number, signal: AbortSignal | undefined): Promise<readonly ModelInfo[]> {
    const paused = this.#pauses.get(id);
    if (paused?.revision === revision && isFresh(paused.since, this.#now(), PAUSE)) return paused.models;
    try {
      const { models, failure } = await listModels(await this.#profiles.source(id), {
        cache: this.#cache,
        timeoutMs: VENDOR_TIMEOUT,
        connect: { ...this.#profiles.connectOptions, retry: false },
        ...(signal === undefined ? {} : { signal }),
      });
      if (failure === undefined) this.#pauses.delete(id);
      else this.#pauses.set(id, { revision, since: this.#now(), models });
      return models;
    } catch {
      // A connection without a key, or of a package that is not installed, has no list. Its own model is named all the same.
      return [];
    }
  }
}

/** An alias whose targets do not exist is listed: that is a mistake, and calls say so. */
function isSwitchedOff(alias: Alias, names: Names): boolean {
  const found = existingTargets(alias, names);
  return found.length > 0 && found.every(({ profile }) => !profile.isEnabled);
}

function existingTargets({ targets }: Alias, names: Names): Target[] {
  return targets.map(({ target }) => findTarget(target, names)).filter((target) => target !== undefined);
}

function describe({ contextTokens, inputTokens, maxOutputTokens, released }: ModelInfo): Partial<ModelName> {
  return {
    ...(contextTokens === undefined ? {} : { contextTokens }),
    ...(inputTokens === undefined ? {} : { inputTokens }),
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
    ...(released === undefined ? {} : { released }),
  };
}
