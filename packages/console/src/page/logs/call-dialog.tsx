import type { Call } from "@lumiverse/gateway";
import { Code, Stack, Table, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { useCall, useKeys } from "../api/queries.ts";
import { Dialog } from "../shared/dialog.tsx";
import { count, duration, moment, money } from "../shared/format.ts";
import { StateBadge } from "./state-badge.tsx";

/** One call: what was asked, what it took, and each request to a vendor. */
export function CallDialog({ call: listed, onClose }: { call: Call; onClose: () => void }): ReactNode {
  const { data: call = listed } = useCall(listed);
  const keys = useKeys();
  const { usage, attempts, error, content } = call;
  const facts: (readonly [string, ReactNode])[] = [
    ["State", <StateBadge key="state" state={call.state} />],
    ["Started", moment(call.startedAt)],
    ["Asked for", call.requestedModel],
    ["Answered by", call.connection === undefined ? undefined : `${call.connection} / ${call.model ?? "?"}`],
    ["Protocol of the client", `${call.protocol}${call.streamed ? ", streamed" : ""}`],
    ["Key", call.key === undefined ? "none" : (keys.data?.find(({ key }) => key.id === call.key)?.key.name ?? call.key)],
    ["Prompt", usage?.input === undefined ? undefined : `${count(usage.input)} tokens`],
    ["Read from the cache", usage?.cacheRead === undefined ? undefined : `${count(usage.cacheRead)} tokens`],
    ["Written to the cache", usage?.cacheWrite === undefined ? undefined : `${count(usage.cacheWrite)} tokens`],
    [
      "Generated",
      usage?.output === undefined
        ? undefined
        : `${count(usage.output)} tokens${usage.reasoning === undefined ? "" : `, ${count(usage.reasoning)} of them reasoning`}`,
    ],
    ["Cost", call.cost === undefined ? "unknown" : money(call.cost.amount, call.cost.currency)],
    ["First token", call.firstTokenMs === undefined ? undefined : duration(call.firstTokenMs)],
    ["Time", call.latencyMs === undefined ? undefined : duration(call.latencyMs)],
    ["Finish", call.finishReason],
    ["Error", error === undefined ? undefined : `${error.code}: ${error.message}`],
    ["Id", call.id],
  ];
  return (
    <Dialog onClose={onClose} title="Call" size="lg">
      <Stack>
        <Table withRowBorders={false} verticalSpacing={4}>
          <Table.Tbody>
            {facts
              .filter(([, value]) => value !== undefined)
              .map(([name, value]) => (
                <Table.Tr key={name}>
                  <Table.Th w={150} fw={500}>
                    {name}
                  </Table.Th>
                  <Table.Td className="wrap">{value}</Table.Td>
                </Table.Tr>
              ))}
          </Table.Tbody>
        </Table>
        <Title order={3} size="h6">
          Attempts
        </Title>
        {attempts.length === 0 && <Text size="sm">No request was sent to a vendor.</Text>}
        {attempts.map((attempt, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: attempts have no id and never move
          <Text key={index} size="sm" className="wrap">
            {`${index + 1}. ${attempt.connection} / ${attempt.model}: ${attempt.error ?? "answered"}${attempt.status === undefined ? "" : ` (HTTP ${attempt.status})`}, ${duration(attempt.ms)}`}
          </Text>
        ))}
        {content !== undefined && (
          <>
            <Title order={3} size="h6">
              Content
            </Title>
            <Code block className="wrap request-body" tabIndex={0}>
              {JSON.stringify(content, undefined, 2)}
            </Code>
          </>
        )}
      </Stack>
    </Dialog>
  );
}
