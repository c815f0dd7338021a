/** Returns the one-time token of the printed address, and removes it from the address. It is in the fragment, so no server receives it, not even as a referrer. */
export function takeToken(): string | undefined {
  const token = new URLSearchParams(window.location.hash.slice(1)).get("token") ?? undefined;
  if (token !== undefined) window.history.replaceState(null, "", window.location.pathname + window.location.search);
  return token;
}
