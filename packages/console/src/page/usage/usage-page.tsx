import type { UsageRow } from "@lumiverse/gateway";
import type { AdminInfo } from "@lumiverse/gateway/admin";
import { BarChart } from "@mantine/charts";
import { Paper, SegmentedControl, SimpleGrid, Stack, Table, Text, Title } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import { type ReactNode, useMemo, useState } from "react";
import { promptTokens, useDay, useKeys, useUsage } from "../api/queries.ts";
import { DEMO_COSTS, isOfDemo } from "../shared/demo-costs.ts";
import { compact, count, duration } from "../shared/format.ts";
import { PageHeader } from "../shared/page-header.tsx";
import { Waiting } from "../shared/waiting.tsx";
import { costText, dayRows, sumOf, type Total } from "./sums.ts";

const SPANS = [
  { value: "7", label: "7 days" },
  { value: "30", label: "30 days" },
  { value: "90", label: "90 days" },
] as const;

/** The calls in the ledger: how many, what they cost, and how fast they were. */
export function UsagePage({ info }: { info: AdminInfo }): ReactNode {
  const [days, setDays] = useState("30");
  const today = useDay();
  const span = useMemo(() => spanOf(today, Number(days)), [today, days]);
  const byDay = useUsage("day", span.from, span.to);
  const byConnection = useUsage("connection", span.from, span.to);
  // Calls of the demo stay in the ledger after the demo.
  const hasDemo = info.demo || byConnection.data?.some(isOfDemo) === true;
  return (
    <div className="page">
      <PageHeader
        title="Usage"
        text={`Every call through the gateway, including the chats of this page. Days are in UTC.${hasDemo ? ` ${DEMO_COSTS}` : ""}`}
      >
        <SegmentedControl aria-label="Period" value={days} onChange={setDays} data={[...SPANS]} />
      </PageHeader>
      <Waiting query={byDay} what="the usage" />
      {byDay.data !== undefined && (
        <Stack gap="lg">
          <Usage rows={byDay.data} span={span} />
        </Stack>
      )}
    </div>
  );
}

/** The first and the last day of a period, as `2026-01-31`. */
interface Span {
  from: string;
  to: string;
}

function Usage({ rows, span }: { rows: readonly UsageRow[]; span: Span }): ReactNode {
  const total = useMemo(() => sumOf(rows), [rows]);
  const days = useMemo(() => dayRows(rows, span.from, span.to), [rows, span]);
  if (total.calls === 0) return <NoCalls />;
  return (
    <>
      <Figures total={total} />
      <Chart title="Calls by day" rows={days} series={[{ name: "calls", label: "Calls", color: "indigo.6" }]} />
      <Chart
        title="Tokens by day"
        rows={days}
        series={[
          { name: "input", label: "Prompt", color: "indigo.6" },
          { name: "cacheRead", label: "Read from the cache", color: "teal.6" },
          { name: "output", label: "Generated", color: "orange.6" },
        ]}
      />
      <Split title="By model" by="model" span={span} />
      <Split title="By connection" by="connection" span={span} />
      <ByKey span={span} />
    </>
  );
}

function Figures({ total }: { total: Total }): ReactNode {
  const { calls, unfinished, uncosted, costs, tokens, outputTokens, prompt, cacheReadTokens } = total;
  return (
    <SimpleGrid cols={{ base: 2, md: 4 }} spacing="md">
      <Figure label="Calls" value={count(calls)} note={unfinished === 0 ? "all finished" : `${count(unfinished)} failed or stopped`} />
      <Figure
        label="Cost"
        value={costText(costs).replace(/^unknown$/, "Unknown")}
        note={uncosted === 0 ? "of all calls" : `without ${count(uncosted)} ${uncosted === 1 ? "call" : "calls"} of unknown price`}
      />
      <Figure label="Tokens" value={compact(tokens)} note={`${compact(outputTokens)} of them generated`} />
      <Figure
        label="Read from caches"
        value={prompt === 0 ? "0 %" : `${Math.round((cacheReadTokens / prompt) * 100)} %`}
        note={`${compact(cacheReadTokens)} of ${compact(prompt)} prompt tokens`}
      />
    </SimpleGrid>
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
          // The chart moves labels into its own area: half of the highest label stands above its line.
          barChartProps={{ accessibilityLayer: false, margin: { top: 12, right: 5, bottom: 5, left: 5 } }}
        />
      </div>
    </Paper>
  );
}

function Split({ title, by, span }: { title: string; by: "model" | "connection"; span: Span }): ReactNode {
  const usage = useUsage(by, span.from, span.to);
  return <UsageTable title={title} usage={usage} nameOf={(row) => row[by] ?? "unknown"} />;
}

function ByKey({ span }: { span: Span }): ReactNode {
  const usage = useUsage("key", span.from, span.to);
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
                <Table.Td ta="right">{compact(promptTokens(row) + row.outputTokens)}</Table.Td>
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

/** A period of so many days that ends today. */
function spanOf(today: string, days: number): Span {
  const first = new Date(Date.parse(today) - (days - 1) * 86_400_000);
  return { from: first.toISOString().slice(0, 10), to: today };
}
