import { describe, expect, it } from "vitest";
import { z as classic } from "zod";
import * as z from "zod/mini";
import type { JsonObject, JsonSchema } from "../../src/index.ts";
import { annotations, defineSettings, fieldsOf, type SettingAnnotations, type StandardSchema } from "../../src/settings/index.ts";
import { connectTo, errorOf, HI } from "../support/calls.ts";
import { sampleProviderWith } from "../support/sample-provider.ts";
import { serve, stream } from "../support/server.ts";

const setting = <T extends z.ZodMiniType>(schema: T, shown: SettingAnnotations): T => schema.check(z.meta(annotations(shown)));

const validator = z.object({
  routing: setting(
    z.optional(
      z.object({
        sort: setting(z._default(z.enum(["price", "speed"]), "price"), {
          title: "Sort by",
          order: 2,
          choices: { price: "Lowest price" },
        }),
        only: setting(z.optional(z.array(z.string())), { title: "Only these", help: "Upstreams by name." }),
      }),
    ),
    { title: "Routing", section: "Routing" },
  ),
  token: setting(z.optional(z.string()), { title: "Second token", secret: true, order: 1 }),
  size: setting(z.optional(z.int().check(z.minimum(1), z.maximum(9))), { title: "Size", condition: { path: "token", equals: "x" } }),
  bare: z._default(z.boolean(), false),
  headers: setting(z.optional(z.record(z.string(), z.string())), { title: "Headers" }),
  extra: setting(z.optional(z.unknown()), { title: "Extra" }),
});
const module = defineSettings({ validator, schema: z.toJSONSchema(validator, { io: "input" }) });

describe("migrations", () => {
  it("are part of the module, and their number is the version of the settings", () => {
    expect(module.migrations).toBeUndefined();
    const rename = ({ size, ...others }: JsonObject): JsonObject => (size === undefined ? others : { ...others, scale: size });
    const { migrations = [] } = defineSettings({ validator, schema: z.toJSONSchema(validator, { io: "input" }), migrations: [rename] });
    expect(migrations).toHaveLength(1);
    expect(migrations[0]?.({ size: 3, bare: true })).toEqual({ scale: 3, bare: true });
  });
});

describe("setting fields", () => {
  it("list every setting with what a form shows, sorted by order and then by position", () => {
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
      {
        path: "routing.only",
        type: "list",
        items: { type: "string" },
        title: "Only these",
        help: "Upstreams by name.",
        order: 1000,
        section: "Routing",
      },
      {
        path: "size",
        type: "number",
        integer: true,
        title: "Size",
        order: 1000,
        min: 1,
        max: 9,
        condition: { path: "token", equals: "x" },
      },
      { path: "bare", type: "boolean", title: "bare", order: 1000, default: false },
      { path: "headers", type: "record", items: { type: "string" }, title: "Headers", order: 1000 },
      { path: "extra", type: "json", title: "Extra", order: 1000 },
    ]);
  });

  const kind = (schema: JsonSchema): object | undefined => {
    const [field] = fieldsOf({ type: "object", properties: { one: schema } });
    const { path, title, order, ...others } = field ?? { path: "", title: "", order: 0 };
    return others;
  };
  const ab = [
    { value: "a", title: "The first" },
    { value: "b", title: "b" },
  ];
  const entry = { type: "object", properties: { name: { type: "string" }, weight: { type: "number", exclusiveMinimum: 0 } } };
  const entryFields = [
    { path: "name", type: "string", title: "name", order: 1000 },
    { path: "weight", type: "number", min: 0, title: "weight", order: 1000 },
  ];
  for (const [says, schema, expected] of [
    [
      "a whole number without limits, although zod writes the limits of safe integers",
      z.toJSONSchema(z.int()),
      { type: "number", integer: true },
    ],
    ["a choice among titled constants", { oneOf: [{ const: "a", title: "The first" }, { const: "b" }] }, { type: "choice", choices: ab }],
    ["a choice of one", { const: "a" }, { type: "choice", choices: [{ value: "a", title: "a" }] }],
    ["a list of choices", { type: "array", items: { enum: ["b"] } }, { type: "list", items: { type: "choice", choices: ab.slice(1) } }],
    ["a list of objects", { type: "array", items: entry }, { type: "list", items: { type: "object", fields: entryFields } }],
    [
      "a record of objects",
      { type: "object", additionalProperties: entry },
      { type: "record", items: { type: "object", fields: entryFields } },
    ],
    ["a text that may be null", { type: ["string", "null"] }, { type: "string" }],
    ["a text that may be null, as zod writes it", z.toJSONSchema(z.nullable(z.string())), { type: "string" }],
    ["a union of two types as JSON", { anyOf: [{ type: "string" }, { type: "number" }] }, { type: "json" }],
    ["a schema that allows everything as JSON", true as never, { type: "json" }],
  ] as const)
    it(`show ${says}`, () => expect(kind(schema as JsonSchema)).toEqual(expected));

  it("inherit the section of the object around them", () => {
    const schema = {
      properties: {
        outer: {
          ...annotations({ section: "Outer" }),
          properties: { inner: { properties: { deep: { type: "boolean", ...annotations({ title: "Deep", order: 3 }) } } } },
        },
      },
    };
    expect(fieldsOf(schema)).toEqual([{ path: "outer.inner.deep", type: "boolean", title: "Deep", order: 3, section: "Outer" }]);
  });
  it("are an empty list when there are no settings", () => expect(fieldsOf({ type: "object", properties: {} })).toEqual([]));
});

describe("annotations", () => {
  it("use JSON Schema keywords where they exist, and x-lumiverse for the rest", () => {
    expect(annotations({ title: "T", help: "H", order: 1, secret: true })).toEqual({
      title: "T",
      description: "H",
      "x-lumiverse": { order: 1, secret: true },
    });
    expect(annotations({ title: "T" })).toEqual({ title: "T" });
  });
});

describe("given settings", () => {
  it("are returned with defaults filled in when they are valid", () => {
    const valid = { routing: { sort: "price" }, bare: false, headers: { "x-a": "1" } };
    expect(module.parse({ routing: {}, headers: { "x-a": "1" } })).toEqual(valid);
    expect(module.validate({ routing: {}, headers: { "x-a": "1" } })).toEqual({ value: valid });
  });
  for (const [given, field, message] of [
    [{ routing: { sort: "luck" } }, "settings.routing.sort", 'settings.routing.sort: must be one of "price", "speed"'],
    [{ size: 12 }, "settings.size", "settings.size: must be a whole number from 1 to 9"],
    [{ size: 1.5, bare: "yes" }, "settings.size", "settings.size: must be a whole number from 1 to 9 (and 1 more)"],
    [{ headers: { "x-a": 1 } }, "settings.headers.x-a", "settings.headers.x-a: must be text"],
    [{ routing: { only: ["a", 7] } }, "settings.routing.only.1", "settings.routing.only.1: must be text"],
    [{ tokn: "x" }, "settings.tokn", "settings.tokn: there is no such setting"],
    [{ routing: { order: [] } }, "settings.routing.order", "settings.routing.order: there is no such setting"],
    ["text", "settings", "settings: must be an object"],
  ] as const)
    it(`are refused with the path of what is wrong: ${JSON.stringify(given)}`, async () => {
      const error = await errorOf(() => module.parse(given));
      expect(error).toMatchObject({ code: "configuration", field, message, retryable: false });
    });
  it("are treated as absent when they are undefined", () => expect(module.parse({ tokn: undefined })).toEqual({ bare: false }));

  it("are validated completely, so that every problem is listed", () => {
    expect(module.validate({ routing: { sort: "luck" }, size: 0, token: 1 })).toEqual({
      issues: [
        { path: "routing.sort", message: 'must be one of "price", "speed"' },
        { path: "token", message: "must be text" },
        { path: "size", message: "must be a whole number from 1 to 9" },
      ],
    });
    expect(module.validate({ tokn: "x", routing: { order: [] }, bare: true })).toEqual({
      issues: [
        { path: "tokn", message: "there is no such setting" },
        { path: "routing.order", message: "there is no such setting" },
      ],
    });
  });

  for (const [says, schema, given, message] of [
    ["a text that is too short", z.string().check(z.minLength(1)), "", "must be text that is not empty"],
    ["a text that is too long", z.string().check(z.minLength(2), z.maxLength(3)), "long", "must be text of 2 to 3 characters"],
    ["a text of another length", z.string().check(z.length(2)), "DEU", "must be text of 2 characters"],
    ["a list that is too short", z.array(z.string()).check(z.minLength(2)), ["a"], "must be a list of at least 2 entries"],
    ["another number than those listed", z.literal([1, 2]), 3, "must be one of 1, 2"],
    ["a list that is too long", z.array(z.string()).check(z.maxLength(1)), ["a", "b"], "must be a list of at most 1 entry"],
    ["a number that is too low", z.number().check(z.minimum(0)), -1, "must be a number of at least 0"],
    ["a number at a limit that is excluded", z.number().check(z.positive(), z.maximum(5)), 0, "must be a number above 0 and of at most 5"],
    ["a fraction", z.int(), 1.5, "must be a whole number"],
    ["text instead of a number", z.number(), "1", "must be a number"],
    ["text instead of a flag", z.boolean(), "yes", "must be true or false"],
    ["another value than the only one", z.literal("a"), "b", 'must be "a"'],
    ["nothing where something is needed", z.string(), undefined, "is required"],
    ["a pattern, in the validator's own words", z.string().check(z.regex(/^a/, "must start with a")), "b", "must start with a"],
    ["a rule of its own, in the validator's own words", z.string().check(z.refine(() => false, "must be lucky")), "b", "must be lucky"],
  ] as const)
    it(`that hold ${says} are answered with what is expected`, () => {
      const one = z.object({ one: schema });
      expect(defineSettings<unknown>({ validator: one, schema: z.toJSONSchema(one) }).validate({ one: given })).toEqual({
        issues: [{ path: "one", message }],
      });
    });

  it("are refused for an unknown key inside a list, and for one that a strict validator reports", () => {
    const entries = z.object({ list: z.array(z.object({ name: z.string() })) });
    const loose = defineSettings({ validator: entries, schema: z.toJSONSchema(entries) });
    expect(loose.validate({ list: [{ name: "a" }, { name: "b", nam: "c" }] }).issues).toEqual([
      { path: "list.1.nam", message: "there is no such setting" },
    ]);
    const strict = z.strictObject({ inner: z.strictObject({ a: z.optional(z.string()) }) });
    expect(defineSettings({ validator: strict, schema: z.toJSONSchema(strict) }).validate({ inner: { b: 1, c: 2 } }).issues).toEqual([
      { path: "inner.b", message: "there is no such setting" },
      { path: "inner.c", message: "there is no such setting" },
    ]);
  });
});

describe("a validator", () => {
  const schema = { type: "object", properties: { tone: { type: "string" } }, additionalProperties: false };
  const by = (validate: StandardSchema<{ tone: string }>["~standard"]["validate"]): StandardSchema<{ tone: string }> => ({
    "~standard": { version: 1, vendor: "own", validate },
  });
  it("may be written by hand", async () => {
    const own = defineSettings({
      schema,
      validator: by((value) =>
        typeof value === "object" && value !== null && "tone" in value && typeof value.tone === "string"
          ? { value: { tone: value.tone } }
          : { issues: [{ message: "wrong", path: [{ key: "tone" }] }] },
      ),
    });
    expect(own.parse({ tone: "dry" })).toEqual({ tone: "dry" });
    expect((await errorOf(() => own.parse({ tone: 1 }))).message).toBe("settings.tone: must be text");
    expect(own.fields).toEqual([{ path: "tone", type: "string", title: "tone", order: 1000 }]);
  });
  it("may be of another library", () => {
    const other = classic.strictObject({ tone: classic.string().default("plain") });
    expect(defineSettings({ validator: other, schema: classic.toJSONSchema(other, { io: "input" }) }).parse({})).toEqual({ tone: "plain" });
  });
  for (const [says, promise] of [
    ["a promise", () => Promise.resolve({ value: { tone: "dry" } })],
    ["a promise that fails", () => Promise.reject(new Error("later"))],
  ] as const)
    it(`that returns ${says} is a configuration error, because settings are read synchronously`, async () => {
      const error = await errorOf(() => defineSettings({ schema, validator: by(promise) }).parse({ tone: "dry" }));
      expect(error).toMatchObject({ code: "configuration", field: "settings" });
      expect(error.message).toContain("asynchronously");
    });
  it("that fails without an issue is still an error", async () => {
    const error = await errorOf(() => defineSettings({ schema, validator: by(() => ({ issues: [] })) }).parse({ tone: "dry" }));
    expect(error).toMatchObject({ code: "configuration", message: "settings: not valid" });
  });
});

describe("a connection's settings", () => {
  it("are loaded only when some are given, and reach the route parsed", async () => {
    await using server = await serve((response) => stream(response));
    let loaded = 0;
    const seen: unknown[] = [];
    const base = sampleProviderWith({});
    const provider = {
      ...base,
      settings: async () => {
        loaded++;
        const tone = z.object({ tone: z._default(z.string(), "plain") });
        return defineSettings({ validator: tone, schema: z.toJSONSchema(tone, { io: "input" }) });
      },
      route: (call: Parameters<typeof base.route>[0]) => {
        seen.push(call.settings);
        return base.route(call);
      },
    };
    await connectTo(server.url, {}, provider).generate(HI);
    expect([loaded, seen]).toEqual([0, [{}]]);
    const connection = connectTo(server.url, { settings: {} }, provider);
    await connection.generate(HI);
    await connection.generate(HI);
    expect([loaded, seen.at(-1)]).toEqual([1, { tone: "plain" }]);
    // A caller without types can pass it.
    const wrong = await errorOf(connectTo(server.url, { settings: { tone: 7 } as never }, provider).generate(HI));
    expect(wrong).toMatchObject({ code: "configuration", provider: "sample", field: "settings.tone", attempts: [] });
  });

  it("are refused when the provider has none", async () => {
    expect((await errorOf(connectTo("http://127.0.0.1:1", { settings: { tone: "x" } }).generate(HI))).message).toBe(
      "sample: sample has no settings",
    );
  });
});
