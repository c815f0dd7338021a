/** Registers the installed providers whose keys are in the environment. Needs a runtime that resolves packages by name, such as Node, Bun or Deno. */
import { type Provider, type Registry, registry } from "@lumiverse/core";
import { isObject } from "@lumiverse/core/provider";
import { messageOf } from "./shared/errors.ts";

/** The environment variable of each provider of this repository. A test compares it with the providers. */
export const KEY_VARIABLES: Readonly<Record<string, string>> = {
  ai21: "AI21_API_KEY",
  anthropic: "ANTHROPIC_API_KEY",
  chutes: "CHUTES_API_KEY",
  deepseek: "DEEPSEEK_API_KEY",
  electronhub: "ELECTRONHUB_API_KEY",
  fireworks: "FIREWORKS_API_KEY",
  google: "GEMINI_API_KEY",
  "google-vertex": "GOOGLE_VERTEX_SERVICE_ACCOUNT",
  groq: "GROQ_API_KEY",
  infermatic: "INFERMATIC_API_KEY",
  mistral: "MISTRAL_API_KEY",
  moonshot: "MOONSHOT_API_KEY",
  nanogpt: "NANOGPT_API_KEY",
  openai: "OPENAI_API_KEY",
  openrouter: "OPENROUTER_API_KEY",
  perplexity: "PERPLEXITY_API_KEY",
  pollinations: "POLLINATIONS_API_KEY",
  siliconflow: "SILICONFLOW_API_KEY",
  xai: "XAI_API_KEY",
  zai: "ZAI_API_KEY",
};

/** Where keys are looked for, and how packages are loaded. */
export interface RegisterOptions {
  /** Default: the process's environment. */
  env?: Readonly<Record<string, string | undefined>>;
  /** Where to register. Default: the process-wide registry. */
  registry?: Registry;
  /** Loads a package. Default: `import(name)`, resolved from this package. Pass `(name) => import(name)` when your package manager isolates packages. */
  load?: (name: string) => Promise<unknown>;
}

/** A key that was found, with the registered provider or the problem. */
export interface RegisteredProvider {
  id: string;
  /** The variable that holds its key. */
  variable: string;
  /** Absent when the package could not be loaded. */
  provider?: Provider;
  /** Why it was not registered, with the command that installs it. */
  problem?: string;
}

/** Registers every provider whose key is in the environment and whose package is installed. Returns one entry for each key that it found. */
export async function registerFromEnv(options: RegisterOptions = {}): Promise<readonly RegisteredProvider[]> {
  const env = options.env ?? processEnv();
  const target = options.registry ?? registry();
  const load = options.load ?? ((name: string): Promise<unknown> => import(name));
  const found = Object.entries(KEY_VARIABLES).filter(([, variable]) => (env[variable] ?? "") !== "");
  return Promise.all(found.map(([id, variable]) => registerOne(id, variable, target, load)));
}

async function registerOne(
  id: string,
  variable: string,
  target: Registry,
  load: (name: string) => Promise<unknown>,
): Promise<RegisteredProvider> {
  const name = `@lumiverse/${id}`;
  try {
    const module = await load(`${name}/provider`);
    const provider = Object.values(isObject(module) ? module : {}).find((value) => isProvider(value, id));
    if (provider === undefined) return { id, variable, problem: `${name} exports no provider "${id}"` };
    target.register(provider);
    return { id, variable, provider };
  } catch (cause) {
    return { id, variable, problem: `${name} could not be loaded: ${messageOf(cause)}. Install it with: npm install ${name}` };
  }
}

function isProvider(value: unknown, id: string): value is Provider {
  return isObject(value) && value["id"] === id && typeof value["route"] === "function";
}

function processEnv(): Readonly<Record<string, string | undefined>> {
  // Browsers and workers have no `process`.
  const host = globalThis as { process?: { env?: Record<string, string | undefined> } };
  return host.process?.env ?? {};
}
