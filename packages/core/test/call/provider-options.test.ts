import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import type { ChatRequest, ProviderOptions } from "../../src/index.ts";
import { defineSettings } from "../../src/settings/index.ts";
import { connectTo, errorOf, HI } from "../support/calls.ts";
import { type SampleSettings, sampleProvider } from "../support/sample-provider.ts";
import { serve, stream } from "../support/server.ts";

interface Settings extends SampleSettings {
  routing?: { sort?: "price" | "speed"; only?: string[] };
}
const validator = z.object({
  tone: z._default(z.string(), "plain"),
  routing: z.exactOptional(z.object({ sort: z.exactOptional(z.enum(["price", "speed"])), only: z.exactOptional(z.array(z.string())) })),
});

/** The sample provider with settings, and the settings that its route received. */
function withSettings(): { provider: typeof sampleProvider; seen: Settings[] } {
  const seen: Settings[] = [];
  const provider: typeof sampleProvider = {
    ...sampleProvider,
    settings: async () => defineSettings<SampleSettings>({ validator, schema: z.toJSONSchema(validator, { io: "input" }) }),
    route: (call) => {
      seen.push(call.settings);
      return sampleProvider.route(call);
    },
  };
  return { provider, seen };
}
// A caller without types can pass anything.
const options = (given: unknown): ChatRequest => ({ ...HI, providerOptions: given as ProviderOptions });

describe("providerOptions", () => {
  it("are laid over the connection's settings: objects merge, lists and values replace", async () => {
    const { provider, seen } = withSettings();
    const settings: Settings = { tone: "dry", routing: { sort: "price", only: ["a", "b"] } };
    const connection = connectTo("http://127.0.0.1:1", { settings }, provider);
    await connection.explain(options({ sample: { routing: { only: ["c"] } } }));
    expect(seen).toEqual([{ tone: "dry", routing: { sort: "price", only: ["c"] } }]);
  });

  it("apply to their own call alone", async () => {
    await using server = await serve((response) => stream(response));
    const { provider, seen } = withSettings();
    const connection = connectTo(server.url, { settings: { tone: "dry" } }, provider);
    await Promise.all([connection.generate(options({ sample: { tone: "warm" } })), connection.generate(HI)]);
    await connection.stream(HI).response();
    expect(seen.map(({ tone }) => tone).sort()).toEqual(["dry", "dry", "warm"]);
    expect(seen.at(-1)).toEqual({ tone: "dry" });
  });

  it("work on a connection without settings, and get the schema's defaults", async () => {
    const { provider, seen } = withSettings();
    await connectTo("http://127.0.0.1:1", {}, provider).explain(options({ sample: { routing: { sort: "speed" } } }));
    expect(seen).toEqual([{ tone: "plain", routing: { sort: "speed" } }]);
  });

  it("of other providers are ignored, whatever they hold", async () => {
    const { provider, seen } = withSettings();
    await connectTo("http://127.0.0.1:1", { settings: { tone: "dry" } }, provider).explain(options({ other: { tone: 7, nonsense: true } }));
    await connectTo("http://127.0.0.1:1").explain(options({ other: { tone: 7 } }));
    expect(seen).toEqual([{ tone: "dry" }]);
  });

  for (const [what, given, field, message] of [
    ["a wrong value", { tone: 7 }, "providerOptions.sample.tone", "sample: providerOptions.sample.tone: must be text"],
    ["an unknown setting", { tune: "dry" }, "providerOptions.sample.tune", "sample: providerOptions.sample.tune: there is no such setting"],
    ["something other than an object", "dry", "providerOptions.sample", "sample: providerOptions.sample is not an object of settings"],
  ] as const)
    it(`with ${what} are a configuration error that names the field, and nothing is sent`, async () => {
      const error = await errorOf(connectTo("http://127.0.0.1:1", {}, withSettings().provider).generate(options({ sample: given })));
      expect(error).toMatchObject({ code: "configuration", provider: "sample", field, message, attempts: [] });
    });

  it("do not hide which field is wrong when it is one of the connection's settings", async () => {
    const connection = connectTo("http://127.0.0.1:1", { settings: { tone: 7 } as never }, withSettings().provider);
    const error = await errorOf(connection.generate(options({ sample: { routing: {} } })));
    expect(error).toMatchObject({ field: "settings.tone", message: "sample: settings.tone: must be text" });
  });

  it("for a provider without settings are a configuration error", async () => {
    const error = await errorOf(connectTo("http://127.0.0.1:1").generate(options({ sample: { tone: "dry" } })));
    expect(error).toMatchObject({ code: "configuration", field: "providerOptions", message: "sample: sample has no settings" });
  });
});
