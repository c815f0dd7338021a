/** The one-time token of the printed address. It is in the fragment, so it reaches neither a server's log nor a referrer. Returns it and clears the address. */
export function takeToken(): string | undefined {
  const token = new URLSearchParams(window.location.hash.slice(1)).get("token") ?? undefined;
  if (token !== undefined) window.history.replaceState(null, "", window.location.pathname + window.location.search);
  return token;
}
