/** The fixtures of installed providers: all of them in a repository, the case `text` in a published package. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Installed } from "./installed.ts";

/** The hint when no installed provider has fixtures. */
export const NO_FIXTURES_HINT =
  'A package publishes its case "text" when the files of its package.json include "fixtures/text"; "lumiverse replay" also accepts a folder of fixtures';

/** The folder of cases, by provider id. */
export function fixturesOf(installed: readonly Installed[]): Record<string, string> {
  const folders: Record<string, string> = {};
  for (const { provider, folder } of installed) {
    const fixtures = join(folder, "fixtures");
    if (existsSync(fixtures)) folders[provider.id] = fixtures;
  }
  return folders;
}
