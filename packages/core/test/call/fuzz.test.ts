import fc from "fast-check";
import { expect, it } from "vitest";
import { type ChatRequest, isLumiverseError } from "../../src/index.ts";
import { connectTo, HI } from "../support/calls.ts";
import { sampleProviderWith } from "../support/sample-provider.ts";
import { HELLO } from "../support/server.ts";

const odd = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom<unknown>(undefined, null, {}, [], "", "constructor", "__proto__", Number.NaN, -1),
);
const word = fc.constantFrom(
  "text",
  "image",
  "audio",
  "file",
  "reasoning",
  "tool-call",
  "tool-result",
  "source",
  "opaque",
  "constructor",
  "image_url",
);
const replay = fc.oneof(
  odd,
  fc.record({ origin: fc.oneof(odd, fc.record({ provider: odd, protocol: odd, model: odd, scope: odd })), data: odd }),
);
const part = fc.oneof(
  odd,
  fc.record(
    {
      type: word,
      text: odd,
      id: odd,
      name: odd,
      arguments: odd,
      content: odd,
      url: odd,
      data: odd,
      mediaType: odd,
      kind: odd,
      replay,
      isError: odd,
      start: odd,
    },
    { requiredKeys: ["type"] },
  ),
  // Close to a valid part, so that the fuzz reaches what comes behind the checks.
  fc.record({
    type: word,
    text: fc.string(),
    id: fc.string(),
    name: fc.string(),
    arguments: fc.string(),
    content: fc.oneof(fc.string(), fc.array(odd)),
    url: fc.string(),
    kind: fc.string(),
  }),
);
const role = fc.constantFrom("system", "user", "assistant", "tool", "developer", "constructor");
const message = fc.oneof(
  odd,
  fc.record(
    { role, content: fc.oneof(odd, fc.string(), fc.array(part, { maxLength: 3 })), version: odd, replay },
    { requiredKeys: ["role", "content"] },
  ),
);
const tool = fc.oneof(odd, fc.record({ name: odd, parameters: odd, description: odd, strict: odd }), fc.record({ hosted: odd }));
const fields = {
  model: fc.oneof(odd, fc.constant("m-1")),
  messages: fc.oneof(odd, fc.array(message, { maxLength: 4 })),
  tools: fc.oneof(odd, fc.array(tool, { maxLength: 2 })),
  toolChoice: odd,
  output: fc.oneof(odd, fc.record({ schema: odd, name: odd, strict: odd, validate: odd })),
  reasoning: odd,
  stop: odd,
  temperature: odd,
  cache: odd,
  prefill: odd,
  providerOptions: fc.oneof(odd, fc.record({ sample: odd })),
  parameters: odd,
  signal: odd,
  timeouts: odd,
  headers: odd,
};
const request = fc.oneof(
  odd,
  fc.record(fields, { requiredKeys: ["model", "messages"] }),
  // One or two odd fields in a request that is otherwise right.
  ...Object.entries(fields).map(([name, value]) => value.map((given: unknown) => ({ ...HI, [name]: given }))),
);

it("no JSON value as a request makes explain(), stream() or generate() throw anything but a LumiverseError", async () => {
  const provider = sampleProviderWith({
    capabilities: { "input.image": false, temperature: [0, 1], reasoning: ["low"], "output.schema": false, prefill: false },
  });
  const connection = connectTo("https://api.sample.example/v1", { retry: false, fetch: async () => new Response(HELLO) }, provider);
  let accepted = 0;
  await fc.assert(
    fc.asyncProperty(request, async (given) => {
      // A caller without types can pass anything.
      const asked = given as ChatRequest;
      for (const start of [
        () => connection.explain(asked),
        () => connection.stream(asked).response(),
        () => connection.generate(asked),
        () => connection.countTokens(asked),
      ])
        await start().then(
          () => accepted++,
          (error: unknown) => {
            if (!isLumiverseError(error)) throw error;
            if (error.cause instanceof TypeError || error.cause instanceof RangeError) throw error;
            expect(error.message).not.toContain("the answer could not be read");
          },
        );
    }),
    { numRuns: 400 },
  );
  expect(accepted).toBeGreaterThan(0);
});

it("a message that is nearly right is either sent or refused by its path", async () => {
  const connection = connectTo("http://127.0.0.1:1");
  await fc.assert(
    fc.asyncProperty(fc.array(message, { maxLength: 4 }), async (more) => {
      const asked = { ...HI, messages: [...HI.messages, ...more] } as unknown as ChatRequest;
      const error = await connection.explain(asked).then(
        () => undefined,
        (cause: unknown) => cause,
      );
      if (error === undefined) return;
      expect(isLumiverseError(error) && error.field).toMatch(/^messages\[\d+\]/);
    }),
    { numRuns: 400 },
  );
});
