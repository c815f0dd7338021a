/**
 * The path that a client means. Clients add their own path to a base URL that people write in many ways: with a slash at its end, and with a version that the
 * client adds once more.
 */
export function apiPath(pathname: string): string {
  const path = pathname.includes("//") ? pathname.replace(/\/{2,}/g, "/") : pathname;
  const trimmed = path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
  return trimmed.replace(/^(?:\/v1(?:beta)?)+(?=\/v1(?:beta)?\/)/, "");
}
