import type { AdminInfo, KeyView } from "@lumiverse/gateway/admin";
import { Badge, Button, Group, Paper, Progress, Stack, Text, Title } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { call } from "../api/client.ts";
import { useKeys } from "../api/queries.ts";
import { confirm } from "../shared/confirm.tsx";
import { count, moment, money } from "../shared/format.ts";
import { notifyFailed } from "../shared/notify.ts";
import { PageHeader } from "../shared/page-header.tsx";
import { Waiting } from "../shared/waiting.tsx";
import { ClientAddresses } from "./client-addresses.tsx";
import { KeyDialog } from "./key-dialog.tsx";

/** Keys for programs: what each may use, and what it has used. */
export function KeysPage({ info }: { info: AdminInfo }): ReactNode {
  const keys = useKeys();
  const [edited, setEdited] = useState<KeyView | "new" | undefined>();
  return (
    <div className="page">
      <PageHeader
        title="Keys"
        text="Keys for your programs. They open the gateway, never this page, and keep the vendors' keys out of your programs."
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
              No keys yet. On this machine, programs may call the gateway without one; a key gives each program its own limits and its own
              line in the usage.
            </Text>
          </Paper>
        )}
        {keys.data?.map((view) => (
          <KeyPanel key={view.key.id} view={view} onEdit={() => setEdited(view)} />
        ))}
        <ClientAddresses address={info.address} />
      </Stack>
      {edited !== undefined && <KeyDialog view={edited === "new" ? undefined : edited} onClose={() => setEdited(undefined)} />}
    </div>
  );
}

function KeyPanel({ view: { key, use }, onEdit }: { view: KeyView; onEdit: () => void }): ReactNode {
  const queries = useQueryClient();
  const { parallel, requestsPerMinute, tokensPerMinute, budgetPerDay, budgetPerMonth, currency = "USD" } = key.limits;
  const isRevoked = key.revokedAt !== undefined;
  const act = async (path: string, method: "POST" | "DELETE"): Promise<void> => {
    try {
      await call(`keys/${key.id}${path}`, { method });
    } catch (cause) {
      notifyFailed(cause);
    }
    await queries.invalidateQueries({ queryKey: ["keys"] });
  };
  return (
    <Paper withBorder p="md" className="panel" component="article" aria-label={key.name}>
      <Group justify="space-between" align="flex-start">
        <div className="page-title">
          <Group gap="xs">
            <Title order={2} size="h5" className="wrap" dir="auto">
              {key.name}
            </Title>
            <Text size="sm" c="dimmed" className="mono">{`…${key.hint}`}</Text>
            {isRevoked && (
              <Badge size="sm" color="red" variant="light" className="badge-strong">
                Revoked
              </Badge>
            )}
            {key.fromFile && (
              <Badge size="sm" color="gray" variant="light" className="badge-strong">
                From the configuration file
              </Badge>
            )}
          </Group>
          <Text size="sm" c="dimmed" className="wrap">
            {[
              key.models === undefined ? "All models" : key.models.join(", "),
              `made ${moment(key.createdAt)}`,
              key.expiresAt === undefined ? undefined : `ends ${moment(key.expiresAt)}`,
            ]
              .filter((text) => text !== undefined)
              .join(" • ")}
          </Text>
        </div>
        {!key.fromFile && (
          <Group gap="xs">
            {!isRevoked && (
              <Button size="xs" variant="default" onClick={onEdit}>
                Edit
              </Button>
            )}
            {isRevoked ? (
              <Button size="xs" variant="default" onClick={() => void act("", "DELETE")}>
                Remove
              </Button>
            ) : (
              <Button
                size="xs"
                variant="light"
                color="red"
                onClick={() =>
                  confirm({
                    title: `Revoke "${key.name}"?`,
                    text: "Programs with this key are refused from now on. A revoked key cannot be used again.",
                    action: "Revoke",
                    onConfirm: () => void act("/revoke", "POST"),
                  })
                }
              >
                Revoke
              </Button>
            )}
          </Group>
        )}
      </Group>
      {!isRevoked && (
        <Stack gap={6} mt="sm">
          <Limit label="Calls now" used={use.running} limit={parallel} format={count} />
          <Limit label="Requests this minute" used={use.requestsThisMinute} limit={requestsPerMinute} format={count} />
          <Limit label="Tokens this minute" used={use.tokensThisMinute} limit={tokensPerMinute} format={count} />
          <Limit
            label="Spent today"
            used={use.spentToday + use.reservedToday}
            limit={budgetPerDay}
            format={(amount) => money(amount, currency)}
          />
          <Limit
            label="Spent this month"
            used={use.spentThisMonth + use.reservedThisMonth}
            limit={budgetPerMonth}
            format={(amount) => money(amount, currency)}
          />
        </Stack>
      )}
    </Paper>
  );
}

function Limit({
  label,
  used,
  limit,
  format,
}: {
  label: string;
  used: number;
  limit: number | undefined;
  format: (value: number) => string;
}): ReactNode {
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
