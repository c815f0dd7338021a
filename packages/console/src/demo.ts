/** Ready connections that need no key: each answers from the prepared examples of its provider. */

import { demoCase, type Fixture, keyOf, type ReplayServer, readFixtures, replay } from "@lumiverse/conformance/fixtures";
import { createProfiles, masterKeyFromText, newMasterKey, openVault, type ProfileInput, type Profiles } from "@lumiverse/connections";
import { openSqliteStore } from "@lumiverse/connections/node";
import type { Provider, Registry } from "@lumiverse/core";

/** Options of `openDemo`. */
export interface DemoOptions {
  /** The providers that are installed. */
  registry: Registry;
  /** Folders of fixtures by provider id. A provider without a folder has no demo connection. */
  fixtures: Readonly<Record<string, string>>;
  /** Called with the reason when a provider has no demo connection. Default: reasons are ignored. */
  onSkipped?: (provider: string, reason: string) => void;
}

/** A running demo. */
export interface Demo {
  /** The demo connections. Their store is kept in memory. */
  profiles: Profiles;
  /** Closes the connections and stops the server that replays the examples. */
  close(): Promise<void>;
}

/** Opens a demo connection for each provider that has fixtures. Its requests never leave this machine. */
export async function openDemo({ registry, fixtures, onSkipped = () => {} }: DemoOptions): Promise<Demo> {
  const cases = readCases(registry.list(), fixtures, onSkipped);
  const folders = Object.fromEntries(cases.map(({ provider: { id } }) => [id, fixtures[id] ?? ""]));
  const server = await replay({ fixtures: folders, background: true });
  const store = await openSqliteStore(":memory:");
  const vault = await openVault(store, [masterKeyFromText(newMasterKey())]);
  const profiles = createProfiles({ store, vault, registry, connect: { fetch: fetchFor(cases, server) } });
  for (const one of cases) await profiles.create(demoProfile(one)).catch((cause: unknown) => onSkipped(one.provider.id, messageOf(cause)));
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

function demoProfile({ provider, fixture: { case: example } }: DemoCase): ProfileInput {
  const { model, options, settings } = example;
  const key = keyOf(example, provider);
  return {
    name: `Demo ${provider.name}`,
    provider: provider.id,
    model,
    ...(options?.baseURL === undefined ? {} : { baseURL: String(options.baseURL) }),
    ...(key === undefined ? { auth: "none" } : { auth: "key", key }),
    ...(settings === undefined ? {} : { settings }),
  };
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
      onSkipped(provider.id, messageOf(cause));
    }
    return [];
  });
}

/** Answers a request with the examples of the provider that its address belongs to. Any other address is refused, so that a demo never calls a vendor. */
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

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
