import type { AdminInfo, ConnectionView } from "@lumiverse/gateway/admin";
import { ActionIcon, Alert, Button, Paper, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { IconAlertTriangle, IconLock, IconPlus, IconTransfer } from "@tabler/icons-react";
import { type ReactNode, useState } from "react";
import { Link } from "wouter";
import { useConnections, useDay, useUsage } from "../api/queries.ts";
import { PageHeader } from "../shared/page-header.tsx";
import { Waiting } from "../shared/waiting.tsx";
import { ConnectionCard } from "./connection-card.tsx";
import { Discovered } from "./discovered.tsx";
import { Doctor } from "./doctor.tsx";
import { type CardsProps, OwnConnections } from "./own-connections.tsx";

/** All connections: the person's own, model servers that were found on this machine, and the demo's. */
export function ConnectionsPage({ info }: { info: AdminInfo }): ReactNode {
  const connections = useConnections();
  const todayOf = useTodayOf();
  const [examined, setExamined] = useState<ConnectionView | undefined>();
  const own = (connections.data ?? []).filter(({ demo }) => !demo);
  const demo = (connections.data ?? []).filter((one) => one.demo);
  return (
    <div className="page">
      <PageHeader title="Connections" text="Set up a connection once, and use it here and from any program through the gateway.">
        <PageActions />
      </PageHeader>
      <Stack gap="xl">
        <Warnings info={info} />
        <Waiting query={connections} what="connections" />
        {connections.data !== undefined && own.length === 0 && <FirstConnection hasDemo={demo.length > 0} />}
        {own.length > 0 && <OwnConnections connections={own} todayOf={todayOf} onExamine={setExamined} />}
        <Discovered />
        {demo.length > 0 && <DemoConnections connections={demo} todayOf={todayOf} onExamine={setExamined} />}
      </Stack>
      {examined !== undefined && <Doctor connection={examined} onClose={() => setExamined(undefined)} />}
    </div>
  );
}

function useTodayOf(): CardsProps["todayOf"] {
  const day = useDay();
  const usage = useUsage("connection", day, day);
  return ({ profile }) => usage.data?.find(({ connection }) => connection === profile.name);
}

function PageActions(): ReactNode {
  return (
    <>
      <Button component={Link} href="/connections/new" leftSection={<IconPlus size={16} aria-hidden />}>
        New connection
      </Button>
      <Button
        component={Link}
        href="/connections/transfer"
        variant="default"
        leftSection={<IconTransfer size={16} aria-hidden />}
        visibleFrom="xs"
      >
        Export and import
      </Button>
      <ActionIcon component={Link} href="/connections/transfer" variant="default" size={36} aria-label="Export and import" hiddenFrom="xs">
        <IconTransfer size={16} />
      </ActionIcon>
    </>
  );
}

function Warnings({ info: { vaultLocked, missingTargets } }: { info: AdminInfo }): ReactNode {
  return (
    <>
      {vaultLocked && (
        <Alert color="orange" icon={<IconLock aria-hidden />} title="The vault is locked">
          The stored keys cannot be read, because the master key is missing or wrong. Nothing is sent, and nothing that is stored is
          changed. Start the gateway with the right master key.
        </Alert>
      )}
      {missingTargets.length > 0 && (
        <Alert color="orange" icon={<IconAlertTriangle aria-hidden />} title="Aliases without a connection">
          {missingTargets.map(({ alias, index, message }) => (
            <Text size="sm" key={`${alias} ${index}`}>
              {alias}: {message}
            </Text>
          ))}
        </Alert>
      )}
    </>
  );
}

function DemoConnections({ connections, todayOf, onExamine }: CardsProps): ReactNode {
  return (
    <section aria-labelledby="demo-title">
      <Title order={2} size="h4" id="demo-title">
        Demo
      </Title>
      <Text size="sm" c="dimmed" mb="sm" maw={640}>
        One connection for each provider. They answer with prepared examples: no key is needed, no model is called, and nothing is billed.
      </Text>
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} spacing="md">
        {connections.map((connection) => (
          <ConnectionCard
            key={connection.profile.id}
            connection={connection}
            today={todayOf(connection)}
            onExamine={() => onExamine(connection)}
          />
        ))}
      </SimpleGrid>
    </section>
  );
}

function FirstConnection({ hasDemo }: { hasDemo: boolean }): ReactNode {
  return (
    <Paper withBorder p="xl" className="panel">
      <Stack align="flex-start" gap="sm">
        <Title order={2} size="h4">
          Connect your first provider
        </Title>
        <Text size="sm" maw={560}>
          {`You need a vendor's key, a sign-in, or a model server on this machine.${hasDemo ? " To look around first, chat with a connection of the demo." : ""}`}
        </Text>
        <Button component={Link} href="/connections/new" variant="light">
          Choose a provider
        </Button>
      </Stack>
    </Paper>
  );
}
