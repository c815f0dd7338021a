import { LumiverseError } from "./errors.ts";

/** Endpoint paths that people paste with the base, longest first. */
const ENDPOINT = /\/(?:chat\/completions|completions|responses|messages(?:\/count_tokens)?|embeddings|models(?:\/[^/]*)?)$/;

/**
 * The one place where a base URL is read. Understands what people paste: an endpoint's path, `/v1/v1`, a missing `/v1`, trailing slashes, a missing scheme.
 * A bare host, or the beginning of the provider's own path, gets that path whole (`/v1` where there is none).
 */
export function normaliseBase(input: string | URL, own?: string): URL {
  const text = String(input)
    .trim()
    .replace(/^["'<]+|["'>]+$/g, "")
    .replace(/^(https?):[\\/]*/i, "$1://");
  // A name without a dot is a machine of the local network, or a container.
  const local = /^(?:127\.|0\.0\.0\.0|\[|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|[^/:]+\.local\b|[^/:.]+(?:[:/]|$))/i.test(text);
  let url: URL;
  try {
    url = new URL(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `${local ? "http" : "https"}://${text}`);
  } catch {
    // Without its cause: that quotes the input, and the input may be a key in the wrong field.
    throw new LumiverseError({
      code: "configuration",
      field: "baseURL",
      message: "baseURL is not a URL",
      hint: "Write it like https://host.example/v1",
    });
  }
  if (url.protocol !== "https:" && url.protocol !== "http:")
    throw new LumiverseError({
      code: "configuration",
      field: "baseURL",
      message: `baseURL has the scheme ${url.protocol} but only http: and https: can be called`,
    });
  if (url.username !== "" || url.password !== "")
    throw new LumiverseError({
      code: "configuration",
      field: "baseURL",
      message: "baseURL holds a user name or password",
      hint: "Give the key as apiKey, or a header in headers",
    });
  url.hash = "";
  let path = url.pathname.replace(/\/{2,}/g, "/").replace(/\/+$/, "");
  for (let before = ""; before !== path; ) {
    before = path;
    path = path.replace(ENDPOINT, "").replace(/\/+$/, "");
  }
  path = path.replace(/(\/v\d+[a-z0-9]*)(?:\1)+$/, "$1");
  const whole = own === undefined ? "/v1" : new URL(own).pathname.replace(/\/+$/, "");
  if (path === "" || whole.startsWith(`${path}/`)) path = whole;
  url.pathname = path;
  return url;
}

/** An endpoint under a base. A query of the base (`?api-version=…`) stays. */
export function endpoint(base: URL, path: string): URL {
  const url = new URL(base);
  const [pathname = "", query] = path.split("?");
  url.pathname = url.pathname.replace(/\/+$/, "") + pathname;
  for (const [key, value] of new URLSearchParams(query)) url.searchParams.set(key, value);
  return url;
}
