/** Renders the requests of one provider and holds each body against its vendor's types. Nothing is sent. */

import { CANARY, type Fixture, serviceAccount } from "@lumiverse/conformance/internals";
import { type Connection, connect, type Explanation, isLumiverseError } from "@lumiverse/core";
import type { JsonObject, Provider } from "@lumiverse/core/provider";
import type { BodyChecker, Problem } from "./body-checker.ts";
import { basesOf, describeRecipe, type Recipe, recipesFor, requestOf } from "./requests.ts";
import { specFor } from "./specs.ts";
import { type Transcript, transcriptsOf } from "./transcripts.ts";
import type { VendorSchema, VendorType } from "./vendor-schemas.ts";

/** One problem and the bodies that have it. */
export interface Finding {
  provider: string;
  protocol: string;
  path: string;
  problem: string;
  bodies: number;
  /** The shortest request that has the problem: in words, as data, and the field of the body. */
  example: { title: string; settings: JsonObject; request: JsonObject; sent: unknown };
}

/** The result of one provider. */
export interface SpecResult {
  provider: string;
  rendered: number;
  /** Refused by this library before anything is sent. */
  refused: number;
  invalid: number;
  findings: readonly Finding[];
}

export interface SpecOptions {
  schemas: Record<VendorType, VendorSchema>;
  fixtures: readonly Fixture[];
  /** Transcripts of other providers. */
  foreign: readonly Transcript[];
  seed: number;
  /** The largest number of requests. Default: all. */
  runs?: number;
  /** Called after every thousand requests. */
  progress?: (done: number, of: number) => void;
}

/** Judges one provider. */
export async function runSpec(provider: Provider, options: SpecOptions): Promise<SpecResult> {
  const { schemas, fixtures, foreign, seed, runs, progress } = options;
  const material = { ...(await basesOf(provider, fixtures, seed)), own: await transcriptsOf(provider, fixtures), foreign };
  const recipes = recipesFor(material, seed, runs);
  const connections = new Map<string, Connection>();
  const checkers = new Map<string, BodyChecker>();
  const findings = new Findings(provider.id);
  const result = { provider: provider.id, rendered: 0, refused: 0, invalid: 0 };
  for (const [i, recipe] of recipes.entries()) {
    if (i % 1000 === 999) progress?.(i + 1, recipes.length);
    const { settings, baseURL } = recipe.base;
    const connection = cached(connections, JSON.stringify([settings, baseURL, recipe.unsupported]), () => open(provider, recipe));
    const outcome = await explained(connection, recipe);
    if (outcome === undefined) {
      result.refused++;
      continue;
    }
    result.rendered++;
    const { protocol, crash } = outcome;
    const body = JSON.parse(JSON.stringify(outcome.body)) as JsonObject; // as it is sent: without undefined values
    const checked = (): Problem[] => cached(checkers, protocol, () => specFor(schemas, provider.id, protocol))(body);
    const problems = crash === undefined ? checked() : [{ path: "", problem: crash }];
    if (problems.length > 0) result.invalid++;
    for (const problem of problems) findings.add(problem, { recipe, protocol, body });
  }
  return { ...result, findings: findings.list() };
}

/** A request that was rendered. */
interface Rendered {
  recipe: Recipe;
  protocol: string;
  body: JsonObject;
}

/** Problems by cause, each with the shortest request that has it. */
class Findings {
  readonly #provider: string;
  readonly #byCause = new Map<string, { finding: Finding; size: number }>();

  constructor(provider: string) {
    this.#provider = provider;
  }

  add({ path, problem }: Problem, { recipe, protocol, body }: Rendered): void {
    const cause = `${protocol} ${path} ${problem}`;
    const known = this.#byCause.get(cause);
    const bodies = (known?.finding.bodies ?? 0) + 1;
    const size = sizeOf(recipe);
    if (known !== undefined && size >= known.size) {
      known.finding.bodies = bodies;
      return;
    }
    const request = JSON.parse(JSON.stringify(requestOf(recipe))) as JsonObject; // the request as data
    const example = { title: describeRecipe(recipe), settings: recipe.base.settings, request, sent: valueAt(body, path) };
    this.#byCause.set(cause, { finding: { provider: this.#provider, protocol, path, problem, bodies, example }, size });
  }

  /** The most frequent ones first. */
  list(): Finding[] {
    return [...this.#byCause.values()].map(({ finding }) => finding).sort((a, b) => b.bodies - a.bodies);
  }
}

/** The body of a recipe; undefined if the library refuses the request; `crash` if it fails on it. */
async function explained(
  connection: Connection,
  recipe: Recipe,
): Promise<(Pick<Explanation, "protocol" | "body"> & { crash?: string }) | undefined> {
  try {
    return await connection.explain(requestOf(recipe), { streaming: recipe.streaming });
  } catch (error) {
    // Core reports a crash of the code that prepares the request in these words. Every other LumiverseError is a refusal.
    if (isLumiverseError(error) && !error.message.includes("could not be prepared")) return undefined;
    return { protocol: "none", body: {}, crash: `explain throws: ${error instanceof Error ? error.message : String(error)}` };
  }
}

function open(provider: Provider, { base, unsupported }: Recipe): Connection {
  return connect(provider, {
    cost: false,
    apiKey: provider.credential.kind === "service-account" ? serviceAccount() : CANARY,
    settings: base.settings,
    ...(base.baseURL === undefined ? {} : { baseURL: base.baseURL }),
    ...(unsupported === undefined ? {} : { unsupported }),
    fetch: () => Promise.reject(new Error("nothing is sent here")),
  });
}

function cached<T>(map: Map<string, T>, key: string, make: () => T): T {
  const present = map.get(key) ?? make();
  map.set(key, present);
  return present;
}

/** Fewer values come first, then a shorter request. */
function sizeOf(recipe: Recipe): number {
  const { values, base, transcript } = recipe;
  const fixed = (transcript === undefined ? 0 : 1) + Object.keys(base.settings).length;
  return (values.length + fixed) * 100_000 + JSON.stringify(requestOf(recipe)).length;
}

/** The first value at a path of a problem. */
function valueAt(body: unknown, path: string): unknown {
  let values: unknown[] = [body];
  for (const step of path.split("/").slice(1)) {
    values = values.flatMap((value) => {
      if (typeof value !== "object" || value === null) return [];
      if (step === "[]" || step === "*") return Object.values(value);
      return Object.hasOwn(value, step) ? [(value as JsonObject)[step]] : []; // an object, checked above
    });
  }
  return values[0];
}
