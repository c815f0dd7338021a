import { CompiledQuery } from "kysely";
import type { GatewayRead, GatewayStore, GatewayWrite } from "../store/store.ts";
import type { CallRow, RunningCallRow } from "../store/tables.ts";
import { interruptedRow } from "./call-row.ts";

/** A call whose beginning or end is stored. */
export interface StoredCall {
  row: CallRow;
  /**
   * It holds something of its key's limits, so its row is in the ledger while it runs: every process finds there what counts, those of older versions too.
   * The others are in the table of running calls until they end.
   */
  isLimited: boolean;
}

/** Rows of one statement, at most. */
const ROWS_AT_ONCE = 20;

/** The columns that say something about a call that has begun. */
const START_COLUMNS: readonly (keyof CallRow)[] = [
  "id",
  "key_id",
  "process_id",
  "state",
  "started_at",
  "day",
  "protocol",
  "requested_model",
  "streamed",
  "reserved_tokens",
  "reserved_cost",
];

const RUNNING_COLUMNS: readonly (keyof RunningCallRow)[] = [
  "id",
  "key_id",
  "process_id",
  "started_at",
  "day",
  "protocol",
  "requested_model",
  "streamed",
];

/** Stores calls that begin. */
export async function insertStarts(write: GatewayWrite, kind: GatewayStore["kind"], calls: readonly StoredCall[]): Promise<void> {
  const rows = (isLimited: boolean): CallRow[] => calls.flatMap((call) => (call.isLimited === isLimited ? [call.row] : []));
  await insert(write, kind, "gateway_calls", rows(true), START_COLUMNS);
  await insert(write, kind, "gateway_running_calls", rows(false), RUNNING_COLUMNS);
}

/** Stores how calls ended. A row that is there is brought up to date. */
export async function insertEnds(write: GatewayWrite, kind: GatewayStore["kind"], calls: readonly StoredCall[]): Promise<void> {
  const [first] = calls;
  if (first === undefined) return;
  // First the running calls, as in a process that interrupts them: two transactions cannot wait for each other then.
  const running = calls.flatMap(({ row, isLimited }) => (isLimited ? [] : [row.id]));
  for (let at = 0; at < running.length; at += ROWS_AT_ONCE) {
    const ids = running.slice(at, at + ROWS_AT_ONCE);
    await write.executeQuery(CompiledQuery.raw(deleteStatement(kind, ids.length), ids));
  }
  const columns = Object.keys(first.row) as (keyof CallRow)[]; // `endedRow` names all columns
  const rows = calls.map(({ row }) => row);
  await insert(write, kind, "gateway_calls", rows, columns);
}

/** The ids of calls of a process that run and that began up to a moment. */
export async function runningIds(read: GatewayRead, processId: string, startedUntil: number): Promise<string[]> {
  // First those that move to the ledger when they end, so that none is missed.
  const running = await read
    .selectFrom("gateway_running_calls")
    .select("id")
    .where("process_id", "=", processId)
    .where("started_at", "<=", startedUntil)
    .execute();
  const limited = await read
    .selectFrom("gateway_calls")
    .select("id")
    .where("process_id", "=", processId)
    .where("state", "=", "running")
    .where("started_at", "<=", startedUntil)
    .execute();
  return [...running, ...limited].map(({ id }) => id);
}

/** The ids of calls in the table of running calls whose process is not known, and that began up to a moment. */
export async function lostIds(read: GatewayRead, startedUntil: number): Promise<string[]> {
  const lost = await read
    .selectFrom("gateway_running_calls")
    .select("id")
    .where("started_at", "<=", startedUntil)
    .where("process_id", "not in", (known) => known.selectFrom("gateway_processes").select("id"))
    .execute();
  return lost.map(({ id }) => id);
}

/** What an interrupted call held of its key's limits. */
export type Interrupted = Pick<CallRow, "key_id" | "day" | "reserved_cost">;

/** Marks calls as interrupted, those of them that still run. Resolves to what they held. */
export async function interrupt(write: GatewayWrite, ids: readonly string[], now: number): Promise<Interrupted[]> {
  const running = await write.deleteFrom("gateway_running_calls").where("id", "in", ids).returningAll().execute();
  if (running.length > 0)
    await write
      .insertInto("gateway_calls")
      .values(running.map((row) => interruptedRow(row, now)))
      .execute();
  return write
    .updateTable("gateway_calls")
    .set({ state: "interrupted", ended_at: now })
    .where("id", "in", ids)
    .where("state", "=", "running")
    .returning(["key_id", "day", "reserved_cost"])
    .execute();
}

/** Stores rows. The statement is made by hand: the query builder takes longer for it than the database. */
async function insert<R extends CallRow | RunningCallRow>(
  write: GatewayWrite,
  kind: GatewayStore["kind"],
  table: "gateway_calls" | "gateway_running_calls",
  rows: readonly R[],
  columns: readonly (keyof R & string)[],
): Promise<void> {
  for (let at = 0; at < rows.length; at += ROWS_AT_ONCE) {
    const some = rows.slice(at, at + ROWS_AT_ONCE);
    const values = some.flatMap((row) => columns.map((column) => row[column]));
    await write.executeQuery(CompiledQuery.raw(insertStatement(kind, table, columns, some.length), values));
  }
}

/** Statements by their kind of database, table, number of columns and number of rows. */
const statements = new Map<string, string>();

function statementOf(name: string, make: () => string): string {
  let statement = statements.get(name);
  if (statement === undefined) {
    statement = make();
    statements.set(name, statement);
  }
  return statement;
}

function insertStatement(kind: GatewayStore["kind"], table: string, columns: readonly string[], count: number): string {
  return statementOf(`${kind} ${table} ${columns.length} ${count}`, () => {
    const rows = Array.from({ length: count }, (_, row) => parameters(kind, columns.length, row * columns.length));
    const update = columns.length > START_COLUMNS.length ? updateOf(columns) : "";
    return `insert into ${table} (${columns.join(", ")}) values ${rows.join(", ")}${update}`;
  });
}

function deleteStatement(kind: GatewayStore["kind"], count: number): string {
  return statementOf(`${kind} delete ${count}`, () => `delete from gateway_running_calls where id in ${parameters(kind, count, 0)}`);
}

function parameters(kind: GatewayStore["kind"], count: number, before: number): string {
  return `(${Array.from({ length: count }, (_, index) => (kind === "sqlite" ? "?" : `$${before + index + 1}`)).join(", ")})`;
}

/** What happens to a row that is there. A call begins only once. An index is written again for each of its columns that is set, also where the value stays the same. */
function updateOf(columns: readonly string[]): string {
  const starts: readonly string[] = START_COLUMNS;
  const updates = columns.filter((column) => column === "state" || !starts.includes(column));
  return ` on conflict (id) do update set ${updates.map((column) => `${column} = excluded.${column}`).join(", ")}`;
}
