/** Key check, account and model list of SiliconFlow. */
import { type Account, endpoint, isObject, type OperationContext, type Operations, readNumber } from "@lumiverse/core/provider";
import type { Dialect } from "@lumiverse/protocols/chat-completions";
import { accountOperations, modelList } from "@lumiverse/protocols/chat-completions/operations";
import { isChina } from "./region.ts";
import type { SiliconflowSettings } from "./settings.ts";

export function operations(dialect: Dialect): Operations<SiliconflowSettings> {
  return {
    ...accountOperations(dialect, {
      url: ({ base }) => endpoint(base, "/user/info"),
      usable: ({ balance, state }) => state === undefined && (balance?.amount ?? 0) > 0,
      read: readAccount,
    }),
    models: modelList({ path: "/models?type=text&sub_type=chat" }),
  };
}

function readAccount(json: unknown, { base, settings }: OperationContext<SiliconflowSettings>): Account | undefined {
  const data = isObject(json) ? json["data"] : undefined;
  if (!isObject(data)) return undefined;
  // Amounts are strings. `totalBalance` includes granted and paid money.
  const amount = readNumber(data["totalBalance"] ?? data["balance"]);
  if (!Number.isFinite(amount)) return undefined;
  const currency = isChina(base, settings) ? "CNY" : "USD";
  const account: Account = { balance: { amount, currency }, summary: `${amount.toFixed(2)} ${currency}` };
  const { status } = data;
  if (typeof status === "string" && status !== "normal") account.state = status;
  return account;
}
