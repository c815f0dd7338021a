import type { Connection } from "@lumiverse/core";

interface OpenConnection {
  revision: number;
  connection: Promise<Connection>;
}

/** The open connections of profiles: one for each, of the newest revision that was asked for. */
export class OpenConnections {
  readonly #byId = new Map<string, OpenConnection>();

  /** The connection of this revision, opened where there is none. A connection of another revision is closed. */
  async get(id: string, revision: number, open: () => Promise<Connection>): Promise<Connection> {
    const found = this.#byId.get(id);
    if (found?.revision === revision) return found.connection;
    const opening: OpenConnection = { revision, connection: open() };
    this.#byId.set(id, opening);
    // A failure is not kept: the next caller tries again.
    opening.connection.catch(() => {
      if (this.#byId.get(id) === opening) this.#byId.delete(id);
    });
    if (found !== undefined) await close(found);
    return opening.connection;
  }

  /** Closes the connection of a profile unless it has this revision. */
  async closeOlder(id: string, revision: number): Promise<void> {
    const found = this.#byId.get(id);
    if (found === undefined || found.revision >= revision) return;
    this.#byId.delete(id);
    await close(found);
  }

  async closeAll(): Promise<void> {
    const all = [...this.#byId.values()];
    this.#byId.clear();
    await Promise.all(all.map(close));
  }
}

async function close({ connection }: OpenConnection): Promise<void> {
  await connection.then(
    (open) => open.close(),
    () => {},
  );
}
