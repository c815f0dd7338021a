/** The suite also judges packages that are not providers. Here an adapter wraps a connection, first correctly and then with mistakes. */
import { connect } from "@lumiverse/core";
import { describe, expect, it } from "vitest";
import type { Adapter } from "../src/play/subject.ts";
import { judge } from "../src/report/report.ts";
import { acme } from "./acme/provider.ts";
import { FIXTURES } from "./temporary-cases.ts";

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
  it("passes every check that a provider passes, except operations", async () => {
    const report = await judge(whole, { fixtures: FIXTURES, runs: 10 });
    expect(report.results.filter((result) => result.outcome === "failed")).toEqual([]);
    expect(report.passed).toBeGreaterThan(120);
  }, 60_000);

  it("passes as two functions whose streams have events but no response()", async () => {
    const bare: Adapter = {
      ...whole,
      connect(options) {
        const client = whole.connect(options);
        return { stream: (request) => only(client.stream(request)), generate: (request) => client.generate(request) };
      },
    };
    const report = await judge(bare, { fixtures: FIXTURES, runs: 5 }, ({ group }) => group === "faults" || group === "base URL");
    expect(report.results.filter((result) => result.outcome === "failed")).toEqual([]);
  }, 60_000);

  it("fails the checks that name its mistakes", async () => {
    const careless: Adapter = {
      ...whole,
      connect(options) {
        const client = whole.connect({ ...options, retry: { attempts: 3 } });
        return {
          ...client,
          async *stream(request) {
            try {
              yield* client.stream(request);
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
