import { ConnectionsError } from "./error.ts";

/** Loads an optional package. @throws ConnectionsError `unavailable` when it is not installed; any other failure is thrown as it is */
export async function loadOptional<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    if (code !== "ERR_MODULE_NOT_FOUND" && code !== "MODULE_NOT_FOUND") throw cause;
    throw new ConnectionsError({
      code: "unavailable",
      message: `the package ${name} is not installed`,
      hint: `npm install ${name}`,
      cause,
    });
  }
}
