import type { ConnectionView, DiscoveredServer } from "@lumiverse/gateway/admin";
import { Badge, Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { IconServer } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useLocation } from "wouter";
import { call } from "../api/client.ts";
import { useDiscovery } from "../api/queries.ts";
import { notifyDone, notifyFailed } from "../shared/notify.ts";

/** Model servers on this machine that no connection uses yet. */
export function Discovered(): ReactNode {
  const servers = useDiscovery();
  const found = (servers.data ?? []).filter(({ usedBy }) => usedBy === undefined);
  if (found.length === 0) return null;
  return (
    <section aria-labelledby="discovered-title">
      <Title order={2} size="h4" id="discovered-title" mb="sm">
        Found on this machine
      </Title>
      <Stack gap="sm">
        {found.map((server) => (
          <FoundServer key={server.baseURL} server={server} />
        ))}
      </Stack>
    </section>
  );
}

function FoundServer({ server }: { server: DiscoveredServer }): ReactNode {
  const [, navigate] = useLocation();
  const queries = useQueryClient();
  const [isBusy, setBusy] = useState(false);
  const { profile, name, version, baseURL, models, needsKey, isLoading } = server;
  const connect = async (): Promise<void> => {
    setBusy(true);
    try {
      const { provider, isDefault: _, ...values } = profile;
      const saved = await call<ConnectionView>("connections", { method: "POST", body: { provider, values } });
      await queries.invalidateQueries({ queryKey: ["connections"] });
      await queries.invalidateQueries({ queryKey: ["discovery"] });
      notifyDone(`"${saved.profile.name}" is ready.`);
    } catch (cause) {
      notifyFailed(cause);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Paper withBorder p="md" className="panel">
      <Group justify="space-between">
        <Group gap="sm">
          <IconServer size={22} aria-hidden />
          <div>
            <Group gap="xs">
              <Text fw={600} size="sm" className="wrap">
                {version === undefined ? name : `${name} ${version}`}
              </Text>
              {isLoading && (
                <Badge size="sm" variant="light" color="yellow" className="badge-strong">
                  Loading its model
                </Badge>
              )}
            </Group>
            <Text size="xs" c="dimmed" className="wrap">
              {[
                baseURL,
                models.length === 0
                  ? undefined
                  : `${models.length} ${models.length === 1 ? "model" : "models"}: ${models.slice(0, 3).join(", ")}`,
              ]
                .filter((text) => text !== undefined)
                .join(" • ")}
            </Text>
          </div>
        </Group>
        {needsKey ? (
          <Button size="xs" variant="light" onClick={() => navigate("/connections/new/custom")}>
            Connect with a key
          </Button>
        ) : (
          <Button size="xs" variant="light" loading={isBusy} onClick={() => void connect()}>
            Connect
          </Button>
        )}
      </Group>
    </Paper>
  );
}
