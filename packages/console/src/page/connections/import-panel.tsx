import type { ImportPreview as Preview } from "@lumiverse/connections";
import { Alert, Button, FileInput, Group, Loader, Paper, PasswordInput, Stack, Title } from "@mantine/core";
import { IconFileImport, IconLock } from "@tabler/icons-react";
import { type UseMutationResult, useMutation } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useState } from "react";
import { call } from "../api/client.ts";
import { Failure } from "../shared/failure.tsx";
import { ImportPreview } from "./import-preview.tsx";

/** The largest file, in bytes. A file with 10,000 connections is smaller. */
const LARGEST = 30_000_000;

interface ImportSource {
  file: File;
  /** Empty: the person has entered none. */
  passphrase: string;
}

/** A file as the server has read it. Nothing of it is stored yet. */
interface ReadImport {
  text: string;
  passphrase: string;
  preview: Preview;
}

/** Reads an exported file, and shows what it would add. */
export function ImportPanel(): ReactNode {
  const [file, setFile] = useState<File | null>(null);
  const reading = useRead();
  const choose = (chosen: File | null): void => {
    setFile(chosen);
    reading.reset();
    if (chosen !== null) reading.mutate({ file: chosen, passphrase: "" });
  };
  const { data, variables } = reading;
  // The form stays while the file is read with a passphrase, and after a wrong one.
  const isSealed = data === undefined ? (variables?.passphrase ?? "") !== "" : data.preview.secrets === "sealed";
  return (
    <Paper withBorder p="lg" className="panel" component="section" aria-labelledby="import-title">
      <Stack>
        <Title order={2} size="h4" id="import-title">
          Import
        </Title>
        <FileInput
          label="File"
          placeholder="Choose an exported file"
          description="The page first shows what would change. Nothing is stored or sent before you agree."
          accept="application/json,.json"
          leftSection={<IconFileImport size={16} aria-hidden />}
          value={file}
          onChange={choose}
          clearable
          clearButtonProps={{ "aria-label": "Clear the file" }}
        />
        <div aria-live="polite">
          {reading.isPending && <Loader size="sm" aria-label="Reading the file" />}
          {reading.isError && <Failure error={reading.error} title="The file was not read" />}
        </div>
        {file !== null && isSealed && <Unlock isBusy={reading.isPending} onUnlock={(passphrase) => reading.mutate({ file, passphrase })} />}
        {data !== undefined && <ImportPreview key={`${data.text.length} ${data.preview.secrets}`} {...data} />}
      </Stack>
    </Paper>
  );
}

function useRead(): UseMutationResult<ReadImport, Error, ImportSource> {
  return useMutation({
    mutationFn: async ({ file, passphrase }: ImportSource) => {
      if (file.size > LARGEST) throw new Error(`${file.name} is larger than ${LARGEST / 1_000_000} MB.`);
      const text = await file.text();
      const preview = await call<Preview>("connections/import/preview", { method: "POST", body: { file: text, passphrase } });
      return { text, passphrase, preview };
    },
  });
}

function Unlock({ isBusy, onUnlock }: { isBusy: boolean; onUnlock: (passphrase: string) => void }): ReactNode {
  const [passphrase, setPassphrase] = useState("");
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onUnlock(passphrase);
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="xs">
        <Alert color="blue" icon={<IconLock aria-hidden />} title="The file contains encrypted keys">
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
          <Button type="submit" variant="light" disabled={passphrase === ""} loading={isBusy}>
            Unlock
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
