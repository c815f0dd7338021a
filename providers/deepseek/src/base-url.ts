import { endpoint } from "@lumiverse/core/provider";

/** A path below the host's root. `/v1` is an alias of the root, and `/beta` and the endpoint of the account are next to it. */
export function atRoot(base: URL, path: string): URL {
  const root = new URL(base);
  root.pathname = root.pathname.replace(/\/(?:v\d+|beta)?\/?$/, "");
  return endpoint(root, path);
}
