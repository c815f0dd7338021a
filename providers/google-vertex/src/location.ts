import { endpoint } from "@lumiverse/core";

/** Places that are a host of their own kind; every other region is `https://<region>-aiplatform.googleapis.com`. There is no `global-aiplatform…`. */
const SPECIAL: Readonly<Record<string, string>> = {
  global: "https://aiplatform.googleapis.com",
  us: "https://aiplatform.us.rep.googleapis.com",
  eu: "https://aiplatform.eu.rep.googleapis.com",
};

/** Regions that the vendor lists for Gemini, for the form and for the origins that are its own. Any other can be written in. */
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

/** Preview fields appear here first, and every recorded Gemini exchange is of this version; a base URL that ends in `/v1` asks for that one. */
const VERSION = "/v1beta1";

export function hostOf(region: string): string {
  return (Object.hasOwn(SPECIAL, region) ? SPECIAL[region] : undefined) ?? `https://${region}-aiplatform.googleapis.com`;
}

/** Scheme, host and prefix may be another's; the version, project and region stay ours. A pasted path of the API is cut back to its prefix. */
export function baseOf(given: URL | undefined, region: string): URL {
  if (given === undefined) return new URL(hostOf(region) + VERSION);
  const url = new URL(given);
  url.pathname = url.pathname.replace(/\/(?:projects|publishers)\/.*$/, "");
  return /\/v\d[a-z0-9]*$/.test(url.pathname) ? url : endpoint(url, VERSION);
}
