import type { ConnectionView, TransferFile } from "@lumiverse/gateway/admin";
import { Button, Group, MultiSelect, Paper, PasswordInput, Stack, Switch, Title } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { type UseMutationResult, useMutation } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useState } from "react";
import { call } from "../api/client.ts";
import { useConnections } from "../api/queries.ts";
import { Failure } from "../shared/failure.tsx";
import { Waiting } from "../shared/waiting.tsx";

/** The shortest passphrase, in characters. */
const SHORTEST_PASSPHRASE = 8;

/** What the file is to contain. */
interface ExportValues {
  /** Ids of connections. Empty: all connections. */
  ids: string[];
  withKeys: boolean;
  passphrase: string;
  /** The passphrase as it was typed again. */
  repeated: string;
}

/** Writes connections into a file. With a passphrase, the file also contains their keys. */
export function ExportPanel(): ReactNode {
  const connections = useConnections();
  const own = (connections.data ?? []).filter(({ demo }) => !demo);
  const [values, setValues] = useState<ExportValues>({ ids: [], withKeys: false, passphrase: "", repeated: "" });
  const exporting = useExport();
  const change = (changes: Partial<ExportValues>): void => setValues((before) => ({ ...before, ...changes }));
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    exporting.mutate(values);
  };
  return (
    <Paper withBorder p="lg" className="panel" component="section" aria-labelledby="export-title">
      <form onSubmit={submit}>
        <Stack>
          <Title order={2} size="h4" id="export-title">
            Export
          </Title>
          {connections.isError && <Waiting query={connections} what="connections" />}
          <ConnectionsField own={own} isLoaded={connections.data !== undefined} ids={values.ids} onChange={(ids) => change({ ids })} />
          <KeyFields values={values} onChange={change} />
          {exporting.isError && <Failure error={exporting.error} title="Nothing was exported" />}
          <Group>
            <Button
              type="submit"
              leftSection={<IconDownload size={16} aria-hidden />}
              loading={exporting.isPending}
              disabled={own.length === 0 || (values.withKeys && !isUsable(values))}
            >
              Download the file
            </Button>
          </Group>
        </Stack>
      </form>
    </Paper>
  );
}

interface ConnectionsFieldProps {
  own: readonly ConnectionView[];
  /** False: the connections are not loaded yet. */
  isLoaded: boolean;
  ids: string[];
  onChange: (ids: string[]) => void;
}

function ConnectionsField({ own, isLoaded, ids, onChange }: ConnectionsFieldProps): ReactNode {
  return (
    <MultiSelect
      label="Connections"
      placeholder={ids.length === 0 && own.length > 0 ? `All ${own.length}` : ""}
      data={own.map(({ profile }) => ({ value: profile.id, label: profile.name }))}
      value={ids}
      onChange={onChange}
      searchable
      clearable
      disabled={own.length === 0}
      {...(isLoaded && own.length === 0 ? { description: "You have no connection of your own yet." } : {})}
    />
  );
}

interface KeyFieldsProps {
  values: ExportValues;
  onChange: (changes: Partial<ExportValues>) => void;
}

/** Whether the file contains keys, and the passphrase for them. */
function KeyFields({ values: { withKeys, passphrase, repeated }, onChange }: KeyFieldsProps): ReactNode {
  return (
    <>
      <Switch
        label="Include keys and secret settings"
        description={
          withKeys
            ? "They are encrypted with the passphrase. Nobody can read them without it, and a lost passphrase cannot be restored."
            : "The file contains no key and no secret setting. An import asks for them."
        }
        checked={withKeys}
        onChange={(event) => onChange({ withKeys: event.currentTarget.checked })}
      />
      {withKeys && (
        <>
          <PasswordInput
            label="Passphrase"
            autoComplete="new-password"
            value={passphrase}
            onChange={(event) => onChange({ passphrase: event.currentTarget.value })}
            error={passphrase !== "" && isTooShort(passphrase) ? `At least ${SHORTEST_PASSPHRASE} characters` : undefined}
          />
          <PasswordInput
            label="Passphrase again"
            autoComplete="new-password"
            value={repeated}
            onChange={(event) => onChange({ repeated: event.currentTarget.value })}
            error={repeated !== "" && repeated !== passphrase ? "The two differ" : undefined}
          />
        </>
      )}
    </>
  );
}

function isTooShort(passphrase: string): boolean {
  return passphrase.length < SHORTEST_PASSPHRASE;
}

function isUsable({ passphrase, repeated }: ExportValues): boolean {
  return !isTooShort(passphrase) && repeated === passphrase;
}

function useExport(): UseMutationResult<TransferFile, Error, ExportValues> {
  return useMutation({
    mutationFn: ({ ids, withKeys, passphrase }: ExportValues) =>
      call<TransferFile>("connections/export", {
        method: "POST",
        body: { ...(ids.length === 0 ? {} : { ids }), ...(withKeys ? { passphrase } : {}) },
      }),
    onSuccess: ({ file }, { withKeys }) => download(file, withKeys),
  });
}

function download(text: string, hasKeys: boolean): void {
  const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = `lumiverse-connections${hasKeys ? "-with-keys" : ""}-${new Date().toISOString().slice(0, 10)}.json`;
  link.click();
  // The browser has read the file within this time.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
