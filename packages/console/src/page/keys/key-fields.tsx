/** The fields that virtual keys and management keys have in common. */
import type { VirtualKey } from "@lumiverse/gateway";
import { Alert, Button, Checkbox, Code, Group, NumberInput, SimpleGrid, Stack, TagsInput, Text, TextInput } from "@mantine/core";
import type { ReactNode } from "react";
import { ApiFailure } from "../api/client.ts";
import { useConnections } from "../api/queries.ts";
import { CopyButton } from "../shared/copy.tsx";

export const ALL_MODELS = "connection/model, connection/* or the name of an alias. Empty: all models.";

interface NameFieldProps {
  name: string;
  onChange: (name: string) => void;
  description: string;
  error: string | undefined;
}

/** The name of a key. The dialog begins here. */
export function NameField({ name, onChange, description, error }: NameFieldProps): ReactNode {
  return (
    <TextInput
      label="Name"
      required
      value={name}
      onChange={(event) => onChange(event.currentTarget.value)}
      description={description}
      data-autofocus
      error={error}
    />
  );
}

interface ModelsFieldProps {
  models: string[];
  onChange: (models: string[]) => void;
  description: string;
  error?: string | undefined;
}

/** The models that a key may use or grant. */
export function ModelsField({ models, onChange, description, error }: ModelsFieldProps): ReactNode {
  const connections = useConnections();
  return (
    <TagsInput
      label="Models"
      description={description}
      value={models}
      onChange={onChange}
      data={(connections.data ?? []).map(({ profile }) => `${profile.name}/*`)}
      error={error}
    />
  );
}

interface LastDayFieldProps {
  /** `2026-01-31`, in UTC. Empty: the key does not expire. */
  lastDay: string;
  onChange: (lastDay: string) => void;
  error?: string | undefined;
}

export function LastDayField({ lastDay, onChange, error }: LastDayFieldProps): ReactNode {
  return (
    <TextInput
      label="Last day"
      type="date"
      value={lastDay}
      onChange={(event) => onChange(event.currentTarget.value)}
      description="Empty: the key does not expire."
      error={error}
    />
  );
}

/** The last second of a day in UTC. Null: the key does not expire. */
export function endOfDay(lastDay: string): string | null {
  return lastDay === "" ? null : new Date(`${lastDay}T23:59:59Z`).toISOString();
}

type LimitName = "parallel" | "requestsPerMinute" | "tokensPerMinute" | "budgetPerDay" | "budgetPerMonth";

interface LimitFieldsProps {
  limits: VirtualKey["limits"];
  onChange: (limits: VirtualKey["limits"]) => void;
}

/** The limits of a key. */
export function LimitFields({ limits, onChange }: LimitFieldsProps): ReactNode {
  const { currency = "USD", budgetPerDay, budgetPerMonth, unpriced } = limits;
  const fields: readonly (readonly [name: LimitName, label: string])[] = [
    ["requestsPerMinute", "Requests per minute"],
    ["tokensPerMinute", "Tokens per minute"],
    ["parallel", "Calls at once"],
    ["budgetPerDay", `${currency} per day, in UTC`],
    ["budgetPerMonth", `${currency} per month, in UTC`],
  ];
  const change = (name: LimitName, value: number | string): void => {
    const { [name]: _, ...others } = limits;
    onChange(typeof value === "number" ? { ...others, [name]: value } : others);
  };
  return (
    <>
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        {fields.map(([name, label]) => (
          <NumberInput
            key={name}
            label={label}
            placeholder="No limit"
            min={0}
            allowDecimal={name.startsWith("budget")}
            value={limits[name] ?? ""}
            onChange={(value) => change(name, value)}
          />
        ))}
      </SimpleGrid>
      {(budgetPerDay !== undefined || budgetPerMonth !== undefined) && (
        <Checkbox
          label="Allow models without a known price; they count as free"
          checked={unpriced === "free"}
          onChange={(event) => onChange({ ...limits, unpriced: event.currentTarget.checked ? "free" : "refuse" })}
        />
      )}
    </>
  );
}

/** The only sight of a new key. */
export function NewSecret({ secret, onClose }: { secret: string; onClose: () => void }): ReactNode {
  return (
    <Stack>
      <Alert color="teal" title="The key is created">
        <Text size="sm">Copy it now. It is not stored, so it cannot be shown again.</Text>
      </Alert>
      <Code block className="wrap" data-testid="new-key">
        {secret}
      </Code>
      <Group justify="flex-end">
        <CopyButton text={secret} variant="light" />
        <Button onClick={onClose}>Done</Button>
      </Group>
    </Stack>
  );
}

/** What the server says of a field. */
export function issueOf(error: unknown, path: string): string | undefined {
  return error instanceof ApiFailure ? error.issues.find((issue) => issue.path === path)?.message : undefined;
}
