import { endpoint } from "@lumiverse/core/provider";

/** The URL of a path outside the version of a base URL: `/props` below `http://localhost:8080/v1` is `http://localhost:8080/props`. */
export function outsideVersion(base: URL, path: string): URL {
  const root = new URL(base);
  root.pathname = root.pathname.replace(/\/v\d+\/?$/, "");
  return endpoint(root, path);
}
