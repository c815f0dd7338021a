/** Pages of other sites must not use the admin API with the person's cookie. */
import type { MiddlewareHandler } from "hono";
import { AdminError } from "./errors.ts";

/** Refuses requests that a page of another origin started. Programs send neither header. */
export const sameOrigin: MiddlewareHandler = async ({ req }, next) => {
  const origin = req.header("origin");
  const site = req.header("sec-fetch-site");
  const isForeign =
    (origin !== undefined && URL.parse(origin)?.host !== req.header("host")) ||
    (site !== undefined && site !== "same-origin" && site !== "none");
  if (isForeign) throw new AdminError(403, { code: "forbidden", message: "pages of other sites cannot use the admin API" });
  // A form or a text of a foreign page needs no permission of the browser; JSON does.
  if (req.method !== "GET" && req.method !== "HEAD" && !/^application\/json\s*(?:;|$)/i.test(req.header("content-type") ?? ""))
    throw new AdminError(415, { code: "invalid", message: "requests that change something must be sent as application/json" });
  return next();
};
