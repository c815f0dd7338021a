import type { VirtualKey } from "@lumiverse/gateway";
import type { AdminInfo, KeyView } from "@lumiverse/gateway/admin";
import { Button, Group, Paper, Progress, Stack, Text, Title } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { type ReactNode, useState } from "react";
import { useKeys } from "../api/queries.ts";
import { confirm } from "../shared/confirm.tsx";
import { count, moment, money } from "../shared/format.ts";
import { LightBadge } from "../shared/light-badge.tsx";
import { PageHeader } from "../shared/page-header.tsx";
import { useAction } from "../shared/use-action.ts";
import { Waiting } from "../shared/waiting.tsx";
import { ClientAddresses } from "./client-addresses.tsx";
import { KeyDialog } from "./key-dialog.tsx";
import { ManagementKeys } from "./management-keys.tsx";

/** Keys for programs: what each key may use, and what it has used. */
export function KeysPage({ info }: { info: AdminInfo }): ReactNode {
  const keys = useKeys();
  const [edited, setEdited] = useState<KeyView | "new" | undefined>();
  return (
    <div className="page">
      <PageHeader
        title="Keys"
        text="Keys for your programs. They open the gateway but never this page, and they keep the vendors' keys out of your programs."
      >
        <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setEdited("new")}>
          New key
        </Button>
      </PageHeader>
      <Stack gap="lg">
        <Waiting query={keys} what="keys" />
        {keys.data?.length === 0 && (
          <Paper withBorder p="xl" className="panel">
            <Text size="sm">
              No keys yet. Programs on this machine may call the gateway without a key. A key gives a program its own limits and its own
              line in the usage.
            </Text>
          </Paper>
        )}
        {keys.data?.map((view) => (
          <KeyPanel key={view.key.id} view={view} onEdit={() => setEdited(view)} />
        ))}
        <ManagementKeys />
        <ClientAddresses address={info.address} />
      </Stack>
      {edited !== undefined && <KeyDialog view={edited === "new" ? undefined : edited} onClose={() => setEdited(undefined)} />}
    </div>
  );
}

function KeyPanel({ view, onEdit }: { view: KeyView; onEdit: () => void }): ReactNode {
  const { key } = view;
  const isRevoked = key.revokedAt !== undefined;
  return (
    <Paper withBorder p="md" className="panel" component="article" aria-label={key.name}>
      <Group justify="space-between" align="flex-start">
        <div className="page-title">
          <Group gap="xs">
            <Title order={2} size="h5" className="wrap" dir="auto">
              {key.name}
            </Title>
            <Text size="sm" c="dimmed" className="mono">{`…${key.hint}`}</Text>
            {isRevoked && <LightBadge color="red">Revoked</LightBadge>}
            {key.fromFile && <LightBadge color="gray">From the configuration file</LightBadge>}
          </Group>
          <Text size="sm" c="dimmed" className="wrap">
            {factsOf(key).join(" • ")}
          </Text>
        </div>
        {!key.fromFile && <KeyActions virtualKey={key} isRevoked={isRevoked} onEdit={onEdit} />}
      </Group>
      {!isRevoked && <Limits view={view} />}
    </Paper>
  );
}

function factsOf({ models, createdAt, expiresAt }: VirtualKey): string[] {
  return [
    models === undefined ? "All models" : models.join(", "),
    `created ${moment(createdAt)}`,
    ...(expiresAt === undefined ? [] : [`expires ${moment(expiresAt)}`]),
  ];
}

interface KeyActionsProps {
  virtualKey: VirtualKey;
  isRevoked: boolean;
  onEdit: () => void;
}

function KeyActions({ virtualKey: { id, name }, isRevoked, onEdit }: KeyActionsProps): ReactNode {
  const act = useAction("keys", id);
  if (isRevoked)
    return (
      <Button size="xs" variant="default" onClick={() => act("DELETE")}>
        Remove
      </Button>
    );
  const askAndRevoke = (): void =>
    confirm({
      title: `Revoke "${name}"?`,
      text: "Programs with this key are refused from now on. A revoked key cannot be used again.",
      action: "Revoke",
      onConfirm: () => act("POST", "/revoke"),
    });
  return (
    <Group gap="xs">
      <Button size="xs" variant="default" onClick={onEdit}>
        Edit
      </Button>
      <Button size="xs" variant="light" color="red" onClick={askAndRevoke}>
        Revoke
      </Button>
    </Group>
  );
}

function Limits({ view: { key, use } }: { view: KeyView }): ReactNode {
  const { parallel, requestsPerMinute, tokensPerMinute, budgetPerDay, budgetPerMonth, currency = "USD" } = key.limits;
  const inCurrency = (amount: number): string => money(amount, currency);
  return (
    <Stack gap={6} mt="sm">
      <Limit label="Calls now" used={use.running} limit={parallel} format={count} />
      <Limit label="Requests this minute" used={use.requestsThisMinute} limit={requestsPerMinute} format={count} />
      <Limit label="Tokens this minute" used={use.tokensThisMinute} limit={tokensPerMinute} format={count} />
      <Limit label="Spent today" used={use.spentToday + use.reservedToday} limit={budgetPerDay} format={inCurrency} />
      <Limit label="Spent this month" used={use.spentThisMonth + use.reservedThisMonth} limit={budgetPerMonth} format={inCurrency} />
    </Stack>
  );
}

interface LimitProps {
  label: string;
  used: number;
  /** Absent: the key has no such limit, and nothing is drawn. */
  limit: number | undefined;
  format: (value: number) => string;
}

function Limit({ label, used, limit, format }: LimitProps): ReactNode {
  if (limit === undefined) return null;
  const share = limit === 0 ? 100 : Math.min(100, (used / limit) * 100);
  const text = `${label}: ${format(used)} of ${format(limit)}`;
  return (
    <div>
      <Text size="xs">{text}</Text>
      <Progress value={share} color={share >= 90 ? "red" : "indigo"} aria-label={text} size="sm" />
    </div>
  );
}
