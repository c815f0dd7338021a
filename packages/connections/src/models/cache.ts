import type { ModelList } from "@lumiverse/core";
import type { Store } from "../store/store.ts";

/** A model list and when it was read. */
export interface CachedList {
  list: ModelList;
  /** ISO date and time. */
  fetchedAt: string;
}

/** Keeps model lists between calls, by an opaque key. */
export interface ModelListCache {
  get(key: string): Promise<CachedList | undefined>;
  set(key: string, value: CachedList): Promise<void>;
}

/** Keeps lists in memory, as long as the process runs. */
export function memoryCache(): ModelListCache {
  const lists = new Map<string, CachedList>();
  return {
    get: async (key) => lists.get(key),
    set: async (key, value) => void lists.set(key, value),
  };
}

/** Keeps lists in the store, so that the next process has them. */
export function storeCache(store: Store): ModelListCache {
  return {
    async get(key) {
      const row = await store.read.selectFrom("model_lists").selectAll().where("cache_key", "=", key).executeTakeFirst();
      // `set` wrote it.
      return row === undefined ? undefined : { list: JSON.parse(row.list) as ModelList, fetchedAt: row.fetched_at };
    },
    async set(key, { list, fetchedAt }) {
      const row = { fetched_at: fetchedAt, list: JSON.stringify(list) };
      await store.read
        .insertInto("model_lists")
        .values({ cache_key: key, ...row })
        .onConflict((conflict) => conflict.column("cache_key").doUpdateSet(row))
        .execute();
    },
  };
}
