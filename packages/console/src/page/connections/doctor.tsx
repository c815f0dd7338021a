import type { Diagnosis, Step } from "@lumiverse/connections";
import type { ConnectionView, DiagnosisEvent } from "@lumiverse/gateway/admin";
import { Alert, Button, Group, Loader, Stack, Text } from "@mantine/core";
import { IconCircleCheck, IconCircleDashed, IconCircleX } from "@tabler/icons-react";
import { type ReactNode, useCallback, useEffect, useState } from "react";
import { send } from "../api/client.ts";
import { Dialog } from "../shared/dialog.tsx";
import { Failure } from "../shared/failure.tsx";
import { duration, sentence } from "../shared/format.ts";

interface Examination {
  steps: readonly Step[];
  diagnosis?: Diagnosis;
  failure?: unknown;
}

/** Follows the request that the connection really sends, and says in one sentence what is wrong. */
export function Doctor({ connection: { profile }, onClose }: { connection: ConnectionView; onClose: () => void }): ReactNode {
  const [{ steps, diagnosis, failure }, setState] = useState<Examination>({ steps: [] });
  const [round, setRound] = useState(0);
  const examine = useCallback(
    async (signal: AbortSignal): Promise<void> => {
      setState({ steps: [] });
      try {
        const response = await send(`connections/${profile.id}/diagnose`, { method: "POST", signal });
        for await (const line of lines(response)) {
          const event = JSON.parse(line) as DiagnosisEvent; // written by the admin API
          setState((before) =>
            event.type === "step" ? { ...before, steps: withStep(before.steps, event.step) } : { ...before, diagnosis: event.diagnosis },
          );
        }
      } catch (cause) {
        if (!signal.aborted) setState((before) => ({ ...before, failure: cause }));
      }
    },
    [profile.id],
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new round starts again
  useEffect(() => {
    const stop = new AbortController();
    void examine(stop.signal);
    return () => stop.abort();
  }, [examine, round]);
  return (
    <Dialog onClose={onClose} title={`Check of ${profile.name}`} size="lg">
      <Stack aria-live="polite">
        {diagnosis !== undefined && (
          <Alert
            color={diagnosis.healthy ? "teal" : "red"}
            icon={diagnosis.healthy ? <IconCircleCheck aria-hidden /> : <IconCircleX aria-hidden />}
            title={diagnosis.healthy ? "All is well" : "What is wrong"}
          >
            <Text size="sm" className="wrap" data-testid="diagnosis">
              {diagnosis.sentence}
            </Text>
          </Alert>
        )}
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
          {diagnosis === undefined && failure === undefined && (
            <Group gap="sm">
              <Loader size="xs" aria-label="Examining" />
              <Text size="sm" c="dimmed">
                Sending what this connection sends, with a short answer
              </Text>
            </Group>
          )}
        </Stack>
        <Group justify="flex-end">
          <Button variant="default" onClick={() => setRound(round + 1)} disabled={diagnosis === undefined && failure === undefined}>
            Check again
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}

function StepIcon({ state }: { state: Step["state"] }): ReactNode {
  const shared = { size: 18, role: "img", style: { flexShrink: 0 } };
  if (state === "ok") return <IconCircleCheck {...shared} aria-label="ok" color="var(--mantine-color-teal-6)" />;
  if (state === "failed") return <IconCircleX {...shared} aria-label="failed" color="var(--mantine-color-red-6)" />;
  return <IconCircleDashed {...shared} aria-label="not known" color="var(--mantine-color-dimmed)" />;
}

/** A step may be reported again, while the server keeps silent. */
function withStep(steps: readonly Step[], step: Step): Step[] {
  return [...steps.filter((one) => one.step !== step.step), step];
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
