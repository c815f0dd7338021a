// `npm run generate:template` updates the expectations in the template's fixtures after a change of a protocol or of the conformance suite. It creates a package per
// protocol with unique values, runs the package's own `npm run write`, and replaces the values with placeholders.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ProtocolId, protocols, scaffold } from "create-lumiverse-provider";
import { runCommand } from "./command.ts";
import { runScript, script } from "./command-line.ts";
import { root } from "./workspace.ts";

const PACKAGE = join(root, "packages/create-provider");
/** Inside the package, so that a new provider resolves the packages of the repository. git and the linter ignore it. */
const SCRATCH = join(PACKAGE, ".lumiverse");

const BASE = "https://base.template.test/v9";
const DATE = "2001-02-03";
const ID = "template-id";
const MODEL = "template/model";
const SOURCE = "https://source.template.test/page";
const PLACEHOLDERS: readonly (readonly [value: string, placeholder: string])[] = [
  [BASE, "{{base}}"],
  [SOURCE, "{{source}}"],
  [encodeURIComponent(MODEL), "{{modelPath}}"],
  [MODEL, "{{model}}"],
  [ID, "{{id}}"],
  [DATE, "{{date}}"],
];

await runScript(
  script(
    "generate:template",
    "Update the expectations in the template's fixtures after a change of a protocol or of the conformance suite.",
    [""],
  ).action(main),
);

async function main(): Promise<void> {
  mkdirSync(SCRATCH, { recursive: true });
  // These are all of its keys.
  for (const protocol of Object.keys(protocols) as ProtocolId[]) {
    const directory = mkdtempSync(join(SCRATCH, "template-"));
    try {
      await scaffold({
        names: { id: ID, name: "Template", docs: SOURCE, base: BASE },
        kind: "standalone",
        protocol,
        model: MODEL,
        source: SOURCE,
        date: DATE,
        directory,
        ranges: { version: "0.1.0", core: "*", protocols: "*", conformance: "*" },
      });
      const ran = await runCommand("node", ["--conditions=@lumiverse/source", "--no-warnings", "test/write.ts"], { cwd: directory });
      if (!ran.ok) throw new Error(ran.output);
      update(protocol, join(directory, "fixtures"));
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }
}

function update(protocol: string, fixtures: string): void {
  const template = join(PACKAGE, "template/protocols", protocol, "fixtures");
  for (const scenario of readdirSync(template)) {
    let text = readFileSync(join(fixtures, scenario, "case.json"), "utf8");
    for (const [value, placeholder] of PLACEHOLDERS) text = text.replaceAll(value, placeholder);
    const path = join(template, scenario, "case.json.tmpl");
    if (readFileSync(path, "utf8") === text) continue;
    writeFileSync(path, text);
    console.log(`Updated ${protocol}/${scenario}.`);
  }
}
