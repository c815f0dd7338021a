import type { Durability, Store } from "@lumiverse/connections";
import type { Kysely, Transaction } from "kysely";
import { migrateGateway } from "./migrations.ts";
import type { GatewayTables } from "./tables.ts";

export type GatewayRead = Kysely<GatewayTables>;
export type GatewayWrite = Transaction<GatewayTables>;

/** The gateway's part of a store of `@lumiverse/connections`. */
export interface GatewayStore {
  readonly kind: Store["kind"];
  readonly read: GatewayRead;
  /** Runs a change, all or nothing. Changes of several processes may run at once, so a change that depends on a value checks it in its `where`. */
  write<T>(change: (write: GatewayWrite) => Promise<T>, durability?: Durability): Promise<T>;
}

/** Migrates the gateway's tables in a store. @throws ConnectionsError `newer-schema` */
export async function openGatewayStore(store: Store): Promise<GatewayStore> {
  // Kysely's types are the only difference: the same database holds both sets of tables.
  const read = store.read as unknown as GatewayRead;
  await store.whenFree(() => migrateGateway(read));
  return {
    kind: store.kind,
    read,
    write: (change, durability) => store.transaction((write) => change(write as unknown as GatewayWrite), durability),
  };
}
