/** The names of a new provider. */
export interface ProviderNames {
  /** Lower-case letters, digits and single hyphens: the id in `connect("…")`, and the name of the folder. */
  id: string;
  /** The vendor's name. */
  name: string;
  /** URL of the vendor's API documentation. */
  docs: string;
  /** The vendor's base URL. */
  base: string;
  /** The environment variable of the key. Default: the id in capitals with `_API_KEY`. */
  env?: string;
  /** The npm package. Default: `@lumiverse/<id>` in the workspace, `lumiverse-provider-<id>` elsewhere. */
  package?: string;
}

// Reserved words cannot be the name of a constant.
const RESERVED: ReadonlySet<string> = new Set(
  "await break case catch class const continue debugger default delete do else enum export extends false finally for function if import in instanceof let new null package return static super switch this throw true try typeof var void while with yield".split(
    " ",
  ),
);

/** Names that the modules of the template import or declare. */
const TEMPLATE_NAMES: ReadonlySet<string> = new Set(["version", "settings", "catalogue", "connect", "register", "conforms"]);

/** The providers that Lumiverse brings. Their ids cannot be taken: `lumiverse/all` and the command line register them. */
const BUNDLED: ReadonlySet<string> = new Set(
  "ai21 anthropic chutes custom deepseek electronhub fireworks google google-vertex groq infermatic mistral moonshot nanogpt openai openrouter perplexity pollinations siliconflow xai zai".split(
    " ",
  ),
);

/** The problem with an id. Undefined when it is valid. */
export function checkId(id: string): string | undefined {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(id)) {
    return `"${id}" is not a provider id: use lower-case letters, digits and single hyphens, and start with a letter, such as "my-host"`;
  }
  if (RESERVED.has(id)) return `"${id}" is a reserved word in JavaScript; try "${id}-ai"`;
  if (TEMPLATE_NAMES.has(id)) return `"${id}" is already a name in the template's modules; try "${id}-ai"`;
  return undefined;
}

/** The problem with an id for a new package. Undefined when it is valid and free. */
export function checkFreeId(id: string): string | undefined {
  return (
    checkId(id) ??
    (BUNDLED.has(id) ? `"${id}" is the id of a provider that Lumiverse brings, and it cannot be taken; try "my-${id}"` : undefined)
  );
}

/** The problem with a base URL. Undefined when it is valid. */
export function checkBase(base: string): string | undefined {
  const url = urlOf(base);
  if (url === undefined)
    return `"${base}" is not a URL: the base URL is the common start of all endpoints, such as https://api.acme.test/v1`;
  if (url.search !== "" || url.hash !== "" || url.username !== "")
    return `the base URL cannot have a query, fragment or user name: ${url.origin}${url.pathname}`;
  const endpoint = /\/(?:chat\/completions|responses|messages|models(?:\/.*)?)\/?$/.exec(url.pathname)?.[0];
  if (endpoint !== undefined) return `the base URL must end before the endpoint: remove ${endpoint}`;
  return undefined;
}
/** The base URL without trailing slashes. */
export function normalizeBase(base: string): string {
  const { origin, pathname } = new URL(base);
  return `${origin}${pathname.replace(/\/+$/, "")}`;
}

/** The problem with a documentation URL, which fixtures name as their source. Undefined when it is valid. */
export function checkDocs(docs: string): string | undefined {
  return urlOf(docs)?.protocol === "https:" ? undefined : `"${docs}" is not an https URL`;
}
export function checkEnv(env: string): string | undefined {
  return /^[A-Z][A-Z0-9_]*$/.test(env) ? undefined : `"${env}" is not a name of an environment variable, such as ACME_API_KEY`;
}
export function checkPackage(name: string): string | undefined {
  return /^(@[a-z0-9][\w.-]*\/)?[a-z0-9][\w.-]*$/.test(name)
    ? undefined
    : `"${name}" is not an npm package name, such as lumiverse-provider-acme or @acme/lumiverse`;
}
export function checkModel(model: string): string | undefined {
  return /^[\w.:/@+-]+$/.test(model) ? undefined : `"${model}" is not a model id: use letters, digits and . : / @ + - _`;
}
function urlOf(text: string): URL | undefined {
  const url = URL.parse(text);
  return url !== null && (url.protocol === "https:" || url.protocol === "http:") ? url : undefined;
}

/** The name of the exported constant: `googleVertex` for `google-vertex`. */
export function valueName(id: string): string {
  return id.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
/** The prefix of type names: `GoogleVertex` for `google-vertex`. */
export function typeName(id: string): string {
  const value = valueName(id);
  return value.charAt(0).toUpperCase() + value.slice(1);
}
/** The default for the vendor's name: `Google Vertex` for `google-vertex`. */
export function titleName(id: string): string {
  return id.replace(/(^|-)(.)/g, (_, hyphen: string, letter: string) => `${hyphen === "" ? "" : " "}${letter.toUpperCase()}`);
}
export function envName(id: string): string {
  return `${id.replaceAll("-", "_").toUpperCase()}_API_KEY`;
}
