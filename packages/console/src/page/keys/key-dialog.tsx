import type { KeyInput, VirtualKey } from "@lumiverse/gateway";
import type { KeyView } from "@lumiverse/gateway/admin";
import { Alert, Button, Checkbox, Code, Group, NumberInput, SimpleGrid, Stack, TagsInput, Text, TextInput } from "@mantine/core";
import { type UseMutationResult, useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useState } from "react";
import { ApiFailure, call } from "../api/client.ts";
import { useConnections } from "../api/queries.ts";
import { CopyButton } from "../shared/copy.tsx";
import { Dialog, FormButtons } from "../shared/dialog.tsx";
import { Failure } from "../shared/failure.tsx";

interface KeyValues {
  name: string;
  /** Empty: all models. */
  models: string[];
  limits: VirtualKey["limits"];
  seesTargets: boolean;
  /** `2026-01-31`, in UTC. Empty: the key does not expire. */
  lastDay: string;
}

/** Creates a key, or changes what it may use. */
export function KeyDialog({ view, onClose }: { view: KeyView | undefined; onClose: () => void }): ReactNode {
  const before = view?.key;
  const [values, setValues] = useState(() => valuesOf(before));
  const save = useSaveKey(before, onClose);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    save.mutate(values);
  };
  const secret = save.data?.secret;
  return (
    <Dialog onClose={onClose} title={before === undefined ? "New key" : `Edit ${before.name}`} size="lg">
      {secret !== undefined ? (
        <NewSecret secret={secret} onClose={onClose} />
      ) : (
        <form onSubmit={submit}>
          <Stack>
            {save.isError && <Failure error={save.error} />}
            <KeyFields
              values={values}
              onChange={(changes) => setValues((earlier) => ({ ...earlier, ...changes }))}
              nameError={issueOf(save.error, "name")}
            />
            <FormButtons action={before === undefined ? "Create" : "Save"} isSaving={save.isPending} onCancel={onClose} />
          </Stack>
        </form>
      )}
    </Dialog>
  );
}

/** Saves a key. A key that was changed closes the dialog; the secret of a new one is shown first. */
function useSaveKey(before: VirtualKey | undefined, onClose: () => void): UseMutationResult<{ secret?: string }, Error, KeyValues> {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (values: KeyValues): Promise<{ secret?: string }> => {
      const body = inputOf(values);
      if (before === undefined) return call<{ secret: string }>("keys", { method: "POST", body });
      await call(`keys/${before.id}`, { method: "PATCH", body });
      return {};
    },
    onSuccess: async ({ secret }) => {
      await queries.invalidateQueries({ queryKey: ["keys"] });
      if (secret === undefined) onClose();
    },
  });
}

function valuesOf(key: VirtualKey | undefined): KeyValues {
  return {
    name: key?.name ?? "",
    models: [...(key?.models ?? [])],
    limits: key?.limits ?? {},
    seesTargets: key?.seesTargets ?? false,
    lastDay: key?.expiresAt?.slice(0, 10) ?? "",
  };
}

function inputOf({ name, models, limits, seesTargets, lastDay }: KeyValues): KeyInput {
  return {
    name,
    models: models.length === 0 ? null : models,
    limits,
    seesTargets,
    expiresAt: lastDay === "" ? null : new Date(`${lastDay}T23:59:59Z`).toISOString(),
  };
}

interface KeyFieldsProps {
  values: KeyValues;
  onChange: (changes: Partial<KeyValues>) => void;
  nameError: string | undefined;
}

function KeyFields({ values: { name, models, limits, seesTargets, lastDay }, onChange, nameError }: KeyFieldsProps): ReactNode {
  const connections = useConnections();
  return (
    <>
      <TextInput
        label="Name"
        required
        value={name}
        onChange={(event) => onChange({ name: event.currentTarget.value })}
        description="For example the program that uses the key."
        data-autofocus
        error={nameError}
      />
      <TagsInput
        label="Models"
        description="connection/model, connection/* or the name of an alias. Empty: all models."
        value={models}
        onChange={(names) => onChange({ models: names })}
        data={(connections.data ?? []).map(({ profile }) => `${profile.name}/*`)}
      />
      <LimitFields limits={limits} onChange={(changed) => onChange({ limits: changed })} />
      <TextInput
        label="Last day"
        type="date"
        value={lastDay}
        onChange={(event) => onChange({ lastDay: event.currentTarget.value })}
        description="Empty: the key does not expire."
      />
      <Checkbox
        label="Answers and errors name the real target of an alias, and the key may read /metrics"
        checked={seesTargets}
        onChange={(event) => onChange({ seesTargets: event.currentTarget.checked })}
      />
    </>
  );
}

type LimitName = "parallel" | "requestsPerMinute" | "tokensPerMinute" | "budgetPerDay" | "budgetPerMonth";

interface LimitFieldsProps {
  limits: VirtualKey["limits"];
  onChange: (limits: VirtualKey["limits"]) => void;
}

function LimitFields({ limits, onChange }: LimitFieldsProps): ReactNode {
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

function NewSecret({ secret, onClose }: { secret: string; onClose: () => void }): ReactNode {
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

function issueOf(error: unknown, path: string): string | undefined {
  return error instanceof ApiFailure ? error.issues.find((issue) => issue.path === path)?.message : undefined;
}
