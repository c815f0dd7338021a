import type { KeyVerdict } from "@lumiverse/core";
import type { Draft, DraftPreview, ProviderSummary } from "@lumiverse/gateway/admin";
import { Anchor, Button, Code, Divider, Paper, Stack, Text, Title } from "@mantine/core";
import { IconExternalLink, IconKey } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { call } from "../api/client.ts";
import { Failure } from "../shared/failure.tsx";
import { CardLines } from "./card-lines.tsx";

export interface DraftPanelProps {
  provider: ProviderSummary;
  draft: Draft;
  preview: DraftPreview | undefined;
}

/** What the typed values lead to: the addresses, the lines of the card, and a check of the key. */
export function DraftPanel({ provider, draft, preview }: DraftPanelProps): ReactNode {
  const { address, addressProblem, lines } = preview ?? {};
  return (
    <Paper withBorder p="md" className="panel draft-panel">
      <Stack gap="sm">
        <Title order={2} size="h5">
          Where requests go
        </Title>
        {address !== undefined && (
          <Stack gap={6} data-testid="addresses">
            <Address label="Chat" url={address.chat} />
            <Address label="Models" url={address.models} none="The vendor has no model list." />
          </Stack>
        )}
        {addressProblem !== undefined && (
          <Text size="sm" className="wrap">
            {addressProblem}
          </Text>
        )}
        {lines !== undefined && (
          <>
            <Divider />
            <Title order={2} size="h5">
              On the card
            </Title>
            <CardLines lines={lines} />
          </>
        )}
        <Divider />
        <KeyCheck provider={provider} draft={draft} />
        <Anchor href={provider.docs} target="_blank" rel="noopener noreferrer" size="sm">
          {`Documentation of ${provider.name} `}
          <IconExternalLink size={14} aria-hidden />
        </Anchor>
      </Stack>
    </Paper>
  );
}

function Address({ label, url, none = "" }: { label: string; url: string | undefined; none?: string }): ReactNode {
  return (
    <div>
      <Text size="xs" c="dimmed">
        {label}
      </Text>
      {url === undefined ? <Text size="sm">{none}</Text> : <Code className="wrap">{url}</Code>}
    </div>
  );
}

function KeyCheck({ provider, draft }: { provider: ProviderSummary; draft: Draft }): ReactNode {
  const check = useMutation({ mutationFn: () => call<KeyVerdict>(`providers/${provider.id}/check`, { method: "POST", body: draft }) });
  if (provider.credential === "none") return null;
  return (
    <Stack gap="xs" aria-live="polite">
      <Button variant="light" leftSection={<IconKey size={16} aria-hidden />} loading={check.isPending} onClick={() => check.mutate()}>
        Check the key
      </Button>
      {check.data !== undefined && (
        <Text size="sm" className="wrap">
          <b>{sentenceOf(check.data)}</b>
          {[check.data.reason, check.data.hint, check.data.spent === undefined ? undefined : `The check cost ${check.data.spent}.`]
            .filter((text) => text !== undefined)
            .map((text) => ` ${text}`)}
        </Text>
      )}
      {check.error !== null && <Failure error={check.error} />}
    </Stack>
  );
}

function sentenceOf({ key, usable }: KeyVerdict): string {
  if (key === "invalid") return "The vendor refuses this key.";
  if (key === "unknown") return "The vendor did not say whether the key is valid.";
  if (usable === false) return "The key is valid, but a chat would fail now.";
  return usable === true ? "The key works." : "The key is valid.";
}
