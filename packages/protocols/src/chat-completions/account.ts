import type { Account, KeyVerdict, Operation, OperationContext, OperationResponse } from "@lumiverse/core";
import type { Dialect } from "./dialect.ts";
import { innerStatus } from "./failures.ts";

/** A page that tells of the account behind a key: it shows the balance, and that the key is one. */
export interface AccountPage<S = unknown> {
  /** Settings may choose the host. */
  url: (context: OperationContext<S>) => URL;
  /** The account, where the body tells of one. A refusal in a 200 is none. */
  read: (json: unknown, context: OperationContext<S>) => Account | undefined;
  /** Would a chat go through? Default: where there is a balance, it is above 0. */
  usable?: (account: Account) => KeyVerdict["usable"];
  /** Default `base`. */
  origin?: Operation<Account>["origin"];
}

export function accountPage<S>(dialect: Dialect, page: AccountPage<S>): Operation<Account, S> {
  return {
    origin: page.origin ?? "base",
    request: (context) => ({ method: "GET", url: page.url(context) }),
    async parse(response, context) {
      const value = response.status < 400 ? page.read(response.json, context) : undefined;
      if (value === undefined) throw (await import("./errors.ts")).readFailure(refused(response), dialect);
      return { value };
    },
  };
}

/** A key check that costs nothing and says whether there is money left. */
export function accountCheck<S>(dialect: Dialect, page: AccountPage<S>): Operation<KeyVerdict, S> {
  return {
    origin: page.origin ?? "base",
    request: (context) => ({ method: "GET", url: page.url(context) }),
    async parse(response, context) {
      const account = response.status < 400 ? page.read(response.json, context) : undefined;
      if (account === undefined) return { value: (await import("./operation-answers.ts")).verdictOf(refused(response), dialect) };
      const { balance } = account;
      const usable = page.usable?.(account) ?? (balance === undefined ? "unknown" : balance.amount > 0);
      const value: KeyVerdict = { key: "valid", usable, reason: account.summary };
      if (usable === false) value.hint = "The key is valid, but the account can't pay for calls: look at its balance and state";
      return { value };
    },
  };
}

/** A refusal in a 200 says its status itself. */
function refused(response: OperationResponse): OperationResponse {
  return response.status >= 400 ? response : { ...response, status: innerStatus(response.json) ?? response.status };
}
