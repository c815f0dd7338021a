import { afterEach, describe, expect, it, vi } from "vitest";
import { CONTRACT, connect, createRegistry, defineProvider, isLumiverseError, LumiverseError, register, registry } from "../src/index.ts";
import { failing } from "./ask.ts";
import { stranger } from "./stranger.ts";

const GLOBAL = Symbol.for("@lumiverse/registry/1");
afterEach(() => {
  delete (globalThis as { [GLOBAL]?: unknown })[GLOBAL];
  vi.resetModules();
});

describe("the registry", () => {
  it("is made when first used, never by an import", async () => {
    vi.resetModules();
    await import("../src/index.ts");
    expect(GLOBAL in globalThis).toBe(false);
    registry();
    expect(GLOBAL in globalThis).toBe(true);
  });

  it("knows a provider by its id", () => {
    register(stranger);
    expect(connect("stranger", { apiKey: "k-123456" }).provider).toBe(stranger);
    expect(connect("stranger").baseURL).toBe("https://api.stranger.example/v1");
  });

  it("an unknown id prints the command that installs it, and what is here", async () => {
    expect(await failing(() => connect("stranger"))).toMatchObject({
      code: "configuration",
      message: 'the provider "stranger" is not installed or not imported',
      hint: 'npm install @lumiverse/stranger, then import "@lumiverse/stranger"',
    });
    register(stranger);
    expect((await failing(() => connect("groq"))).message).toBe('the provider "groq" is not installed or not imported (here: stranger)');
  });

  it("the same id and version replaces: a reload is no conflict", () => {
    register(stranger);
    const again = { ...stranger, name: "Stranger, reloaded" };
    register(again);
    expect(connect("stranger").provider).toBe(again);
    expect(registry().list()).toEqual([again]);
  });

  it("different versions of one id are refused at connect, naming both, and not at import", async () => {
    register(stranger);
    register({ ...stranger, version: "2.0.0" });
    expect(registry().list()).toHaveLength(1);
    const error = await failing(() => connect("stranger"));
    expect(error).toMatchObject({ code: "configuration", hint: "Keep one: npm ls @lumiverse/stranger shows who brings them" });
    expect(error.message).toContain("1.2.3 and 2.0.0");
  });

  it("of one's own has nothing to do with the global one", () => {
    const own = createRegistry([stranger]);
    expect(own.list()).toEqual([stranger]);
    expect(registry().list()).toEqual([]);
    expect(connect(own.get("stranger")).provider).toBe(stranger);
  });

  it("lists by id", () => {
    const ids = ["zulu", "alpha", "mike"];
    expect(
      createRegistry(ids.map((id) => ({ ...stranger, id })))
        .list()
        .map((one) => one.id),
    ).toEqual(["alpha", "mike", "zulu"]);
  });
});

describe("two copies of this package in one process", () => {
  it("share the registry, and each knows the other's errors", async () => {
    vi.resetModules();
    const second = await import("../src/index.ts");
    expect(second.LumiverseError).not.toBe(LumiverseError);
    second.register(stranger);
    expect(connect("stranger").provider).toBe(stranger);
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
  it("made for a newer contract is refused by name", async () => {
    expect(await failing(() => connect({ ...stranger, contract: CONTRACT + 1 }))).toMatchObject({
      message: `stranger 1.2.3 is made for contract ${CONTRACT + 1}; this @lumiverse/core speaks ${CONTRACT}`,
      hint: "Update @lumiverse/core",
    });
  });
  it("keeps the contract that its package was made for, and has this one's where it names none", () => {
    const { contract: _, ...nameless } = stranger;
    expect(defineProvider({ ...nameless, contract: CONTRACT + 1 }).contract).toBe(CONTRACT + 1);
    expect(defineProvider(nameless).contract).toBe(CONTRACT);
  });

  it("without an address of its own needs one", async () => {
    const { base: _, ...homeless } = stranger;
    expect(await failing(() => connect(homeless))).toMatchObject({ field: "baseURL", message: "stranger needs a baseURL" });
  });
  for (const id of ["Groq", "-a", "a--b", "a_b", "a/b", ""])
    it(`has an id of lower-case letters, digits and single hyphens: ${JSON.stringify(id)} is none`, () => {
      expect(() => defineProvider({ ...stranger, id })).toThrow("is not lower-case letters");
    });
});
