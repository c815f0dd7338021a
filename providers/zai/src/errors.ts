/** The business code in the body decides, because one status (429) means a rate limit, an empty account, a used-up plan or the wrong endpoint. */
import type { ErrorRule } from "@lumiverse/protocols/chat-completions";

/** Codes of https://docs.z.ai/api-reference/api-code and codes that other clients reported (2026-11-22). */
export const errors: readonly ErrorRule[] = [
  {
    code: "1113",
    is: "insufficient-balance",
    retryable: false,
    hint: "The account has no balance on this endpoint. Set codingPlan for a key of the Coding Plan, and leave it off for other keys",
  },
  {
    code: ["1000", "1001", "1002", "1003", "1004", "1005"],
    is: "authentication",
    hint: "Keys of z.ai and bigmodel.cn are separate: if the key belongs to the other one, change the setting region",
  },
  {
    code: ["1110", "1111", "1112", "1120", "1121"],
    is: "permission",
    hint: "The account is inactive, locked or not found: contact the vendor's support",
  },
  { code: "1261", is: "context-overflow" },
  { code: ["1300", "1301"], is: "content-filter" },
  {
    code: "1302",
    is: "rate-limit",
    retryable: true,
    hint: "Too many calls at once: send fewer. The Coding Plan allows very few, for some accounts one",
  },
  { code: "1303", is: "rate-limit", retryable: true },
  { code: "1304", is: "rate-limit", retryable: false, hint: "The number of calls for today is used up: try again tomorrow" },
  { code: "1305", is: "overloaded", retryable: true },
  {
    code: ["1308", "1310", "1316", "1317", "1318", "1319", "1320", "1321"],
    is: "rate-limit",
    retryable: false,
    hint: "A window of the plan (5 hours, week, month) is used up: the message states when it resets, and account() shows all windows",
  },
  {
    code: "1309",
    is: "insufficient-balance",
    retryable: false,
    hint: "The plan has expired: renew it, or switch codingPlan off to pay as you go",
  },
  {
    code: "1311",
    is: "permission",
    retryable: false,
    hint: "The plan does not include this model: choose another, or switch codingPlan off to pay as you go",
  },
  {
    code: ["1313", "1314", "1315"],
    is: "permission",
    retryable: false,
    hint: "The plan's terms (fair use, enterprise limits) block this account for now: contact the vendor's support",
  },
  { code: "1211", is: "model-not-found" },
  { code: ["1221", "1222"], is: "not-found" },
  { code: "1220", is: "permission" },
  { code: ["1210", "1212", "1213", "1214", "1215", "1231"], is: "invalid-request" },
  { code: ["500", "1200", "1230", "1234"], is: "server", retryable: true },
  { status: 434, is: "permission", hint: "The account has no access to this API" },
];
