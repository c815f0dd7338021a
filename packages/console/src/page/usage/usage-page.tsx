import type { UsageRow } from "@lumiverse/gateway";
import type { AdminInfo } from "@lumiverse/gateway/admin";
import { BarChart } from "@mantine/charts";
import { Paper, SegmentedControl, SimpleGrid, Stack, Table, Text, Title } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import { type ReactNode, useMemo, useState } from "react";
import { useDay, useKeys, useUsage } from "../api/queries.ts";
import { compact, count, duration } from "../shared/format.ts";
import { PageHeader } from "../shared/page-header.tsx";
import { Waiting } from "../shared/waiting.tsx";
import { costText, dayRows, sumOf } from "./sums.ts";

const SPANS = [
  { value: "7", label: "7 days" },
  { value: "30", label: "30 days" },
  { value: "90", label: "90 days" },
] as const;

/** What was called, what it cost, and how fast it was: from the ledger. */
export function UsagePage({ info }: { info: AdminInfo }): ReactNode {
  const [days, setDays] = useState("30");
  const today = useDay();
  const { from, to } = useMemo(() => range(today, Number(days)), [today, days]);
  const byDay = useUsage("day", from, to);
  const total = useMemo(() => sumOf(byDay.data ?? []), [byDay.data]);
  return (
    <div className="page">
      <PageHeader
        title="Usage"
        text={`Every call through the gateway, this page's chats included${info.demo ? ", and those of the demo, which cost nothing" : ""}. Days are in UTC.`}
      >
        <SegmentedControl aria-label="Period" value={days} onChange={setDays} data={[...SPANS]} />
      </PageHeader>
      <Waiting query={byDay} what="the usage" />
      {byDay.data !== undefined && (
        <Stack gap="lg">
          {total.calls === 0 ? (
            <NoCalls />
          ) : (
            <>
              <SimpleGrid cols={{ base: 2, md: 4 }} spacing="md">
                <Figure
                  label="Calls"
                  value={count(total.calls)}
                  note={total.unfinished === 0 ? "all finished" : `${count(total.unfinished)} failed or stopped`}
                />
                <Figure
                  label="Cost"
                  value={costText(total.costs).replace(/^unknown$/, "Unknown")}
                  note={
                    total.uncosted === 0
                      ? "of all calls"
                      : `without ${count(total.uncosted)} ${total.uncosted === 1 ? "call" : "calls"} of unknown price`
                  }
                />
                <Figure label="Tokens" value={compact(total.tokens)} note={`${compact(total.outputTokens)} of them generated`} />
                <Figure
                  label="Read from caches"
                  value={total.prompt === 0 ? "0 %" : `${Math.round((total.cacheReadTokens / total.prompt) * 100)} %`}
                  note={`${compact(total.cacheReadTokens)} of ${compact(total.prompt)} prompt tokens`}
                />
              </SimpleGrid>
              <Chart
                title="Calls by day"
                rows={dayRows(byDay.data, from, to)}
                series={[{ name: "calls", label: "Calls", color: "indigo.6" }]}
              />
              <Chart
                title="Tokens by day"
                rows={dayRows(byDay.data, from, to)}
                series={[
                  { name: "input", label: "Prompt", color: "indigo.6" },
                  { name: "cacheRead", label: "Read from the cache", color: "teal.6" },
                  { name: "output", label: "Generated", color: "orange.6" },
                ]}
              />
              <Split title="By model" by="model" from={from} to={to} />
              <Split title="By connection" by="connection" from={from} to={to} />
              <ByKey from={from} to={to} />
            </>
          )}
        </Stack>
      )}
    </div>
  );
}

function NoCalls(): ReactNode {
  return (
    <Paper withBorder p="xl" className="panel">
      <Text size="sm">No calls in this period. Send a message in Chat, or call the gateway from a program.</Text>
    </Paper>
  );
}

function Figure({ label, value, note }: { label: string; value: string; note: string }): ReactNode {
  return (
    <Paper withBorder p="md" className="panel">
      <Text size="sm" c="dimmed">
        {label}
      </Text>
      <Text fz={{ base: 20, sm: 26 }} fw={700} className="figure wrap">
        {value}
      </Text>
      <Text size="xs" c="dimmed">
        {note}
      </Text>
    </Paper>
  );
}

interface ChartProps {
  title: string;
  rows: Record<string, number | string>[];
  series: { name: string; label: string; color: string }[];
}

function Chart({ title, rows, series }: ChartProps): ReactNode {
  return (
    <Paper withBorder p="md" className="panel">
      <Title order={2} size="h5" mb="md">
        {title}
      </Title>
      <div
        role="img"
        aria-label={`${title}: ${rows.map((row) => `${row["day"]} ${series.map(({ name, label }) => `${label} ${row[name]}`).join(", ")}`).join("; ")}`}
      >
        <BarChart
          h={220}
          data={rows}
          dataKey="day"
          series={series}
          type="stacked"
          withLegend={series.length > 1}
          valueFormatter={compact}
          tickLine="none"
          gridAxis="x"
          yAxisProps={{ allowDecimals: false }}
          barChartProps={{ accessibilityLayer: false }}
        />
      </div>
    </Paper>
  );
}

function Split({ title, by, from, to }: { title: string; by: "model" | "connection"; from: string; to: string }): ReactNode {
  const usage = useUsage(by, from, to);
  return <UsageTable title={title} usage={usage} nameOf={(row) => row[by] ?? "unknown"} />;
}

function ByKey({ from, to }: { from: string; to: string }): ReactNode {
  const usage = useUsage("key", from, to);
  const keys = useKeys();
  const nameOf = ({ key }: UsageRow): string =>
    key === undefined ? "Without a key" : (keys.data?.find((one) => one.key.id === key)?.key.name ?? `${key} (removed)`);
  return <UsageTable title="By key" usage={usage} nameOf={nameOf} />;
}

interface UsageTableProps {
  title: string;
  usage: UseQueryResult<UsageRow[]>;
  nameOf: (row: UsageRow) => string;
}

function UsageTable({ title, usage, nameOf }: UsageTableProps): ReactNode {
  if (usage.data === undefined) return <Waiting query={usage} what="the usage" />;
  if (usage.data.length === 0) return null;
  const sorted = usage.data.toSorted((a, b) => b.calls - a.calls);
  return (
    <Paper withBorder p="md" className="panel">
      <Title order={2} size="h5" mb="xs">
        {title}
      </Title>
      <Table.ScrollContainer minWidth={560} scrollAreaProps={{ viewportProps: { tabIndex: 0, role: "region", "aria-label": title } }}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{title.replace("By ", "").replace(/^./, (letter) => letter.toUpperCase())}</Table.Th>
              <Table.Th ta="right">Calls</Table.Th>
              <Table.Th ta="right">Tokens</Table.Th>
              <Table.Th ta="right">Cost</Table.Th>
              <Table.Th ta="right">First token</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {sorted.map((row) => (
              <Table.Tr key={row.key ?? nameOf(row)}>
                <Table.Td className="wrap">{nameOf(row)}</Table.Td>
                <Table.Td ta="right">{count(row.calls)}</Table.Td>
                <Table.Td ta="right">{compact(row.inputTokens + row.cacheReadTokens + row.cacheWriteTokens + row.outputTokens)}</Table.Td>
                <Table.Td ta="right">{costText(row.costs)}</Table.Td>
                <Table.Td ta="right">{row.firstTokenMs === undefined ? "" : duration(row.firstTokenMs)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Paper>
  );
}

/** That many days, the last of them today. */
function range(today: string, days: number): { from: string; to: string } {
  const first = new Date(Date.parse(today) - (days - 1) * 86_400_000);
  return { from: first.toISOString().slice(0, 10), to: today };
}
