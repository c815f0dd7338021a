/** Connections of the demo beside the person's own. */
import { ConnectionsError, type Profiles } from "@lumiverse/connections";

/** Profiles of which some belong to the demo. */
export interface WithDemo extends Profiles {
  isDemo(id: string): boolean;
}

/**
 * Both sets as one. Demo profiles come last, can be opened and not be changed. A name that a person's own profile has wins.
 * @param demo Profiles in a store of their own, whose connections answer from a replay server
 */
export async function withDemo(own: Profiles, demo: Profiles | undefined): Promise<WithDemo> {
  if (demo === undefined) return { ...own, isDemo: () => false };
  const ids = new Set((await demo.list()).map(({ id }) => id));
  const of = (id: string): Profiles => (ids.has(id) ? demo : own);
  const refuse = (id: string): void => {
    if (ids.has(id))
      throw new ConnectionsError({
        code: "unavailable",
        message: "connections of the demo cannot be changed",
        hint: "Create a connection of your own",
      });
  };
  return {
    ...own,
    isDemo: (id) => ids.has(id),
    list: async () => [...(await own.list()), ...(await demo.list()).map((profile) => ({ ...profile, isDefault: false }))],
    get: (id) => of(id).get(id),
    find: async (idOrName) => (await own.find(idOrName)) ?? demo.find(idOrName),
    default: async () => (await own.default()) ?? demo.default(),
    update: async (id, changes, options) => {
      refuse(id);
      return own.update(id, changes, options);
    },
    duplicate: async (id) => {
      refuse(id);
      return own.duplicate(id);
    },
    remove: async (id) => {
      refuse(id);
      return own.remove(id);
    },
    setDefault: async (id) => {
      refuse(id);
      return own.setDefault(id);
    },
    open: (id) => of(id).open(id),
    // Its own options lead a demo connection to its examples, whoever opens it.
    source: async (id) => (ids.has(id) ? { ...(await demo.source(id)), connect: demo.connectOptions } : own.source(id)),
    close: async () => {
      await Promise.all([own.close(), demo.close()]);
    },
  };
}
