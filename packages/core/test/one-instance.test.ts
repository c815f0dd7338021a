import * as byName from "@lumiverse/core";
import { expect, it } from "vitest";
import * as byPath from "../src/index.ts";

it("@lumiverse/core resolves to the sources that the tests import, loaded once", () => {
  expect(byName.LumiverseError).toBe(byPath.LumiverseError);
  expect(byName.registry()).toBe(byPath.registry());
  expect(Object.keys(byName).sort()).toEqual(Object.keys(byPath).sort());
});
