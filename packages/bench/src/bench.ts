/** What every measure needs: the server, the names of the subjects, and a way to start one. */
import { type Child, start } from "./child.ts";

export const limit = "limit";
export const us = "lumiverse";

export interface Bench {
  /** Fewer rounds, and peers only in measures that always include them. */
  quick: boolean;
  /** Names of the peers that are installed. */
  peers: readonly string[];
  /** Names of the installed gateways of other projects. */
  gatewayPeers: readonly string[];
  /** The base URL for a plan of the server (server-main.ts lists the plans). */
  url(plan: string): string;
  /** Answers questions about the sockets of the server. */
  server: Child;
  runner(subject: string): Promise<Child>;
  /** Shows one line of progress on a terminal. */
  progress(text: string): void;
}

export async function openBench(options: Pick<Bench, "quick" | "peers" | "gatewayPeers" | "progress">): Promise<Bench> {
  const { child: server, ready } = await start<{ port: number }>("./server-main.ts");
  return {
    ...options,
    server,
    url: (plan) => `http://127.0.0.1:${ready.port}/${plan}`,
    runner: async (subject) => (await start("./runner-main.ts", [subject])).child,
  };
}
