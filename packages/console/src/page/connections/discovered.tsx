import type { ConnectionView, DiscoveredServer } from "@lumiverse/gateway/admin";
import { Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { IconServer } from "@tabler/icons-react";
import { type UseMutationResult, useMutation, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "wouter";
import { call } from "../api/client.ts";
import { useDiscovery } from "../api/queries.ts";
import { LightBadge } from "../shared/light-badge.tsx";
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
  const { name, version, needsKey, isLoading } = server;
  const connect = useConnect(server);
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
              {isLoading && <LightBadge color="yellow">Loading its model</LightBadge>}
            </Group>
            <Text size="xs" c="dimmed" className="wrap">
              {factsOf(server).join(" • ")}
            </Text>
          </div>
        </Group>
        {needsKey ? (
          <Button size="xs" variant="light" component={Link} href="/connections/new/custom">
            Connect with a key
          </Button>
        ) : (
          <Button size="xs" variant="light" loading={connect.isPending} onClick={() => connect.mutate()}>
            Connect
          </Button>
        )}
      </Group>
    </Paper>
  );
}

/** Saves the connection that discovery proposes for the server. */
function useConnect({ profile }: DiscoveredServer): UseMutationResult<ConnectionView, Error, void> {
  const queries = useQueryClient();
  const { provider, isDefault: _, ...values } = profile;
  return useMutation({
    mutationFn: () => call<ConnectionView>("connections", { method: "POST", body: { provider, values } }),
    onSuccess: async (saved) => {
      await queries.invalidateQueries({ queryKey: ["connections"] });
      await queries.invalidateQueries({ queryKey: ["discovery"] });
      notifyDone(`"${saved.profile.name}" is ready.`);
    },
    onError: (cause: Error) => notifyFailed(cause),
  });
}

function factsOf({ baseURL, models }: DiscoveredServer): string[] {
  if (models.length === 0) return [baseURL];
  return [baseURL, `${models.length} ${models.length === 1 ? "model" : "models"}: ${models.slice(0, 3).join(", ")}`];
}
