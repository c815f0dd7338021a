import { describe, expect, test } from "vitest";
import { manifestProblems } from "../src/packed-manifest.ts";
import { type Manifest, readManifest } from "../src/workspace.ts";

/** A package of this repository with the ranges that packing writes. */
const packed: Manifest = {
  ...readManifest("providers/groq"),
  dependencies: { "@lumiverse/protocols": "^1.0.0", zod: "^4.6.7" },
  peerDependencies: { "@lumiverse/core": ">=1.0.0-next.0 <2" },
};

describe("a packed package.json", () => {
  test("with ranges that a registry knows and no script at installation is fine", () => {
    expect(manifestProblems(packed)).toEqual([]);
  });
  test.each(["preinstall", "install", "postinstall", "prepare"])("must not run the script %s at installation", (script) => {
    expect(manifestProblems({ ...packed, scripts: { ...packed.scripts, [script]: "node setup.js" } })).toEqual([
      `the script "${script}" runs when somebody installs the package`,
    ]);
  });
  test.each(["workspace:^", "catalog:", "link:../core", "file:core.tgz", "git+https://example.com/core.git"])(
    "must not have the range %s",
    (range) => {
      for (const field of ["dependencies", "peerDependencies", "optionalDependencies"] as const)
        expect(manifestProblems({ ...packed, [field]: { "@lumiverse/core": range } })).toEqual([
          `the range "${range}" of @lumiverse/core is none that a registry knows`,
        ]);
    },
  );
  test.each(["license", "homepage", "bugs", "repository", "engines"] as const)("must state %s", (field) => {
    expect(manifestProblems({ ...packed, [field]: undefined })).toEqual([`"${field}" is missing`]);
  });
});
