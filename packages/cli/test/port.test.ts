import { expect, test } from "vitest";
import { listenError } from "../src/commands/port.ts";

const failure = (code: string): Error => Object.assign(new Error(`listen ${code}`), { code });

test("a host or a port on which this process cannot listen is named, with what to use instead", () => {
  expect(listenError(failure("EADDRINUSE"), "127.0.0.1", 80)).toMatchObject({ field: "port", message: "port 80 is already in use" });
  expect(listenError(failure("EACCES"), "127.0.0.1", 80)).toMatchObject({ field: "port", message: "this user may not listen on port 80" });
  expect(listenError(failure("EACCES"), "127.0.0.1", 0)).toMatchObject({ message: "this user may not listen on any free port" });
  const other = failure("EMFILE");
  expect(listenError(other, "127.0.0.1", 80)).toBe(other);
});

test.each(["EADDRNOTAVAIL", "ENOTFOUND", "EAI_AGAIN", "EAI_FAIL", "EAI_NODATA"])(
  "%s: this machine has no such address, whether or not a resolver can be asked",
  (code) => {
    expect(listenError(failure(code), "host.invalid", 80)).toMatchObject({
      field: "host",
      message: "this machine has no address host.invalid",
    });
  },
);
