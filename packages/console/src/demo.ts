/** Ready connections that need no key: each answers from the prepared examples of its provider. */

import { demoCase, type Fixture, keyOf, type ReplayServer, readFixtures, replay } from "@lumiverse/conformance/fixtures";
import { createProfiles, masterKeyFromText, newMasterKey, openVault, type Profiles } from "@lumiverse/connections";
import { openSqliteStore } from "@lumiverse/connections/node";
import { isLumiverseError, type Provider, type Registry } from "@lumiverse/core";

/** What a demo is made from. */
export interface DemoOptions {
  /** The providers that are installed. */
  registry: Registry;
  /** Folders of fixtures, by provider id. Providers without one have no demo. */
  fixtures: Readonly<Record<string, string>>;
  /** Receives why a provider has no demo. */
  onSkipped?: (provider: string, reason: string) => void;
}

/** A running demo. */
export interface Demo {
  /** In a store of their own, in memory. */
  profiles: Profiles;
  /** Stops the server that replays the examples. */
  close(): Promise<void>;
}

/** Opens a demo connection for each provider that has fixtures. Nothing leaves this machine. */
export async function openDemo({ registry, fixtures, onSkipped = () => {} }: DemoOptions): Promise<Demo> {
  const cases = readCases(registry.list(), fixtures, onSkipped);
  const folders = Object.fromEntries(cases.map(({ provider: { id } }) => [id, fixtures[id] ?? ""]));
  const server = await replay({ fixtures: folders, background: true });
  const store = await openSqliteStore(":memory:");
  const vault = await openVault(store, [masterKeyFromText(newMasterKey())]);
  const profiles = createProfiles({ store, vault, registry, connect: { fetch: fetchFor(cases, server) } });
  for (const { provider, fixture } of cases) {
    const { apiKey: _, ...one } = fixture.case;
    const key = keyOf(fixture.case, provider);
    try {
      await profiles.create({
        name: `Demo ${provider.name}`,
        provider: provider.id,
        model: one.model,
        ...(one.options?.baseURL === undefined ? {} : { baseURL: String(one.options.baseURL) }),
        ...(key === undefined ? { auth: "none" as const } : { auth: "key" as const, key }),
        ...(one.settings === undefined ? {} : { settings: one.settings }),
      });
    } catch (cause) {
      onSkipped(provider.id, cause instanceof Error ? cause.message : String(cause));
    }
  }
  return {
    profiles,
    close: async () => {
      await profiles.close();
      await Promise.all([store.close(), server.close()]);
    },
  };
}

interface DemoCase {
  provider: Provider;
  fixture: Fixture;
}

function readCases(
  providers: readonly Provider[],
  fixtures: Readonly<Record<string, string>>,
  onSkipped: NonNullable<DemoOptions["onSkipped"]>,
): DemoCase[] {
  return providers.flatMap((provider) => {
    const folder = fixtures[provider.id];
    if (folder === undefined) return [];
    try {
      const fixture = demoCase(readFixtures(folder));
      if (fixture !== undefined) return [{ provider, fixture }];
      onSkipped(provider.id, "it has no example of a streamed answer");
    } catch (cause) {
      onSkipped(provider.id, isLumiverseError(cause) || cause instanceof Error ? cause.message : String(cause));
    }
    return [];
  });
}

/** Leads every request to the examples of the provider that its address belongs to. An address of nobody is refused: a demo never calls a vendor. */
function fetchFor(cases: readonly DemoCase[], server: ReplayServer): typeof fetch {
  const owners = new Map<string, string>();
  for (const { provider, fixture } of cases) {
    const addresses = [provider.base, ...(provider.origins ?? []), ...fixture.exchanges.map(({ url }) => url)];
    for (const address of addresses) if (address !== undefined) owners.set(new URL(address).origin, provider.id);
  }
  return async (input, init) => {
    const url = new URL(typeof input === "string" ? input : input instanceof URL ? input.href : input.url);
    const owner = owners.get(url.origin);
    if (owner === undefined) throw new TypeError(`the demo has no examples for ${url.origin}`);
    return server.fetch(owner)(url, init);
  };
}
