import { type ImportEntry, issueText, type ImportPreview as Preview } from "@lumiverse/connections";
import type { ImportedConnections } from "@lumiverse/gateway/admin";
import { Button, Checkbox, Group, Stack, Text } from "@mantine/core";
import { type UseMutationResult, useMutation, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useLocation } from "wouter";
import { call } from "../api/client.ts";
import { useProviders } from "../api/queries.ts";
import { Failure } from "../shared/failure.tsx";
import { LightBadge } from "../shared/light-badge.tsx";
import { notifyDone } from "../shared/notify.ts";

export interface ImportPreviewProps {
  preview: Preview;
  /** The contents of the file, and the passphrase that opened it. */
  text: string;
  passphrase: string;
}

/** Shows what an import would add. Nothing is stored before the person agrees. */
export function ImportPreview({ preview: { entries }, text, passphrase }: ImportPreviewProps): ReactNode {
  const possible = entries.filter(({ issues }) => issues.length === 0);
  const [accepted, setAccepted] = useState(() => possible.filter(({ sameAs }) => sameAs === undefined).map(({ index }) => index));
  const importing = useImport();
  const toggle = (index: number): void =>
    setAccepted(accepted.includes(index) ? accepted.filter((one) => one !== index) : [...accepted, index]);
  const areAll = accepted.length === possible.length;
  if (entries.length === 0) return <Text size="sm">The file contains no connection.</Text>;
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Text size="sm" fw={650}>
          What would be added
        </Text>
        {possible.length > 1 && (
          <Button size="compact-xs" variant="subtle" onClick={() => setAccepted(areAll ? [] : possible.map(({ index }) => index))}>
            {areAll ? "Choose none" : "Choose all"}
          </Button>
        )}
      </Group>
      <Stack gap={0} className="import-list">
        {entries.map((entry) => (
          <Entry key={entry.index} entry={entry} isAccepted={accepted.includes(entry.index)} onToggle={() => toggle(entry.index)} />
        ))}
      </Stack>
      <Text size="xs" c="dimmed">
        Each one becomes a new connection. Your connections stay as they are, and none of them gives its key to an imported one.
      </Text>
      {importing.isError && <Failure error={importing.error} title="Nothing was imported" />}
      <Group>
        <Button
          disabled={accepted.length === 0}
          loading={importing.isPending}
          onClick={() => importing.mutate({ file: text, passphrase, accepted: accepted.toSorted((a, b) => a - b) })}
        >
          {accepted.length === 1 ? "Import 1 connection" : `Import ${accepted.length} connections`}
        </Button>
      </Group>
    </Stack>
  );
}

interface ImportRequest {
  /** The contents of the file. */
  file: string;
  passphrase: string;
  /** The indexes of the accepted entries, in ascending order. */
  accepted: readonly number[];
}

/** Imports the accepted entries, and then shows the connections. */
function useImport(): UseMutationResult<ImportedConnections, Error, ImportRequest> {
  const queries = useQueryClient();
  const [, navigate] = useLocation();
  return useMutation({
    mutationFn: (body: ImportRequest) => call<ImportedConnections>("connections/import", { method: "POST", body }),
    onSuccess: async ({ imported }) => {
      await queries.invalidateQueries({ queryKey: ["connections"] });
      notifyDone(`Imported ${imported.length === 1 ? `"${imported[0]?.name}"` : `${imported.length} connections`}.`);
      navigate("/connections");
    },
  });
}

function Entry({ entry, isAccepted, onToggle }: { entry: ImportEntry; isAccepted: boolean; onToggle: () => void }): ReactNode {
  const { name, storedAs, sameAs, provider, model, origin, hasKey, isEnabled, issues } = entry;
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
            <LightBadge ml={8} color={hasKey ? "teal" : "gray"}>
              {hasKey ? "With its key" : "Without a key"}
            </LightBadge>
          )}
        </span>
      }
      description={
        <span className="import-facts">
          <span>{[providerName, model].filter((text) => text !== "").join(" • ")}</span>
          {origin !== "" && <span>{`Sends to ${origin}`}</span>}
          {!isEnabled && <span>It will be switched off.</span>}
          {isPossible && storedAs !== name && <span>{`The name "${name}" is taken.`}</span>}
          {sameAs !== undefined && <span>{`It is the same as "${sameAs}", which you already have.`}</span>}
        </span>
      }
      error={isPossible ? undefined : issues.map(issueText).join("; ")}
    />
  );
}
