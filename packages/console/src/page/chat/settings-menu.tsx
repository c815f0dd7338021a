import type { ReasoningLevel } from "@lumiverse/core";
import { ActionIcon, NumberInput, Popover, Select, Stack, Textarea, Tooltip } from "@mantine/core";
import { IconAdjustments } from "@tabler/icons-react";
import { type ReactNode, useState } from "react";
import { useChat } from "./chat-provider.tsx";

const LEVELS: readonly { value: ReasoningLevel; label: string }[] = [
  { value: "off", label: "Off" },
  { value: "minimal", label: "Minimal" },
  { value: "low", label: "Low" },
  { value: "medium", label: "Medium" },
  { value: "high", label: "High" },
  { value: "max", label: "Maximum" },
];

/** A menu with the settings of the next requests. An empty field is not sent. */
export function SettingsMenu(): ReactNode {
  const [opened, setOpened] = useState(false);
  return (
    <Popover position="bottom-end" width={320} shadow="md" trapFocus withinPortal opened={opened} onChange={setOpened}>
      <Popover.Target>
        <Tooltip label="System prompt and parameters" disabled={opened}>
          <ActionIcon variant="default" size="lg" aria-label="System prompt and parameters" onClick={() => setOpened(!opened)}>
            <IconAdjustments size={18} />
          </ActionIcon>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="sm">
          <SettingsFields />
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

function SettingsFields(): ReactNode {
  const { settings, change } = useChat();
  return (
    <>
      <Textarea
        label="System prompt"
        value={settings.system}
        onChange={(event) => change({ system: event.currentTarget.value })}
        autosize
        minRows={2}
        maxRows={8}
      />
      <Select
        label="Reasoning effort"
        placeholder="As the connection says"
        clearable
        value={settings.reasoning ?? null}
        onChange={(value) => change({ reasoning: (value as ReasoningLevel | null) ?? undefined })}
        data={[...LEVELS]}
        comboboxProps={{ withinPortal: false }}
      />
      <NumberInput
        label="Temperature"
        placeholder="Not set"
        min={0}
        max={2}
        step={0.1}
        decimalScale={2}
        value={settings.temperature ?? ""}
        onChange={(value) => change({ temperature: typeof value === "number" ? value : undefined })}
      />
      <NumberInput
        label="Longest answer, in tokens"
        placeholder="Not set"
        min={1}
        allowDecimal={false}
        value={settings.maxOutputTokens ?? ""}
        onChange={(value) => change({ maxOutputTokens: typeof value === "number" ? value : undefined })}
      />
    </>
  );
}
