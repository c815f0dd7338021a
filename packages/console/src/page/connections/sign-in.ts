/** The sign-in that this browser has started. */
import { type UseMutationResult, useMutation, useQueryClient } from "@tanstack/react-query";
import { useLocation } from "wouter";
import { ApiFailure, call } from "../api/client.ts";
import { readLocal, writeLocal } from "../shared/local-storage.ts";
import { notifyDone } from "../shared/notify.ts";

const NAME = "lumiverse-sign-in";

export interface PendingSignIn {
  /** Names the sign-in that the server keeps. It is not a key of the vendor. */
  token: string;
  providerName: string;
}

export function keepSignIn(pending: PendingSignIn): void {
  writeLocal(NAME, JSON.stringify(pending));
}

export function keptSignIn(): PendingSignIn | undefined {
  const text = readLocal(NAME);
  return text === undefined ? undefined : (JSON.parse(text) as PendingSignIn); // written above
}

interface Return {
  token: string | undefined;
  /** The address to which the vendor has led the browser, or the code in it. */
  returned: string;
}

/** Finishes a sign-in, and then shows the connections. `replace`: Back does not lead to the page that is left. */
export function useFinishSignIn({ replace = false }: { replace?: boolean } = {}): UseMutationResult<{ name: string }, Error, Return> {
  const [, navigate] = useLocation();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async ({ token, returned }: Return) => {
      if (token !== undefined) return call<{ name: string }>("sign-ins/finish", { method: "POST", body: { token, returned } });
      throw new ApiFailure(0, {
        code: "not-found",
        message: "This browser has started no sign-in.",
        hint: "Copy the address of this page, and paste it where you started the sign-in.",
      });
    },
    onSuccess: async ({ name }) => {
      writeLocal(NAME, undefined);
      await queries.invalidateQueries({ queryKey: ["connections"] });
      notifyDone(`"${name}" has its key.`);
      navigate("/connections", { replace });
    },
  });
}
