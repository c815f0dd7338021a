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

/** The reason why an id will not do, or undefined. */
export function checkId(id: string): string | undefined {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(id)) {
    return `"${id}" is no provider id: it takes lower-case letters, digits and single hyphens, a letter first, such as "my-host"`;
  }
  if (RESERVED.has(id)) return `"${id}" is a word of JavaScript and cannot name the provider's constant; try "${id}-ai"`;
  return undefined;
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
export function envName(id: string): string {
  return `${id.replaceAll("-", "_").toUpperCase()}_API_KEY`;
}
