import type { Explanation } from "@lumiverse/core";
import { Code, Group, List, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { call } from "../api/client.ts";
import { CopyButton } from "../shared/copy.tsx";
import { Dialog } from "../shared/dialog.tsx";
import { Failure } from "../shared/failure.tsx";
import { count, money } from "../shared/format.ts";
import { Progress } from "../shared/waiting.tsx";
import type { ModelRequest } from "./request.ts";

/** The longest text of the body that is shown whole, in characters. An image would fill the page. */
const LONGEST_TEXT = 4000;

export interface RequestDialogProps {
  connection: string;
  model: string;
  request: ModelRequest;
  /** The request before it, which the prompt cache compares with. */
  previous?: ModelRequest | undefined;
  /** The address to which it was sent. Absent: it is not sent yet. */
  sentTo?: string | undefined;
  onClose: () => void;
}

/** Shows the HTTP request as the provider receives it, what was changed in it, and what it may cost. */
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
          Computed again from the messages and settings that were sent, with the connection as it is now.
        </Text>
      )}
      {explained.data !== undefined && <Explained explanation={explained.data} />}
    </Dialog>
  );
}

function Explained({ explanation }: { explanation: Explanation }): ReactNode {
  const { method, url, headers, body, notes, estimate, protocol } = explanation;
  const cost = estimate.cost === undefined ? "" : `, at least ${money(estimate.cost.amount, estimate.cost.currency)}`;
  const cacheTexts = cacheTextsOf(explanation);
  return (
    <Stack gap="sm">
      <Code block className="wrap">{`${method} ${url}`}</Code>
      <Text size="sm">{`Protocol: ${protocol}. About ${count(estimate.inputTokens)} tokens${cost}.`}</Text>
      {notes.length > 0 && (
        <ListSection title="What is changed">
          {notes.map(({ kind, message, field }) => (
            <List.Item key={`${kind} ${field ?? ""} ${message}`}>{message}</List.Item>
          ))}
        </ListSection>
      )}
      {cacheTexts.length > 0 && (
        <ListSection title="Prompt cache">
          {cacheTexts.map((text) => (
            <List.Item key={text}>{text}</List.Item>
          ))}
        </ListSection>
      )}
      <Heading>Headers</Heading>
      <Code block className="wrap">
        {Object.entries(headers)
          .map(([name, value]) => `${name}: ${value}`)
          .join("\n")}
      </Code>
      <Group justify="space-between">
        <Heading>Body</Heading>
        <CopyButton text={JSON.stringify(body, undefined, 2)} size="compact-sm" variant="default" />
      </Group>
      <Code block className="wrap request-body" tabIndex={0}>
        {JSON.stringify(body, shortened, 2)}
      </Code>
    </Stack>
  );
}

function ListSection({ title, children }: { title: string; children: ReactNode }): ReactNode {
  return (
    <>
      <Heading>{title}</Heading>
      <List size="sm">{children}</List>
    </>
  );
}

function Heading({ children }: { children: string }): ReactNode {
  return (
    <Title order={3} size="h6">
      {children}
    </Title>
  );
}

function cacheTextsOf({ prefixBreak, cacheReasons = [] }: Explanation): readonly string[] {
  if (prefixBreak === undefined) return cacheReasons;
  return [`The prefix differs from the previous request at ${prefixBreak.at}: ${prefixBreak.because}`, ...cacheReasons];
}

function shortened(_key: string, value: unknown): unknown {
  return typeof value === "string" && value.length > LONGEST_TEXT
    ? `${value.slice(0, LONGEST_TEXT)}… (${count(value.length)} characters)`
    : value;
}
