import type { TransferFile } from "@lumiverse/gateway/admin";
import { Button, Group, MultiSelect, Paper, PasswordInput, Stack, Switch, Title } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useState } from "react";
import { call } from "../api/client.ts";
import { useConnections } from "../api/queries.ts";
import { Failure } from "../shared/failure.tsx";
import { Waiting } from "../shared/waiting.tsx";

/** Characters of a passphrase at least. */
const SHORTEST_PASSPHRASE = 8;

/** Writes connections into a file, with their keys where the person sets a passphrase. */
export function ExportPanel(): ReactNode {
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
