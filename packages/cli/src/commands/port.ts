/** The port on which a command listens. */
import { LumiverseError } from "@lumiverse/core";
import { InvalidArgumentError } from "commander";

/** The value of a `--port` option. 0 is any free port. */
export function portNumber(text: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number > 65_535) throw new InvalidArgumentError("Expected a port, from 0 (any free port) to 65535.");
  return number;
}

/** The error when another program listens on the port. Undefined for any other error. */
export function portInUse(cause: unknown, port: number | undefined): LumiverseError | undefined {
  if (!(cause instanceof Error && "code" in cause && cause.code === "EADDRINUSE")) return undefined;
  return new LumiverseError({
    code: "configuration",
    field: "port",
    message: `port ${port} is already in use`,
    hint: "Name another port, or none to use any free one",
    cause,
  });
}
