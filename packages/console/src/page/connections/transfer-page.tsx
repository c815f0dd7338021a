import { type ImportEntry, type ImportPreview, issueText } from "@lumiverse/connections";
import type { ImportedConnections, TransferFile } from "@lumiverse/gateway/admin";
import {
  Alert,
  Badge,
  Button,
  Checkbox,
  FileInput,
  Group,
  Loader,
  MultiSelect,
  Paper,
  PasswordInput,
  SimpleGrid,
  Stack,
  Switch,
  Text,
  Title,
} from "@mantine/core";
import { IconDownload, IconFileImport, IconLock } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useState } from "react";
import { useLocation } from "wouter";
import { call } from "../api/client.ts";
import { useConnections, useProviders } from "../api/queries.ts";
import { BackLink } from "../shared/back-link.tsx";
import { Failure } from "../shared/failure.tsx";
import { notifyDone } from "../shared/notify.ts";
import { PageHeader } from "../shared/page-header.tsx";
import { Waiting } from "../shared/waiting.tsx";

/** Bytes of a file at most. 10,000 connections are smaller. */
const LARGEST = 30_000_000;
/** Characters of a passphrase at least. */
const SHORTEST_PASSPHRASE = 8;

/** Connections as a file: to keep, or for another machine. */
export function TransferPage(): ReactNode {
  return (
    <div className="page">
      <BackLink href="/connections" label="Connections" />
      <PageHeader title="Export and import" text="Connections as a file: as a backup, or for another machine." />
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
        <Export />
        <Import />
      </SimpleGrid>
    </div>
  );
}

function Export(): ReactNode {
  const connections = useConnections();
  const own = (connections.data ?? []).filter(({ demo }) => !demo);
  const [ids, setIds] = useState<string[]>([]);
  const [withKeys, setWithKeys] = useState(false);
  const [passphrase, setPassphrase] = useState("");
  const [repeated, setRepeated] = useState("");
  const exporting = useMutation({
    mutationFn: () =>
      call<TransferFile>("connections/export", {
        method: "POST",
        body: { ...(ids.length === 0 ? {} : { ids }), ...(withKeys ? { passphrase } : {}) },
      }),
    onSuccess: ({ file }) => download(file, withKeys),
  });
  const isShort = passphrase.length < SHORTEST_PASSPHRASE;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    exporting.mutate();
  };
  return (
    <Paper withBorder p="lg" className="panel" component="section" aria-labelledby="export-title">
      <form onSubmit={submit}>
        <Stack>
          <Title order={2} size="h4" id="export-title">
            Export
          </Title>
          {connections.isError && <Waiting query={connections} what="connections" />}
          <MultiSelect
            label="Connections"
            placeholder={ids.length === 0 && own.length > 0 ? `All ${own.length}` : ""}
            data={own.map(({ profile }) => ({ value: profile.id, label: profile.name }))}
            value={ids}
            onChange={setIds}
            searchable
            clearable
            disabled={own.length === 0}
            {...(connections.data !== undefined && own.length === 0 ? { description: "You have no connection of your own yet." } : {})}
          />
          <Switch
            label="Include keys and secret settings"
            description={
              withKeys
                ? "They are encrypted with the passphrase. Without it nobody can read them, and nobody can restore it."
                : "The file holds no key and no secret setting. An import asks for them."
            }
            checked={withKeys}
            onChange={(event) => setWithKeys(event.currentTarget.checked)}
          />
          {withKeys && (
            <>
              <PasswordInput
                label="Passphrase"
                autoComplete="new-password"
                value={passphrase}
                onChange={(event) => setPassphrase(event.currentTarget.value)}
                error={passphrase !== "" && isShort ? `At least ${SHORTEST_PASSPHRASE} characters` : undefined}
              />
              <PasswordInput
                label="Passphrase again"
                autoComplete="new-password"
                value={repeated}
                onChange={(event) => setRepeated(event.currentTarget.value)}
                error={repeated !== "" && repeated !== passphrase ? "The two differ" : undefined}
              />
            </>
          )}
          {exporting.isError && <Failure error={exporting.error} title="Nothing was exported" />}
          <Group>
            <Button
              type="submit"
              leftSection={<IconDownload size={16} aria-hidden />}
              loading={exporting.isPending}
              disabled={own.length === 0 || (withKeys && (isShort || repeated !== passphrase))}
            >
              Download the file
            </Button>
          </Group>
        </Stack>
      </form>
    </Paper>
  );
}

function download(text: string, hasKeys: boolean): void {
  const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = `lumiverse-connections${hasKeys ? "-with-keys" : ""}-${new Date().toISOString().slice(0, 10)}.json`;
  link.click();
  // The download has started by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

function Import(): ReactNode {
  const [file, setFile] = useState<File | null>(null);
  const [passphrase, setPassphrase] = useState("");
  const preview = useMutation({
    mutationFn: async ({ chosen, secret }: { chosen: File; secret: string }) => {
      if (chosen.size > LARGEST) throw new Error(`${chosen.name} is larger than ${LARGEST / 1_000_000} MB.`);
      const text = await chosen.text();
      return {
        text,
        secret,
        ...(await call<ImportPreview>("connections/import/preview", { method: "POST", body: { file: text, passphrase: secret } })),
      };
    },
  });
  const choose = (chosen: File | null): void => {
    setFile(chosen);
    setPassphrase("");
    preview.reset();
    if (chosen !== null) preview.mutate({ chosen, secret: "" });
  };
  const unlock = (event: FormEvent): void => {
    event.preventDefault();
    if (file !== null) preview.mutate({ chosen: file, secret: passphrase });
  };
  const { data } = preview;
  return (
    <Paper withBorder p="lg" className="panel" component="section" aria-labelledby="import-title">
      <Stack>
        <Title order={2} size="h4" id="import-title">
          Import
        </Title>
        <FileInput
          label="File"
          placeholder="Choose an exported file"
          description="You see what would change first. Nothing is stored or sent before you agree."
          accept="application/json,.json"
          leftSection={<IconFileImport size={16} aria-hidden />}
          value={file}
          onChange={choose}
          clearable
          clearButtonProps={{ "aria-label": "Clear the file" }}
        />
        <div aria-live="polite">
          {preview.isPending && <Loader size="sm" aria-label="Reading the file" />}
          {preview.isError && <Failure error={preview.error} title="The file was not read" />}
        </div>
        {file !== null && (data?.secrets === "sealed" || (preview.isError && passphrase !== "")) && (
          <form onSubmit={unlock}>
            <Stack gap="xs">
              <Alert color="blue" icon={<IconLock aria-hidden />} title="The file holds encrypted keys">
                Enter its passphrase to import them, too. Without it, connections ask for their keys afterwards.
              </Alert>
              <Group align="flex-end" wrap="nowrap">
                <PasswordInput
                  flex={1}
                  label="Passphrase of the file"
                  autoComplete="off"
                  value={passphrase}
                  onChange={(event) => setPassphrase(event.currentTarget.value)}
                />
                <Button type="submit" variant="light" disabled={passphrase === ""} loading={preview.isPending}>
                  Unlock
                </Button>
              </Group>
            </Stack>
          </form>
        )}
        {data !== undefined && (
          <Preview key={`${data.text.length} ${data.secrets}`} preview={data} text={data.text} passphrase={data.secret} />
        )}
      </Stack>
    </Paper>
  );
}

function Preview({ preview: { entries }, text, passphrase }: { preview: ImportPreview; text: string; passphrase: string }): ReactNode {
  const queries = useQueryClient();
  const [, navigate] = useLocation();
  const possible = entries.filter(({ issues }) => issues.length === 0);
  const [accepted, setAccepted] = useState<readonly number[]>(
    possible.filter(({ sameAs }) => sameAs === undefined).map(({ index }) => index),
  );
  const importing = useMutation({
    mutationFn: () =>
      call<ImportedConnections>("connections/import", {
        method: "POST",
        body: { file: text, passphrase, accepted: accepted.toSorted((a, b) => a - b) },
      }),
    onSuccess: async ({ imported }) => {
      await queries.invalidateQueries({ queryKey: ["connections"] });
      notifyDone(`Imported ${imported.length === 1 ? `"${imported[0]?.name}"` : `${imported.length} connections`}.`);
      navigate("/connections");
    },
  });
  const toggle = (index: number): void =>
    setAccepted(accepted.includes(index) ? accepted.filter((one) => one !== index) : [...accepted, index]);
  if (entries.length === 0) return <Text size="sm">The file holds no connection.</Text>;
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Text size="sm" fw={650}>
          What would be added
        </Text>
        {possible.length > 1 && (
          <Button
            size="compact-xs"
            variant="subtle"
            onClick={() => setAccepted(accepted.length === possible.length ? [] : possible.map(({ index }) => index))}
          >
            {accepted.length === possible.length ? "Choose none" : "Choose all"}
          </Button>
        )}
      </Group>
      <Stack gap={0} className="import-list">
        {entries.map((entry) => (
          <Entry key={entry.index} entry={entry} isAccepted={accepted.includes(entry.index)} onToggle={() => toggle(entry.index)} />
        ))}
      </Stack>
      <Text size="xs" c="dimmed">
        Each becomes a new connection. Those that you have stay as they are, and none gives its key to an imported one.
      </Text>
      {importing.isError && <Failure error={importing.error} title="Nothing was imported" />}
      <Group>
        <Button disabled={accepted.length === 0} loading={importing.isPending} onClick={() => importing.mutate()}>
          {accepted.length === 1 ? "Import 1 connection" : `Import ${accepted.length} connections`}
        </Button>
      </Group>
    </Stack>
  );
}

function problemOf({ issues }: ImportEntry): string {
  return issues.map(issueText).join("; ");
}

function Entry({ entry, isAccepted, onToggle }: { entry: ImportEntry; isAccepted: boolean; onToggle: () => void }): ReactNode {
  const { name, storedAs, sameAs, provider, model, origin, hasKey, issues } = entry;
  const isPossible = issues.length === 0;
  const providers = useProviders();
  const providerName = providers.data?.find(({ id }) => id === provider)?.name ?? provider;
  return (
    <Checkbox
      className="import-entry"
      checked={isAccepted && isPossible}
      disabled={!isPossible}
      onChange={onToggle}
      label={
        <span className="wrap" dir="auto">
          {storedAs}
          {isPossible && (
            <Badge size="sm" variant="light" className="badge-strong" ml={8} color={hasKey ? "teal" : "gray"}>
              {hasKey ? "With its key" : "Without a key"}
            </Badge>
          )}
        </span>
      }
      description={
        <span className="import-facts">
          <span>{[providerName, model].filter((text) => text !== "").join(" • ")}</span>
          {origin !== "" && <span>{`Sends to ${origin}`}</span>}
          {isPossible && storedAs !== name && <span>{`The name "${name}" is taken.`}</span>}
          {sameAs !== undefined && <span>{`The same as "${sameAs}", which you have.`}</span>}
        </span>
      }
      error={isPossible ? undefined : problemOf(entry)}
    />
  );
}
