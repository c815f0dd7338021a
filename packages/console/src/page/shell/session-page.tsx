import { Button, Center, Loader, Paper, PasswordInput, Stack, Text, Title } from "@mantine/core";
import { type FormEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { ApiFailure, call } from "../api/client.ts";
import { Failure } from "../shared/failure.tsx";

export interface SessionPageProps {
  /** The one-time token of the address. */
  token: string | undefined;
  /** Why the page is shown. */
  reason: ApiFailure | undefined;
  onOpen: () => void;
  onFailed: (failure: ApiFailure) => void;
}

/** Opens a session, by the one-time token or by the admin key. */
export function SessionPage({ token, reason, onOpen, onFailed }: SessionPageProps): ReactNode {
  const asked = useRef(false);
  useEffect(() => {
    if (token === undefined || asked.current) return;
    asked.current = true;
    call("session", { method: "POST", body: { token } }).then(onOpen, async (cause: unknown) => {
      // A session from before may still be open, such as after a reload of the printed address.
      const isOpen = await call("info").then(
        () => true,
        () => false,
      );
      if (isOpen) onOpen();
      else onFailed(cause instanceof ApiFailure ? cause : new ApiFailure(0, { code: "network", message: String(cause) }));
    });
  }, [token, onOpen, onFailed]);
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
    // A key that is refused is reported above, as every refusal is.
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
