import { LumiverseError } from "@lumiverse/core";
import { expect, test } from "vitest";
import { LumiverseError as FromSource } from "../../packages/core/src/errors.ts";

test("a package name and a source path lead to one and the same instance of core, without a build", () => {
  expect(LumiverseError).toBe(FromSource);
});
