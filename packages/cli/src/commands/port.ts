/** The port on which a command listens. */
import { LumiverseError } from "@lumiverse/core";
import { InvalidArgumentError } from "commander";

/** The value of a `--port` option. 0 is any free port. */
export function portNumber(text: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number > 65_535) throw new InvalidArgumentError("Expected a port, from 0 (any free port) to 65535.");
  return number;
}

/** True when another program listens on the port. */
export function isPortInUse(cause: unknown): boolean {
  return codeOf(cause) === "EADDRINUSE";
}

/** The error for a port (0: any free one) or a host on which this process cannot listen. Any other error is returned as it is. */
export function listenError(cause: unknown, host: string, port: number): unknown {
  const failed = (field: string, message: string, hint: string): LumiverseError =>
    new LumiverseError({ code: "configuration", field, message, hint, cause });
  switch (codeOf(cause)) {
    case "EADDRINUSE":
      return failed("port", `port ${port} is already in use`, "Name another port, or none to use any free one");
    case "EACCES":
      return failed(
        "port",
        `this user may not listen on ${port === 0 ? "any free port" : `port ${port}`}`,
        "Name another port, from 1024 on",
      );
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    // Without a resolver, or when it fails.
    case "EAI_AGAIN":
    case "EAI_FAIL":
    case "EAI_NODATA":
      return failed(
        "host",
        `this machine has no address ${host}`,
        "Use 127.0.0.1, 0.0.0.0 for all addresses, or an address of this machine",
      );
    default:
      return cause;
  }
}

function codeOf(cause: unknown): unknown {
  return cause instanceof Error && "code" in cause ? cause.code : undefined;
}
