import { Code, Group, Paper, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { CopyIcon } from "../shared/copy.tsx";

/** The settings with which existing programs reach the gateway. */
export function ClientAddresses({ address }: { address: string }): ReactNode {
  const lines = [
    { label: "OpenAI clients", text: `OPENAI_BASE_URL=${address}/v1` },
    { label: "Anthropic clients, Claude Code", text: `ANTHROPIC_BASE_URL=${address}` },
    { label: "Gemini clients", text: `GOOGLE_GEMINI_BASE_URL=${address}` },
  ];
  return (
    <Paper withBorder p="md" className="panel">
      <Title order={2} size="h5">
        Use it from other programs
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        Name a model as connection/model or by its alias. As API key, give the program one of your keys above. A management key calls no
        model.
      </Text>
      <Stack gap="xs">
        {lines.map(({ label, text }) => (
          <div key={label}>
            <Text size="xs" c="dimmed">
              {label}
            </Text>
            <Group gap="xs" wrap="nowrap">
              <Code className="wrap">{text}</Code>
              <CopyIcon text={text} label={`Copy the address for ${label}`} />
            </Group>
          </div>
        ))}
      </Stack>
    </Paper>
  );
}
