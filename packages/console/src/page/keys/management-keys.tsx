import type { ManagementKey } from "@lumiverse/gateway";
import { Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { useManagementKeys } from "../api/queries.ts";
import { confirm } from "../shared/confirm.tsx";
import { moment } from "../shared/format.ts";
import { LightBadge } from "../shared/light-badge.tsx";
import { useAction } from "../shared/use-action.ts";

/** The keys of the admin API. Nothing is shown where there are none: most people need no other than the admin key. */
export function ManagementKeys(): ReactNode {
  const { data = [] } = useManagementKeys();
  if (data.length === 0) return null;
  return (
    <Paper withBorder p="md" className="panel" component="section" aria-label="Management keys">
      <Title order={2} size="h5">
        Management keys
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        Keys for the admin API. Each one may do what its permissions say, and nothing else.
      </Text>
      <Stack gap="md">
        {data.map((key) => (
          <ManagementKeyRow key={key.id} managementKey={key} />
        ))}
      </Stack>
    </Paper>
  );
}

function ManagementKeyRow({ managementKey }: { managementKey: ManagementKey }): ReactNode {
  const { id, name, hint, permissions, models, createdAt, expiresAt, revokedAt, fromFile } = managementKey;
  const act = useAction("management-keys", id);
  const askAndRevoke = (): void =>
    confirm({
      title: `Revoke "${name}"?`,
      text: "Programs with this key are refused from now on. Keys that it made stay.",
      action: "Revoke",
      onConfirm: () => act("POST", "/revoke"),
    });
  const facts = [
    permissions.length === 0 ? "No permissions" : permissions.join(", "),
    models === undefined ? "all models" : `models: ${models.join(", ")}`,
    `created ${moment(createdAt)}`,
    ...(expiresAt === undefined ? [] : [`expires ${moment(expiresAt)}`]),
  ];
  return (
    <Group justify="space-between" align="flex-start" component="article" aria-label={name}>
      <div className="page-title">
        <Group gap="xs">
          <Text size="sm" fw={600} className="wrap" dir="auto">
            {name}
          </Text>
          <Text size="sm" c="dimmed" className="mono">{`…${hint}`}</Text>
          {revokedAt !== undefined && <LightBadge color="red">Revoked</LightBadge>}
          {fromFile && <LightBadge color="gray">From the configuration file</LightBadge>}
        </Group>
        <Text size="sm" c="dimmed" className="wrap">
          {facts.join(" • ")}
        </Text>
      </div>
      {!fromFile && revokedAt === undefined && (
        <Button size="xs" variant="light" color="red" onClick={askAndRevoke}>
          Revoke
        </Button>
      )}
      {!fromFile && revokedAt !== undefined && (
        <Button size="xs" variant="default" onClick={() => act("DELETE")}>
          Remove
        </Button>
      )}
    </Group>
  );
}
