/** Generates all checks of a subject from its claims and its fixtures. Runs nothing. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Capability, isLumiverseError } from "@lumiverse/core/provider";
import { faults } from "../faults/faults.ts";
import { casesWithAnswer, faultFixture, runFault } from "../faults/run-fault.ts";
import { exchangesFor, type Fixture, modesOf, readFixtures, SCENARIO_LIST } from "../fixture/fixture.ts";
import { comparableAnswer } from "../play/agreement.ts";
import { firstDifference } from "../play/compare.ts";
import { isEventStream } from "../play/framing.ts";
import { serve } from "../play/local-server.ts";
import { memoryFetch } from "../play/memory-fetch.ts";
import { describeEnd, type Mode, play, type Turn } from "../play/play.ts";
import { redirectCalls } from "../play/redirect.ts";
import { type Subject, type TestedSubject, testedSubject } from "../play/subject.ts";
import { acceptedRequestChecks } from "./accepted-requests.ts";
import { callerMistakeChecks } from "./caller-mistakes.ts";
import { canaryFaults } from "./canary.ts";
import { type Check, check } from "./check.ts";
import { claimed, claimedOperations, endsWell, missingScenarios, operationNames, whyNotShown } from "./claims.ts";
import { credentialChecks, type KeyHeaders, keyHeadersOf } from "./credential.ts";
import { disguiseChecks } from "./disguise-checks.ts";
import { FEW, framingChecks, splitChecks, waits } from "./framing-checks.ts";
import { runGolden } from "./golden.ts";
import { longRequestChecks } from "./long-requests.ts";
import { probe } from "./probe.ts";
import * as properties from "./properties.ts";
import { provenanceFaults } from "./provenance.ts";
import { sentContentChecks } from "./sent-content.ts";
import { settingFaults } from "./settings-effect.ts";
import { answerFaults } from "./stated-in-answers.ts";
import { operationChecks } from "./stated-in-operations.ts";
import { contractFaults } from "./stream-contract.ts";
import { writtenTextFaults } from "./written-text.ts";

/** Options of the suite. */
export interface SuiteOptions {
  /** Folder of the cases. */
  fixtures: URL | string;
  /** Checks that are known to fail, by `group: name`, each with the reason. They are counted in the report. A known failure that passes is an error. */
  known?: Readonly<Record<string, string>>;
  /** Folder of the real exchanges from which fixtures are derived. Default: the environment variable LUMIVERSE_RECORDINGS. */
  recordings?: string;
  /** Seed for all random input. Default 1. */
  seed?: number;
  /** Runs per property. Default 40. */
  runs?: number;
  /** Milliseconds after which a call with a fault counts as hanging. Default 8,000. */
  hangAfterMs?: number;
}

/** All checks of a subject. A case that cannot be read gives one check, which fails with the reason. */
export function checks(subject: Subject, options: SuiteOptions): Check[] {
  return checksOf(testedSubject(subject), options);
}

/** All checks of a prepared subject. */
export function checksOf(subject: TestedSubject, options: SuiteOptions): Check[] {
  let fixtures: Fixture[];
  try {
    fixtures = readFixtures(options.fixtures);
    // An adapter has no operations, so it can share the fixtures of a provider that has some.
    if (subject.provider === undefined) fixtures = fixtures.filter((fixture) => fixture.case.operation === undefined);
  } catch (error) {
    // Without readable cases there is nothing else to check.
    return [check("format", "every case can be read", () => [isLumiverseError(error) ? error.message : String(error)])];
  }
  const crash = routeCrash(subject, fixtures);
  if (crash !== undefined) return [crash];
  const effort: properties.Effort = { seed: options.seed ?? 1, runs: options.runs ?? 40 };
  const keyHeaders = keyHeadersOf(subject, fixtures);
  const recordings = options.recordings ?? process.env["LUMIVERSE_RECORDINGS"];
  return [
    check("format", "every case can be read", () => (fixtures.length === 0 ? [`${String(options.fixtures)} contains no case`] : [])),
    ...completeness(subject, fixtures, options.fixtures),
    ...claims(subject, fixtures),
    ...credentialChecks(subject, fixtures),
    check("claims", "every setting of a case has an effect", () => settingFaults(subject, fixtures)),
    ...fixtures.map((fixture) => check("provenance", fixture.name, () => provenanceFaults(fixture, recordings))),
    ...socketChecks(subject, fixtures, options.hangAfterMs),
    ...fixtures.flatMap((fixture) => memoryChecks(subject, fixture, effort, keyHeaders)),
    ...fixtures.flatMap((fixture) => goldenChecks(subject, fixture)),
  ];
}

/** A failing check if the provider's `route` crashes on a case. The other checks need the routes of all cases, so they are left out. */
function routeCrash(subject: TestedSubject, fixtures: readonly Fixture[]): Check | undefined {
  for (const fixture of fixtures)
    try {
      subject.claims(fixture);
    } catch (error) {
      return { group: "format", name: `${fixture.name} has a route`, run: () => Promise.reject(error) };
    }
  return undefined;
}

function completeness(subject: TestedSubject, fixtures: readonly Fixture[], folder: URL | string): Check[] {
  return [
    check("completeness", "the required scenarios exist", async () =>
      missingScenarios(subject, fixtures, new Set([...claimed(subject, fixtures).keys(), ...(await claimedOperations(subject))])),
    ),
    check("completeness", `${SCENARIO_LIST} lists every scenario`, () => {
      const path = join(typeof folder === "string" ? folder : fileURLToPath(folder), SCENARIO_LIST);
      const listed: unknown = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined;
      if (!Array.isArray(listed))
        return [`${SCENARIO_LIST} is missing. It is a JSON array of the names of all cases, so that a deleted case is noticed`];
      const names = fixtures.map((fixture) => fixture.name);
      return [
        ...listed
          .filter((name) => !names.includes(String(name)) && subject.provider !== undefined)
          .map((name) => `scenario "${name}" was deleted: restore fixtures/${name}, or remove its name from ${SCENARIO_LIST}`),
        ...names.filter((name) => !listed.includes(name)).map((name) => `scenario "${name}" is not in ${SCENARIO_LIST}: add its name`),
      ];
    }),
  ];
}

function claims(subject: TestedSubject, fixtures: readonly Fixture[]): Check[] {
  const shown = (capability: Capability): boolean =>
    fixtures.some((fixture) => fixture.case.claims.includes(capability) && endsWell(fixture));
  return [
    ...[...claimed(subject, fixtures)].map(([capability, model]) =>
      check("claims", capability, () =>
        shown(capability) ? [] : [`${capability} is claimed (for ${model}) but no successful case shows it: ${addCase(capability)}`],
      ),
    ),
    ...operationClaims(subject, shown),
    ...fixtures.flatMap((fixture) => fixture.case.claims.map((capability) => caseClaim(subject, fixture, capability))),
    ...catalogueClaims(subject, shown),
  ];
}

function operationClaims(subject: TestedSubject, shown: (capability: Capability) => boolean): Check[] {
  if (subject.provider === undefined) return [];
  return [
    check("claims", "every operation is shown by a case", async () =>
      (await claimedOperations(subject))
        .filter((operation) => !shown(operation))
        .map((operation) => `the provider has the operation ${operation} but no successful case shows it: ${addCase(operation)}`),
    ),
  ];
}

function addCase(capability: string): string {
  return `add "${capability}" to the claims of a case that shows it and expects no error, or remove the claim`;
}

/** A case shows the capabilities that it names, and the subject claims them. */
function caseClaim(subject: TestedSubject, fixture: Fixture, capability: Capability): Check {
  return check("claims", `${fixture.name} shows ${capability}`, async () => {
    const why = whyNotShown(capability, fixture);
    if (why !== undefined) return [why];
    const value = subject.claims(fixture)[capability];
    const isMissing = subject.provider !== undefined && isOperation(capability) && !(await claimedOperations(subject)).includes(capability);
    return value === false || (value === undefined && isMissing)
      ? [`the case shows ${capability}, but the subject does not claim it for ${fixture.case.model}`]
      : [];
  });
}

function catalogueClaims(subject: TestedSubject, shown: (capability: Capability) => boolean): Check[] {
  const catalogue = subject.provider?.catalogue;
  if (catalogue === undefined) return [];
  return [
    check("claims", "every capability that the catalogue claims is shown by a case", async () => {
      const unshown = new Map<string, string>();
      for (const { id, capabilities = {} } of (await catalogue()).models)
        for (const [capability, value] of Object.entries(capabilities)) {
          const isClaimed = value !== false && value !== "unknown";
          if (isClaimed && !shown(capability as Capability) && !unshown.has(capability)) unshown.set(capability, id); // a key of Capabilities
        }
      return [...unshown].map(
        ([capability, model]) => `${capability} is claimed for ${model} but no successful case shows it: ${addCase(capability)}`,
      );
    }),
  ];
}
function isOperation(capability: Capability): boolean {
  return (operationNames as readonly Capability[]).includes(capability); // a wider type, so that any capability can be looked up
}

/** Checks over real sockets. They must run before any check that loads nock. */
function socketChecks(subject: TestedSubject, fixtures: readonly Fixture[], hangAfterMs: number | undefined): Check[] {
  const streamed = fixtures.filter((fixture) => isStreamed(fixture));
  const all = faults.map((fault) =>
    check("faults", fault.id, async () => {
      const fixture = faultFixture(fixtures, fault.mode);
      if (fixture === undefined) return [`no case has a plain ${fault.mode === "stream" ? "streamed" : "unstreamed"} answer`];
      const found = await runFault(subject, fixture, fault, hangAfterMs);
      return found.map((sentence) => `${fault.title}: ${sentence}`);
    }),
  );
  return [
    ...streamed.flatMap((fixture) => framingChecks(subject, fixture)),
    check("base URL", "an overridden base URL receives the whole call", () => baseURLFaults(subject, fixtures)),
    ...all,
  ];
}

async function baseURLFaults(subject: TestedSubject, fixtures: readonly Fixture[]): Promise<string[]> {
  // Prefer a case whose protocol does not depend on the base URL.
  const plain = [...casesWithAnswer(fixtures, "stream"), ...casesWithAnswer(fixtures, "generate")];
  const fixture = plain.find((one) => redirectCalls(subject, one, "http://127.0.0.1").overridden) ?? plain[0];
  if (fixture === undefined) return ["no case has a plain answer"];
  const mode = modesOf(fixture)[0] ?? "generate";
  const exchange = exchangesFor(fixture, mode).at(-1);
  if (exchange === undefined) return ["the case has no exchange"];
  const server = await serve((response) => void response.writeHead(exchange.status, { ...exchange.responseHeaders }).end(exchange.body));
  try {
    const reached = redirectCalls(subject, fixture, server.origin);
    const turn = (await play(subject, fixture, mode, reached.options)).at(-1);
    if (reached.overridden && reached.moved.length > 0)
      return [`the base URL override was ignored: the call went to ${reached.moved[0]}. route() must use the baseURL of the call`];
    const golden = new URL(exchange.url);
    const [seen] = server.requests;
    if (seen === undefined) return [`no request reached the overridden base URL (${reached.foreign.join(", ") || String(turn?.error)})`];
    return seen.path === golden.pathname + golden.search
      ? []
      : [`the path under the overridden base URL is ${seen.path}, expected ${golden.pathname + golden.search}`];
  } finally {
    await server.close();
  }
}

function memoryChecks(subject: TestedSubject, fixture: Fixture, usual: properties.Effort, keyHeaders: KeyHeaders): Check[] {
  const effort = waits(fixture) ? { ...usual, runs: Math.min(usual.runs, FEW) } : usual;
  const { name } = fixture;
  const chat = fixture.case.request !== undefined && fixture.case.operation === undefined;
  const list: Check[] = [check("canary", name, () => canaryFaults(subject, fixture, keyHeaders))];
  list.push(...operationChecks(subject, fixture));
  if (!chat) return list;
  if (fixture.case.streaming === "both") list.push(check("streamed and unstreamed", name, () => bothFaults(subject, fixture)));
  if (subject.provider !== undefined) list.push(...probeChecks(subject, fixture));
  list.push(
    ...acceptedRequestChecks(subject, fixture),
    ...sentContentChecks(subject, fixture),
    ...callerMistakeChecks(subject, fixture),
    ...longRequestChecks(subject, fixture),
  );
  for (const mode of modesOf(fixture)) {
    const title = `${name} (${mode})`;
    const run = (property: string, holds: () => Promise<void>): void =>
      void list.push({ group: "properties", name: `${title}: ${property}`, run: holds });
    if (exchangesFor(fixture, mode).at(-1)?.status === 200) {
      list.push(splitChecks(subject, fixture, mode));
      run("any packets give the same answer", () => properties.chunkingHolds(subject, fixture, mode, effort));
      run("hostile JSON is harmless", () => properties.hostileJsonIsHarmless(subject, fixture, mode, effort));
      run("a transcript survives JSON", () => properties.transcriptSurvives(subject, fixture, mode));
      list.push(check("properties", `${title}: the answer keeps what the host states`, () => answerFaults(subject, fixture, mode)));
      list.push(check("properties", `${title}: usage adds up`, () => properties.usageAddsUp(subject, fixture, mode)));
    }
    if (mode === "stream") list.push(...streamChecks(subject, fixture, effort));
  }
  if (name === "text")
    list.push({
      group: "properties",
      name: "any request renders or is refused with a typed error",
      run: () => properties.requestsRender(subject, fixture, effort),
    });
  return list;
}

function streamChecks(subject: TestedSubject, fixture: Fixture, effort: properties.Effort): Check[] {
  const title = `${fixture.name} (stream)`;
  const list: Check[] = [];
  if (fixture.case.expect.error === undefined)
    list.push(
      check("properties", `${title}: events keep their contract`, async () => {
        const turns = await play(subject, fixture, "stream", { fetch: memoryFetch(exchangesFor(fixture, "stream")) });
        return turns.flatMap((turn) => (turn.error === undefined ? contractFaults(turn.events, turn.response) : []));
      }),
    );
  if (!isStreamed(fixture)) return list;
  if (!waits(fixture)) list.push(...disguiseChecks(subject, fixture));
  if (!waits(fixture) && fixture.name === "text")
    list.push(check("properties", `${title}: text arrives as it was written`, () => writtenTextFaults(subject, fixture)));
  list.push({
    group: "properties",
    name: `${title}: a cut stream is an error, never a short answer`,
    run: () => properties.cutsAreErrors(subject, fixture, effort),
  });
  if (fixture.name === "text")
    list.push({
      group: "properties",
      name: `${title}: a stream that is cut after a preview of usage is an error`,
      run: () => properties.cutsAfterPreviewAreErrors(subject, fixture),
    });
  return list;
}

/** Streamed and unstreamed answers of one case are equal, except for the positions at which a text is split into parts. */
async function bothFaults(subject: TestedSubject, fixture: Fixture): Promise<string[]> {
  const turnsOf = (mode: Mode): Promise<Turn[]> => play(subject, fixture, mode, { fetch: memoryFetch(exchangesFor(fixture, mode)) });
  const [streamed, unstreamed] = [await turnsOf("stream"), await turnsOf("generate")];
  const [a, b] = [streamed, unstreamed].map((turns) => turns.map(comparableAnswer).join("\n"));
  if (a === b) return [];
  const [last, other] = [streamed.at(-1), unstreamed.at(-1)];
  if (last !== undefined && other !== undefined && (last.error === undefined) !== (other.error === undefined))
    return [`the two answers differ: the streamed one ended with ${describeEnd(last)}, the unstreamed one with ${describeEnd(other)}`];
  return [`the two answers differ ${firstDifference(a ?? "", b ?? "", ["streamed", "unstreamed"])}`];
}

/** One check per field, for one case of each model and settings, because capabilities belong to the route and not to the case. */
function probeChecks(subject: TestedSubject, fixture: Fixture): Check[] {
  if (fixture.name !== "text" && fixture.name !== "reasoning") return [];
  return [
    check("probe", fixture.name, async () => {
      const connection = subject.connection(fixture, { fetch: () => Promise.reject(new TypeError("explain sends nothing")) });
      if (connection === undefined) return [];
      const plain = { model: fixture.case.model, messages: [{ role: "user" as const, content: "Say hello." }] };
      const results = await probe(connection, plain, subject.claims(fixture));
      return results.flatMap((result) => result.faults.map((fault) => `${result.given}: ${fault}`));
    }),
  ];
}

function goldenChecks(subject: TestedSubject, fixture: Fixture): Check[] {
  return modesOf(fixture).map((mode) =>
    check(
      "golden",
      fixture.case.operation === undefined ? `${fixture.name} (${mode})` : fixture.name,
      async () => (await runGolden(subject, fixture, mode)).faults,
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
