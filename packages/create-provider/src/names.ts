/** What a new provider is called, everywhere it is called something. */
export interface ProviderNames {
  /** Lower-case letters, digits and single hyphens: the word in `connect("…")`, and the folder. */
  id: string;
  /** As its vendor writes it. */
  name: string;
  /** The vendor's API documentation. */
  docs: string;
  /** The vendor's base URL. */
  base: string;
  /** The environment variable of its key. Default: the id in capitals, with `_API_KEY`. */
  env?: string;
  /** The npm package. Default: `@lumiverse/<id>` inside the repository, `lumiverse-provider-<id>` outside. */
  package?: string;
}

// Words that cannot name a constant; an id made of one of them would give a module that does not parse.
const RESERVED: ReadonlySet<string> = new Set(
  "await break case catch class const continue debugger default delete do else enum export extends false finally for function if import in instanceof let new null package return static super switch this throw true try typeof var void while with yield".split(
    " ",
  ),
);

/** Names that the scaffolded modules import or declare themselves. */
const TAKEN: ReadonlySet<string> = new Set(["version", "settings", "catalogue", "connect", "register", "conforms"]);

/** The reason why an id will not do, or undefined. */
export function checkId(id: string): string | undefined {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(id)) {
    return `"${id}" is no provider id: it takes lower-case letters, digits and single hyphens, a letter first, such as "my-host"`;
  }
  if (RESERVED.has(id)) return `"${id}" is a word of JavaScript and cannot name the provider's constant; try "${id}-ai"`;
  if (TAKEN.has(id)) return `"${id}" names something else in the package's own modules; try "${id}-ai"`;
  return undefined;
}

/** The reason why a base URL will not do, or undefined. */
export function checkBase(base: string): string | undefined {
  const url = urlOf(base);
  if (url === undefined) return `"${base}" is no URL: the base is what all endpoints begin with, such as https://api.acme.test/v1`;
  if (url.search !== "" || url.hash !== "" || url.username !== "")
    return `the base URL takes no query, fragment or user name: ${url.origin}${url.pathname}`;
  const endpoint = /\/(?:chat\/completions|responses|messages|models(?:\/.*)?)\/?$/.exec(url.pathname)?.[0];
  if (endpoint !== undefined) return `the base URL ends before the endpoint: leave out ${endpoint}`;
  return undefined;
}
/** A base as it is written into the package: without slashes at its end. */
export function plainBase(base: string): string {
  const { origin, pathname } = new URL(base);
  return `${origin}${pathname.replace(/\/+$/, "")}`;
}

/** The reason why a documentation page will not do, or undefined: fixtures name it as their source. */
export function checkDocs(docs: string): string | undefined {
  return urlOf(docs)?.protocol === "https:" ? undefined : `"${docs}" is no https URL of a documentation page`;
}
export function checkEnv(env: string): string | undefined {
  return /^[A-Z][A-Z0-9_]*$/.test(env) ? undefined : `"${env}" is no name of an environment variable, such as ACME_API_KEY`;
}
export function checkPackage(name: string): string | undefined {
  return /^(@[a-z0-9][\w.-]*\/)?[a-z0-9][\w.-]*$/.test(name)
    ? undefined
    : `"${name}" is no npm package name, such as lumiverse-provider-acme or @acme/lumiverse`;
}
export function checkModel(model: string): string | undefined {
  return /^[\w.:/@+-]+$/.test(model) ? undefined : `"${model}" is no model id: it takes letters, digits and . : / @ + - _`;
}
function urlOf(text: string): URL | undefined {
  const url = URL.parse(text);
  return url !== null && (url.protocol === "https:" || url.protocol === "http:") ? url : undefined;
}

/** `google-vertex` is exported as `googleVertex`. */
export function valueName(id: string): string {
  return id.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
/** Its settings are `GoogleVertexSettings`. */
export function typeName(id: string): string {
  const value = valueName(id);
  return value.charAt(0).toUpperCase() + value.slice(1);
}
/** `google-vertex` is called Google Vertex until somebody knows better. */
export function titleName(id: string): string {
  return id.replace(/(^|-)(.)/g, (_, hyphen: string, letter: string) => `${hyphen === "" ? "" : " "}${letter.toUpperCase()}`);
}
export function envName(id: string): string {
  return `${id.replaceAll("-", "_").toUpperCase()}_API_KEY`;
}
