import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root: string = fileURLToPath(new URL("../..", import.meta.url));

/** The fields of a package.json that the tools use. */
export interface Manifest {
  name: string;
  version: string;
  private?: boolean;
  description?: string;
  keywords?: readonly string[];
  license?: string;
  homepage?: string;
  bugs?: string;
  repository?: unknown;
  type?: string;
  sideEffects?: boolean | readonly string[];
  exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  bin?: Readonly<Record<string, string>>;
  files?: readonly string[];
  scripts?: Readonly<Record<string, string>>;
  engines?: Readonly<Record<string, string>>;
  dependencies?: Readonly<Record<string, string>>;
  peerDependencies?: Readonly<Record<string, string>>;
  devDependencies?: Readonly<Record<string, string>>;
  optionalDependencies?: Readonly<Record<string, string>>;
  publishConfig?: Readonly<Record<string, string>>;
}
export interface WorkspacePackage {
  /** Path from the root, such as `providers/groq`. */
  folder: string;
  manifest: Manifest;
}

/** All packages of the repository, in the order of their folders. */
export function workspacePackages(): WorkspacePackage[] {
  const folders = ["conformance", "docs", "tools"];
  for (const parent of ["packages", "providers"]) {
    for (const name of readdirSync(join(root, parent)).sort()) folders.push(`${parent}/${name}`);
  }
  return folders
    .filter((folder) => existsSync(join(root, folder, "package.json")))
    .map((folder) => ({ folder, manifest: readManifest(folder) }));
}
export function publicPackages(): WorkspacePackage[] {
  return workspacePackages().filter((one) => one.manifest.private !== true);
}

export function readManifest(folder: string): Manifest {
  // package-shape.test.ts checks the shape of these files.
  return JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")) as Manifest;
}
