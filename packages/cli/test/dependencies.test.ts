import { existsSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

/** Packages that only tests need. */
const FOR_TESTS = ["nock", "fast-check", "vitest", "@vitest/runner", "@mswjs/interceptors", "pure-rand"];

/** Every package that `npm install lumiverse` brings, by walking what is installed here. */
function installedWith(folder: string, seen: Map<string, string> = new Map(), by = "lumiverse"): Map<string, string> {
  const {
    dependencies = {},
    peerDependencies = {},
    peerDependenciesMeta = {},
  } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const wanted = [
    ...Object.keys(dependencies),
    ...Object.keys(peerDependencies).filter((name) => peerDependenciesMeta[name]?.optional !== true),
  ];
  for (const name of wanted) {
    const found = resolve(folder, name);
    if (seen.has(name)) continue;
    seen.set(name, `${by} > ${name}`);
    if (found !== undefined) installedWith(found, seen, `${by} > ${name}`);
  }
  return seen;
}

function resolve(folder: string, name: string): string | undefined {
  for (let at = realpathSync(folder); ; at = dirname(at)) {
    const candidate = join(at, "node_modules", name);
    if (existsSync(join(candidate, "package.json"))) return realpathSync(candidate);
    if (dirname(at) === at) return undefined;
  }
}

test("lumiverse brings no test libraries to its users", () => {
  const all = installedWith(fileURLToPath(new URL("..", import.meta.url)));
  expect(all.size).toBeGreaterThan(20);
  expect(FOR_TESTS.flatMap((name) => all.get(name) ?? [])).toEqual([]);
});
