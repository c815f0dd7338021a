import { ActionIcon, Code, CopyButton, Group, Paper, Stack, Text, Title, Tooltip } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import type { ReactNode } from "react";

/** How programs that exist already reach the gateway. */
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
        Name a model as connection/model, or by an alias. Give the program one of the keys above as its API key.
      </Text>
      <Stack gap="xs">
        {lines.map(({ label, text }) => (
          <div key={label}>
            <Text size="xs" c="dimmed">
              {label}
            </Text>
            <Group gap="xs" wrap="nowrap">
              <Code className="wrap">{text}</Code>
              <CopyButton value={text}>
                {({ copied, copy }) => (
                  <Tooltip label={copied ? "Copied" : "Copy"}>
                    <ActionIcon size="sm" variant="subtle" color="gray" onClick={copy} aria-label={`Copy the address for ${label}`}>
                      {copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
                    </ActionIcon>
                  </Tooltip>
                )}
              </CopyButton>
            </Group>
          </div>
        ))}
      </Stack>
    </Paper>
  );
}
