/** The process of one subject. It runs the tasks that the parent sends, one at a time, and returns their results. */
import type { Subject } from "./subject.ts";
import { tasks } from "./tasks.ts";

const own: Record<string, () => Promise<{ subject: Subject }>> = {
  limit: () => import("./subjects/limit.ts"),
  lumiverse: () => import("./subjects/lumiverse.ts"),
};
const name = process.argv[2] ?? "";
// The module of a peer is in the folder of its packages, outside the workspace.
const load = own[name] ?? ((): Promise<{ subject: Subject }> => import(new URL(`../peers/${name}.ts`, import.meta.url).href));

const { subject } = await load();
process.on("message", async ({ task, parameters }: { task: string; parameters: never }) => {
  try {
    process.send?.({ result: await tasks[task]?.(subject, parameters) });
  } catch (error) {
    process.send?.({ error: error instanceof Error ? error.message : String(error) });
  }
});
process.on("disconnect", () => process.exit(0));
process.send?.({ ready: true });
