import { LumiverseError } from "./chat/errors.ts";
import type { Provider } from "./contract/provider.ts";

/**
 * Defines a provider. It states the contract that it was built for, so that an older core can refuse it by name.
 * @throws LumiverseError `configuration` for an invalid id
 */
export function defineProvider<S>(provider: Provider<S>): Provider<S> {
  if (!/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(provider.id))
    throw new LumiverseError({
      code: "configuration",
      message: `the provider id "${provider.id}" is not lower-case letters, digits and single hyphens`,
    });
  return provider;
}

/** Providers by id. */
export interface Registry {
  /** Adds a provider. The same id and version replaces the earlier one. Two versions are both kept, and `get` reports them. */
  register(provider: Provider): void;
  /** @throws LumiverseError `configuration` for an unknown id, or one that is registered in two versions */
  get(id: string): Provider;
  /** All providers, by id. */
  list(): readonly Provider[];
}

/** A separate registry, for applications that do not use the process-wide one. */
export function createRegistry(providers: readonly Provider[] = []): Registry {
  const byId = new Map<string, Provider[]>();
  const registry: Registry = {
    register(provider) {
      const others = (byId.get(provider.id) ?? []).filter((other) => other.version !== provider.version);
      byId.set(provider.id, [...others, provider]);
    },
    get(id) {
      const found = byId.get(id);
      const [first, second] = found ?? [];
      if (first === undefined) {
        const known = [...byId.keys()].sort().join(", ");
        throw new LumiverseError({
          code: "configuration",
          provider: id,
          message: `the provider "${id}" is not installed or not imported${known === "" ? "" : ` (here: ${known})`}`,
          hint: `npm install @lumiverse/${id}, then import "@lumiverse/${id}"`,
        });
      }
      if (second !== undefined)
        throw new LumiverseError({
          code: "configuration",
          provider: id,
          message: `the provider "${id}" is imported in the versions ${found?.map((one) => one.version).join(" and ")}`,
          hint: `Keep one of them: npm ls @lumiverse/${id} shows which packages depend on it`,
        });
      return first;
    },
    // Each id has at least one version.
    list: () => [...byId.values()].map((versions) => versions.at(-1) as Provider).sort((a, b) => (a.id < b.id ? -1 : 1)),
  };
  for (const provider of providers) registry.register(provider);
  return registry;
}

/** The default registry: one per process, shared by several copies of this package. */
const KEY = Symbol.for("@lumiverse/registry/1");
export function registry(): Registry {
  const holder = globalThis as { [KEY]?: Registry };
  holder[KEY] ??= createRegistry();
  return holder[KEY];
}

/** Adds a provider to the default registry. Provider packages call it when they are imported. */
export function register<S>(provider: Provider<S>): void {
  // The registry does not look at settings, so their type is irrelevant to it.
  registry().register(provider as unknown as Provider);
}
