import { describe, expect, it } from "vitest";
import { defineSettings, z } from "../src/settings.ts";
import { failing, HI, to } from "./ask.ts";
import { serve, stream } from "./server.ts";
import { strangerWith } from "./stranger.ts";

const module = defineSettings(
  z.object({
    routing: z
      .object({
        sort: z
          .enum(["price", "speed"])
          .default("price")
          .meta({ title: "Sort by", order: 2, choices: { price: "Lowest price" } }),
        only: z.array(z.string()).optional().meta({ title: "Only these", help: "Upstreams by name." }),
      })
      .optional()
      .meta({ title: "Routing", section: "Routing" }),
    token: z.string().optional().meta({ title: "Second token", secret: true, order: 1 }),
    size: z
      .number()
      .int()
      .min(1)
      .max(9)
      .optional()
      .meta({ title: "Size", condition: { path: "token", equals: "x" } }),
    bare: z.boolean().default(false),
    headers: z.record(z.string(), z.string()).optional().meta({ title: "Headers" }),
    extra: z.unknown().optional().meta({ title: "Extra" }),
  }),
);

describe("settings as a form", () => {
  it("list every field with what a form shows of it, by order and then as written", () => {
    expect(module.fields).toEqual([
      { path: "token", type: "string", title: "Second token", order: 1, secret: true },
      {
        path: "routing.sort",
        type: "choice",
        title: "Sort by",
        order: 2,
        section: "Routing",
        default: "price",
        choices: [
          { value: "price", title: "Lowest price" },
          { value: "speed", title: "speed" },
        ],
      },
      { path: "routing.only", type: "list", title: "Only these", help: "Upstreams by name.", order: 1000, section: "Routing" },
      { path: "size", type: "number", title: "Size", order: 1000, min: 1, max: 9, condition: { path: "token", equals: "x" } },
      { path: "bare", type: "boolean", title: "bare", order: 1000, default: false },
      { path: "headers", type: "record", title: "Headers", order: 1000 },
      { path: "extra", type: "json", title: "Extra", order: 1000 },
    ]);
  });
});

describe("settings as given", () => {
  it("come back valid, with defaults filled in", () => {
    expect(module.parse({ routing: {}, headers: { "x-a": "1" } })).toEqual({
      routing: { sort: "price" },
      bare: false,
      headers: { "x-a": "1" },
    });
  });
  for (const [given, field, says] of [
    [{ routing: { sort: "luck" } }, "settings.routing.sort", "settings.routing.sort: "],
    [{ size: 12 }, "settings.size", "settings.size: "],
    [{ size: 1.5, bare: "yes" }, "settings.size", "(and 1 more)"],
    [{ tokn: "x" }, "settings.tokn", "settings.tokn: there is no such setting"],
    [{ routing: { order: [] } }, "settings.routing.order", "settings.routing.order: there is no such setting"],
    ["text", "settings", "settings: "],
  ] as const)
    it(`that are wrong are refused by their path: ${JSON.stringify(given)}`, async () => {
      const error = await failing(() => module.parse(given));
      expect(error).toMatchObject({ code: "configuration", field, retryable: false });
      expect(error.message).toContain(says);
    });
  it("that are undefined are none", () => expect(module.parse({ tokn: undefined })).toEqual({ bare: false }));
});

describe("settings of a connection", () => {
  it("are loaded when given, and reach the route parsed", async () => {
    await using server = await serve((response) => stream(response));
    let loaded = 0;
    const seen: unknown[] = [];
    const base = strangerWith({});
    const provider = {
      ...base,
      settings: async () => {
        loaded++;
        return defineSettings(z.object({ tone: z.string().default("plain") }));
      },
      route: (call: Parameters<typeof base.route>[0]) => {
        seen.push(call.settings);
        return base.route(call);
      },
    };
    await to(server.url, {}, provider).generate(HI);
    expect([loaded, seen]).toEqual([0, [{}]]);
    const connection = to(server.url, { settings: {} }, provider);
    await connection.generate(HI);
    await connection.generate(HI);
    expect([loaded, seen.at(-1)]).toEqual([1, { tone: "plain" }]);
    // What a caller without types can hand in.
    const wrong = await failing(to(server.url, { settings: { tone: 7 } as never }, provider).generate(HI));
    expect(wrong).toMatchObject({ code: "configuration", provider: "stranger", field: "settings.tone", attempts: [] });
  });

  it("of a provider that has none are refused", async () => {
    expect((await failing(to("http://127.0.0.1:1", { settings: { tone: "x" } }).generate(HI))).message).toBe(
      "stranger: stranger has no settings",
    );
  });
});
