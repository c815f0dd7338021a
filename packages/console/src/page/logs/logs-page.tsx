import type { Call } from "@lumiverse/gateway";
import { Button, Group, Paper, Select, Table, Text, UnstyledButton } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import { type ReactNode, useState } from "react";
import { type CallFilter, useCalls, useConnections } from "../api/queries.ts";
import { count, duration, moment, money } from "../shared/format.ts";
import { PageHeader } from "../shared/page-header.tsx";
import { Waiting } from "../shared/waiting.tsx";
import { CallDialog } from "./call-dialog.tsx";
import { StateBadge } from "./state-badge.tsx";

/** Each call with its attempts, the newest first. */
export function LogsPage(): ReactNode {
  const [filter, setFilter] = useState<CallFilter>({});
  const [opened, setOpened] = useState<Call | undefined>();
  const connections = useConnections();
  const list = useCalls(filter);
  const calls = list.data?.pages.flatMap((page) => page.calls) ?? [];
  const set = (field: keyof CallFilter) => (value: string | null) =>
    setFilter(({ [field]: _, ...others }) => (value === null ? others : { ...others, [field]: value }));
  return (
    <div className="page">
      <PageHeader title="Logs" text="Each call through the gateway. What was written is not recorded unless you switch that on.">
        <Button
          variant="default"
          leftSection={<IconRefresh size={16} aria-hidden />}
          loading={list.isFetching}
          onClick={() => void list.refetch()}
        >
          Refresh
        </Button>
      </PageHeader>
      <Group mb="md" gap="sm">
        <Select
          aria-label="Connection"
          className="log-filter"
          placeholder="All connections"
          clearable
          searchable
          data={(connections.data ?? []).map(({ profile }) => profile.name)}
          value={filter.connection ?? null}
          onChange={set("connection")}
        />
        <Select
          aria-label="State"
          className="log-filter"
          placeholder="All states"
          clearable
          data={["running", "finished", "failed", "canceled", "interrupted"]}
          value={filter.state ?? null}
          onChange={set("state")}
        />
      </Group>
      <Waiting query={list} what="calls" />
      {list.data !== undefined && calls.length === 0 && (
        <Paper withBorder p="xl" className="panel">
          <Text size="sm">No calls here yet.</Text>
        </Paper>
      )}
      {calls.length > 0 && (
        <Paper withBorder className="panel">
          <div className="mantine-hidden-from-sm">
            {calls.map((one) => (
              <CallRow key={one.id} call={one} onOpen={() => setOpened(one)} />
            ))}
          </div>
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
                {calls.map((one) => (
                  <Table.Tr key={one.id}>
                    <Table.Td>
                      <Button size="compact-sm" variant="subtle" onClick={() => setOpened(one)}>
                        {moment(one.startedAt)}
                      </Button>
                    </Table.Td>
                    <Table.Td>
                      <StateBadge state={one.state} />
                    </Table.Td>
                    <Table.Td className="wrap">{modelOf(one)}</Table.Td>
                    <Table.Td ta="right">{tokensOf(one)}</Table.Td>
                    <Table.Td ta="right">{one.cost === undefined ? "" : money(one.cost.amount, one.cost.currency)}</Table.Td>
                    <Table.Td ta="right">{one.latencyMs === undefined ? "" : duration(one.latencyMs)}</Table.Td>
                    <Table.Td ta="right">{one.attempts.length}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        </Paper>
      )}
      {list.hasNextPage && (
        <Button mt="md" variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          Show older calls
        </Button>
      )}
      {opened !== undefined && <CallDialog call={opened} onClose={() => setOpened(undefined)} />}
    </div>
  );
}

/** A call on a phone. */
function CallRow({ call, onOpen }: { call: Call; onOpen: () => void }): ReactNode {
  const facts = [moment(call.startedAt), tokensOf(call), call.cost === undefined ? "" : money(call.cost.amount, call.cost.currency)];
  return (
    <UnstyledButton className="call-row" onClick={onOpen}>
      <Group justify="space-between" wrap="nowrap" gap="xs">
        <Text size="sm" fw={500} className="wrap">
          {modelOf(call)}
        </Text>
        <StateBadge state={call.state} />
      </Group>
      <Text size="xs" c="dimmed">
        {facts.filter((fact) => fact !== "").join(" • ")}
      </Text>
    </UnstyledButton>
  );
}

function modelOf({ connection, model, requestedModel }: Call): string {
  return connection === undefined ? requestedModel : `${connection} / ${model ?? requestedModel}`;
}

function tokensOf({ usage }: Call): string {
  if (usage === undefined || (usage.input === undefined && usage.output === undefined)) return "";
  const prompt = usage.input === undefined ? "?" : count(usage.input + (usage.cacheRead ?? 0) + (usage.cacheWrite ?? 0));
  return `${prompt} in, ${usage.output === undefined ? "?" : count(usage.output)} out`;
}
