import * as byName from "@lumiverse/core";
import { expect, it } from "vitest";
import * as byPath from "../src/index.ts";

it("core by its name is the source that the tests read, once: never a build beside it", () => {
  expect(byName.LumiverseError).toBe(byPath.LumiverseError);
  expect(byName.registry()).toBe(byPath.registry());
  expect(Object.keys(byName).sort()).toEqual(Object.keys(byPath).sort());
});
