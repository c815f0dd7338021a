import { QueryClient } from "@tanstack/react-query";

/** The client for all requests of the page to the admin API. */
export function createQueryClient(): QueryClient {
  // The gateway is often on this machine, where it answers while the browser is offline. By default, requests would wait for the network.
  const networkMode = "always";
  return new QueryClient({
    defaultOptions: {
      queries: { networkMode, retry: false, refetchOnWindowFocus: false, staleTime: 10_000 },
      // What a mutation sends may contain a key or a passphrase, which must not stay in memory after its form is closed.
      mutations: { networkMode, gcTime: 0 },
    },
  });
}
