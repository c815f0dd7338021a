import { Button, Center, Loader, Paper, PasswordInput, Stack, Text, Title } from "@mantine/core";
import { type FormEvent, type ReactNode, useState } from "react";
import { ApiFailure, call } from "../api/client.ts";
import { Failure } from "../shared/failure.tsx";
import { useOnce } from "../shared/use-once.ts";

export interface SessionPageProps {
  /** The one-time token of the address. Absent: the page asks for the admin key. */
  token: string | undefined;
  /** Why a session is needed or was refused. Absent: nobody has signed in yet. */
  reason: ApiFailure | undefined;
  onOpen: () => void;
  onFailed: (failure: ApiFailure) => void;
}

/** Opens a session with the one-time token or with the admin key. */
export function SessionPage({ token, reason, onOpen, onFailed }: SessionPageProps): ReactNode {
  useOnce(() => {
    if (token === undefined) return;
    call("session", { method: "POST", body: { token } }).then(onOpen, async (cause: unknown) => {
      // An earlier session may still be open, for example when the printed address is opened a second time.
      const isOpen = await call("info").then(
        () => true,
        () => false,
      );
      if (isOpen) onOpen();
      else onFailed(cause instanceof ApiFailure ? cause : new ApiFailure(0, { code: "network", message: String(cause) }));
    });
  });
  if (token !== undefined)
    return (
      <Center h="100vh">
        <Loader aria-label="Opening the console" />
      </Center>
    );
  return (
    <Center mih="100vh" p="md" component="main">
      <Paper withBorder p="xl" maw={440} w="100%" shadow="sm">
        <Stack>
          <Title order={1} size="h3">
            Open the console
          </Title>
          <Text size="sm">On this machine, open the address that the gateway printed when it started. Elsewhere, enter the admin key.</Text>
          {reason !== undefined && <Failure error={reason} />}
          <AdminKey onOpen={onOpen} />
        </Stack>
      </Paper>
    </Center>
  );
}

function AdminKey({ onOpen }: { onOpen: () => void }): ReactNode {
  const [key, setKey] = useState("");
  const [failure, setFailure] = useState<string | undefined>();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setFailure(undefined);
    // `send` reports a refused key to the whole page, which shows it above this form.
    call("session", { method: "POST", body: { key } }).then(onOpen, (cause: unknown) => {
      if (!(cause instanceof ApiFailure && cause.status === 401)) setFailure(cause instanceof Error ? cause.message : String(cause));
    });
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <PasswordInput
          label="Admin key"
          autoComplete="current-password"
          value={key}
          onChange={(event) => setKey(event.currentTarget.value)}
          error={failure}
        />
        <Button type="submit" disabled={key.trim() === ""}>
          Sign in
        </Button>
      </Stack>
    </form>
  );
}
