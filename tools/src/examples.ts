// Examples in READMEs and guides. Every ```ts block is compiled, and run against the replay server unless its fence says `no-run`. Fragments that are not
// programs are fenced as ```typescript.
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./workspace.ts";

export interface Example {
  /** Path of the file and the line of the fence, such as `README.md:12`. */
  at: string;
  code: string;
  runs: boolean;
  /** The path of the written file, from the root. */
  path: string;
}

const DOCUMENTS = ["README.md", "AGENTS.md", "packages/*/README.md", "providers/*/README.md", "conformance/README.md", "docs/**/*.md"];
/** Inside the private package `docs`, which depends on every package, so that examples resolve packages as an application does. */
const FOLDER = "docs/.examples";

export function readExamples(): Example[] {
  const files = globSync(DOCUMENTS, { cwd: root, exclude: ["**/node_modules/**", "docs/reference/**"] }).sort();
  const examples: Example[] = [];
  for (const file of files) {
    const lines = readFileSync(join(root, file), "utf8").split("\n");
    for (let i = 0; i < lines.length; i++) {
      const fence = /^```ts(?: (.*))?$/.exec(lines[i] ?? "");
      if (fence === null) continue;
      const end = lines.indexOf("```", i);
      examples.push({
        at: `${file}:${i + 1}`,
        code: lines.slice(i + 1, end).join("\n"),
        runs: fence[1] !== "no-run",
        path: `${FOLDER}/${examples.length}.ts`,
      });
      i = end;
    }
  }
  return examples;
}

/** Writes the examples as files. The placeholder "…" becomes a value that the replay server knows. */
export function writeExamples(examples: readonly Example[]): void {
  rmSync(join(root, FOLDER), { recursive: true, force: true });
  mkdirSync(join(root, FOLDER), { recursive: true });
  for (const { code, path, at } of examples) writeFileSync(join(root, path), `// ${at}\n${completed(code)}\nexport {};\n`);
  const config = {
    extends: "../../tsconfig.base.json",
    compilerOptions: { noEmit: true, types: ["node"], isolatedDeclarations: false, declaration: false, noUnusedLocals: false },
    include: ["*.ts"],
  };
  writeFileSync(join(root, FOLDER, "tsconfig.json"), JSON.stringify(config));
}

function completed(code: string): string {
  const provider = /connect\("([a-z0-9-]+)"/.exec(code)?.[1];
  const model = provider === undefined ? undefined : modelOf(provider);
  return code
    .replace(/model: "…"/g, `model: ${JSON.stringify(model ?? "example-model")}`)
    .replace(/apiKey: "…"/g, 'apiKey: "example-key-0001"')
    .replace(/"…"/g, '"example"');
}
function modelOf(provider: string): string | undefined {
  const file = join(root, "providers", provider, "fixtures", "text", "case.json");
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as { model: string }).model : undefined;
}
