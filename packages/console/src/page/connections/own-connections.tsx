import type { UsageRow } from "@lumiverse/gateway";
import type { ConnectionView } from "@lumiverse/gateway/admin";
import { Group, SimpleGrid, Text } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { useGrowingList } from "../shared/growing-list.tsx";
import { hasWords, SearchField } from "../shared/search-field.tsx";
import { ConnectionCard } from "./connection-card.tsx";
import { useConnectionOrder } from "./connection-order.ts";
import { SortableCards } from "./sortable-cards.tsx";

/** How many cards are drawn at once. Each card asks its vendor for a balance. */
const STEP = 30;
/** From how many connections on there is a search. */
const SEARCH_FROM = 10;

export interface CardsProps {
  connections: readonly ConnectionView[];
  /** The usage of a connection today. */
  todayOf: (connection: ConnectionView) => UsageRow | undefined;
  onExamine: (connection: ConnectionView) => void;
}

/** The connections that the person has made. They can be searched and put into an order. */
export function OwnConnections({ connections, todayOf, onExamine }: CardsProps): ReactNode {
  const [text, setText] = useState("");
  const isSearching = text.trim() !== "";
  const found = isSearching
    ? connections.filter(({ profile, provider }) => hasWords(`${profile.name} ${provider.name} ${profile.model}`, text))
    : connections;
  const { shown, end } = useGrowingList(found, STEP);
  const ids = connections.map(({ profile }) => profile.id);
  const move = useConnectionOrder(ids);
  // A search shows only some connections, whose places do not say where a moved one belongs among all.
  const isSortable = connections.length > 1 && !isSearching;
  return (
    <section aria-label="Your connections">
      {connections.length >= SEARCH_FROM && (
        <Group gap="sm" mb="md">
          <SearchField label="Search connections" value={text} onChange={setText} flex="1 1 200px" maw={360} />
          <Text size="sm" c="dimmed" role="status">
            {isSearching ? `${found.length} of ${connections.length} connections` : `${connections.length} connections`}
          </Text>
        </Group>
      )}
      <SortableCards connections={connections} shown={isSortable ? shown.map(({ profile }) => profile.id) : []} onMove={move}>
        <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} spacing="md">
          {shown.map((connection) => (
            <ConnectionCard
              key={connection.profile.id}
              connection={connection}
              today={todayOf(connection)}
              {...(isSortable ? { order: { place: ids.indexOf(connection.profile.id), count: ids.length, onMove: move } } : {})}
              onExamine={() => onExamine(connection)}
            />
          ))}
        </SimpleGrid>
      </SortableCards>
      {end}
    </section>
  );
}
