import { type ThreadMessage, useAui, useAuiState } from "@assistant-ui/react";
import { Button, Group, List, Text } from "@mantine/core";
import { IconCode } from "@tabler/icons-react";
import { type ReactNode, useState } from "react";
import { ApiFailure } from "../api/client.ts";
import { Failure } from "../shared/failure.tsx";
import { count, duration, money, tokens } from "../shared/format.ts";
import { type Answer, answerOf } from "./answer.ts";
import { type ModelRequest, requestOf } from "./request.ts";
import { RequestDialog } from "./request-dialog.tsx";

/** What an answer cost and how long it took, what was changed on the way, and the request behind it. */
export function AnswerFacts(): ReactNode {
  const answer = useAuiState(({ message }) => answerOf(message.metadata));
  const status = useAuiState(({ message }) => (message.role === "assistant" ? message.status : undefined));
  if (answer === undefined || status?.type === "running") return null;
  const isStopped = status?.type === "incomplete" && status.reason === "cancelled";
  return (
    <div className="answer-facts">
      {answer.failure !== undefined && <Failure error={new ApiFailure(0, answer.failure)} title="The answer failed" />}
      <Group gap="2px 12px" mt={4}>
        {[...answerTexts(answer), ...(isStopped ? ["stopped before its end"] : [])].map((fact) => (
          <Text key={fact} size="xs" c="dimmed" className="wrap">
            {fact}
          </Text>
        ))}
        {answer.settings !== undefined && <ShowSentRequest answer={answer} />}
      </Group>
      <NotesAndAttempts answer={answer} />
    </div>
  );
}

interface SentRequests {
  request: ModelRequest;
  /** The request before it, which the prompt cache compares with. */
  previous: ModelRequest | undefined;
}

/** The request behind an answer: the messages before it, with the settings of that time. */
function requestsOf(messages: readonly ThreadMessage[], id: string): SentRequests | undefined {
  const sent = (index: number): ModelRequest | undefined => {
    const settings = answerOf(messages[index]?.metadata)?.settings;
    return settings === undefined ? undefined : requestOf(messages.slice(0, index), settings);
  };
  const index = messages.findIndex((message) => message.id === id);
  const request = sent(index);
  const previous = sent(messages.slice(0, index).findLastIndex(({ role }) => role === "assistant"));
  return request === undefined ? undefined : { request, previous };
}

function ShowSentRequest({ answer: { connection, model, url } }: { answer: Answer }): ReactNode {
  const id = useAuiState(({ message }) => message.id);
  const aui = useAui();
  const [requests, setRequests] = useState<SentRequests | undefined>();
  return (
    <>
      <Button
        size="compact-xs"
        variant="subtle"
        leftSection={<IconCode size={14} aria-hidden />}
        onClick={() => setRequests(requestsOf(aui.thread().getState().messages, id))}
      >
        Show the request
      </Button>
      {requests !== undefined && (
        <RequestDialog connection={connection} model={model} {...requests} sentTo={url} onClose={() => setRequests(undefined)} />
      )}
    </>
  );
}

/** Notes, and the attempts of an answer that needed several. The person unfolds them. */
function NotesAndAttempts({ answer: { notes, attempts } }: { answer: Answer }): ReactNode {
  const shownAttempts = attempts.length > 1 ? attempts.map(attemptText) : [];
  if (notes.length === 0 && shownAttempts.length === 0) return null;
  const summary = [
    ...(notes.length === 0 ? [] : [`${notes.length} ${notes.length === 1 ? "note" : "notes"}`]),
    ...(shownAttempts.length === 0 ? [] : [`${shownAttempts.length} attempts`]),
  ];
  return (
    <details className="fold">
      <summary>{summary.join(", ")}</summary>
      <List size="sm" spacing={2}>
        {notes.map(({ kind, message, field }) => (
          <List.Item key={`${kind} ${field ?? ""} ${message}`}>{message}</List.Item>
        ))}
        {shownAttempts.map((text) => (
          <List.Item key={text}>{text}</List.Item>
        ))}
      </List>
    </details>
  );
}

function answerTexts({ connectionName, model, answeredBy, usage, cost, firstTokenMs, totalMs, finishReason }: Answer): string[] {
  const { cacheRead, cacheWrite, reasoning } = usage ?? {};
  const paid = cost ?? usage?.cost;
  return [
    connectionName === "" ? undefined : `${connectionName} / ${answeredBy ?? model}`,
    tokens(usage),
    reasoning === undefined || reasoning === 0 ? undefined : `${count(reasoning)} reasoning`,
    cacheRead === undefined || cacheRead === 0 ? undefined : `${count(cacheRead)} read from the cache`,
    cacheWrite === undefined || cacheWrite === 0 ? undefined : `${count(cacheWrite)} written to the cache`,
    paid === undefined ? undefined : money(paid.amount, paid.currency),
    firstTokenMs === undefined ? undefined : `first token after ${duration(firstTokenMs)}`,
    totalMs === undefined ? undefined : `${duration(totalMs)} in all`,
    finishReason === undefined || finishReason === "stop" ? undefined : `ended: ${finishReason}`,
  ].filter((fact) => fact !== undefined);
}

function attemptText({ url, status, error, ms }: Answer["attempts"][number], index: number): string {
  const outcome = `${error ?? "answered"}${status === undefined ? "" : ` (HTTP ${status})`}`;
  return `Attempt ${index + 1}: ${outcome}, ${duration(ms)}, ${URL.parse(url)?.host ?? ""}`;
}
