import { Button, Center, Group, Loader, Paper, Stack, Text, Title } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect, useRef } from "react";
import { Link, useLocation } from "wouter";
import { ApiFailure, call } from "../api/client.ts";
import { Failure } from "../shared/failure.tsx";
import { notifyDone } from "../shared/notify.ts";
import { forgetSignIn, keptSignIn } from "./pending-sign-in.ts";

/** Where a vendor's sign-in leads back to. */
export function SignInReturn(): ReactNode {
  const [, navigate] = useLocation();
  const queries = useQueryClient();
  const asked = useRef(false);
  const pending = keptSignIn();
  const finish = useMutation({
    mutationFn: (returned: string) => {
      if (pending === undefined)
        throw new ApiFailure(0, {
          code: "not-found",
          message: "This browser has begun no sign-in.",
          hint: "Copy the address of this page, and paste it where you began.",
        });
      return call<{ name: string }>("sign-ins/finish", { method: "POST", body: { token: pending.token, returned } });
    },
    onSuccess: async ({ name }) => {
      forgetSignIn();
      await queries.invalidateQueries({ queryKey: ["connections"] });
      notifyDone(`"${name}" has its key.`);
      navigate("/connections", { replace: true });
    },
  });
  const { mutate } = finish;
  useEffect(() => {
    if (asked.current) return;
    asked.current = true;
    mutate(window.location.href);
  }, [mutate]);
  return (
    <Center className="page">
      <Paper withBorder p="xl" maw={460} className="panel">
        <Stack>
          <Title order={1} size="h3">{`Sign-in${pending === undefined ? "" : ` with ${pending.providerName}`}`}</Title>
          {finish.isPending && (
            <Group>
              <Loader size="sm" aria-label="Fetching the key" />
              <Text size="sm">The key is being fetched.</Text>
            </Group>
          )}
          {finish.isError && (
            <>
              <Failure error={finish.error} title="The sign-in failed" />
              <Group>
                <Button onClick={() => finish.mutate(window.location.href)}>Try again</Button>
                <Button variant="default" component={Link} href="/connections">
                  Back to the connections
                </Button>
              </Group>
            </>
          )}
        </Stack>
      </Paper>
    </Center>
  );
}
