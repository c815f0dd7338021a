/** All checks of a subject, generated from what it claims and from its fixtures. Nothing runs here. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Capability, isLumiverseError } from "@lumiverse/core";
import { canaryFaults } from "./canary.ts";
import { type Check, check } from "./check.ts";
import { claimed, endsWell, missingScenarios, notShown } from "./claims.ts";
import { parting } from "./compare.ts";
import { contractFaults } from "./contract.ts";
import { isEventStream } from "./disguises.ts";
import { disguiseChecks, FEW, splitChecks, waits } from "./dressed.ts";
import { faultFixture, plainCases, runFault } from "./fault-run.ts";
import { faults } from "./faults.ts";
import { exchangesFor, type Fixture, modesOf, readFixtures, SCENARIO_LIST } from "./fixture.ts";
import { runGolden } from "./golden.ts";
import { memoryFetch } from "./memory.ts";
import { type Mode, play } from "./play.ts";
import { probe } from "./probe.ts";
import * as properties from "./properties.ts";
import { provenanceFaults } from "./provenance.ts";
import { reach } from "./reach.ts";
import { gist } from "./same.ts";
import { serve } from "./server.ts";
import { type Judged, judged, type Subject } from "./subject.ts";

export interface SuiteOptions {
  /** The folder of the cases. */
  fixtures: URL | string;
  /** Checks that are known to fail, by `group: name`, each with the reason. They are counted; one that passes fails. */
  known?: Readonly<Record<string, string>>;
  /** Folder of the real exchanges that derived fixtures are made after. Default: the environment variable LUMIVERSE_RECORDINGS. */
  recordings?: string;
  /** For everything that is drawn. Default 1. */
  seed?: number;
  /** Draws per property. Default 40. */
  runs?: number;
  /** Milliseconds after which a fault's call that comes to no end is called hanging. Default 8,000. */
  patienceMs?: number;
}

export function checks(subject: Subject, options: SuiteOptions): Check[] {
  return checksOf(judged(subject), options);
}

/** The same for a subject already opened up: the mutants wrap it there. */
export function checksOf(who: Judged, options: SuiteOptions): Check[] {
  let fixtures: Fixture[];
  try {
    fixtures = readFixtures(options.fixtures);
    // An adapter has no operations and claims none, so it can share the folder of a provider that has.
    if (who.provider === undefined) fixtures = fixtures.filter((fixture) => fixture.case.operation === undefined);
  } catch (error) {
    // A case that can't be read leaves nothing to go by.
    return [check("format", "every case can be read", () => [isLumiverseError(error) ? error.message : String(error)])];
  }
  const effort: properties.Effort = { seed: options.seed ?? 1, runs: options.runs ?? 40 };
  const recordings = options.recordings ?? process.env["LUMIVERSE_RECORDINGS"];
  return [
    check("format", "every case can be read", () => (fixtures.length === 0 ? [`there is no case in ${String(options.fixtures)}`] : [])),
    ...completeness(who, fixtures, options.fixtures),
    ...claims(who, fixtures),
    ...fixtures.map((fixture) => check("provenance", fixture.name, () => provenanceFaults(fixture, recordings))),
    ...socketChecks(who, fixtures, options.patienceMs),
    ...fixtures.flatMap((fixture) => memoryChecks(who, fixture, effort)),
    ...fixtures.flatMap((fixture) => goldenChecks(who, fixture)),
  ];
}

function completeness(who: Judged, fixtures: readonly Fixture[], folder: URL | string): Check[] {
  return [
    check("completeness", "the required scenarios are there", () => missingScenarios(who, fixtures, claimed(who, fixtures))),
    check("completeness", `${SCENARIO_LIST} lists every scenario`, () => {
      const path = join(typeof folder === "string" ? folder : fileURLToPath(folder), SCENARIO_LIST);
      const listed: unknown = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined;
      if (!Array.isArray(listed))
        return [`${SCENARIO_LIST} is missing: it is a JSON array of the names of all cases, so that one which vanishes is seen`];
      const names = fixtures.map((fixture) => fixture.name);
      return [
        ...listed
          .filter((name) => !names.includes(String(name)) && who.provider !== undefined)
          .map((name) => `scenario "${name}" was deleted`),
        ...names.filter((name) => !listed.includes(name)).map((name) => `scenario "${name}" is not in ${SCENARIO_LIST}`),
      ];
    }),
  ];
}

function claims(who: Judged, fixtures: readonly Fixture[]): Check[] {
  const all = claimed(who, fixtures);
  const shown = (capability: Capability): Fixture[] =>
    fixtures.filter((fixture) => fixture.case.claims.includes(capability) && endsWell(fixture));
  const every = [...all].map(([capability, model]) =>
    check("claims", capability, () =>
      shown(capability).length > 0 ? [] : [`${capability} is claimed (for ${model}) and no case that ends well shows it`],
    ),
  );
  const honest = fixtures.flatMap((fixture) =>
    fixture.case.claims.map((capability) =>
      check("claims", `${fixture.name} shows ${capability}`, () => {
        const why = notShown(capability, fixture);
        if (why !== undefined) return [why];
        const fact = who.claims(fixture)[capability];
        const operation = who.provider?.operations[capability as "models"]; // only three capabilities are operations, the rest find nothing
        return fact === false || (fact === undefined && operation === undefined && who.provider !== undefined && isOperation(capability))
          ? [`the case shows ${capability}, the subject says it can't`]
          : [];
      }),
    ),
  );
  const catalogue = who.provider?.catalogue;
  if (catalogue === undefined) return [...every, ...honest];
  const listed = check("claims", "no model of the catalogue claims what no case shows", async () => {
    const unshown = new Map<string, string>();
    for (const model of (await catalogue()).models)
      for (const [capability, fact] of Object.entries(model.takes ?? {}))
        if (fact !== false && fact !== "unknown" && shown(capability as Capability).length === 0 && !unshown.has(capability))
          unshown.set(capability, model.id); // keys of Facts
    return [...unshown].map(([capability, model]) => `${capability} is claimed for ${model} and no case that ends well shows it`);
  });
  return [...every, ...honest, listed];
}
function isOperation(capability: Capability): boolean {
  return capability === "models" || capability === "account" || capability === "countTokens";
}

/** Over real sockets: these come before anything that loads nock. */
function socketChecks(who: Judged, fixtures: readonly Fixture[], patienceMs: number | undefined): Check[] {
  const streamed = fixtures.filter((fixture) => isStreamed(fixture));
  const all = faults.map((fault) =>
    check("faults", fault.id, async () => {
      const fixture = faultFixture(fixtures, fault.mode);
      if (fixture === undefined) return [`no case shows a plain ${fault.mode === "stream" ? "streamed" : "unstreamed"} answer`];
      const found = await runFault(who, fixture, fault, patienceMs);
      return found.map((sentence) => `${fault.title}: ${sentence}`);
    }),
  );
  return [
    ...streamed.flatMap((fixture) => disguiseChecks(who, fixture)),
    check("base URL", "an overridden base URL gets the whole call", () => baseURLFaults(who, fixtures)),
    ...all,
  ];
}

async function baseURLFaults(who: Judged, fixtures: readonly Fixture[]): Promise<string[]> {
  // Where another base makes the provider speak another wire in one case, there may be a case where it does not.
  const plain = [...plainCases(fixtures, "stream"), ...plainCases(fixtures, "generate")];
  const fixture = plain.find((one) => reach(who, one, "http://127.0.0.1").overridden) ?? plain[0];
  if (fixture === undefined) return ["no case shows a plain answer"];
  const mode = modesOf(fixture)[0] ?? "generate";
  const exchange = exchangesFor(fixture, mode).at(-1);
  if (exchange === undefined) return ["the case has no exchange"];
  const server = await serve((response) => void response.writeHead(exchange.status, { ...exchange.responseHeaders }).end(exchange.body));
  try {
    const reached = reach(who, fixture, server.origin);
    const turn = (await play(who, fixture, mode, reached.options)).at(-1);
    if (reached.overridden && reached.moved.length > 0)
      return [`the override of the base URL was not heard: the call went to ${reached.moved[0]}`];
    const golden = new URL(exchange.url);
    const [seen] = server.requests;
    if (seen === undefined) return [`nothing reached the overridden base (${reached.strayed.join(", ") || String(turn?.error)})`];
    return seen.path === golden.pathname + golden.search
      ? []
      : [`the path under another base is ${seen.path}, at the vendor's it is ${golden.pathname + golden.search}`];
  } finally {
    await server.close();
  }
}

function memoryChecks(who: Judged, fixture: Fixture, usual: properties.Effort): Check[] {
  const effort = waits(fixture) ? { ...usual, runs: Math.min(usual.runs, FEW) } : usual;
  const { name } = fixture;
  const chat = fixture.case.request !== undefined && fixture.case.operation === undefined;
  const list: Check[] = [check("canary", name, () => canaryFaults(who, fixture))];
  if (!chat) return list;
  if (fixture.case.streaming === "both") list.push(check("streamed and unstreamed", name, () => bothFaults(who, fixture)));
  if (who.provider !== undefined) list.push(...probeChecks(who, fixture));
  for (const mode of modesOf(fixture)) {
    const title = `${name} (${mode})`;
    const run = (property: string, holds: () => Promise<void>): void =>
      void list.push({ group: "properties", name: `${title}: ${property}`, run: holds });
    if (exchangesFor(fixture, mode).at(-1)?.status === 200) {
      list.push(splitChecks(who, fixture, mode));
      run("any chunking gives the same answer", () => properties.chunkingHolds(who, fixture, mode, effort));
      run("hostile JSON is harmless", () => properties.hostileIsHarmless(who, fixture, mode, effort));
      run("a transcript survives JSON", () => properties.transcriptSurvives(who, fixture, mode));
      list.push(check("properties", `${title}: usage adds up`, () => properties.usageAddsUp(who, fixture, mode)));
    }
    if (mode === "stream" && fixture.case.expect.error === undefined)
      list.push(
        check("properties", `${title}: events keep their contract`, async () => {
          const turns = await play(who, fixture, mode, { fetch: memoryFetch(exchangesFor(fixture, mode)) });
          return turns.flatMap((turn) => (turn.error === undefined ? contractFaults(turn.events, turn.response) : []));
        }),
      );
    if (mode === "stream" && isStreamed(fixture))
      run("a cut stream is an error, never a short answer", () => properties.cutsAreErrors(who, fixture, effort));
  }
  if (name === "text")
    list.push({
      group: "properties",
      name: "any request renders or is refused with a typed error",
      run: () => properties.requestsRender(who, fixture, effort),
    });
  return list;
}

/** Streamed and unstreamed answers of one case agree in everything but where parts of a text are cut. */
async function bothFaults(who: Judged, fixture: Fixture): Promise<string[]> {
  const answer = async (mode: Mode): Promise<string> => {
    const turns = await play(who, fixture, mode, { fetch: memoryFetch(exchangesFor(fixture, mode)) });
    return turns.map(gist).join("\n");
  };
  const [streamed, unstreamed] = [await answer("stream"), await answer("generate")];
  return streamed === unstreamed ? [] : [`the two answers differ ${parting(streamed, unstreamed)}`];
}

/** One check a field, and only for one case of each model and settings: the facts are the route's, not the case's. */
function probeChecks(who: Judged, fixture: Fixture): Check[] {
  if (fixture.name !== "text" && fixture.name !== "reasoning") return [];
  return [
    check("probe", fixture.name, async () => {
      const connection = who.connection(fixture, { fetch: () => Promise.reject(new TypeError("explain sends nothing")) });
      if (connection === undefined) return [];
      const plain = { model: fixture.case.model, messages: [{ role: "user" as const, content: "Say hello." }] };
      const results = await probe(connection, plain, who.claims(fixture));
      return results.flatMap((result) => result.faults.map((fault) => `${result.given}: ${fault}`));
    }),
  ];
}

function goldenChecks(who: Judged, fixture: Fixture): Check[] {
  return modesOf(fixture).map((mode) =>
    check(
      "golden",
      fixture.case.operation === undefined ? `${fixture.name} (${mode})` : fixture.name,
      async () => (await runGolden(who, fixture, mode)).faults,
    ),
  );
}

function isStreamed(fixture: Fixture): boolean {
  const last = exchangesFor(fixture, "stream").at(-1);
  return (
    fixture.case.operation === undefined &&
    modesOf(fixture).includes("stream") &&
    last?.status === 200 &&
    isEventStream(new TextDecoder().decode(last.body))
  );
}
