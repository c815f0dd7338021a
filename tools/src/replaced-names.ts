// Finds private words that have a standard term in the names of files, exports, and members of public types.
import { globSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import ts from "typescript";
import { publicPackages, root } from "./workspace.ts";

/** Forbidden as a word of a name: `foldEvents` is found, and `folder` is not. */
const WORDS: Readonly<Record<string, string>> = {
  pump: "BodyReader",
  trial: "RetryState",
  fold: "ResponseBuilder, build",
  folded: "build",
  door: "a lazy import where one is needed",
  rich: "what the module does",
  plain: "what the module does",
  takes: "capabilities",
  facts: "capabilities",
  without: "degradations",
  stray: "unframedText",
  told: "what it is",
  lose: "what it is",
  asks: "what it is",
  beside: "what it is",
  place: "what it is",
  walk: "what it is",
};
/** Forbidden as the whole name of a file or an export. `RequestLine` and a member `line` are allowed. */
const WHOLE: Readonly<Record<string, string>> = {
  line: "RequestLifetime",
  exchange: "ChatCall",
  claim: "CapabilityClaim",
};
/** Forbidden in public names, and allowed in the sources of a protocol. */
const PUBLIC_WORDS: Readonly<Record<string, string>> = { ...WORDS, wire: "protocol" };

/** The replacement for the name of a file or an export. Undefined when the name is allowed. */
export function replacement(name: string, words: Readonly<Record<string, string>> = WORDS): string | undefined {
  return WHOLE[name.toLowerCase()] ?? memberReplacement(name, words);
}
/** The replacement for the name of a member. Undefined when the name is allowed. */
function memberReplacement(name: string, words: Readonly<Record<string, string>>): string | undefined {
  const parts = wordsOf(name);
  const found = parts.find((word, index) => words[word] !== undefined && !(word === "plain" && parts[index + 1] === "text"));
  return found === undefined ? undefined : words[found];
}
/** The words `capability` and `claim` for `CapabilityClaim`, `capability-claim` and `CAPABILITY_CLAIM`. */
function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");
}

/** Problems in the file names and exports of published packages. */
export function replacedNamesInSources(): string[] {
  const patterns = publicPackages().map((one) => `${one.folder}/src/**/*.ts`);
  return patterns
    .flatMap((pattern) => globSync(pattern, { cwd: root }))
    .sort()
    .flatMap((path) => [
      ...problems(path, "the file name", [basename(path, ".ts")], replacement),
      ...problems(path, "the export", exportedNames(readFileSync(join(root, path), "utf8")), replacement),
    ]);
}

/** Problems in the exports and members of public types in the API reports. */
export function replacedNamesInPublicApi(): string[] {
  return readdirSync(join(root, "api")).flatMap((file) => {
    const code = [...readFileSync(join(root, "api", file), "utf8").matchAll(/^```ts\n([\s\S]*?)^```/gm)]
      .map((match) => match[1] ?? "")
      .join("\n");
    return [
      ...problems(`api/${file}`, "the public name", exportedNames(code), (name) => replacement(name, PUBLIC_WORDS)),
      ...problems(`api/${file}`, "the member", memberNames(code), (name) => memberReplacement(name, PUBLIC_WORDS)),
    ];
  });
}

function problems(path: string, what: string, names: readonly string[], instead: (name: string) => string | undefined): string[] {
  return [...new Set(names)].flatMap((name) => {
    const use = instead(name);
    return use === undefined ? [] : [`${path}: ${what} ${name} (use: ${use})`];
  });
}

export function exportedNames(code: string): string[] {
  return parse(code).statements.flatMap((statement) => {
    if (ts.isExportDeclaration(statement)) {
      const clause = statement.exportClause;
      if (clause === undefined) return [];
      return ts.isNamedExports(clause) ? clause.elements.map((element) => element.name.text) : [clause.name.text];
    }
    if (!ts.canHaveModifiers(statement) || !ts.getModifiers(statement)?.some((one) => one.kind === ts.SyntaxKind.ExportKeyword)) return [];
    if (ts.isVariableStatement(statement))
      return statement.declarationList.declarations.flatMap((one) => (ts.isIdentifier(one.name) ? [one.name.text] : []));
    const named =
      ts.isFunctionDeclaration(statement) ||
      ts.isClassDeclaration(statement) ||
      ts.isInterfaceDeclaration(statement) ||
      ts.isTypeAliasDeclaration(statement) ||
      ts.isEnumDeclaration(statement);
    return named && statement.name !== undefined ? [statement.name.text] : [];
  });
}

export function memberNames(code: string): string[] {
  const names: string[] = [];
  const visit = (node: ts.Node): void => {
    const isMember =
      ts.isPropertySignature(node) || ts.isMethodSignature(node) || ts.isPropertyDeclaration(node) || ts.isMethodDeclaration(node);
    if (isMember && (ts.isIdentifier(node.name) || ts.isStringLiteral(node.name))) names.push(node.name.text);
    ts.forEachChild(node, visit);
  };
  visit(parse(code));
  return names;
}

function parse(code: string): ts.SourceFile {
  return ts.createSourceFile("module.ts", code, ts.ScriptTarget.ES2023);
}
