// The reference of the site: one page per published entry point, from its docstrings. typedoc needs the TypeScript 6 of this package.
import { globSync, rmSync, writeFileSync } from "node:fs";
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
  writeFileSync(join(into, "index.md"), indexOf(into, entries));
  return app.logger.hasErrors() ? { name, problem: "typedoc reported errors; they are above" } : { name };
}

/** The entry points by package, those for applications first. */
function indexOf(folder: string, entries: readonly Entry[]): string {
  const list = (belongs: (folder: string) => boolean): string =>
    publicPackages()
      .filter((one) => belongs(one.folder))
      .flatMap(({ folder: of, manifest }) => {
        const links = entries
          .filter(({ file }) => file.startsWith(`${of}/`))
          .map(({ specifier }, at) => `[${at === 0 ? specifier : specifier.slice(manifest.name.length)}](${pageOf(folder, specifier)})`);
        return links.length === 0 ? [] : [`- ${links.join(" ")}: ${manifest.description}`];
      })
      .join("\n");
  const isProvider = (folder: string): boolean => folder.startsWith("providers/");
  const isForAuthors = (folder: string): boolean => ["packages/protocols", "packages/create-provider", "conformance"].includes(folder);
  return `# Reference

Every published entry point, from its docstrings. \`connect\` and the types of requests and answers are in [@lumiverse/core](@lumiverse/core.md).

## For applications

${list((folder) => !isProvider(folder) && !isForAuthors(folder))}

## For authors of providers

${list(isForAuthors)}

## Providers

${list(isProvider)}
`;
}

/** typedoc adds a number to a page whose name is taken, and makes a folder for a module with namespaces. */
function pageOf(folder: string, specifier: string): string {
  const [page] = globSync([`${specifier}.md`, `${specifier}/index.md`, `${specifier}-[0-9].md`], { cwd: folder });
  if (page === undefined) throw new Error(`typedoc made no page for ${specifier}`);
  return page;
}

/** typedoc names a module after its path. */
function moduleName(file: string): string {
  return file.replace(/(\/index)?\.ts$/, "");
}
