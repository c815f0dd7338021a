import type { Call } from "@lumiverse/gateway";
import { Code, Stack, Table, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { useCall, useKeys } from "../api/queries.ts";
import { Dialog } from "../shared/dialog.tsx";
import { count, duration, moment, money } from "../shared/format.ts";
import { StateBadge } from "./state-badge.tsx";

/** One call: what the client asked for, what it used, and each request to a vendor. */
export function CallDialog({ call: listed, onClose }: { call: Call; onClose: () => void }): ReactNode {
  const { data: call = listed } = useCall(listed);
  return (
    <Dialog onClose={onClose} title="Call" size="lg">
      <Stack>
        <Facts call={call} />
        <Title order={3} size="h6">
          Attempts
        </Title>
        {call.attempts.length === 0 && <Text size="sm">No request was sent to a vendor.</Text>}
        {call.attempts.map((attempt, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: attempts have no id and never move
          <Text key={index} size="sm" className="wrap">
            {`${index + 1}. ${attemptText(attempt)}`}
          </Text>
        ))}
        {call.content !== undefined && (
          <>
            <Title order={3} size="h6">
              Content
            </Title>
            <Code block className="wrap request-body" tabIndex={0}>
              {JSON.stringify(call.content, undefined, 2)}
            </Code>
          </>
        )}
      </Stack>
    </Dialog>
  );
}

function Facts({ call }: { call: Call }): ReactNode {
  const keys = useKeys();
  const keyName = call.key === undefined ? "none" : (keys.data?.find(({ key }) => key.id === call.key)?.key.name ?? call.key);
  return (
    <Table withRowBorders={false} verticalSpacing={4}>
      <Table.Tbody>
        {factsOf(call, keyName)
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
  );
}

/** What is not known is `undefined`. */
function factsOf(call: Call, keyName: string): (readonly [name: string, value: ReactNode])[] {
  const { usage, connection, cost, error } = call;
  const inTokens = (value: number | undefined): string | undefined => (value === undefined ? undefined : `${count(value)} tokens`);
  const inTime = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : duration(ms));
  const generated = inTokens(usage?.output);
  return [
    ["State", <StateBadge key="state" state={call.state} />],
    ["Started", moment(call.startedAt)],
    ["Asked for", call.requestedModel],
    ["Answered by", connection === undefined ? undefined : `${connection} / ${call.model ?? "?"}`],
    ["Protocol of the client", `${call.protocol}${call.streamed ? ", streamed" : ""}`],
    ["Key", keyName],
    ["Prompt", inTokens(usage?.input)],
    ["Read from the cache", inTokens(usage?.cacheRead)],
    ["Written to the cache", inTokens(usage?.cacheWrite)],
    ["Generated", usage?.reasoning === undefined ? generated : generated && `${generated}, ${count(usage.reasoning)} of them reasoning`],
    ["Cost", cost === undefined ? "unknown" : money(cost.amount, cost.currency)],
    ["First token", inTime(call.firstTokenMs)],
    ["Time", inTime(call.latencyMs)],
    ["Finish", call.finishReason],
    ["Error", error === undefined ? undefined : `${error.code}: ${error.message}`],
    ["Id", call.id],
  ];
}

function attemptText({ connection, model, error, status, ms }: Call["attempts"][number]): string {
  return `${connection} / ${model}: ${error ?? "answered"}${status === undefined ? "" : ` (HTTP ${status})`}, ${duration(ms)}`;
}
