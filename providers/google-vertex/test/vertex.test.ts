import { connect } from "@lumiverse/core";
import type { Call, OperationContext, OperationResponse } from "@lumiverse/core/provider";
import { describe, expect, it } from "vitest";
import { originOf } from "../src/location.ts";
import { googleVertex } from "../src/provider.ts";
import { type GoogleVertexSettings, settings } from "../src/settings.ts";

const callOf = (given: GoogleVertexSettings = {}, baseURL?: string): Call<GoogleVertexSettings> => ({
  request: { model: "gemini-3.5-flash", messages: [] },
  settings: given as Partial<GoogleVertexSettings>,
  streaming: true,
  hasKey: true,
  account: { project: "pear-orchard" },
  policy: { unsupported: {}, replayScope: "own" },
  degradations: new Set(),
  ...(baseURL === undefined ? {} : { baseURL: new URL(baseURL) }),
});
const explained = async (
  given: GoogleVertexSettings,
  model = "gemini-3.5-flash",
  baseURL?: string,
): ReturnType<ReturnType<typeof connect>["explain"]> =>
  connect(googleVertex, { settings: { project: "pear-orchard", ...given }, ...(baseURL === undefined ? {} : { baseURL }) }).explain({
    model,
    messages: [{ role: "user", content: "hi" }],
  });

describe("the URL of a call", () => {
  it.each([
    ["global", "https://aiplatform.googleapis.com"],
    ["us", "https://aiplatform.us.rep.googleapis.com"],
    ["eu", "https://aiplatform.eu.rep.googleapis.com"],
    ["europe-west4", "https://europe-west4-aiplatform.googleapis.com"],
    ["constructor", "https://constructor-aiplatform.googleapis.com"],
  ])("in %s has the origin %s", (region, host) => {
    expect(originOf(region)).toBe(host);
  });

  it("contains the region, global by default, and the project", async () => {
    expect((await explained({})).url).toBe(
      "https://aiplatform.googleapis.com/v1beta1/projects/pear-orchard/locations/global/publishers/google/models/gemini-3.5-flash:streamGenerateContent?alt=sse",
    );
    expect((await explained({ region: "eu" })).url).toContain(
      "https://aiplatform.eu.rep.googleapis.com/v1beta1/projects/pear-orchard/locations/eu/",
    );
  });

  it("belongs to the vendor in every region", () => {
    expect(googleVertex.origins).toContain("https://us-central1-aiplatform.googleapis.com");
    expect(googleVertex.origins).toContain("https://aiplatform.eu.rep.googleapis.com");
  });

  it("has scheme, host, prefix and version of the caller's base URL", async () => {
    const path = "/projects/pear-orchard/locations/us-central1/publishers/google/models/gemini-3.5-flash:streamGenerateContent?alt=sse";
    const region = "us-central1";
    expect((await explained({ region }, undefined, "http://localhost:8080")).url).toBe(`http://localhost:8080/v1beta1${path}`);
    expect((await explained({ region }, undefined, "https://p.example/a/v1")).url).toBe(`https://p.example/a/v1${path}`);
    expect((await explained({ region }, undefined, "https://p.example/v1/projects/x/locations/y")).url).toBe(`https://p.example/v1${path}`);
  });

  it("accepts pasted ids, endpoints of tuned models and complete resource names", async () => {
    const location = "/projects/pear-orchard/locations/global";
    expect((await explained({}, "google/gemini-3.5-flash")).url).toContain(`${location}/publishers/google/models/gemini-3.5-flash:`);
    expect((await explained({}, "publishers/google/models/gemini-3.5-flash")).url).toContain(
      `${location}/publishers/google/models/gemini-3.5-flash:`,
    );
    expect((await explained({}, "endpoints/4321")).url).toContain(`${location}/endpoints/4321:`);
    expect((await explained({}, "projects/7/locations/us-east1/endpoints/4321")).url).toContain(
      "/v1beta1/projects/7/locations/us-east1/endpoints/4321:",
    );
  });

  it.each([
    ["../../../../projects/other", /\/publishers\/google\/models\/\.\.%2F\.\.%2F\.\.%2F\.\.%2Fprojects%2Fother:/],
    ["publishers/google/models/x:rawPredict", /\/models\/x%3ArawPredict:/],
    ["endpoints/1?a=b#c", /\/endpoints\/1%3Fa%3Db%23c:/],
  ])("reaches no other endpoint by the id %s", async (model, path) => {
    expect(new URL((await explained({}, model)).url).pathname).toMatch(path);
  });

  it.each(["..", "endpoints/../../x", "projects/7/../8/endpoints/1", "publishers//models/x"])("is not made of the id %j", async (model) => {
    await expect(explained({}, model)).rejects.toMatchObject({ code: "invalid-request", field: "model" });
  });

  it("needs a project", async () => {
    await expect(
      connect(googleVertex).explain({ model: "gemini-3.5-flash", messages: [{ role: "user", content: "hi" }] }),
    ).rejects.toMatchObject({
      code: "configuration",
      field: "settings.project",
    });
  });
});

describe("settings", () => {
  it("set the quota project and service tier as headers, and labels and safety in the body", async () => {
    const { headers, body } = await explained({
      quotaProject: "payer-project",
      serviceTier: "flex",
      labels: { team: "pears" },
      safety: { hateSpeech: "BLOCK_ONLY_HIGH" },
    });
    expect(headers).toMatchObject({ "x-goog-user-project": "payer-project", "x-vertex-ai-llm-shared-request-type": "flex" });
    expect(body).toMatchObject({
      labels: { team: "pears" },
      safetySettings: [{ category: "HARM_CATEGORY_HATE_SPEECH", threshold: "BLOCK_ONLY_HIGH" }],
    });
    expect((await explained({ serviceTier: "dedicated" })).headers["x-vertex-ai-llm-request-type"]).toBe("dedicated");
  });

  it("search the web without the Gemini API's flag, and not together with functions before Gemini 3", async () => {
    const connection = connect(googleVertex, { settings: { project: "pear-orchard", webSearch: true } });
    const request = { messages: [{ role: "user" as const, content: "hi" }], tools: [{ name: "roll" }] };
    const newer = await connection.explain({ model: "gemini-3.5-flash", ...request });
    expect(newer.body["tools"]).toContainEqual({ googleSearch: {} });
    expect(JSON.stringify(newer.body)).not.toContain("includeServerSideToolInvocations");
    const older = await connection.explain({ model: "gemini-2.5-flash", ...request });
    expect(older.body["tools"]).toHaveLength(1);
    expect(older.notes).toContainEqual(expect.objectContaining({ field: "settings.webSearch" }));
  });

  it("are refused when they do not exist or have a wrong value", () => {
    expect(settings.parse({ region: "europe-west4", project: "pear-orchard" })).toEqual({
      region: "europe-west4",
      project: "pear-orchard",
    });
    for (const wrong of [
      { region: "Frankfurt!" },
      { project: "-" },
      { regoin: "eu" },
      { safety: { civicIntegrity: "OFF" } },
      { serviceTier: "gold" },
    ])
      expect(() => settings.parse(wrong), JSON.stringify(wrong)).toThrow(/settings/);
  });

  it("have a title", () => {
    expect(settings.fields.map((field) => field.path)).toContain("safety.harassment");
    for (const field of settings.fields) expect(field.title, field.path).not.toBe(field.path);
  });
});

describe("operations", () => {
  const { base } = googleVertex.route(callOf({ region: "us-central1" }));
  const context: OperationContext<GoogleVertexSettings> = {
    base,
    settings: { region: "us-central1" },
    hasKey: true,
    account: { project: "pear-orchard" },
  };
  const response = (json: unknown, status = 200): OperationResponse => ({ status, headers: new Headers(), text: "", json, url: "" });

  it("the model list is read on v1beta1, without project and region", async () => {
    const list = (await googleVertex.operations()).models;
    expect(list?.request(context).url.href).toBe(
      "https://us-central1-aiplatform.googleapis.com/v1beta1/publishers/google/models?pageSize=100",
    );
    const older = googleVertex.route(callOf({}, "https://p.example/v1")).base;
    expect(list?.request({ ...context, base: older, page: { token: "t2" } }).url.href).toBe(
      "https://p.example/v1beta1/publishers/google/models?pageSize=100&pageToken=t2",
    );
  });

  it("the model list contains Gemini and Gemma with their launch stage", async () => {
    const publisherModels = [
      { name: "publishers/google/models/gemini-3.5-flash", launchStage: "GA" },
      { name: "publishers/google/models/gemini-3.1-pro-preview", launchStage: "PUBLIC_PREVIEW" },
      { name: "publishers/google/models/imagen-4", launchStage: "GA" },
      { name: "publishers/google/models/gemini-embedding-001", launchStage: "GA" },
    ];
    const { models } = await googleVertex.operations();
    const read = models?.parse({ ...response({ publisherModels, nextPageToken: "t2" }), context });
    expect(read?.next).toEqual({ token: "t2" });
    expect(read?.value.map(({ id, state }) => [id, state])).toEqual([
      ["gemini-3.5-flash", undefined],
      ["gemini-3.1-pro-preview", "preview"],
    ]);
  });

  it("the key check counts tokens, which is free", async () => {
    const { check } = await googleVertex.operations();
    expect(check.request(context).url.pathname).toMatch(
      /\/projects\/pear-orchard\/locations\/us-central1\/publishers\/google\/models\/[^/]+:countTokens$/,
    );
    expect(check.parse({ ...response({ totalTokens: 1 }), context })?.value).toMatchObject({ key: "valid" });
    expect(
      check.parse({ ...response({ error: { code: 401, status: "UNAUTHENTICATED", message: "m" } }, 401), context })?.value,
    ).toMatchObject({
      key: "invalid",
      usable: false,
    });
    const denied = { error: { code: 403, status: "PERMISSION_DENIED", message: "m", details: [{ reason: "IAM_PERMISSION_DENIED" }] } };
    expect(check.parse({ ...response(denied, 403), context })?.value).toMatchObject({
      key: "valid",
      usable: false,
      hint: expect.stringContaining("roles/aiplatform.user"),
    });
  });
});
