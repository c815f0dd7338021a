/** A package that is no provider is judged by the same suite: here one that wraps a connection, whole and careless. */
import { connect } from "@lumiverse/core";
import { describe, expect, it } from "vitest";
import { judge } from "../src/report.ts";
import type { Adapter } from "../src/subject.ts";
import { acme } from "./acme/provider.ts";
import { FIXTURES } from "./copies.ts";

const claims = { streaming: true, tools: true, temperature: true, maxOutputTokens: true };
const whole: Adapter = {
  id: "wrapped",
  claims,
  base: "https://api.acme.test/v1",
  connect: ({ fetch, baseURL, apiKey, timeouts, retry, limits }) =>
    connect(acme, {
      fetch,
      ...(baseURL === undefined ? {} : { baseURL }),
      ...(apiKey === undefined ? {} : { apiKey }),
      ...(timeouts === undefined ? {} : { timeouts }),
      ...(retry === undefined ? {} : { retry }),
      ...(limits === undefined ? {} : { limits }),
    }),
};

describe("an adapter", () => {
  it("passes what a provider passes, operations aside", async () => {
    const report = await judge(whole, { fixtures: FIXTURES, runs: 10 });
    expect(report.results.filter((result) => result.outcome === "failed")).toEqual([]);
    expect(report.passed).toBeGreaterThan(120);
  }, 60_000);

  it("passes also as two bare functions, whose streams say nothing but their events", async () => {
    const bare: Adapter = {
      ...whole,
      connect(options) {
        const talk = whole.connect(options);
        return { stream: (request) => only(talk.stream(request)), generate: (request) => talk.generate(request) };
      },
    };
    const report = await judge(bare, { fixtures: FIXTURES, runs: 5 }, ({ group }) => group === "faults" || group === "base URL");
    expect(report.results.filter((result) => result.outcome === "failed")).toEqual([]);
  }, 60_000);

  it("fails by the name of what it does wrong", async () => {
    const careless: Adapter = {
      ...whole,
      connect(options) {
        const talk = whole.connect({ ...options, retry: { attempts: 3 } });
        return {
          ...talk,
          async *stream(request) {
            try {
              yield* talk.stream(request);
            } catch {
              yield { type: "finish", reason: "stop" };
            }
          },
        };
      },
    };
    const report = await judge(
      careless,
      { fixtures: FIXTURES, runs: 5 },
      (check) => check.group === "faults" && /cut|error-|status-5/.test(check.name),
    );
    const failed = report.results.filter((result) => result.outcome === "failed").map((result) => result.name);
    for (const name of ["cut-after-content", "error-in-mid-stream", "error-first", "status-500"]) expect(failed).toContain(name);
  }, 60_000);
});

async function* only<T>(stream: AsyncIterable<T>): AsyncGenerator<T> {
  yield* stream;
}
