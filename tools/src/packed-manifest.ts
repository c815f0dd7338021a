import type { Manifest } from "./workspace.ts";

/** Scripts that npm runs when somebody installs a package, from a registry or from git. */
export const INSTALL_SCRIPTS: readonly string[] = [
  "preinstall",
  "install",
  "postinstall",
  "prepare",
  "prepublish",
  "preprepare",
  "postprepare",
];
const REQUIRED = ["license", "homepage", "bugs", "repository", "engines"] as const;

/** What is wrong with a package.json as a registry would deliver it. */
export function manifestProblems(manifest: Manifest): string[] {
  const scripts = Object.keys(manifest.scripts ?? {}).filter((name) => INSTALL_SCRIPTS.includes(name));
  const ranges = [manifest.dependencies, manifest.peerDependencies, manifest.optionalDependencies].flatMap((list) =>
    Object.entries(list ?? {}),
  );
  // `workspace:^`, `catalog:`, `link:../core`, `user/repository`, addresses.
  const unpublished = ranges.filter(([, range]) => /[:/]/.test(range) && !range.startsWith("npm:"));
  return [
    ...scripts.map((name) => `the script "${name}" runs when somebody installs the package`),
    ...unpublished.map(([name, range]) => `the range "${range}" of ${name} is none that a registry knows`),
    ...REQUIRED.filter((field) => manifest[field] === undefined).map((field) => `"${field}" is missing`),
  ];
}
