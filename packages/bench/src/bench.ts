/** What every measure works with: the server, the subjects and how to start one. */
import { type Child, start } from "./child.ts";

export const limit = "limit";
export const us = "lumiverse";

export interface Bench {
  /** Fewer rounds, and peers only where a measure says so. */
  quick: boolean;
  /** Names of the peers that are installed. */
  peers: readonly string[];
  /** The base URL under which the server follows a plan (server-main.ts says which there are). */
  url(plan: string): string;
  /** Asks the server about its sockets. */
  server: Child;
  runner(subject: string): Promise<Child>;
  /** One line that is overwritten, where someone watches. */
  progress(text: string): void;
}

export async function openBench(options: Pick<Bench, "quick" | "peers" | "progress">): Promise<Bench> {
  const { child: server, ready } = await start<{ port: number }>("./server-main.ts");
  return {
    ...options,
    server,
    url: (plan) => `http://127.0.0.1:${ready.port}/${plan}`,
    runner: async (subject) => (await start("./runner-main.ts", [subject])).child,
  };
}
