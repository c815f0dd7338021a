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
  const missing = packagesWithoutChangeset(ran.output.split("\n").filter(Boolean), changesetTexts(), await versionsAt(base));
  return missing.length === 0
    ? { name }
    : {
        name,
        problem: `the public API of ${missing.join(", ")} changed since ${base}, and no changeset names it; describe the change: npx changeset`,
      };
}

/**
 * The packages whose report in `api/` changed, and which no changeset names. A release removes the changesets and raises the versions, so a package with another
 * version than before has had one.
 * @param reports paths such as `api/core.api.md`
 * @param before the versions of the last release, by package
 */
export function packagesWithoutChangeset(
  reports: readonly string[],
  changesets: readonly string[],
  before: ReadonlyMap<string, string>,
): string[] {
  const named = new Set(
    changesets.flatMap((text) => [...text.matchAll(/^["']?([^"'\s:]+)["']?:\s*(?:major|minor|patch)\s*$/gm)].map(([, name]) => name)),
  );
  const published = publicPackages().map(({ manifest }) => manifest.name);
  const raised = new Set(publicPackages().flatMap(({ manifest: { name, version } }) => (before.get(name) === version ? [] : [name])));
  return reports
    .map((path) => path.slice("api/".length, -".api.md".length))
    .map((short) => published.find((name) => name === short || name === `@lumiverse/${short}`) ?? short)
    .filter((name) => !named.has(name) && !raised.has(name));
}

function changesetTexts(): string[] {
  const folder = join(root, ".changeset");
  return readdirSync(folder)
    .filter((name) => name.endsWith(".md") && name !== "README.md")
    .map((name) => readFileSync(join(folder, name), "utf8"));
}

/** The versions of the packages at a commit. New packages have none. */
async function versionsAt(commit: string): Promise<Map<string, string>> {
  const versions = new Map<string, string>();
  for (const { folder } of publicPackages()) {
    const ran = await runCommand("git", ["show", `${commit}:${folder}/package.json`]);
    if (!ran.ok) continue;
    const { name, version }: { name: string; version: string } = JSON.parse(ran.output);
    versions.set(name, version);
  }
  return versions;
}

/** The newest tag of core. Changesets makes one tag per published package. */
async function lastRelease(): Promise<string | undefined> {
  const ran = await runCommand("git", ["tag", "--list", "@lumiverse/core@*", "--sort=-creatordate"]);
  const [newest] = ran.ok ? ran.output.split("\n").filter(Boolean) : [];
  return newest;
}
