import type { DraftPreview, ProviderSummary } from "@lumiverse/gateway/admin";
import { Anchor, Code, Divider, Paper, Stack, Text, Title } from "@mantine/core";
import { IconExternalLink } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { CardLines } from "./card-lines.tsx";

export interface DraftPanelProps {
  provider: ProviderSummary;
  preview: DraftPreview | undefined;
}

/** What the typed values lead to: the addresses and the lines of the card. */
export function DraftPanel({ provider, preview }: DraftPanelProps): ReactNode {
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
