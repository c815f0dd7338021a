import type { UsageRow } from "@lumiverse/gateway";
import type { ConnectionView } from "@lumiverse/gateway/admin";
import { Group, SimpleGrid, Text } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { useGrowingList } from "../shared/growing-list.tsx";
import { SearchField } from "../shared/search-field.tsx";
import { ConnectionCard } from "./connection-card.tsx";
import { useConnectionOrder } from "./connection-order.ts";
import { SortableCards } from "./sortable-cards.tsx";

/** Cards that are drawn at once. Each one asks its vendor for a balance. */
const STEP = 30;
/** With fewer connections nobody needs a search. */
const SEARCH_FROM = 10;

interface OwnConnectionsProps {
  connections: readonly ConnectionView[];
  todayOf: (connection: ConnectionView) => UsageRow | undefined;
  onExamine: (connection: ConnectionView) => void;
}

/** The connections that a person made: searched, and moved into an order. */
export function OwnConnections({ connections, todayOf, onExamine }: OwnConnectionsProps): ReactNode {
  const [text, setText] = useState("");
  const isSearching = text.trim() !== "";
  const found = isSearching ? connections.filter((one) => isFound(one, text)) : connections;
  const { shown, end } = useGrowingList(found, STEP);
  const ids = connections.map(({ profile }) => profile.id);
  const move = useConnectionOrder(ids);
  // A place among some of the connections is no place among all of them.
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

/** Whether the name, the provider or the model has every word. */
function isFound({ profile, provider }: ConnectionView, text: string): boolean {
  const own = `${profile.name} ${provider.name} ${profile.model}`.toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => own.includes(word));
}
