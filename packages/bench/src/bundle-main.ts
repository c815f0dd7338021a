/** Loads one bundle, runs its chat, and reports which of its files were loaded. */
import { registerHooks } from "node:module";
import { dirname } from "node:path";
import { pathToFileURL } from "node:url";

const [entry = "", ...bases] = process.argv.slice(2);
const folder = pathToFileURL(dirname(entry)).href;
const loaded = new Set<string>();
registerHooks({
  load(url, context, next) {
    if (url.startsWith(folder)) loaded.add(url);
    return next(url, context);
  },
});
try {
  const { default: chat } = (await import(pathToFileURL(entry).href)) as { default: (...bases: string[]) => Promise<string> };
  const text = await chat(...bases);
  process.send?.({ loaded: [...loaded], text });
} catch (error) {
  process.send?.({ loaded: [], text: "", error: error instanceof Error ? error.message : String(error) });
}
process.on("disconnect", () => process.exit(0));
