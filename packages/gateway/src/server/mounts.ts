import { apiPath } from "./api-path.ts";

/**
 * Paths that a page which is mounted at `/` leaves alone: those of the gateway, and those of Ollama, so that a program that looks for Ollama is told that there is
 * none instead of receiving a page.
 */
const OWN_PATHS =
  /^\/(?:api\/(?:chat|generate|ps|show|tags|version)|v1|v1beta|lumiverse|health|metrics|models|chat\/completions|responses|messages)(?:\/|$)/;

/** The handler that is mounted at the longest path which the path begins with. */
export function findMount<Handler>(mounts: ReadonlyMap<string, Handler>, pathname: string): Handler | undefined {
  let longest: string | undefined;
  for (const path of mounts.keys()) {
    const prefix = path.endsWith("/") ? path : `${path}/`;
    const fits = pathname === path || pathname.startsWith(prefix);
    if (fits && (longest === undefined || path.length > longest.length)) longest = path;
  }
  if (longest === undefined || (longest === "/" && OWN_PATHS.test(apiPath(pathname)))) return undefined;
  return mounts.get(longest);
}
