import { isChatModel, type ModelListing, searchModels } from "@lumiverse/connections";
import type { Draft, ProviderSummary } from "@lumiverse/gateway/admin";
import { Button, Stack, Text } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { call } from "../api/client.ts";
import { Dialog } from "../shared/dialog.tsx";
import { useGrowingList } from "../shared/growing-list.tsx";
import { onOptionKey } from "../shared/option-keys.ts";
import { Waiting } from "../shared/waiting.tsx";
import { ModelOption } from "./model-option.tsx";
import { ModelSearchFields, NO_SEARCH } from "./model-search.tsx";

/** How many models are drawn at once. */
const STEP = 100;

export interface ModelsBrowserProps {
  provider: ProviderSummary;
  draft: Draft;
  onChoose: (model: string) => void;
  onClose: () => void;
}

/** The models that a connection with the values of the form would reach, before it is saved. */
export function ModelsBrowser({ provider, draft, onChoose, onClose }: ModelsBrowserProps): ReactNode {
  const [search, setSearch] = useState(NO_SEARCH);
  const { text, sort, onlyChat } = search;
  const { list, refresh } = useDraftModels(provider.id, draft);
  const listing = refresh.data ?? list.data;
  const found = searchModels(listing?.models ?? [], { text, sort }).filter((model) => !onlyChat || isChatModel(model.id));
  const { shown, end } = useGrowingList(found, STEP);
  const typed = text.trim();
  return (
    <Dialog onClose={onClose} title={`Models of ${provider.name}`} size="lg" fillsPhone>
      <Stack onKeyDown={onOptionKey}>
        <ModelSearchFields label="Search models" values={search} onChange={setSearch}>
          <Button
            variant="default"
            leftSection={<IconRefresh size={16} aria-hidden />}
            loading={refresh.isFetching}
            onClick={() => void refresh.refetch()}
          >
            Refresh
          </Button>
        </ModelSearchFields>
        <Waiting query={list} what="models" />
        {listing !== undefined && (
          <Text size="sm" c="dimmed" role="status">
            {[`${found.length} of ${listing.models.length} models`, ...sourceTexts(listing)].join(". ")}
          </Text>
        )}
        {found.length === 0 && typed !== "" && <Button variant="light" onClick={() => onChoose(typed)}>{`Use "${typed}" as typed`}</Button>}
        <Stack gap={2}>
          {shown.map((model) => (
            <ModelOption key={model.id} model={model} onChoose={() => onChoose(model.id)} />
          ))}
        </Stack>
        {end}
      </Stack>
    </Dialog>
  );
}

type Listing = UseQueryResult<ModelListing>;

/** `list` may come from a cache. `refresh.refetch()` asks the vendor again. */
function useDraftModels(provider: string, draft: Draft): { list: Listing; refresh: Listing } {
  const ask = (refresh: boolean, signal: AbortSignal): Promise<ModelListing> =>
    call<ModelListing>(`providers/${provider}/models`, { method: "POST", body: { ...draft, refresh }, signal });
  const list = useQuery({ queryKey: ["draft-models", provider, draft], queryFn: ({ signal }) => ask(false, signal), gcTime: 0 });
  const refresh = useQuery({
    queryKey: ["draft-models-refresh", provider, draft],
    queryFn: ({ signal }) => ask(true, signal),
    enabled: false,
    gcTime: 0,
  });
  return { list, refresh };
}

/** Where the list comes from. If the built-in list takes the place of the vendor's, or if there is no list because the vendor's failed, a note says so. */
function sourceTexts({ source, ageMs, notes, failure }: ModelListing): readonly string[] {
  if (source === "none") return failure === undefined ? ["There is no list", ...notes] : notes;
  if (source === "catalogue") return notes.length > 0 ? notes : ["From the built-in list"];
  const age = ageMs < 60_000 ? "just now" : `${Math.round(ageMs / 60_000)} min ago`;
  return [`Read from the vendor ${age}`, ...notes];
}
