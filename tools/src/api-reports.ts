// Writes the public API of every published package to `api/`, so that reviews show each change. API Extractor makes the reports from the built declarations.
// `npm run api` compares them, and `npm run api -- --write` writes them.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CompilerState, Extractor, ExtractorConfig, ExtractorLogLevel } from "@microsoft/api-extractor";
import { runCommand } from "./command.ts";
import { runScript, script } from "./command-line.ts";
import { type Check, report, sentence } from "./results.ts";
import { publicPackages, root, type WorkspacePackage } from "./workspace.ts";

const FOLDER = "api";

/** The current reports of all packages, by path from the root. */
function apiReports(): ReadonlyMap<string, string> {
  const scratch = mkdtempSync(join(tmpdir(), "lumiverse-api-"));
  try {
    const entries = publicPackages().flatMap(declarations);
    const configs = entries.map((entry) => ({ ...entry, config: configOf(entry, scratch) }));
    const [first] = configs;
    if (first === undefined) throw new Error("there is no published package");
    // One analysis covers all packages, because they import each other.
    const compilerState = CompilerState.create(first.config, { additionalEntryPoints: configs.map((one) => one.file) });
    const sections = new Map<string, string[]>();
    for (const { of, path, file, config } of configs) {
      Extractor.invoke(config, { compilerState, localBuild: true, messageCallback: quiet });
      const text = readFileSync(config.reportFilePath, "utf8");
      const name = `${FOLDER}/${of.manifest.name.replace("@lumiverse/", "")}.api.md`;
      sections.set(name, [...(sections.get(name) ?? []), sectionOf(of.manifest.name + path.slice(1), text, augmentations(file))]);
    }
    return new Map([...sections].map(([name, texts]) => [name, `${HEAD}\n\n${texts.join("\n")}`]));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

const HEAD = "<!-- The public API, for review. Written by `npm run api -- --write`; do not edit. -->";
function sectionOf(specifier: string, text: string, augmentations: readonly string[]): string {
  const code = text
    .slice(text.indexOf("```ts") + "```ts".length, text.lastIndexOf("```"))
    .replace("// (No @packageDocumentation comment for this package)", "");
  return `## ${specifier}\n\n\`\`\`ts\n${[code.trim(), ...augmentations].join("\n\n").trim()}\n\`\`\`\n`;
}
/** API Extractor omits `declare module`, which declares the id and settings of a provider. */
function augmentations(file: string): string[] {
  return [...readFileSync(file, "utf8").matchAll(/^declare module "[\s\S]*?^\}/gm)].map(([text]) => text);
}

interface EntryPoint {
  of: WorkspacePackage;
  /** The path in `exports`, such as `./provider`. */
  path: string;
  /** Absolute path of the built declarations. */
  file: string;
}
function declarations(of: WorkspacePackage): EntryPoint[] {
  return Object.entries(of.manifest.exports ?? {}).flatMap(([path, target]) =>
    typeof target === "string" || target["types"] === undefined ? [] : [{ of, path, file: join(root, of.folder, target["types"]) }],
  );
}

function configOf({ of, path, file }: EntryPoint, scratch: string): ExtractorConfig {
  const projectFolder = join(root, of.folder);
  const reportFolder = join(scratch, of.folder.replaceAll("/", "-"), path.replaceAll(/\W+/g, "-"));
  mkdirSync(reportFolder, { recursive: true });
  return ExtractorConfig.prepare({
    configObject: {
      projectFolder,
      mainEntryPointFilePath: file,
      newlineKind: "lf",
      compiler: {
        overrideTsconfig: {
          compilerOptions: {
            module: "esnext",
            moduleResolution: "bundler",
            target: "es2023",
            lib: ["es2024", "dom", "dom.iterable", "dom.asynciterable"],
            // cli and conformance use types of Node.
            types: ["node"],
            strict: true,
            skipLibCheck: true,
          },
          files: [file],
        },
      },
      apiReport: { enabled: true, reportFolder, reportTempFolder: join(reportFolder, "temp"), reportFileName: "report" },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
        tsdocMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
        extractorMessageReporting: {
          default: { logLevel: ExtractorLogLevel.None },
          "ae-forgotten-export": { logLevel: ExtractorLogLevel.None, addToApiReportFile: true },
        },
      },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: join(projectFolder, "package.json"),
  });
}

function quiet(message: { logLevel: ExtractorLogLevel; handled?: boolean }): void {
  if (message.logLevel !== ExtractorLogLevel.Error) message.handled = true;
}

/** One check per package. The problem of a failed check is the difference. */
export async function checkApiReports(): Promise<Check[]> {
  const expected = apiReports();
  const checks: Check[] = [];
  for (const [path, text] of expected) {
    const name = `public API: ${path}`;
    checks.push(onDisk(path) === text ? { name } : { name, problem: await difference(path, text) });
  }
  for (const path of written().filter((one) => !expected.has(one)))
    checks.push({ name: `public API: ${path}`, problem: "no published package has this name; npm run api -- --write deletes the file" });
  return checks;
}

async function difference(path: string, text: string): Promise<string> {
  const scratch = mkdtempSync(join(tmpdir(), "lumiverse-api-"));
  try {
    const file = join(scratch, "built.api.md");
    writeFileSync(file, text);
    const before = existsSync(join(root, path)) ? path : "/dev/null";
    const { output } = await runCommand("git", ["diff", "--no-index", "--no-color", "--", before, file]);
    return `the public API changed; npm run api -- --write accepts the change\n${output.split("\n").slice(4).join("\n")}`;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function writeApiReports(): string[] {
  const expected = apiReports();
  mkdirSync(join(root, FOLDER), { recursive: true });
  const removed = written().filter((path) => !expected.has(path));
  for (const path of removed) rmSync(join(root, path));
  const changed = [...expected].filter(([path, text]) => onDisk(path) !== text);
  for (const [path, text] of changed) writeFileSync(join(root, path), text);
  return [...removed, ...changed.map(([path]) => path)];
}

function written(): string[] {
  const folder = join(root, FOLDER);
  return existsSync(folder) ? readdirSync(folder).map((file) => `${FOLDER}/${file}`) : [];
}
function onDisk(path: string): string | undefined {
  return existsSync(join(root, path)) ? readFileSync(join(root, path), "utf8") : undefined;
}

if (import.meta.main)
  await runScript(
    script("api", "Compare the public API of every published package with its report in api/.", ["", "--write"])
      .option("--write", "write the reports")
      .action(async ({ write }: { write?: true }) => {
        if (write) {
          const paths = writeApiReports();
          console.log(paths.length === 0 ? "The API reports are up to date." : `Written:\n${paths.map((path) => `  ${path}`).join("\n")}`);
          return;
        }
        const tally = report(await checkApiReports());
        console.log(sentence(tally));
        process.exitCode = tally.failed === 0 ? 0 : 1;
      }),
  );
