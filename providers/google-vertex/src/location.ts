import { endpoint, ownValue } from "@lumiverse/core/provider";

/** Regions whose host has its own form. Every other region is `https://<region>-aiplatform.googleapis.com`. */
const SPECIAL_ORIGINS: Readonly<Record<string, string>> = {
  global: "https://aiplatform.googleapis.com",
  us: "https://aiplatform.us.rep.googleapis.com",
  eu: "https://aiplatform.eu.rep.googleapis.com",
};

/** Regions that the vendor lists for Gemini. The setting accepts others too. https://cloud.google.com/vertex-ai/generative-ai/docs/learn/locations */
export const regions: readonly string[] = [
  "global",
  "us",
  "eu",
  "us-central1",
  "us-east1",
  "us-east4",
  "us-east5",
  "us-south1",
  "us-west1",
  "us-west4",
  "northamerica-northeast1",
  "southamerica-east1",
  "europe-central2",
  "europe-north1",
  "europe-southwest1",
  "europe-west1",
  "europe-west2",
  "europe-west3",
  "europe-west4",
  "europe-west6",
  "europe-west8",
  "europe-west9",
  "asia-east1",
  "asia-east2",
  "asia-northeast1",
  "asia-northeast3",
  "asia-south1",
  "asia-southeast1",
  "australia-southeast1",
  "me-central1",
  "me-central2",
  "me-west1",
];

/** New fields appear in v1beta1 first. A base URL that ends in `/v1` selects v1. */
const VERSION = "/v1beta1";

/** The origin that serves a region. */
export function originOf(region: string): string {
  return ownValue(SPECIAL_ORIGINS, region) ?? `https://${region}-aiplatform.googleapis.com`;
}

/** The base URL of a region, or the caller's own with a version. A pasted path of the API is cut back to its prefix. */
export function baseOf(baseURL: URL | undefined, region: string): URL {
  if (baseURL === undefined) return new URL(originOf(region) + VERSION);
  const url = new URL(baseURL);
  url.pathname = url.pathname.replace(/\/(?:projects|publishers)\/.*$/, "");
  return /\/v\d[a-z0-9]*$/.test(url.pathname) ? url : endpoint(url, VERSION);
}
