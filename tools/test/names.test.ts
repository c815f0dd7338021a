import { expect, test } from "vitest";
import { exportedNames, memberNames, replacedNamesInPublicApi, replacedNamesInSources, replacement } from "../src/replaced-names.ts";

test("no file and no export of a published package has a private word as its name", () => {
  expect(replacedNamesInSources()).toEqual([]);
});
test("no public name and no member of a public type has a private word in it", () => {
  expect(replacedNamesInPublicApi()).toEqual([]);
});

test("a private word is found in a name in any case style", () => {
  expect(["Fold", "foldEvents", "response-fold", "FOLD_LIMIT", "SSEFold"].map((name) => replacement(name))).toEqual(
    Array.from({ length: 5 }, () => "ResponseBuilder, build"),
  );
});
test("a word that only contains a private word is allowed, and so is plain text", () => {
  expect(["folder", "replace", "industrial", "enrich", "sidewalk", "plainText"].filter((name) => replacement(name) !== undefined)).toEqual(
    [],
  );
});
test("a word that is a standard term in longer names is refused only as the whole name", () => {
  expect(["Line", "Exchange", "Claim"].map((name) => replacement(name))).toEqual(["RequestLifetime", "ChatCall", "CapabilityClaim"]);
  expect(["RequestLine", "tokenExchange", "CapabilityClaim"].filter((name) => replacement(name) !== undefined)).toEqual([]);
});
test("every form of export is read", () => {
  const code = `export const a = 1, b = 2; export function c() {} export class D {} export interface E {} export type F = string;
const g = 1; export { g, g as h }; export { i } from "./i.ts"; export * as j from "./j.ts"; export * from "./k.ts"; const l = 1;`;
  expect(exportedNames(code)).toEqual(["a", "b", "c", "D", "E", "F", "g", "h", "i", "j"]);
});
test("members of nested types are read", () => {
  expect(memberNames('export interface A { b: { "c-d"?: string }; e(): void }')).toEqual(["b", "c-d", "e"]);
});
