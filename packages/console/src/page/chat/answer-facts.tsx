import { type ThreadMessage, useAui, useAuiState } from "@assistant-ui/react";
import { Button, Group, List, Text } from "@mantine/core";
import { IconCode } from "@tabler/icons-react";
import { type ReactNode, useState } from "react";
import { ApiFailure } from "../api/client.ts";
import { Failure } from "../shared/failure.tsx";
import { count, duration, money } from "../shared/format.ts";
import { type Answer, answerOf } from "./answer.ts";
import { requestOf } from "./chat-model.ts";
import { RequestDialog } from "./request-dialog.tsx";

type SentRequest = ReturnType<typeof requestOf>;

interface SentRequests {
  request: SentRequest;
  /** The request before it, which the prompt cache compares with. */
  previous?: SentRequest;
}

/** The request behind an answer: the messages before it, with what was set then. */
function requestsOf(messages: readonly ThreadMessage[], id: string): SentRequests | undefined {
  const before = messages.slice(
    0,
    messages.findIndex((message) => message.id === id),
  );
  const sent = (index: number): SentRequest | undefined => {
    const settings = answerOf(messages[index]?.metadata)?.settings;
    return settings === undefined ? undefined : requestOf(messages.slice(0, index), settings);
  };
  const request = sent(before.length);
  const previous = sent(before.findLastIndex(({ role }) => role === "assistant"));
  return request === undefined ? undefined : { request, ...(previous === undefined ? {} : { previous }) };
}

/** What an answer cost and took, what was changed on the way, and the request behind it. */
export function AnswerFacts(): ReactNode {
  const answer = useAuiState(({ message }) => answerOf(message.metadata));
  const isRunning = useAuiState(({ message }) => message.role === "assistant" && message.status.type === "running");
  const isStopped = useAuiState(
    ({ message }) => message.role === "assistant" && message.status.type === "incomplete" && message.status.reason === "cancelled",
  );
  const id = useAuiState(({ message }) => message.id);
  const aui = useAui();
  const [requests, setRequests] = useState<SentRequests | undefined>();
  if (answer === undefined || isRunning) return null;
  const { failure, notes, attempts } = answer;
  return (
    <div className="answer-facts">
      {failure !== undefined && <Failure error={new ApiFailure(0, failure)} title="The answer failed" />}
      <Group gap="2px 12px" mt={4}>
        {[...answerTexts(answer), ...(isStopped ? ["stopped before its end"] : [])].map((fact) => (
          <Text key={fact} size="xs" c="dimmed" className="wrap">
            {fact}
          </Text>
        ))}
        {answer.settings !== undefined && (
          <Button
            size="compact-xs"
            variant="subtle"
            leftSection={<IconCode size={14} aria-hidden />}
            onClick={() => setRequests(requestsOf(aui.thread().getState().messages, id))}
          >
            Show the request
          </Button>
        )}
      </Group>
      {(notes.length > 0 || attempts.length > 1) && (
        <details className="fold">
          <summary>
            {[
              notes.length > 0 && `${notes.length} ${notes.length === 1 ? "note" : "notes"}`,
              attempts.length > 1 && `${attempts.length} attempts`,
            ]
              .filter(Boolean)
              .join(", ")}
          </summary>
          <List size="sm" spacing={2}>
            {notes.map(({ kind, message, field }) => (
              <List.Item key={`${kind} ${field ?? ""} ${message}`}>{message}</List.Item>
            ))}
            {attempts.length > 1 &&
              attempts.map((attempt, index) => <List.Item key={attemptText(attempt, index)}>{attemptText(attempt, index)}</List.Item>)}
          </List>
        </details>
      )}
      {requests !== undefined && (
        <RequestDialog
          connection={answer.connection}
          model={answer.model}
          request={requests.request}
          previous={requests.previous}
          sentTo={answer.url}
          onClose={() => setRequests(undefined)}
        />
      )}
    </div>
  );
}

function answerTexts({ connectionName, model, answeredBy, usage, cost, firstTokenMs, totalMs, finishReason }: Answer): string[] {
  const { input, output, cacheRead, cacheWrite, reasoning } = usage ?? {};
  const prompt = input === undefined ? undefined : input + (cacheRead ?? 0) + (cacheWrite ?? 0);
  const paid = cost ?? usage?.cost;
  return [
    connectionName === "" ? undefined : `${connectionName} / ${answeredBy ?? model}`,
    prompt === undefined && output === undefined
      ? undefined
      : `${prompt === undefined ? "?" : count(prompt)} in, ${output === undefined ? "?" : count(output)} out`,
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
