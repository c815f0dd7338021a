import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { runCommand } from "./command.ts";
import type { Check } from "./results.ts";
import { publicPackages, root } from "./workspace.ts";

/** A changed API needs a changeset: the changes since the last release, compared with the changesets that wait for the next one. */
export async function checkChangesets(since?: string): Promise<Check> {
  const name = "every changed API has a changeset";
  const base = since ?? (await lastRelease());
  // Without a release there is nothing to compare with: the first release publishes everything.
  if (base === undefined) return { name };
  const ran = await runCommand("git", ["diff", "--name-only", base, "--", "api"]);
  if (!ran.ok) return { name, problem: ran.output };
  const missing = packagesWithoutChangeset(ran.output.split("\n").filter(Boolean), changesetTexts());
  return missing.length === 0
    ? { name }
    : {
        name,
        problem: `the public API of ${missing.join(", ")} changed since ${base}, and no changeset names it; describe the change: npx changeset`,
      };
}

/** The packages whose report in `api/` changed, and which no changeset names. `reports`: paths such as `api/core.api.md`. */
export function packagesWithoutChangeset(reports: readonly string[], changesets: readonly string[]): string[] {
  const named = new Set(
    changesets.flatMap((text) => [...text.matchAll(/^["']?([^"'\s:]+)["']?:\s*(?:major|minor|patch)\s*$/gm)].map(([, name]) => name)),
  );
  const published = publicPackages().map(({ manifest }) => manifest.name);
  return reports
    .map((path) => path.slice("api/".length, -".api.md".length))
    .map((short) => published.find((name) => name === short || name === `@lumiverse/${short}`) ?? short)
    .filter((name) => !named.has(name));
}

function changesetTexts(): string[] {
  const folder = join(root, ".changeset");
  return readdirSync(folder)
    .filter((name) => name.endsWith(".md") && name !== "README.md")
    .map((name) => readFileSync(join(folder, name), "utf8"));
}

/** The newest tag of core. Changesets makes one tag per published package. */
async function lastRelease(): Promise<string | undefined> {
  const ran = await runCommand("git", ["tag", "--list", "@lumiverse/core@*", "--sort=-creatordate"]);
  const [newest] = ran.ok ? ran.output.split("\n").filter(Boolean) : [];
  return newest;
}
