/** Pages of other sites must not use the admin API with the person's cookie. */
import type { MiddlewareHandler } from "hono";
import { contentTypeRefusal } from "../server/guard.ts";
import { AdminError } from "./errors.ts";

/** Refuses requests that a page of another origin started. Programs send neither header. */
export const sameOrigin: MiddlewareHandler = async ({ req }, next) => {
  const origin = req.header("origin");
  const site = req.header("sec-fetch-site");
  const isForeign =
    (origin !== undefined && URL.parse(origin)?.host !== req.header("host")) ||
    (site !== undefined && site !== "same-origin" && site !== "none");
  if (isForeign) throw new AdminError(403, { code: "forbidden", message: "pages of other sites cannot use the admin API" });
  const refusal = contentTypeRefusal(req.raw);
  if (refusal !== undefined) throw new AdminError(403, { code: "forbidden", ...refusal });
  return next();
};
