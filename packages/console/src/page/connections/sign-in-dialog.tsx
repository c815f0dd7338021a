import type { JsonObject } from "@lumiverse/core";
import type { SignInStarted } from "@lumiverse/gateway/admin";
import { Button, Divider, Loader, Stack, Text, TextInput } from "@mantine/core";
import { IconExternalLink } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { call } from "../api/client.ts";
import { Dialog } from "../shared/dialog.tsx";
import { Failure } from "../shared/failure.tsx";
import { useOnce } from "../shared/use-once.ts";
import { keepSignIn, useFinishSignIn } from "./sign-in.ts";

export interface SignInDialogProps {
  providerName: string;
  /** What the sign-in is for: the id of a connection, or the provider and values of a new one. */
  body: JsonObject;
  onClose: () => void;
}

/** Leads to the vendor's page. If the vendor cannot lead the browser back to this address, the person pastes the last address or its code here. */
export function SignInDialog({ providerName, body, onClose }: SignInDialogProps): ReactNode {
  const start = useMutation({
    mutationFn: () => call<SignInStarted>("sign-ins", { method: "POST", body }),
    onSuccess: ({ token }) => keepSignIn({ token, providerName }),
  });
  useOnce(start.mutate);
  return (
    <Dialog onClose={onClose} title={`Sign in with ${providerName}`}>
      <Stack>
        {start.isPending && <Loader aria-label="Starting the sign-in" />}
        {start.isError && <Failure error={start.error} title="The sign-in did not start" />}
        {start.data !== undefined && (
          <>
            <Text size="sm">{`${providerName} asks you to agree, and then leads back to this page. The key that it issues is stored encrypted.`}</Text>
            <Button component="a" href={start.data.url} rel="noreferrer" rightSection={<IconExternalLink size={16} aria-hidden />}>
              {`Continue to ${providerName}`}
            </Button>
            <Divider label="If the browser cannot come back" />
            <PastedReturn token={start.data.token} />
          </>
        )}
      </Stack>
    </Dialog>
  );
}

function PastedReturn({ token }: { token: string }): ReactNode {
  const [pasted, setPasted] = useState("");
  const finish = useFinishSignIn();
  return (
    <>
      <TextInput
        label="The address of the last page, or the code in it"
        value={pasted}
        onChange={(event) => setPasted(event.currentTarget.value)}
        autoComplete="off"
      />
      {finish.isError && <Failure error={finish.error} />}
      <Button
        variant="default"
        disabled={pasted.trim() === ""}
        loading={finish.isPending}
        onClick={() => finish.mutate({ token, returned: pasted })}
      >
        Finish
      </Button>
    </>
  );
}
