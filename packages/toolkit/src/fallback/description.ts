/** The methods of a fallback that send no chat. */
import type { Capability, CapabilityClaim, Connection, Note } from "@lumiverse/core";
import { toLumiverseError } from "../shared/errors.ts";
import { FAILURE_CLASSES } from "./failure-classes.ts";
import { availableTargets, type Target } from "./targets.ts";

export function describeTargets(first: Target, all: readonly Target[]): Omit<Connection, "stream" | "generate" | "close"> {
  const { connection } = first;
  const others = all.slice(1);
  const names = others.map(({ name }) => name).join(", ");
  const note: Note = { kind: "fallback", message: `This is about ${first.name}. The fallback also has: ${names}.` };
  const notes: readonly Note[] = others.length === 0 ? [] : [note];
  const also = others.length === 0 ? "" : ` (fallback: ${names})`;
  return {
    provider: connection.provider,
    baseURL: connection.baseURL,
    explain: async (request, options) => {
      const given = options?.previous === undefined ? options : { ...options, previous: first.requestFor(options.previous) };
      const explanation = await connection.explain(first.requestFor(request), given);
      return { ...explanation, notes: [...explanation.notes, ...notes] };
    },
    models: async (options) => {
      const list = await connection.models(options);
      return { ...list, notes: [...list.notes, ...notes] };
    },
    check: async (options) => {
      const verdict = await connection.check(options);
      return others.length === 0 ? verdict : { ...verdict, hint: `${verdict.hint ?? first.name}${also}` };
    },
    account: async (options) => {
      const account = await connection.account(options);
      return { ...account, summary: `${account.summary}${also}` };
    },
    countTokens: (request, options) =>
      firstAnswer(availableTargets(all), (target) => target.connection.countTokens(target.requestFor(request), options)),
    supports: async (capability, model) => {
      const claims = await claimsOf(all, capability, model);
      return capability === "input.url" ? weakest(claims) : strongest(claims);
    },
    probe: (options) => firstAnswer(all, (target) => target.connection.probe(options)),
  };
}

/** The first answer that a target has. A target that answers `undefined` or fails is passed over. @throws the first failure when no target answered */
async function firstAnswer<T>(targets: readonly Target[], ask: (target: Target) => Promise<T>): Promise<T> {
  let unknown: { answer: T } | undefined;
  let failure: { cause: unknown } | undefined;
  for (const target of targets) {
    try {
      const answer = await ask(target);
      if (answer !== undefined) return answer;
      unknown ??= { answer };
    } catch (cause) {
      failure ??= { cause };
      if (!fallsBack(cause)) break;
    }
  }
  if (unknown !== undefined) return unknown.answer;
  throw failure?.cause;
}

function fallsBack(cause: unknown): boolean {
  return FAILURE_CLASSES[toLumiverseError(cause).code].fallsBack;
}

/** What each target claims. Targets that fail, for example because of wrong settings, are left out. @throws the first failure when all fail */
async function claimsOf(all: readonly Target[], capability: Capability, model: string): Promise<CapabilityClaim[]> {
  const asked = await Promise.allSettled(
    all.map(({ connection, requestFor }) => connection.supports(capability, requestFor({ model, messages: [] }).model)),
  );
  const claims = asked.flatMap((one) => (one.status === "fulfilled" ? one.value : []));
  const failed = asked.find((one) => one.status === "rejected");
  if (claims.length === 0 && failed !== undefined) throw failed.reason;
  return claims;
}

const STRENGTH = { yes: 2, unknown: 1, no: 0 } as const;

/** The claim of the first target that can do most. */
function strongest(claims: readonly CapabilityClaim[]): CapabilityClaim {
  return claims.reduce((best, claim) => (STRENGTH[claim.support] > STRENGTH[best.support] ? claim : best));
}

/** The claim of the first target that can do least. */
function weakest(claims: readonly CapabilityClaim[]): CapabilityClaim {
  return claims.reduce((worst, claim) => (STRENGTH[claim.support] < STRENGTH[worst.support] ? claim : worst));
}
