import type { JsonObject } from "@lumiverse/core";
import type { SignInStarted } from "@lumiverse/gateway/admin";
import { Button, Divider, Loader, Stack, Text, TextInput } from "@mantine/core";
import { IconExternalLink } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { useLocation } from "wouter";
import { call } from "../api/client.ts";
import { Dialog } from "../shared/dialog.tsx";
import { Failure } from "../shared/failure.tsx";
import { notifyDone } from "../shared/notify.ts";
import { forgetSignIn, keepSignIn } from "./pending-sign-in.ts";

export interface SignInDialogProps {
  providerName: string;
  /** What the server needs to start: a connection that exists, or the values of a new one. */
  body: JsonObject;
  onClose: () => void;
}

/** Leads to the vendor's page. Whoever cannot come back to this address, such as from a container, pastes the address or the code. */
export function SignInDialog({ providerName, body, onClose }: SignInDialogProps): ReactNode {
  const [, navigate] = useLocation();
  const queries = useQueryClient();
  const [pasted, setPasted] = useState("");
  const asked = useRef(false);
  const start = useMutation({
    mutationFn: () => call<SignInStarted>("sign-ins", { method: "POST", body }),
    onSuccess: ({ token }) => keepSignIn({ token, providerName }),
  });
  const finish = useMutation({
    mutationFn: () => call<{ name: string }>("sign-ins/finish", { method: "POST", body: { token: start.data?.token, returned: pasted } }),
    onSuccess: async ({ name }) => {
      forgetSignIn();
      await queries.invalidateQueries({ queryKey: ["connections"] });
      notifyDone(`"${name}" has its key.`);
      navigate("/connections");
    },
  });
  const { mutate } = start;
  useEffect(() => {
    if (asked.current) return;
    asked.current = true;
    mutate();
  }, [mutate]);
  return (
    <Dialog onClose={onClose} title={`Sign in with ${providerName}`}>
      <Stack>
        {start.isPending && <Loader aria-label="Starting the sign-in" />}
        {start.isError && <Failure error={start.error} title="The sign-in did not start" />}
        {start.data !== undefined && (
          <>
            <Text size="sm">{`${providerName} asks you to agree, and leads back to this page. The key that it issues is stored encrypted.`}</Text>
            <Button component="a" href={start.data.url} rel="noreferrer" rightSection={<IconExternalLink size={16} aria-hidden />}>
              {`Continue to ${providerName}`}
            </Button>
            <Divider label="If the browser cannot come back" />
            <TextInput
              label="The address of the last page, or the code in it"
              value={pasted}
              onChange={(event) => setPasted(event.currentTarget.value)}
              autoComplete="off"
            />
            {finish.isError && <Failure error={finish.error} />}
            <Button variant="default" disabled={pasted.trim() === ""} loading={finish.isPending} onClick={() => finish.mutate()}>
              Finish
            </Button>
          </>
        )}
      </Stack>
    </Dialog>
  );
}
