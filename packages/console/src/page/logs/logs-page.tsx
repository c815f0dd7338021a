import type { Call } from "@lumiverse/gateway";
import { Button, Group, Paper, Select, Table, Text, UnstyledButton } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import { type ReactNode, useState } from "react";
import { type CallFilter, useCalls, useConnections } from "../api/queries.ts";
import { DEMO_COSTS, isOfDemo } from "../shared/demo-costs.ts";
import { duration, moment, money, tokens } from "../shared/format.ts";
import { PageHeader } from "../shared/page-header.tsx";
import { Waiting } from "../shared/waiting.tsx";
import { CallDialog } from "./call-dialog.tsx";
import { StateBadge } from "./state-badge.tsx";

/** Each call with its attempts. The newest comes first. */
export function LogsPage(): ReactNode {
  const [filter, setFilter] = useState<CallFilter>({});
  const [opened, setOpened] = useState<Call | undefined>();
  const list = useCalls(filter);
  const calls = list.data?.pages.flatMap((page) => page.calls) ?? [];
  return (
    <div className="page">
      <PageHeader
        title="Logs"
        text={`Each call through the gateway. The contents of messages are recorded only with recordContent: true under options in the configuration file.${calls.some(isOfDemo) ? ` ${DEMO_COSTS}` : ""}`}
      >
        <Button
          variant="default"
          leftSection={<IconRefresh size={16} aria-hidden />}
          loading={list.isFetching}
          onClick={() => void list.refetch()}
        >
          Refresh
        </Button>
      </PageHeader>
      <Filters filter={filter} onChange={setFilter} />
      <Waiting query={list} what="calls" />
      {list.data !== undefined && calls.length === 0 && (
        <Paper withBorder p="xl" className="panel">
          <Text size="sm">{Object.keys(filter).length === 0 ? "No calls yet." : "No call matches."}</Text>
        </Paper>
      )}
      {calls.length > 0 && <Calls calls={calls} onOpen={setOpened} />}
      {list.hasNextPage && (
        <Button mt="md" variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          Show older calls
        </Button>
      )}
      {opened !== undefined && <CallDialog call={opened} onClose={() => setOpened(undefined)} />}
    </div>
  );
}

function Filters({ filter, onChange }: { filter: CallFilter; onChange: (filter: CallFilter) => void }): ReactNode {
  const connections = useConnections();
  const set = (field: keyof CallFilter, value: string | null): void => {
    const { [field]: _, ...others } = filter;
    onChange(value === null ? others : { ...others, [field]: value });
  };
  return (
    <Group mb="md" gap="sm">
      <Select
        aria-label="Connection"
        className="log-filter"
        placeholder="All connections"
        clearable
        searchable
        data={(connections.data ?? []).map(({ profile }) => profile.name)}
        value={filter.connection ?? null}
        onChange={(name) => set("connection", name)}
      />
      <Select
        aria-label="State"
        className="log-filter"
        placeholder="All states"
        clearable
        data={["running", "finished", "failed", "canceled", "interrupted"]}
        value={filter.state ?? null}
        onChange={(state) => set("state", state)}
      />
    </Group>
  );
}

interface CallsProps {
  calls: readonly Call[];
  onOpen: (call: Call) => void;
}

function Calls({ calls, onOpen }: CallsProps): ReactNode {
  return (
    <Paper withBorder className="panel">
      <div className="mantine-hidden-from-sm">
        {calls.map((call) => (
          <CallRow key={call.id} call={call} onOpen={() => onOpen(call)} />
        ))}
      </div>
      <CallTable calls={calls} onOpen={onOpen} />
    </Paper>
  );
}

/** The calls on a wide screen. */
function CallTable({ calls, onOpen }: CallsProps): ReactNode {
  return (
    <Table.ScrollContainer
      visibleFrom="sm"
      minWidth={760}
      scrollAreaProps={{ viewportProps: { tabIndex: 0, role: "region", "aria-label": "Calls" } }}
    >
      <Table highlightOnHover verticalSpacing="xs">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Started</Table.Th>
            <Table.Th>State</Table.Th>
            <Table.Th>Model</Table.Th>
            <Table.Th ta="right">Tokens</Table.Th>
            <Table.Th ta="right">Cost</Table.Th>
            <Table.Th ta="right">Time</Table.Th>
            <Table.Th ta="right">Attempts</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {calls.map((call) => (
            <Table.Tr key={call.id}>
              <Table.Td>
                <Button size="compact-sm" variant="subtle" onClick={() => onOpen(call)}>
                  {moment(call.startedAt)}
                </Button>
              </Table.Td>
              <Table.Td>
                <StateBadge state={call.state} />
              </Table.Td>
              <Table.Td className="wrap">{modelOf(call)}</Table.Td>
              <Table.Td ta="right">{tokens(call.usage)}</Table.Td>
              <Table.Td ta="right">{costOf(call)}</Table.Td>
              <Table.Td ta="right">{call.latencyMs === undefined ? "" : duration(call.latencyMs)}</Table.Td>
              <Table.Td ta="right">{call.attempts.length}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

/** A call on a phone. */
function CallRow({ call, onOpen }: { call: Call; onOpen: () => void }): ReactNode {
  const facts = [moment(call.startedAt), tokens(call.usage), costOf(call)];
  return (
    <UnstyledButton className="call-row" onClick={onOpen}>
      <Group justify="space-between" wrap="nowrap" gap="xs">
        <Text size="sm" fw={500} className="wrap">
          {modelOf(call)}
        </Text>
        <StateBadge state={call.state} />
      </Group>
      <Text size="xs" c="dimmed">
        {facts.filter((fact) => fact !== undefined).join(" • ")}
      </Text>
    </UnstyledButton>
  );
}

function modelOf({ connection, model, requestedModel }: Call): string {
  return connection === undefined ? requestedModel : `${connection} / ${model ?? requestedModel}`;
}

function costOf({ cost }: Call): string | undefined {
  return cost === undefined ? undefined : money(cost.amount, cost.currency);
}
