import { Button, Center, Group, Loader, Paper, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { Link } from "wouter";
import { Failure } from "../shared/failure.tsx";
import { useOnce } from "../shared/use-once.ts";
import { keptSignIn, useFinishSignIn } from "./sign-in.ts";

/** The page to which a vendor leads back after a sign-in. Its address holds the vendor's code. */
export function SignInReturn(): ReactNode {
  const pending = keptSignIn();
  const finish = useFinishSignIn({ replace: true });
  const fetchKey = (): void => finish.mutate({ token: pending?.token, returned: window.location.href });
  useOnce(fetchKey);
  return (
    <Center className="page">
      <Paper withBorder p="xl" maw={460} className="panel">
        <Stack>
          <Title order={1} size="h3">{`Sign-in${pending === undefined ? "" : ` with ${pending.providerName}`}`}</Title>
          {finish.isPending && (
            <Group>
              <Loader size="sm" aria-label="Fetching the key" />
              <Text size="sm">Fetching the key.</Text>
            </Group>
          )}
          {finish.isError && (
            <>
              <Failure error={finish.error} title="The sign-in failed" />
              <Group>
                <Button onClick={fetchKey}>Try again</Button>
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
