/** The data that the pages read, as queries of React Query. */
import type { ModelListing } from "@lumiverse/connections";
import type { Call, CallPage, ManagementKey, UsageRow } from "@lumiverse/gateway";
import type {
  AdminInfo,
  ConnectionDetail,
  ConnectionView,
  DiscoveredServer,
  KeyView,
  ProviderForm,
  ProviderSummary,
} from "@lumiverse/gateway/admin";
import { type UseInfiniteQueryResult, type UseQueryResult, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { call } from "./client.ts";

export function useInfo(): UseQueryResult<AdminInfo> {
  return useQuery({ queryKey: ["info"], queryFn: ({ signal }) => call<AdminInfo>("info", { signal }) });
}

/** Today in UTC (`2026-01-31`) by the gateway's clock, as in the ledger. The browser's clock can be wrong by hours or days. */
export function useDay(): string {
  const { data, dataUpdatedAt } = useInfo();
  const ahead = data === undefined ? 0 : Date.parse(data.now) - dataUpdatedAt;
  return new Date(Date.now() + ahead).toISOString().slice(0, 10);
}

export function useProviders(): UseQueryResult<ProviderSummary[]> {
  return useQuery({
    queryKey: ["providers"],
    queryFn: ({ signal }) => call<ProviderSummary[]>("providers", { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function useProviderForm(provider: string | undefined): UseQueryResult<ProviderForm> {
  return useQuery({
    queryKey: ["form", provider],
    queryFn: ({ signal }) => call<ProviderForm>(`providers/${provider}/form`, { signal }),
    enabled: provider !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function useConnections(): UseQueryResult<ConnectionView[]> {
  return useQuery({ queryKey: ["connections"], queryFn: ({ signal }) => call<ConnectionView[]>("connections", { signal }) });
}

/** True while all connections belong to the demo. The page as a whole is then marked as a demo. */
export function useIsDemoOnly(): boolean {
  const { data = [] } = useConnections();
  return data.length > 0 && data.every(({ demo }) => demo);
}

export function useConnection(id: string): UseQueryResult<ConnectionDetail> {
  return useQuery({
    queryKey: ["connections", id],
    queryFn: ({ signal }) => call<ConnectionDetail>(`connections/${id}`, { signal }),
    gcTime: 0,
  });
}

/** The card with its balance. Each card has its own request, so that a vendor that does not answer delays no other card. */
export function useBalance({ profile, demo }: ConnectionView): UseQueryResult<ConnectionView> {
  return useQuery({
    queryKey: ["balance", profile.id, profile.revision],
    queryFn: ({ signal }) => call<ConnectionView>(`connections/${profile.id}/balance`, { method: "POST", body: {}, signal }),
    enabled: !demo && profile.isEnabled && profile.secrets.key !== "missing",
    staleTime: 60_000,
  });
}

/** The models of one connection. Each list has its own request, so that a vendor that does not answer delays no other list. */
export function useModelList({ profile }: ConnectionView): UseQueryResult<ModelListing> {
  return useQuery({
    queryKey: ["models", profile.id, profile.revision],
    queryFn: ({ signal }) => call<ModelListing>(`connections/${profile.id}/models`, { method: "POST", body: {}, signal }),
    staleTime: 5 * 60_000,
  });
}

export function useDiscovery(): UseQueryResult<DiscoveredServer[]> {
  return useQuery({
    queryKey: ["discovery"],
    queryFn: ({ signal }) => call<DiscoveredServer[]>("discovery", { signal }),
    staleTime: 60_000,
  });
}

export function useManagementKeys(): UseQueryResult<ManagementKey[]> {
  return useQuery({
    queryKey: ["management-keys"],
    queryFn: ({ signal }) => call<ManagementKey[]>("management-keys", { signal }),
  });
}

/** What each permission of management keys allows, by its name. */
export function usePermissions(): UseQueryResult<Record<string, string>> {
  return useQuery({
    queryKey: ["permissions"],
    queryFn: ({ signal }) => call<Record<string, string>>("management-keys/permissions", { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function useKeys(): UseQueryResult<KeyView[]> {
  return useQuery({ queryKey: ["keys"], queryFn: ({ signal }) => call<KeyView[]>("keys", { signal }) });
}

export function useUsage(by: string, from: string, to: string): UseQueryResult<UsageRow[]> {
  const query = new URLSearchParams({ by, from, to });
  return useQuery({ queryKey: ["usage", by, from, to], queryFn: ({ signal }) => call<UsageRow[]>(`usage?${query}`, { signal }) });
}

/** All tokens of the prompts, including cached ones. */
export function promptTokens({ inputTokens, cacheReadTokens, cacheWriteTokens }: UsageRow): number {
  return inputTokens + cacheReadTokens + cacheWriteTokens;
}

export interface CallFilter {
  connection?: string;
  state?: string;
}

export function useCalls(filter: CallFilter): UseInfiniteQueryResult<{ pages: CallPage[] }> {
  return useInfiniteQuery({
    queryKey: ["calls", filter],
    initialPageParam: "",
    queryFn: ({ signal, pageParam }) => {
      const query = new URLSearchParams({ ...filter, ...(pageParam === "" ? {} : { after: pageParam }) });
      return call<CallPage>(`calls?${query}`, { signal });
    },
    getNextPageParam: ({ next }) => next,
  });
}

/** The whole call. Until it is loaded, `data` is the call as the list has it. */
export function useCall({ id, ...known }: Call): UseQueryResult<Call> {
  return useQuery({
    placeholderData: { id, ...known },
    queryKey: ["call", id],
    queryFn: ({ signal }) => call<Call>(`calls/${encodeURIComponent(id)}`, { signal }),
  });
}
