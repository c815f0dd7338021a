import { afterEach, describe, expect, it, vi } from "vitest";
import { connect, createRegistry, isLumiverseError, LumiverseError, register, registry } from "../src/index.ts";
import { CONTRACT, defineProvider } from "../src/provider.ts";
import { errorOf } from "./support/calls.ts";
import { sampleProvider } from "./support/sample-provider.ts";

const GLOBAL = Symbol.for("@lumiverse/registry/1");
afterEach(() => {
  delete (globalThis as { [GLOBAL]?: unknown })[GLOBAL];
  vi.resetModules();
});

describe("the registry", () => {
  it("is created when it is first used, not by an import", async () => {
    vi.resetModules();
    await import("../src/index.ts");
    expect(GLOBAL in globalThis).toBe(false);
    registry();
    expect(GLOBAL in globalThis).toBe(true);
  });

  it("finds a provider by its id", () => {
    register(sampleProvider);
    expect(connect("sample", { apiKey: "k-123456" }).provider).toBe(sampleProvider);
    expect(connect("sample").baseURL).toBe("https://api.sample.example/v1");
  });

  it("reports an unknown id with the command that installs it and the ids it knows", async () => {
    expect(await errorOf(() => connect("sample"))).toMatchObject({
      code: "configuration",
      message: 'the provider "sample" is not installed or not imported',
      hint: 'npm install @lumiverse/sample, then import "@lumiverse/sample"',
    });
    register(sampleProvider);
    const other: string = "groq";
    expect((await errorOf(() => connect(other))).message).toBe('the provider "groq" is not installed or not imported (here: sample)');
  });

  it("replaces a provider of the same id and version, so that a reload is not a conflict", () => {
    register(sampleProvider);
    const again = { ...sampleProvider, name: "Sample, reloaded" };
    register(again);
    expect(connect("sample").provider).toBe(again);
    expect(registry().list()).toEqual([again]);
  });

  it("reports two versions of one id at connect(), naming both, and not at import", async () => {
    register(sampleProvider);
    register({ ...sampleProvider, version: "2.0.0" });
    expect(registry().list()).toHaveLength(1);
    const error = await errorOf(() => connect("sample"));
    expect(error).toMatchObject({
      code: "configuration",
      hint: "Keep one of them: npm ls @lumiverse/sample shows which packages depend on it",
    });
    expect(error.message).toContain("1.2.3 and 2.0.0");
  });

  it("that an application creates is separate from the global one", () => {
    const own = createRegistry([sampleProvider]);
    expect(own.list()).toEqual([sampleProvider]);
    expect(registry().list()).toEqual([]);
    expect(connect(own.get("sample")).provider).toBe(sampleProvider);
  });

  it("lists providers by id", () => {
    const ids = ["zulu", "alpha", "mike"];
    expect(
      createRegistry(ids.map((id) => ({ ...sampleProvider, id })))
        .list()
        .map((one) => one.id),
    ).toEqual(["alpha", "mike", "zulu"]);
  });
});

describe("two copies of this package in one process", () => {
  it("share the registry, and each recognises the other's errors", async () => {
    vi.resetModules();
    const second = await import("../src/index.ts");
    expect(second.LumiverseError).not.toBe(LumiverseError);
    second.register(sampleProvider);
    expect(connect("sample").provider).toBe(sampleProvider);
    const [mine, theirs] = [
      new LumiverseError({ code: "server", message: "a" }),
      new second.LumiverseError({ code: "server", message: "b" }),
    ];
    expect(theirs).not.toBeInstanceOf(LumiverseError);
    expect([isLumiverseError(theirs), second.isLumiverseError(mine), isLumiverseError(mine)]).toEqual([true, true, true]);
    for (const other of [new Error("x"), null, undefined, "error", { code: "server" }]) expect(isLumiverseError(other)).toBe(false);
  });
});

describe("a provider", () => {
  it("built for a newer contract is refused with its name and version", async () => {
    expect(await errorOf(() => connect({ ...sampleProvider, contract: CONTRACT + 1 }))).toMatchObject({
      message: `sample 1.2.3 needs contract ${CONTRACT + 1}; this @lumiverse/core has ${CONTRACT}`,
      hint: "Update @lumiverse/core",
    });
  });
  it("keeps the contract that its package states", () => {
    expect(defineProvider({ ...sampleProvider, contract: CONTRACT + 1 }).contract).toBe(CONTRACT + 1);
  });

  it("without a base URL needs one from the caller", async () => {
    const { base: _, ...homeless } = sampleProvider;
    expect(await errorOf(() => connect(homeless))).toMatchObject({ field: "baseURL", message: "sample needs a baseURL" });
  });
  for (const id of ["Groq", "-a", "a--b", "a_b", "a/b", ""])
    it(`cannot have the id ${JSON.stringify(id)}, because ids are lower-case letters, digits and single hyphens`, () => {
      expect(() => defineProvider({ ...sampleProvider, id })).toThrow("is not lower-case letters");
    });
});
