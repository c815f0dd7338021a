import type { ImportPreview as Preview } from "@lumiverse/connections";
import { Alert, Button, FileInput, Group, Loader, Paper, PasswordInput, Stack, Title } from "@mantine/core";
import { IconFileImport, IconLock } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useState } from "react";
import { call } from "../api/client.ts";
import { Failure } from "../shared/failure.tsx";
import { ImportPreview } from "./import-preview.tsx";

/** Bytes of a file at most. 10,000 connections are smaller. */
const LARGEST = 30_000_000;

/** Reads an exported file, and shows what it would add. */
export function ImportPanel(): ReactNode {
  const [file, setFile] = useState<File | null>(null);
  const [passphrase, setPassphrase] = useState("");
  const preview = useMutation({
    mutationFn: async ({ chosen, secret }: { chosen: File; secret: string }) => {
      if (chosen.size > LARGEST) throw new Error(`${chosen.name} is larger than ${LARGEST / 1_000_000} MB.`);
      const text = await chosen.text();
      return {
        text,
        secret,
        ...(await call<Preview>("connections/import/preview", { method: "POST", body: { file: text, passphrase: secret } })),
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
          <ImportPreview key={`${data.text.length} ${data.secrets}`} preview={data} text={data.text} passphrase={data.secret} />
        )}
      </Stack>
    </Paper>
  );
}
