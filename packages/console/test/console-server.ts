/** A console with its gateway on loopback, for tests: real sockets, a database in memory, and vendors that are servers of the test. */
import {
  type ConnectionsError,
  createProfiles,
  lockedVault,
  masterKeyFromText,
  newMasterKey,
  openVault,
  type Profiles,
  type Store,
} from "@lumiverse/connections";
import { nodeNetwork, openSqliteStore } from "@lumiverse/connections/node";
import { registry } from "@lumiverse/core";
import { createGateway, type Gateway } from "@lumiverse/gateway";
import { withDemo } from "@lumiverse/gateway/admin";
import { serveGateway } from "@lumiverse/gateway/node";
import { mountConsole, openDemo } from "../src/index.ts";
import { buildPage } from "./build-page.ts";
import "../../connections/test/providers.ts";

export interface TestConsoleOptions {
  /** Answers requests to vendors. Absent: they fail, so that no test reaches the network. */
  vendor?: typeof fetch;
  /** `until-saved`: there are connections of the demo until another one is saved. */
  demo?: boolean | "until-saved";
  adminKey?: string;
  /** Ports that discovery looks at. Default none. */
  discoveryPorts?: readonly number[];
  /** The store of another console. Each console has a master key of its own, so the vault in it is locked. */
  store?: Store;
  /** The host name in the address. Default `127.0.0.1`. */
  hostname?: string;
}

export interface TestConsole {
  url: string;
  /** Where the connections are stored. */
  store: Store;
  profiles: Profiles;
  gateway: Gateway;
  openingAddress(): Promise<string>;
  /** Errors that the admin API reported. */
  reported: unknown[];
  /** Stops the server as a crash would: open streams break off. */
  stopListening(): Promise<void>;
  close(): Promise<void>;
}

export async function startConsole(options: TestConsoleOptions = {}): Promise<TestConsole> {
  const { vendor, demo = false, adminKey, discoveryPorts = [], hostname = "127.0.0.1" } = options;
  await buildPage();
  const store = options.store ?? (await openSqliteStore(":memory:"));
  const vault = await openVault(store, [masterKeyFromText(newMasterKey())]).catch((cause: ConnectionsError) => lockedVault(cause));
  const send: typeof fetch = async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : String(input));
    // Servers of the test are on loopback.
    if (url.hostname === "127.0.0.1" || url.hostname === "localhost") return fetch(input, init);
    if (vendor === undefined) throw new TypeError(`a test tried to reach ${url.host}`);
    return vendor(input, init);
  };
  const own = createProfiles({ store, vault, connect: { fetch: send, retry: { attempts: 1 } } });
  const fixtures = Object.fromEntries(
    registry()
      .list()
      .map(({ id }) => [id, new URL(`../../../providers/${id}/fixtures/`, import.meta.url).pathname]),
  );
  const opened = demo !== false ? await openDemo({ registry: registry(), fixtures }) : undefined;
  const profiles = await withDemo(own, opened?.profiles, { stays: demo === true });
  const gateway = await createGateway({ profiles, keys: "optional" });
  let address = "";
  const reported: unknown[] = [];
  const console = await mountConsole(gateway, {
    profiles,
    address: () => address,
    version: "0.0.0-test",
    vaultLocked: vault.location === "locked",
    network: nodeNetwork,
    discovery: { ports: discoveryPorts, onlyGivenPorts: true },
    report: (cause) => void reported.push(cause),
    ...(adminKey === undefined ? {} : { adminKey }),
  });
  const server = await serveGateway(gateway, { port: 0 });
  address = server.url.replace("127.0.0.1", hostname);
  return {
    url: address,
    store,
    profiles: own,
    gateway,
    reported,
    openingAddress: console.openingAddress,
    stopListening: () => server.close({ graceMs: 0 }),
    close: async () => {
      await server.close({ graceMs: 0 });
      await profiles.close();
      await opened?.close();
      if (options.store === undefined) await store.close();
    },
  };
}
