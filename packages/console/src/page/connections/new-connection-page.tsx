import type { JsonObject } from "@lumiverse/core";
import type { ProviderSummary } from "@lumiverse/gateway/admin";
import { Group, SimpleGrid, Text, UnstyledButton } from "@mantine/core";
import { type ReactNode, useMemo, useState } from "react";
import { Link, useLocation } from "wouter";
import { useConnections, useProviderForm, useProviders } from "../api/queries.ts";
import { BackLink } from "../shared/back-link.tsx";
import { LightBadge } from "../shared/light-badge.tsx";
import { PageHeader } from "../shared/page-header.tsx";
import { hasWords, SearchField } from "../shared/search-field.tsx";
import { Waiting } from "../shared/waiting.tsx";
import { ConnectionForm } from "./connection-form.tsx";
import { ProviderMark } from "./provider-mark.tsx";

/** The page for a new connection. The person first chooses the provider, and then fills in its form. */
export function NewConnectionPage({ provider }: { provider: string | undefined }): ReactNode {
  return <div className="page">{provider === undefined ? <ProviderChoice /> : <NewForm key={provider} provider={provider} />}</div>;
}

function ProviderChoice(): ReactNode {
  const providers = useProviders();
  const [text, setText] = useState("");
  const found = (providers.data ?? []).filter(({ id, name }) => hasWords(`${id} ${name}`, text.trim()));
  return (
    <>
      <BackLink href="/connections" label="Connections" />
      <PageHeader title="New connection" text="Choose a provider. Custom is for any server that offers the API of OpenAI or Anthropic." />
      <SearchField label="Search providers" value={text} onChange={setText} maw={360} mb="md" />
      <Waiting query={providers} what="providers" />
      <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }} spacing="sm">
        {found.map((provider) => (
          <UnstyledButton key={provider.id} component={Link} href={`/connections/new/${provider.id}`} className="choice">
            <Group wrap="nowrap" gap="sm">
              <ProviderMark id={provider.id} name={provider.name} />
              <div>
                <Text fw={600} size="sm">
                  {provider.name}
                </Text>
                <Text size="xs" c="dimmed">
                  {credentialText(provider)}
                </Text>
              </div>
              {provider.canSignIn && (
                <LightBadge size="md" ml="auto">
                  Sign-in
                </LightBadge>
              )}
            </Group>
          </UnstyledButton>
        ))}
      </SimpleGrid>
    </>
  );
}

function NewForm({ provider }: { provider: string }): ReactNode {
  const [, navigate] = useLocation();
  const form = useProviderForm(provider);
  const connections = useConnections();
  const initial = useMemo((): JsonObject | undefined => {
    if (form.data === undefined || connections.isPending) return undefined;
    const taken = new Set((connections.data ?? []).map(({ profile }) => profile.name.toLowerCase()));
    return { name: freeName(form.data.provider.name, taken) };
  }, [form.data, connections.isPending, connections.data]);
  return (
    <>
      <BackLink href="/connections/new" label="Providers" />
      <Waiting query={form} what="the form" />
      {form.data !== undefined && initial !== undefined && (
        <>
          <PageHeader title={`New ${form.data.provider.name} connection`} />
          <ConnectionForm form={form.data} initial={initial} onSaved={() => navigate("/connections")} />
        </>
      )}
    </>
  );
}

function credentialText({ credential, requiresKey }: ProviderSummary): string {
  if (credential === "none") return "No key needed";
  if (credential === "service-account") return "Service account";
  return requiresKey ? "API key" : "Key optional";
}

function freeName(name: string, taken: ReadonlySet<string>): string {
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? name : `${name} ${number}`;
    if (!taken.has(candidate.toLowerCase())) return candidate;
  }
}
