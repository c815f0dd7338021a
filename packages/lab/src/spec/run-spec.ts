/** Renders the requests of one provider and holds each body against its vendor's types. Nothing is sent. */

import { CANARY, type Fixture, serviceAccount } from "@lumiverse/conformance/internals";
import { type Connection, connect, type Explanation, isLumiverseError } from "@lumiverse/core";
import type { JsonObject, Provider } from "@lumiverse/core/provider";
import type { BodyChecker } from "./body-checker.ts";
import { basesOf, describeRecipe, type Recipe, recipesFor, requestOf } from "./requests.ts";
import { specFor } from "./specs.ts";
import { type Transcript, transcriptsOf } from "./transcripts.ts";
import type { VendorSchema, VendorType } from "./vendor-schemas.ts";

/** One cause for which bodies are wrong. */
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
  /** Requests at most. Default: all. */
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
  const findings = new Map<string, Finding>();
  /** The sizes of the requests that the findings show. */
  const sizes = new Map<string, number>();
  const result = { provider: provider.id, rendered: 0, refused: 0, invalid: 0 };
  for (const [i, recipe] of recipes.entries()) {
    if (i % 1000 === 999) progress?.(i + 1, recipes.length);
    const connection = cached(connections, JSON.stringify([recipe.base.settings, recipe.base.baseURL, recipe.unsupported]), () =>
      open(provider, recipe),
    );
    const outcome = await explained(connection, recipe);
    if (outcome === undefined) {
      result.refused++;
      continue;
    }
    result.rendered++;
    const { protocol } = outcome;
    const body = JSON.parse(JSON.stringify(outcome.body)) as JsonObject; // as it is sent: without undefined values
    const problems =
      "crash" in outcome
        ? [{ path: "", problem: outcome.crash }]
        : cached(checkers, protocol, () => specFor(schemas, provider.id, protocol))(body);
    if (problems.length > 0) result.invalid++;
    for (const { path, problem } of problems) {
      const key = `${protocol} ${path} ${problem}`;
      const known = findings.get(key);
      const size = sizeOf(recipe);
      if (known !== undefined) known.bodies++;
      if (known === undefined || size < (sizes.get(key) ?? 0)) {
        const request = JSON.parse(JSON.stringify(requestOf(recipe))) as JsonObject; // the request as data
        const example = { title: describeRecipe(recipe), settings: recipe.base.settings, request, sent: valueAt(body, path) };
        findings.set(key, { provider: provider.id, protocol, path, problem, bodies: known?.bodies ?? 1, example });
        sizes.set(key, size);
      }
    }
  }
  return { ...result, findings: [...findings.values()].sort((a, b) => b.bodies - a.bodies) };
}

/** The body of a recipe; undefined if the library refuses the request; `crash` if it fails on it. */
async function explained(
  connection: Connection,
  recipe: Recipe,
): Promise<(Pick<Explanation, "protocol" | "body"> & { crash?: string }) | undefined> {
  try {
    return await connection.explain(requestOf(recipe), { streaming: recipe.streaming });
  } catch (error) {
    // A LumiverseError with a cause of another kind stands for a fault of the code that prepares the request.
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
