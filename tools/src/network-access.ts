// Finds every place where a package can reach the network: uses of globals such as `fetch`, and imports of modules that open sockets.
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

/** Modules that open connections or resolve names. */
const MODULES = /^(?:node:)?(?:http|https|http2|net|tls|dns|dns\/promises|dgram)$|^(?:undici|ws|axios|node-fetch|got|ky)(?:\/|$)/;

/** Globals that send requests. */
const GLOBALS: ReadonlySet<string> = new Set(["fetch", "WebSocket", "EventSource", "XMLHttpRequest"]);
const isGlobalObject = (node: ts.Node | undefined): boolean =>
  node !== undefined && ts.isIdentifier(node) && /^(?:globalThis|window|self|global)$/.test(node.text);

/** The files below `folders` (glob patterns relative to `root`) that can reach the network. */
export function networkFiles(root: string, folders: readonly string[]): string[] {
  const files = folders.flatMap((folder) => globSync(`${folder}/**/*.{ts,tsx}`, { cwd: root })).map((path) => path.replaceAll("\\", "/"));
  return files.filter((path) => reachesNetwork(readFileSync(join(root, path), "utf8"), path)).sort();
}

/** Whether a source uses such a global as a value, or imports or passes on a module that opens connections. Uses as a type do not count. */
export function reachesNetwork(code: string, path = "source.ts"): boolean {
  const source = ts.createSourceFile(path, code, ts.ScriptTarget.Latest, true);
  const isReached = (node: ts.Node): boolean =>
    isNetworkImport(node) ||
    isGlobal(node) ||
    (!ts.isTypeNode(node) && ts.forEachChild(node, (child) => isReached(child) || undefined) === true);
  return isReached(source);
}

function isNetworkImport(node: ts.Node): boolean {
  if (ts.isImportDeclaration(node)) {
    const { importClause, moduleSpecifier } = node;
    return isModule(moduleSpecifier) && importClause?.phaseModifier !== ts.SyntaxKind.TypeKeyword && !importsTypesAlone(importClause);
  }
  if (ts.isExportDeclaration(node)) return !node.isTypeOnly && isModule(node.moduleSpecifier);
  const isDynamic = ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword;
  return isDynamic && isModule(node.arguments[0]);
}

function isModule(node: ts.Node | undefined): boolean {
  return node !== undefined && ts.isStringLiteralLike(node) && MODULES.test(node.text);
}

function importsTypesAlone(clause: ts.ImportClause | undefined): boolean {
  const names = clause?.namedBindings;
  return (
    clause?.name === undefined && names !== undefined && ts.isNamedImports(names) && names.elements.every(({ isTypeOnly }) => isTypeOnly)
  );
}

function isGlobal(node: ts.Node): boolean {
  if (ts.isPropertyAccessExpression(node)) return GLOBALS.has(node.name.text) && isGlobalObject(node.expression);
  if (ts.isVariableDeclaration(node) && ts.isObjectBindingPattern(node.name) && isGlobalObject(node.initializer))
    return node.name.elements.some(({ name, propertyName = name }) => ts.isIdentifier(propertyName) && GLOBALS.has(propertyName.text));
  if (!ts.isIdentifier(node) || !GLOBALS.has(node.text)) return false;
  const { parent } = node;
  const isName =
    (ts.isPropertyAccessExpression(parent) && parent.name === node) ||
    ((ts.isPropertyAssignment(parent) ||
      ts.isMethodDeclaration(parent) ||
      ts.isMethodSignature(parent) ||
      ts.isPropertySignature(parent)) &&
      parent.name === node) ||
    (ts.isBindingElement(parent) && parent.initializer !== node) ||
    ((ts.isParameter(parent) || ts.isVariableDeclaration(parent)) && parent.name === node);
  return !isName && !isBound(node);
}

/** Whether a function or block around the identifier declares its name. */
function isBound(identifier: ts.Identifier): boolean {
  const { text } = identifier;
  for (let scope: ts.Node | undefined = identifier.parent; scope !== undefined; scope = scope.parent) {
    if (ts.isFunctionLike(scope) && scope.parameters.some(({ name }) => declares(name, text))) return true;
    const statements = ts.isBlock(scope) || ts.isSourceFile(scope) ? scope.statements : [];
    for (const statement of statements)
      if (ts.isVariableStatement(statement) && statement.declarationList.declarations.some(({ name }) => declares(name, text))) return true;
  }
  return false;
}

function declares(name: ts.BindingName, text: string): boolean {
  if (ts.isIdentifier(name)) return name.text === text;
  return name.elements.some((element) => ts.isBindingElement(element) && declares(element.name, text));
}
