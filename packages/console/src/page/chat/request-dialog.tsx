import type { ChatRequest, Explanation } from "@lumiverse/core";
import { Code, Group, List, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { call } from "../api/client.ts";
import { CopyButton } from "../shared/copy.tsx";
import { Dialog } from "../shared/dialog.tsx";
import { Failure } from "../shared/failure.tsx";
import { count, money } from "../shared/format.ts";
import { Progress } from "../shared/waiting.tsx";

/** Characters of one text in the body that are shown. Images would fill the page. */
const LONGEST_TEXT = 4000;

export interface RequestDialogProps {
  connection: string;
  model: string;
  request: Omit<ChatRequest, "model">;
  previous?: Omit<ChatRequest, "model"> | undefined;
  /** Where it was sent. Absent: it was not sent yet. */
  sentTo?: string | undefined;
  onClose: () => void;
}

/** The HTTP request as the provider receives it, with what was changed and what it may cost. */
export function RequestDialog({ connection, model, request, previous, sentTo, onClose }: RequestDialogProps): ReactNode {
  const explained = useQuery({
    queryKey: ["explain", connection, model, request],
    queryFn: ({ signal }) =>
      call<Explanation>("explain", {
        method: "POST",
        body: { connection, model, request, ...(previous === undefined ? {} : { previous }) },
        signal,
      }),
    gcTime: 0,
  });
  return (
    <Dialog onClose={onClose} title={sentTo === undefined ? "The request, before it is sent" : "The request"} size="xl">
      {explained.isPending && <Progress what="the request" />}
      {explained.isError && <Failure error={explained.error} title="This request would be refused" />}
      {sentTo !== undefined && (
        <Text size="sm" c="dimmed" mb="sm">
          Worked out again from what was sent, with the connection as it is now.
        </Text>
      )}
      {explained.data !== undefined && <Explained explanation={explained.data} />}
    </Dialog>
  );
}

function Explained({ explanation }: { explanation: Explanation }): ReactNode {
  const { method, url, headers, body, notes, estimate, protocol, cacheReasons, prefixBreak } = explanation;
  const text = JSON.stringify(body, shortened, 2);
  return (
    <Stack gap="sm">
      <Code block className="wrap">{`${method} ${url}`}</Code>
      <Text size="sm">
        {`Protocol: ${protocol}. About ${count(estimate.inputTokens)} tokens${estimate.cost === undefined ? "" : `, at least ${money(estimate.cost.amount, estimate.cost.currency)}`}.`}
      </Text>
      {notes.length > 0 && (
        <>
          <Title order={3} size="h6">
            What is changed
          </Title>
          <List size="sm">
            {notes.map(({ kind, message, field }) => (
              <List.Item key={`${kind} ${field ?? ""} ${message}`}>{message}</List.Item>
            ))}
          </List>
        </>
      )}
      {(prefixBreak !== undefined || (cacheReasons?.length ?? 0) > 0) && (
        <>
          <Title order={3} size="h6">
            Prompt cache
          </Title>
          <List size="sm">
            {prefixBreak !== undefined && (
              <List.Item>{`The prefix differs from the previous request at ${prefixBreak.at}: ${prefixBreak.because}`}</List.Item>
            )}
            {cacheReasons?.map((reason) => (
              <List.Item key={reason}>{reason}</List.Item>
            ))}
          </List>
        </>
      )}
      <Title order={3} size="h6">
        Headers
      </Title>
      <Code block className="wrap">
        {Object.entries(headers)
          .map(([name, value]) => `${name}: ${value}`)
          .join("\n")}
      </Code>
      <Group justify="space-between">
        <Title order={3} size="h6">
          Body
        </Title>
        <CopyButton text={JSON.stringify(body, undefined, 2)} size="compact-sm" variant="default" />
      </Group>
      <Code block className="wrap request-body" tabIndex={0}>
        {text}
      </Code>
    </Stack>
  );
}

function shortened(_key: string, value: unknown): unknown {
  return typeof value === "string" && value.length > LONGEST_TEXT
    ? `${value.slice(0, LONGEST_TEXT)}… (${count(value.length)} characters)`
    : value;
}
