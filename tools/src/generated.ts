// Files that follow from other files. `npm run generate` writes them, `npm test` fails when one is stale. A generator is one function from the
// repository to texts by path; to add one, add it to the list.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { tableTexts } from "./generate-tables.ts";
import { workspaceTexts } from "./generate-workspace.ts";
import type { Check } from "./tally.ts";
import { root } from "./workspace.ts";

export type Texts = ReadonlyMap<string, string>;
export interface Generator {
  name: string;
  texts: () => Texts | Promise<Texts>;
}

const generators: readonly Generator[] = [
  { name: "workspace", texts: workspaceTexts },
  { name: "tables", texts: tableTexts },
];

export async function writeGenerated(): Promise<string[]> {
  const written: string[] = [];
  for (const generator of generators) {
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
    return { name: `generated: ${name}`, problem: `not what the sources say (npm run generate writes them anew): ${stale.join(", ")}` };
  } catch (error) {
    return { name: `generated: ${name}`, problem: String(error instanceof Error ? error.stack : error) };
  }
}

function onDisk(path: string): string | undefined {
  return existsSync(join(root, path)) ? readFileSync(join(root, path), "utf8") : undefined;
}
