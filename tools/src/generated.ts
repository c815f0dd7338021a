// Generated files. `npm run generate` writes them, and `npm test` fails when one is out of date. A generator is a function that returns texts by path. To add
// one, add it to the list.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { oddityTexts } from "./generate-oddities.ts";
import { prepareSettings, settingsTexts } from "./generate-settings.ts";
import { tableTexts } from "./generate-tables.ts";
import { workspaceTexts } from "./generate-workspace.ts";
import type { Check } from "./results.ts";
import { root } from "./workspace.ts";

export type Texts = ReadonlyMap<string, string>;
export interface Generator {
  name: string;
  texts: () => Texts | Promise<Texts>;
  /** Creates the files that `texts` reads. */
  prepare?: () => void;
}

const generators: readonly Generator[] = [
  { name: "workspace", texts: workspaceTexts },
  { name: "settings", texts: settingsTexts, prepare: prepareSettings },
  { name: "tables", texts: tableTexts },
  { name: "oddities", texts: oddityTexts },
];

export async function writeGenerated(): Promise<string[]> {
  const written: string[] = [];
  for (const generator of generators) {
    generator.prepare?.();
    for (const [path, text] of await generator.texts()) {
      if (onDisk(path) === text) continue;
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
      written.push(path);
    }
  }
  return written;
}

export async function generatedChecks(): Promise<Check[]> {
  const checks: Check[] = [];
  for (const { name, texts } of generators) checks.push(await freshness(name, texts));
  return checks;
}

async function freshness(name: string, texts: Generator["texts"]): Promise<Check> {
  try {
    const stale = [...(await texts())].filter(([path, text]) => onDisk(path) !== text).map(([path]) => path);
    if (stale.length === 0) return { name: `generated: ${name}` };
    return { name: `generated: ${name}`, problem: `out of date (npm run generate updates them): ${stale.join(", ")}` };
  } catch (error) {
    return { name: `generated: ${name}`, problem: String(error instanceof Error ? error.stack : error) };
  }
}

function onDisk(path: string): string | undefined {
  return existsSync(join(root, path)) ? readFileSync(join(root, path), "utf8") : undefined;
}
