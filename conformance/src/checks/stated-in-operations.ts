/** Checks what operations return against what the host sent: a refused key, the last page of a list of models, the number of a balance. */
import { isObject } from "@lumiverse/core/provider";
import type { Fixture } from "../fixture/fixture.ts";
import { keyOf } from "../fixture/keys.ts";
import { errorFormatOf } from "../play/error-format.ts";
import { memoryFetch, packetedResponse, sentRequest } from "../play/memory-fetch.ts";
import { play } from "../play/play.ts";
import type { TestedSubject } from "../play/subject.ts";
import { type Check, check } from "./check.ts";

/** The checks of a case: those of its operation, and of the plain case the check of a key. */
export function operationChecks(subject: TestedSubject, fixture: Fixture): Check[] {
  const { operation, expect } = fixture.case;
  if (subject.provider === undefined) return [];
  if (fixture.name === "text" && keyOf(fixture.case, subject.provider) !== undefined)
    return [check("properties", "a key that the host refuses is not valid", () => refusedKeyFaults(subject, fixture))];
  if (expect.error !== undefined) return [];
  if (operation === "models") return [check("properties", `${fixture.name}: the list is read to its end`, () => pageFaults(fixture))];
  if (operation === "account")
    return [check("properties", `${fixture.name}: the balance is the one that the host states`, () => balanceFaults(subject, fixture))];
  return [];
}

/** What answers in the place of a host, or refuses a key: none of it proves that the key is valid. */
function unprovenAnswers(protocol: string): { title: string; status: number; type: string; body: string }[] {
  const { body } = errorFormatOf(protocol);
  const type = "application/json";
  const refusal = { error: { code: "invalid_api_key", type: "authentication_error", message: "Incorrect API key provided" } };
  return [
    { title: "401", status: 401, type, body: body(401, "Incorrect API key provided") },
    { title: "200 with an error", status: 200, type, body: JSON.stringify(refusal) },
    { title: "200 with an error in the form of its protocol", status: 200, type, body: body(401, "Incorrect API key provided") },
    { title: "200 with the login page of a network", status: 200, type: "text/html", body: "<!doctype html><title>Log in</title>" },
    { title: "403 with the page of a proxy", status: 403, type: "text/html", body: "<!doctype html><title>Forbidden</title>" },
    { title: "200 with an empty object", status: 200, type, body: "{}" },
  ];
}

async function refusedKeyFaults(subject: TestedSubject, fixture: Fixture): Promise<string[]> {
  const faults: string[] = [];
  for (const { title, status, type, body } of unprovenAnswers(subject.protocol(fixture)))
    if (await provesKey(subject, fixture, { status, headers: { "content-type": type }, packets: [new TextEncoder().encode(body)] }))
      faults.push(`the host answers ${title} to every request, but check() says that the key works`);
  return faults;
}

async function provesKey(subject: TestedSubject, fixture: Fixture, answer: Parameters<typeof packetedResponse>[0]): Promise<boolean> {
  // A key that is exchanged for a token gets one, and the token is refused.
  const chat = new URL(fixture.exchanges.at(-1)?.url ?? "https://host.test").origin;
  const connection = subject.connection(fixture, {
    fetch: async (input) => {
      const { origin } = new URL(sentRequest(input, undefined).url);
      const token = origin === chat ? undefined : fixture.exchanges.find(({ url }) => new URL(url).origin === origin);
      return packetedResponse(
        token === undefined ? answer : { status: token.status, headers: token.responseHeaders, packets: [token.body] },
      );
    },
  });
  try {
    const verdict = await connection?.check();
    return verdict?.key === "valid" || verdict?.usable === true;
  } catch {
    // A failure does not say that the key is valid.
    return false;
  }
}

/** What hosts write under a page that is not the last one. */
const MORE: Readonly<Record<string, (value: unknown) => boolean>> = {
  has_more: (value) => value === true,
  hasMore: (value) => value === true,
  nextPageToken: (value) => typeof value === "string" && value !== "",
  next_page_token: (value) => typeof value === "string" && value !== "",
};

function pageFaults(fixture: Fixture): string[] {
  const last = json(fixture.exchanges.at(-1)?.body);
  const more = isObject(last) ? Object.keys(MORE).find((name) => MORE[name]?.(last[name]) === true) : undefined;
  return more === undefined
    ? []
    : [`${more} of the last exchange says that the list goes on, but the case has no exchange for the next page`];
}

async function balanceFaults(subject: TestedSubject, fixture: Fixture): Promise<string[]> {
  const [turn] = await play(subject, fixture, "generate", { fetch: memoryFetch(fixture.exchanges) });
  const balance = isObject(turn?.value) ? turn.value["balance"] : undefined;
  const amount = isObject(balance) ? balance["amount"] : undefined;
  if (typeof amount !== "number" || amount === 0) return [];
  const stated = fixture.exchanges.flatMap(({ body }) => numbersIn(json(body)));
  const isCents = stated.find(({ name, value }) => value === amount && /cents?$/i.test(name));
  if (isCents !== undefined) return [`${isCents.name} is read as a balance of ${amount}: a hundredth of it is meant`];
  const values = stated.map(({ value }) => value);
  // Some hosts state what was bought and what was used.
  const candidates = [...values, ...values.flatMap((a) => values.map((b) => a - b))];
  return candidates.some((value) => SCALES.some((scale) => Math.abs(value / scale - amount) < Math.abs(amount) * 1e-6))
    ? []
    : [`the balance is ${amount}, which no number of the answer and no difference of two numbers gives`];
}

/** Units in which hosts count money. A balance is never more than the number of the host. */
const SCALES: readonly number[] = [1, 100, 1000, 10_000, 1e6, 1e9];

function numbersIn(value: unknown, name = ""): { name: string; value: number }[] {
  if (Array.isArray(value)) return value.flatMap((item) => numbersIn(item, name));
  if (isObject(value)) return Object.entries(value).flatMap(([key, inner]) => numbersIn(inner, key));
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? [{ name, value: number }] : [];
}

function json(body: Uint8Array | undefined): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
}
