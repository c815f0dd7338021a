import type { ManagementKeyInput, VirtualKey } from "@lumiverse/gateway";
import { Checkbox, Fieldset, SimpleGrid, Stack, Text } from "@mantine/core";
import { type UseMutationResult, useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useState } from "react";
import { call } from "../api/client.ts";
import { usePermissions } from "../api/queries.ts";
import { Dialog, FormButtons } from "../shared/dialog.tsx";
import { Failure } from "../shared/failure.tsx";
import { Waiting } from "../shared/waiting.tsx";
import { endOfDay, issueOf, LastDayField, LimitFields, ModelsField, NameField, NewSecret } from "./key-fields.tsx";

interface ManagementKeyValues {
  name: string;
  permissions: string[];
  /** Empty: all models. */
  models: string[];
  limits: VirtualKey["limits"];
  /** `2026-01-31`, in UTC. Empty: the key does not expire. */
  lastDay: string;
}

const EMPTY: ManagementKeyValues = { name: "", permissions: [], models: [], limits: {}, lastDay: "" };

/** Makes a key for the admin API. Such a key is not changed afterwards. */
export function ManagementKeyDialog({ onClose }: { onClose: () => void }): ReactNode {
  const [values, setValues] = useState(EMPTY);
  const create = useCreateManagementKey();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    create.mutate(values);
  };
  return (
    <Dialog onClose={onClose} title="New management key" size="xl" fillsPhone>
      {create.data !== undefined ? (
        <NewSecret secret={create.data.secret} onClose={onClose} />
      ) : (
        <form onSubmit={submit}>
          <Stack>
            {create.isError && <Failure error={create.error} />}
            <ManagementKeyFields
              values={values}
              onChange={(changes) => setValues((earlier) => ({ ...earlier, ...changes }))}
              error={create.error}
            />
            <FormButtons action="Create" isSaving={create.isPending} disabled={values.permissions.length === 0} onCancel={onClose} />
          </Stack>
        </form>
      )}
    </Dialog>
  );
}

function useCreateManagementKey(): UseMutationResult<{ secret: string }, Error, ManagementKeyValues> {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ name, permissions, models, limits, lastDay }: ManagementKeyValues) => {
      const body: Omit<ManagementKeyInput, "permissions"> & { permissions: string[] } = {
        name,
        permissions,
        models: models.length === 0 ? null : models,
        limits,
        expiresAt: endOfDay(lastDay),
      };
      return call<{ secret: string }>("management-keys", { method: "POST", body });
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: ["management-keys"] }),
  });
}

interface ManagementKeyFieldsProps {
  values: ManagementKeyValues;
  onChange: (changes: Partial<ManagementKeyValues>) => void;
  error: unknown;
}

function ManagementKeyFields({ values, onChange, error }: ManagementKeyFieldsProps): ReactNode {
  const { name, permissions, models, limits, lastDay } = values;
  return (
    <>
      <NameField
        name={name}
        onChange={(changed) => onChange({ name: changed })}
        description="For example the colleague or the program that uses the key."
        error={issueOf(error, "name")}
      />
      <PermissionFields chosen={permissions} onChange={(chosen) => onChange({ permissions: chosen })} />
      <Fieldset legend="Limits of the keys that it makes">
        <Stack>
          <ModelsField
            models={models}
            onChange={(names) => onChange({ models: names })}
            description="connection/model, connection/* or the name of an alias. Empty: any model."
            error={issueOf(error, "models")}
          />
          <LimitFields limits={limits} onChange={(changed) => onChange({ limits: changed })} />
        </Stack>
      </Fieldset>
      <LastDayField lastDay={lastDay} onChange={(day) => onChange({ lastDay: day })} error={issueOf(error, "expiresAt")} />
    </>
  );
}

interface PermissionFieldsProps {
  chosen: string[];
  onChange: (chosen: string[]) => void;
}

function PermissionFields({ chosen, onChange }: PermissionFieldsProps): ReactNode {
  const permissions = usePermissions();
  const names = Object.keys(permissions.data ?? {});
  return (
    <>
      <Waiting query={permissions} what="permissions" />
      {groupsOf(names).map(({ title, names: members }) => (
        <PermissionGroup
          key={title}
          title={title}
          meanings={Object.fromEntries(members.map((name) => [name, permissions.data?.[name] ?? ""]))}
          chosen={chosen.filter((name) => members.includes(name))}
          onChange={(some) => onChange(names.filter((name) => (members.includes(name) ? some : chosen).includes(name)))}
        />
      ))}
    </>
  );
}

interface PermissionGroupProps {
  title: string;
  /** What each permission allows, by its name. */
  meanings: Readonly<Record<string, string>>;
  chosen: string[];
  onChange: (chosen: string[]) => void;
}

function PermissionGroup({ title, meanings, chosen, onChange }: PermissionGroupProps): ReactNode {
  const names = Object.keys(meanings);
  const hasAll = chosen.length === names.length;
  return (
    <Fieldset legend={title}>
      <Checkbox
        label={`All (${chosen.length} of ${names.length})`}
        aria-label={`All of ${title}`}
        checked={hasAll}
        indeterminate={chosen.length > 0 && !hasAll}
        onChange={() => onChange(hasAll ? [] : names)}
        mb="sm"
      />
      <Checkbox.Group value={chosen} onChange={onChange} aria-label={title}>
        <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="xs" verticalSpacing="xs">
          {Object.entries(meanings).map(([name, meaning]) => (
            <Checkbox
              key={name}
              value={name}
              label={meaning.charAt(0).toUpperCase() + meaning.slice(1)}
              description={
                <Text span size="xs" className="mono">
                  {name}
                </Text>
              }
            />
          ))}
        </SimpleGrid>
      </Checkbox.Group>
    </Fieldset>
  );
}

/** What the first word of a permission concerns, in the order of the form. Other words make groups of their own. */
const GROUPS: Readonly<Record<string, string>> = {
  keys: "Keys",
  usage: "Usage and calls",
  calls: "Usage and calls",
  connections: "Connections",
  managementKeys: "Management keys",
  info: "The gateway",
  providers: "The gateway",
};

function groupsOf(names: readonly string[]): { title: string; names: string[] }[] {
  const groups = new Map<string, string[]>(Object.values(GROUPS).map((title) => [title, []]));
  for (const name of names) {
    const word = name.split(".")[0] ?? name;
    const title = GROUPS[word] ?? word;
    groups.set(title, [...(groups.get(title) ?? []), name]);
  }
  return [...groups].map(([title, members]) => ({ title, names: members })).filter((group) => group.names.length > 0);
}
