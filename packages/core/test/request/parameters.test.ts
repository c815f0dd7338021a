import { describe, expect, it } from "vitest";
import type { Note } from "../../src/index.ts";
import { mergeParameters } from "../../src/provider.ts";

describe("raw parameters", () => {
  const merge = (body: Record<string, unknown>, parameters: Record<string, unknown>) => {
    const notes: Note[] = [];
    mergeParameters(body, parameters, notes);
    return { body, notes: notes.map((note) => `${note.field}: ${note.message}`) };
  };
  it("merge objects deeply and replace arrays and scalars, with a note for each", () => {
    const { body, notes } = merge({ a: { b: 1, c: [1, 2] }, d: 1 }, { a: { c: [3], e: 5 }, d: { x: 1 }, f: null });
    expect(body).toEqual({ a: { b: 1, c: [3], e: 5 }, d: { x: 1 }, f: null });
    expect(notes).toEqual([
      "a.c: parameters.a.c replaced the request's own value.",
      "a.e: parameters.a.e was sent as given.",
      "d: parameters.d replaced the request's own value.",
      "f: parameters.f was sent as given.",
    ]);
  });
  it("change neither the caller's object nor a shared one", () => {
    const shared = Object.freeze({ b: 1 });
    const given = Object.freeze({ a: Object.freeze({ c: 2 }) });
    expect(merge({ a: shared }, given).body).toEqual({ a: { b: 1, c: 2 } });
  });
  it("cannot change a prototype", () => {
    const { body } = merge({ a: {} }, JSON.parse('{"__proto__":{"x":1},"a":{"__proto__":{"x":1},"constructor":{"prototype":{"x":1}}}}'));
    expect(JSON.stringify(body)).toBe('{"a":{}}');
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });
  it("are ignored when they are undefined", () => expect(merge({ a: 1 }, { a: undefined }).body).toEqual({ a: 1 }));
});
