/** The fuzzer finds faults that are put into a reader, and repeats an input from its seed and number. */
import { LumiverseError } from "@lumiverse/core/provider";
import { expect, test } from "vitest";
import { inputOf, runInput } from "../src/fuzz/fuzz.ts";
import { growthsOf, measureGrowth } from "../src/fuzz/growth.ts";
import type { Answer } from "../src/fuzz/mutate-answer.ts";
import { faultsOf } from "../src/fuzz/oracle.ts";
import { findSecret, KEY, plantedSecrets, spellings } from "../src/fuzz/planted-secrets.ts";
import type { Seen, Subject } from "../src/fuzz/subjects.ts";

const encoder = new TextEncoder();
const ANSWER: Answer = {
  status: 200,
  headers: { "content-type": "application/json" },
  body: encoder.encode(JSON.stringify({ id: "a", error: { message: "no", code: 7 }, list: [{ text: "one" }, { text: "two" }] })),
};

/** A reader made of one function over the text of its answer. */
function subject(read: (text: string, seen: Seen) => void): Subject {
  return {
    name: "sample",
    answers: [ANSWER],
    others: [],
    signs: false,
    async run({ answers, seen }) {
      seen.secrets.push(KEY);
      read(new TextDecoder().decode(answers[0]?.body), seen);
    },
  };
}
async function kindsIn(read: (text: string, seen: Seen) => void, inputs = 600): Promise<string[]> {
  const kinds = new Set<string>();
  for (let input = 0; input < inputs; input++) for (const { kind } of await runInput([subject(read)], 3, input)) kinds.add(kind);
  return [...kinds];
}

test("a reader that fails with typed errors and shows nothing has no faults", async () => {
  const refuse = (): never => {
    throw new LumiverseError({ code: "malformed-response", message: "it is not valid" });
  };
  expect(await kindsIn(refuse)).toEqual([]);
});
test("a reader that trusts the shape of JSON is found", async () => {
  expect(await kindsIn((text) => void JSON.parse(text).list.map((one: { text: string }) => one.text.trim()))).toEqual(["untyped error"]);
});
test("a message that repeats the key is found", async () => {
  const quote = (text: string): never => {
    throw new LumiverseError({ code: "server", message: text });
  };
  expect(await kindsIn(quote)).toEqual(["secret"]);
});
test("every spelling of every secret is found, and other texts are not", () => {
  for (const secret of plantedSecrets)
    for (const text of spellings(secret)) expect(findSecret(`before ${text} after`, [secret]), text).toBeDefined();
  expect(findSecret("Incorrect API key provided: [key]", plantedSecrets)).toBeUndefined();
});
test("the text of the model may hold a secret", () => {
  const seen: Seen = { events: [{ type: "text", index: 0, text: KEY }], observations: [], secrets: [KEY] };
  expect(faultsOf(seen)).toEqual([]);
});
test("a number and a seed repeat an input, and another seed gives another one", () => {
  const subjects = [subject(() => {})];
  const bodyOf = (seed: number): string =>
    inputOf(subjects, seed, 11)
      .answers.map(({ body }) => body.join())
      .join();
  expect(bodyOf(5)).toBe(bodyOf(5));
  expect(bodyOf(5)).not.toBe(bodyOf(6));
});
test("quadratic reading is found and linear reading is not", async () => {
  const growth = growthsOf(ANSWER).find(({ name }) => name === "error.message of blanks") ?? expect.fail();
  const linear = subject((text) => void JSON.parse(text));
  const quadratic = subject((text) => void /\s+$/.exec(JSON.parse(text).error.message));
  expect(await measureGrowth(linear, growth)).toBeUndefined();
  expect(await measureGrowth(quadratic, growth)).toMatchObject({ growth: "error.message of blanks" });
});
