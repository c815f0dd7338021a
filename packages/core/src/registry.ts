import { LumiverseError } from "./errors.ts";
import { CONTRACT, type Provider } from "./provider.ts";

/**
 * A provider, checked for what only a mistake in its package can break. A package says for which contract it was made, so that an older core can refuse it
 * by name; left out, it is that of the core it meets.
 */
export function defineProvider<S>(provider: Omit<Provider<S>, "contract"> & { contract?: number }): Provider<S> {
  if (!/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(provider.id))
    throw new LumiverseError({
      code: "configuration",
      message: `the provider id "${provider.id}" is not lower-case letters, digits and single hyphens`,
    });
  return { ...provider, contract: provider.contract ?? CONTRACT };
}

export interface Registry {
  /** Adds a provider. The same id and version replaces; different versions are both kept, and `get` names them. */
  register(provider: Provider): void;
  get(id: string): Provider;
  /** All providers, by id. */
  list(): readonly Provider[];
}

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
          hint: `Keep one: npm ls @lumiverse/${id} shows who brings them`,
        });
      return first;
    },
    list: () => [...byId.values()].map((versions) => versions[versions.length - 1] as Provider).sort((a, b) => (a.id < b.id ? -1 : 1)),
  };
  for (const provider of providers) registry.register(provider);
  return registry;
}

/** The default registry: one in a process, even with two copies of this package, made when first used. */
const KEY = Symbol.for("@lumiverse/registry/1");
export function registry(): Registry {
  const holder = globalThis as { [KEY]?: Registry };
  holder[KEY] ??= createRegistry();
  return holder[KEY];
}
export function register<S>(provider: Provider<S>): void {
  // Settings are checked by the provider's own schema; to the registry they are opaque.
  registry().register(provider as unknown as Provider);
}
