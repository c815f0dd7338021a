import type { ManagementKey } from "@lumiverse/gateway";
import { Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { useManagementKeys } from "../api/queries.ts";
import { confirm } from "../shared/confirm.tsx";
import { moment } from "../shared/format.ts";
import { LightBadge } from "../shared/light-badge.tsx";
import { useAction } from "../shared/use-action.ts";
import { ManagementKeyDialog } from "./management-key-dialog.tsx";

/** The keys of the admin API. */
export function ManagementKeys(): ReactNode {
  const { data = [] } = useManagementKeys();
  const [isMaking, setIsMaking] = useState(false);
  return (
    <Paper withBorder p="md" className="panel" component="section" aria-label="Management keys">
      <Group justify="space-between" align="flex-start">
        <div className="page-title">
          <Title order={2} size="h5">
            Management keys
          </Title>
          <Text size="sm" c="dimmed">
            Keys for the admin API, for colleagues and programs that set up the gateway. Each one may do what its permissions say, and
            nothing else.
          </Text>
        </div>
        <Button size="xs" variant="default" onClick={() => setIsMaking(true)}>
          New management key
        </Button>
      </Group>
      {data.length > 0 && (
        <Stack gap="md" mt="sm">
          {data.map((key) => (
            <ManagementKeyRow key={key.id} managementKey={key} />
          ))}
        </Stack>
      )}
      {isMaking && <ManagementKeyDialog onClose={() => setIsMaking(false)} />}
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
