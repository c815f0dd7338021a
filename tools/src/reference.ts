// The reference of the site: one page per published entry point, from its docstrings. typedoc needs the TypeScript 6 of this package.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Application, ReflectionKind } from "typedoc";
import type { PluginOptions } from "typedoc-plugin-markdown";
import type { Check } from "./results.ts";
import { publicPackages, root } from "./workspace.ts";

interface Entry {
  /** What an application imports, such as `@lumiverse/core/provider`. */
  specifier: string;
  /** The source file, relative to the root. */
  file: string;
}

/** Every entry point of the published packages that has types. */
export function referenceEntries(): Entry[] {
  return publicPackages().flatMap(({ folder, manifest }) =>
    Object.entries(manifest.exports ?? {}).flatMap(([path, target]) => {
      const source = typeof target === "string" ? undefined : target["@lumiverse/source"];
      return source === undefined ? [] : [{ specifier: manifest.name + path.slice(1), file: join(folder, source) }];
    }),
  );
}

/** Writes the pages into a folder. */
export async function writeReference(into: string): Promise<Check> {
  const name = "reference";
  rmSync(into, { recursive: true, force: true });
  const entries = referenceEntries();
  const markdown: Partial<PluginOptions> = {
    hidePageHeader: true,
    hideBreadcrumbs: true,
    parametersFormat: "table",
    enumMembersFormat: "table",
    useCodeBlocks: true,
    entryFileName: "index.md",
  };
  const app = await Application.bootstrapWithPlugins({
    entryPoints: entries.map(({ file }) => join(root, file)),
    tsconfig: join(root, "tools/typedoc.tsconfig.json"),
    plugin: [fileURLToPath(import.meta.resolve("typedoc-plugin-markdown"))],
    outputs: [{ name: "markdown", path: into }],
    router: "module",
    readme: "none",
    name: "Reference",
    disableSources: true,
    excludeInternal: true,
    excludePrivate: true,
    skipErrorChecking: true,
    githubPages: false,
    logLevel: "Error",
    ...markdown,
  });
  const project = await app.convert();
  if (project === undefined) return { name, problem: "typedoc could not read the sources; its messages are above" };
  const modules = project.getChildrenByKind(ReflectionKind.Module);
  for (const module of modules) {
    const entry = entries.find(({ file }) => moduleName(file) === module.name);
    if (entry === undefined) return { name, problem: `typedoc made a page "${module.name}" that belongs to no entry point` };
    module.name = entry.specifier;
  }
  if (modules.length !== entries.length)
    return { name, problem: `typedoc made ${modules.length} pages for ${entries.length} entry points` };
  await app.generateOutputs(project);
  return app.logger.hasErrors() ? { name, problem: "typedoc reported errors; they are above" } : { name };
}

/** typedoc names a module after its path. */
function moduleName(file: string): string {
  return file.replace(/(\/index)?\.ts$/, "");
}
