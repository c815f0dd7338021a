/** Combines the connections of the demo with a person's own. */
import { ConnectionsError, type Profiles } from "@lumiverse/connections";

/** Profiles, some of which may belong to the demo. */
export interface WithDemo extends Profiles {
  isDemo(id: string): boolean;
}

/** Options of `withDemo`. */
export interface WithDemoOptions {
  /** True: demo profiles stay when the person has profiles of their own. Default: they are there while the person has none. */
  stays?: boolean;
}

/**
 * Both sets of profiles as one. Demo profiles come last. They can be opened but not changed. A person's own profile comes before a demo profile of the same name.
 * @param demo Profiles in a store of their own, whose connections answer from a replay server
 */
export async function withDemo(own: Profiles, demo: Profiles | undefined, { stays = false }: WithDemoOptions = {}): Promise<WithDemo> {
  if (demo === undefined) return { ...own, isDemo: () => false };
  const ids = new Set((await demo.list()).map(({ id }) => id));
  const isOffered = async (): Promise<boolean> => stays || (await own.list()).length === 0;
  const of = (id: string): Profiles => (ids.has(id) ? demo : own);
  const changeable = (id: string): Profiles => {
    if (!ids.has(id)) return own;
    throw new ConnectionsError({
      code: "unavailable",
      message: "connections of the demo cannot be changed",
      hint: "Create a connection of your own",
    });
  };
  return {
    ...own,
    isDemo: (id) => ids.has(id),
    list: async () => {
      const mine = await own.list();
      if (mine.length > 0 && !stays) return mine;
      return [...mine, ...(await demo.list()).map((profile) => ({ ...profile, isDefault: false }))];
    },
    get: (id) => of(id).get(id),
    find: async (idOrName) => (await own.find(idOrName)) ?? ((await isOffered()) ? demo.find(idOrName) : undefined),
    default: async () => (await own.default()) ?? ((await isOffered()) ? demo.default() : undefined),
    update: async (id, changes, options) => changeable(id).update(id, changes, options),
    duplicate: async (id, name) => changeable(id).duplicate(id, name),
    remove: async (id) => changeable(id).remove(id),
    setDefault: async (id) => changeable(id).setDefault(id),
    open: (id) => of(id).open(id),
    // A demo connection always has the options of the demo, which lead it to the replay server.
    source: async (id) => (ids.has(id) ? { ...(await demo.source(id)), connect: demo.connectOptions } : own.source(id)),
    close: async () => {
      await Promise.all([own.close(), demo.close()]);
    },
  };
}
