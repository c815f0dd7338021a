import type { KeyInput, VirtualKey } from "@lumiverse/gateway";
import type { KeyView } from "@lumiverse/gateway/admin";
import { Alert, Button, Checkbox, Code, Group, NumberInput, SimpleGrid, Stack, TagsInput, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useState } from "react";
import { ApiFailure, call } from "../api/client.ts";
import { useConnections } from "../api/queries.ts";
import { CopyButton } from "../shared/copy.tsx";
import { Dialog } from "../shared/dialog.tsx";
import { Failure } from "../shared/failure.tsx";

/** Makes a key, or changes what it may use. */
export function KeyDialog({ view, onClose }: { view: KeyView | undefined; onClose: () => void }): ReactNode {
  const queries = useQueryClient();
  const connections = useConnections();
  const before = view?.key;
  const [name, setName] = useState(before?.name ?? "");
  const [models, setModels] = useState<string[]>([...(before?.models ?? [])]);
  const [limits, setLimits] = useState<VirtualKey["limits"]>(before?.limits ?? {});
  const [seesTargets, setSeesTargets] = useState(before?.seesTargets ?? false);
  const [endsOn, setEndsOn] = useState(before?.expiresAt?.slice(0, 10) ?? "");
  const save = useMutation({
    mutationFn: async () => {
      const input: KeyInput = {
        name,
        models: models.length === 0 ? null : models,
        limits,
        seesTargets,
        expiresAt: endsOn === "" ? null : new Date(`${endsOn}T23:59:59Z`).toISOString(),
      };
      if (before !== undefined)
        return { secret: undefined, key: await call<VirtualKey>(`keys/${before.id}`, { method: "PATCH", body: input }) };
      return call<{ key: VirtualKey; secret: string }>("keys", { method: "POST", body: input });
    },
    onSuccess: async ({ secret }) => {
      await queries.invalidateQueries({ queryKey: ["keys"] });
      if (secret === undefined) onClose();
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    save.mutate();
  };
  const limit = (
    field: "parallel" | "requestsPerMinute" | "tokensPerMinute" | "budgetPerDay" | "budgetPerMonth",
    label: string,
  ): ReactNode => (
    <NumberInput
      label={label}
      placeholder="No limit"
      min={0}
      allowDecimal={field.startsWith("budget")}
      value={limits[field] ?? ""}
      onChange={(value) => setLimits(({ [field]: _, ...others }) => (typeof value === "number" ? { ...others, [field]: value } : others))}
    />
  );
  const secret = save.data?.secret;
  return (
    <Dialog onClose={onClose} title={before === undefined ? "New key" : `Edit ${before.name}`} size="lg">
      {secret !== undefined ? (
        <NewSecret secret={secret} onClose={onClose} />
      ) : (
        <form onSubmit={submit}>
          <Stack>
            {save.isError && <Failure error={save.error} />}
            <TextInput
              label="Name"
              required
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
              description="Such as the program that uses it."
              data-autofocus
              error={issueOf(save.error, "name")}
            />
            <TagsInput
              label="Models"
              description="connection/model, connection/* or the name of an alias. Empty: all."
              value={models}
              onChange={setModels}
              data={(connections.data ?? []).map(({ profile }) => `${profile.name}/*`)}
            />
            <SimpleGrid cols={{ base: 1, xs: 2 }}>
              {limit("requestsPerMinute", "Requests per minute")}
              {limit("tokensPerMinute", "Tokens per minute")}
              {limit("parallel", "Calls at once")}
              {limit("budgetPerDay", `${limits.currency ?? "USD"} per day, in UTC`)}
              {limit("budgetPerMonth", `${limits.currency ?? "USD"} per month, in UTC`)}
            </SimpleGrid>
            {(limits.budgetPerDay !== undefined || limits.budgetPerMonth !== undefined) && (
              <Checkbox
                label="Allow models without a known price; they count as free"
                checked={limits.unpriced === "free"}
                onChange={(event) => setLimits({ ...limits, unpriced: event.currentTarget.checked ? "free" : "refuse" })}
              />
            )}
            <TextInput
              label="Last day"
              type="date"
              value={endsOn}
              onChange={(event) => setEndsOn(event.currentTarget.value)}
              description="Empty: it does not expire."
            />
            <Checkbox
              label="Answers and errors name the real target of an alias"
              checked={seesTargets}
              onChange={(event) => setSeesTargets(event.currentTarget.checked)}
            />
            <Group justify="flex-end">
              <Button variant="default" onClick={onClose}>
                Cancel
              </Button>
              <Button type="submit" loading={save.isPending}>
                {before === undefined ? "Create" : "Save"}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Dialog>
  );
}

function NewSecret({ secret, onClose }: { secret: string; onClose: () => void }): ReactNode {
  return (
    <Stack>
      <Alert color="teal" title="The key is made">
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
