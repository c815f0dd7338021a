import type { JsonObject } from "@lumiverse/core/provider";
import { describe, expect, it } from "vitest";
import { acceptSchema, compileSchema } from "../src/schema/compiler.ts";

/** A `Map` that counts what is put into it. */
class Kept extends Map<string, unknown> {
  compiled = 0;
  override set(key: string, value: unknown): this {
    this.compiled++;
    return super.set(key, value);
  }
}
const schema = (): JsonObject => ({ type: "object", properties: { "a b": { type: "string", minLength: 2 }, list: { type: "array" } } });

describe("a compiled schema", () => {
  it("is compiled once for each text and target", () => {
    const kept = new Kept();
    for (let call = 0; call < 3; call++)
      for (const target of ["openai-strict", "anthropic", { omit: ["minLength"] }] as const)
        expect(compileSchema(schema(), target, kept)).toEqual(compileSchema(schema(), target));
    expect(kept.compiled).toBe(3);
  });

  it("is accepted once for each vendor and use, with the names that were changed", () => {
    const kept = new Kept();
    for (let call = 0; call < 3; call++)
      for (const vendor of ["openai", "anthropic", "gemini"] as const) {
        const { names, ...accepted } = acceptSchema(schema(), vendor, "tool", { kept });
        const { names: plainNames, ...plain } = acceptSchema(schema(), vendor, "tool");
        expect(accepted).toEqual(plain);
        expect(names?.encode('{"a b":1}')).toBe(plainNames?.encode('{"a b":1}'));
      }
    expect(kept.compiled).toBe(3);
  });

  it("belongs to its call: what one call changes, no other call sees", () => {
    const kept = new Kept();
    for (let call = 0; call < 3; call++) {
      const { schema: compiled } = compileSchema(schema(), "openai-strict", kept);
      expect(compiled["properties"]).toHaveProperty("list");
      compiled["properties"] = {};
    }
  });

  it("follows a schema that its owner changes between calls", () => {
    const kept = new Kept();
    const given = schema();
    compileSchema(given, "openai-strict", kept);
    given["properties"] = { other: { type: "number" } };
    expect(compileSchema(given, "openai-strict", kept)).toEqual(compileSchema(given, "openai-strict"));
  });

  it("is compiled anew when it contains itself", () => {
    const kept = new Kept();
    const given = schema();
    given["properties"] = { again: given };
    expect(compileSchema(given, "anthropic", kept)).toEqual(compileSchema(given, "anthropic"));
    expect(kept.compiled).toBe(0);
  });
});
