/** Which installed providers bring fixtures, and where. They lie in the repository and with packages that publish them. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Installed } from "./installed.ts";

/** The hint where there are none. */
export const WITHOUT =
  "Published packages of this repository leave theirs out: run it in the repository, or name a folder of fixtures to replay";

/** Provider id → folder of its cases. */
export function fixturesOf(installed: readonly Installed[]): Record<string, string> {
  const folders: Record<string, string> = {};
  for (const { provider, folder } of installed) {
    const fixtures = join(folder, "fixtures");
    if (existsSync(fixtures)) folders[provider.id] = fixtures;
  }
  return folders;
}
