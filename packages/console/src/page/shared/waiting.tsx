import { Button, Center, Group, Loader, Stack, Text } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import { type ReactNode, useEffect, useState } from "react";
import { Failure } from "./failure.tsx";

/** Milliseconds after which a spinner gets a text. */
const LONG = 2000;

type Query = Pick<UseQueryResult, "isPending" | "isError" | "error" | "isFetching" | "refetch">;

/** Shows a spinner while data is loading, or an error with a button that asks again. `what` names the data, as in "Loading …". */
export function Waiting({ query, what }: { query: Query; what: string }): ReactNode {
  if (query.isPending) return <Progress what={what} />;
  if (!query.isError) return null;
  return (
    <Stack gap="sm">
      <Failure error={query.error} />
      <Group>
        <Button size="xs" variant="default" loading={query.isFetching} onClick={() => void query.refetch()}>
          Try again
        </Button>
      </Group>
    </Stack>
  );
}

/** A spinner. It gets a text when the data takes long. */
export function Progress({ what }: { what: string }): ReactNode {
  const [isLong, setLong] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLong(true), LONG);
    return () => clearTimeout(timer);
  }, []);
  return (
    <Center className="progress">
      <Group gap="sm">
        <Loader size="sm" aria-label={`Loading ${what}`} />
        {isLong && <Text size="sm" c="dimmed">{`Still loading ${what}…`}</Text>}
      </Group>
    </Center>
  );
}
