import { LumiverseError } from "@lumiverse/core";
import { expect, test } from "vitest";
import { LumiverseError as FromSource } from "../../packages/core/src/chat/errors.ts";

test("a package name and a source path load the same instance of core", () => {
  expect(LumiverseError).toBe(FromSource);
});
