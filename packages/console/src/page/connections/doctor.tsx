import type { Diagnosis, Step } from "@lumiverse/connections";
import type { ConnectionView, DiagnosisEvent } from "@lumiverse/gateway/admin";
import { Alert, Button, Group, Loader, Stack, Text } from "@mantine/core";
import { IconCircleCheck, IconCircleDashed, IconCircleX } from "@tabler/icons-react";
import { type ReactNode, useEffect, useState } from "react";
import { send } from "../api/client.ts";
import { Dialog } from "../shared/dialog.tsx";
import { Failure } from "../shared/failure.tsx";
import { duration, sentence } from "../shared/format.ts";

interface Examination {
  steps: readonly Step[];
  diagnosis?: Diagnosis;
  failure?: unknown;
}

interface DoctorProps {
  connection: ConnectionView;
  onClose: () => void;
}

/** Examines the request that the connection really sends, and says in one sentence what is wrong. */
export function Doctor({ connection: { profile }, onClose }: DoctorProps): ReactNode {
  const { examination, examineAgain } = useExamination(profile.id);
  const { steps, diagnosis, failure } = examination;
  const isRunning = diagnosis === undefined && failure === undefined;
  return (
    <Dialog onClose={onClose} title={`Check of ${profile.name}`} size="lg">
      <Stack aria-live="polite">
        {diagnosis !== undefined && <Result diagnosis={diagnosis} />}
        {failure !== undefined && <Failure error={failure} />}
        <Stack gap={6}>
          {steps.map((step) => (
            <Group key={step.step} wrap="nowrap" gap="sm" align="flex-start">
              <StepIcon state={step.state} />
              <Text size="sm" className="wrap" flex={1}>
                {sentence(step.text)}
              </Text>
              <Text size="xs" c="dimmed">
                {duration(step.ms)}
              </Text>
            </Group>
          ))}
          {isRunning && (
            <Group gap="sm">
              <Loader size="xs" aria-label="Examining" />
              <Text size="sm" c="dimmed">
                Sending a request with a short answer, as this connection sends it
              </Text>
            </Group>
          )}
        </Stack>
        <Group justify="flex-end">
          <Button variant="default" onClick={examineAgain} disabled={isRunning}>
            Check again
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}

/** Examines the connection at once, and again on demand. A step is shown as soon as it is done. */
function useExamination(id: string): { examination: Examination; examineAgain: () => void } {
  const [examination, setExamination] = useState<Examination>({ steps: [] });
  const [round, setRound] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new round starts again
  useEffect(() => {
    const stop = new AbortController();
    setExamination({ steps: [] });
    examine(id, stop.signal, (event) => setExamination((before) => withEvent(before, event))).catch((failure: unknown) => {
      if (!stop.signal.aborted) setExamination((before) => ({ ...before, failure }));
    });
    return () => stop.abort();
  }, [id, round]);
  return { examination, examineAgain: () => setRound(round + 1) };
}

async function examine(id: string, signal: AbortSignal, onEvent: (event: DiagnosisEvent) => void): Promise<void> {
  const response = await send(`connections/${id}/diagnose`, { method: "POST", signal });
  for await (const line of lines(response)) onEvent(JSON.parse(line) as DiagnosisEvent); // written by the admin API
}

/** The server may report a step several times while it waits for an answer. */
function withEvent(before: Examination, event: DiagnosisEvent): Examination {
  if (event.type !== "step") return { ...before, diagnosis: event.diagnosis };
  return { ...before, steps: [...before.steps.filter(({ step }) => step !== event.step.step), event.step] };
}

function Result({ diagnosis: { healthy, sentence } }: { diagnosis: Diagnosis }): ReactNode {
  return (
    <Alert
      color={healthy ? "teal" : "red"}
      icon={healthy ? <IconCircleCheck aria-hidden /> : <IconCircleX aria-hidden />}
      title={healthy ? "All is well" : "What is wrong"}
    >
      <Text size="sm" className="wrap" data-testid="diagnosis">
        {sentence}
      </Text>
    </Alert>
  );
}

function StepIcon({ state }: { state: Step["state"] }): ReactNode {
  const shared = { size: 18, role: "img", style: { flexShrink: 0 } };
  if (state === "ok") return <IconCircleCheck {...shared} aria-label="ok" color="var(--mantine-color-teal-6)" />;
  if (state === "failed") return <IconCircleX {...shared} aria-label="failed" color="var(--mantine-color-red-6)" />;
  return <IconCircleDashed {...shared} aria-label="not known" color="var(--mantine-color-dimmed)" />;
}

async function* lines(response: Response): AsyncGenerator<string> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = (await reader?.read()) ?? { done: true, value: undefined };
    if (done) break;
    const parts = (rest + value).split("\n");
    rest = parts.pop() ?? "";
    yield* parts.filter((line) => line !== "");
  }
  if (rest !== "") yield rest;
}
