// Checks the imports of source files with dependency-cruiser: no cycles, and only the directions that layers.ts allows.
import { globSync } from "node:fs";
import { cruise, type ICruiseResult, type IForbiddenRuleType, type IModule, type IViolation } from "dependency-cruiser";
import type { Tree } from "./layers.ts";
import type { Check } from "./results.ts";

const NO_CYCLES = "no import cycles";

/** `folders`: glob patterns of folders with TypeScript sources, relative to `root`. */
export async function architectureChecks(root: string, folders: readonly string[], trees: readonly Tree[]): Promise<Check[]> {
  const sources = folders.flatMap((folder) => globSync(folder, { cwd: root }));
  const files = sources.flatMap((folder) => globSync(`${folder}/**/*.ts`, { cwd: root })).map((path) => path.replaceAll("\\", "/"));
  const { modules, summary } = await cruised(root, sources, trees.flatMap(layerRules));
  const rules = [NO_CYCLES, ...trees.map(ruleName)];
  return [
    everyFileRead(files, modules),
    ...trees.map((tree) => everyFileInALayer(tree, files)),
    ...rules.map((rule) => ruleCheck(rule, summary.violations)),
  ];
}

/** Passes folders, because dependency-cruiser lists a given file as a module even when it cannot read it. */
async function cruised(root: string, folders: readonly string[], rules: readonly IForbiddenRuleType[]): Promise<ICruiseResult> {
  const { output } = await cruise(
    [...folders],
    {
      baseDir: root,
      validate: true,
      ruleSet: { forbidden: [{ name: NO_CYCLES, severity: "error", from: {}, to: { circular: true } }, ...rules] },
      // Includes type-only imports, which the compiler removes.
      tsPreCompilationDeps: true,
      doNotFollow: { path: "node_modules" },
      // Packages of the repository resolve to their sources, as for the compiler.
      enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["@lumiverse/source", "node", "import", "default"] },
    },
    undefined,
    undefined,
  );
  // Only reporters return text, and no reporter is configured.
  if (typeof output === "string") throw new Error(output);
  return output;
}

/** dependency-cruiser skips files that it cannot read: every TypeScript file when it finds no supported TypeScript version. */
function everyFileRead(files: readonly string[], modules: readonly IModule[]): Check {
  const name = "architecture: every source file is read";
  const read = new Set(modules.map((module) => module.source));
  const missing = files.filter((file) => !read.has(file));
  if (files.length === 0) return { name, problem: "there are no source files" };
  return missing.length === 0
    ? { name }
    : { name, problem: `${missing.length} of ${files.length} files were not read:\n${missing.join("\n")}` };
}

function everyFileInALayer(tree: Tree, files: readonly string[]): Check {
  const name = `architecture: every source file of ${tree.name} belongs to a layer`;
  const entries = tree.layers.flat().map((entry) => new RegExp(pattern(tree, entry)));
  const start = tree.folder === "" ? "" : `${tree.folder}/`;
  const unplaced = files.filter((file) => file.startsWith(start) && !entries.some((entry) => entry.test(file)));
  return unplaced.length === 0 ? { name } : { name, problem: unplaced.join("\n") };
}

function ruleCheck(rule: string, violations: readonly IViolation[]): Check {
  const name = `architecture: ${rule}`;
  const found = violations.filter((violation) => violation.rule.name === rule).map(describe);
  return found.length === 0 ? { name } : { name, problem: `${found.length} violations:\n${found.join("\n")}` };
}
function describe({ from, to, cycle }: IViolation): string {
  return cycle === undefined ? `${from} → ${to}` : [from, ...cycle.map((step) => step.name)].join(" → ");
}

function ruleName(tree: Tree): string {
  return `the imports of ${tree.name} point down`;
}

/** One rule per entry of a layer: it imports only from itself and from lower layers. */
function layerRules(tree: Tree): IForbiddenRuleType[] {
  return tree.layers.flatMap((layer, index) => {
    const below = tree.layers
      .slice(0, index)
      .flat()
      .map((entry) => pattern(tree, entry));
    return layer.map((entry) => ({
      name: ruleName(tree),
      severity: "error" as const,
      from: { path: pattern(tree, entry) },
      to: {
        path: tree.folder === "" ? "^(?!node_modules/)[^/]+/" : `^${tree.folder}/`,
        pathNot: [itself(tree, entry), ...below, "node_modules/"],
        dependencyTypesNot: ["core" as const],
      },
    }));
  });
}
function pattern(tree: Tree, entry: string): string {
  const path = tree.folder === "" ? entry : `${tree.folder}/${entry}`;
  const escaped = path.replaceAll(".", "\\.").replaceAll("*", "([^/]+)");
  return entry.endsWith(".ts") ? `^${escaped}$` : `^${escaped}/`;
}
/** For `providers/*`, `$1` is the same provider: the first group of `from`. */
function itself(tree: Tree, entry: string): string {
  return pattern(tree, entry).replace("([^/]+)", "$1");
}
