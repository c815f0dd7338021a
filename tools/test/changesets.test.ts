import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { packagesWithoutChangeset } from "../src/changesets.ts";
import { publicPackages, root } from "../src/workspace.ts";

describe("changesets of changed APIs", () => {
  const before = new Map(publicPackages().map(({ manifest: { name, version } }) => [name, version ?? ""]));
  const changeset = '---\n"@lumiverse/core": minor\nlumiverse: patch\n---\n\nStreams have batches.\n';
  it("accept a changed API that a changeset names", () => {
    expect(packagesWithoutChangeset(["api/core.api.md", "api/lumiverse.api.md"], [changeset], before)).toEqual([]);
  });
  it("name each package whose change nobody described", () => {
    expect(
      packagesWithoutChangeset(["api/core.api.md", "api/groq.api.md", "api/create-lumiverse-provider.api.md"], [changeset], before),
    ).toEqual(["@lumiverse/groq", "create-lumiverse-provider"]);
  });
  it("are not missed once a release has used them up and raised the version", () => {
    const raised = new Map([...before, ["@lumiverse/groq", "0.0.0-before"]]);
    expect(packagesWithoutChangeset(["api/core.api.md", "api/groq.api.md"], [], raised)).toEqual(["@lumiverse/core"]);
  });
  it("do not take a mention in the text for a changeset", () => {
    expect(
      packagesWithoutChangeset(["api/groq.api.md"], ['---\n"@lumiverse/core": minor\n---\n\n@lumiverse/groq was not changed.\n'], before),
    ).toEqual(["@lumiverse/groq"]);
  });
});

describe("the first release", () => {
  it("begins a changelog for every published package", () => {
    const waiting = readdirSync(join(root, ".changeset")).filter((name) => name.endsWith(".md"));
    const named = waiting.map((name) => readFileSync(join(root, ".changeset", name), "utf8")).join("\n");
    const missing = publicPackages()
      .filter(({ folder, manifest }) => !existsSync(join(root, folder, "CHANGELOG.md")) && !named.includes(`"${manifest.name}": `))
      .map(({ manifest }) => manifest.name);
    expect(missing).toEqual([]);
  });
});
