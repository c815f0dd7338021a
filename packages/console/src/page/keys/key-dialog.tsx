import type { KeyInput, VirtualKey } from "@lumiverse/gateway";
import type { KeyView } from "@lumiverse/gateway/admin";
import { Checkbox, Stack } from "@mantine/core";
import { type UseMutationResult, useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useState } from "react";
import { call } from "../api/client.ts";
import { Dialog, FormButtons } from "../shared/dialog.tsx";
import { Failure } from "../shared/failure.tsx";
import { ALL_MODELS, endOfDay, issueOf, LastDayField, LimitFields, ModelsField, NameField, NewSecret } from "./key-fields.tsx";

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
    expiresAt: endOfDay(lastDay),
  };
}

interface KeyFieldsProps {
  values: KeyValues;
  onChange: (changes: Partial<KeyValues>) => void;
  nameError: string | undefined;
}

function KeyFields({ values: { name, models, limits, seesTargets, lastDay }, onChange, nameError }: KeyFieldsProps): ReactNode {
  return (
    <>
      <NameField
        name={name}
        onChange={(changed) => onChange({ name: changed })}
        description="For example the program that uses the key."
        error={nameError}
      />
      <ModelsField models={models} onChange={(names) => onChange({ models: names })} description={ALL_MODELS} />
      <LimitFields limits={limits} onChange={(changed) => onChange({ limits: changed })} />
      <LastDayField lastDay={lastDay} onChange={(day) => onChange({ lastDay: day })} />
      <Checkbox
        label="Answers and errors name the real target of an alias, and the key may read /metrics"
        checked={seesTargets}
        onChange={(event) => onChange({ seesTargets: event.currentTarget.checked })}
      />
    </>
  );
}
