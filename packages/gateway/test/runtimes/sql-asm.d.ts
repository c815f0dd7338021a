/** The part of sql.js that the tests use: https://github.com/sql-js/sql.js */
declare module "sql.js/dist/sql-asm.js" {
  export type BindParams = (string | number | null | Uint8Array)[];
  export interface Statement {
    bind(values: BindParams): boolean;
    step(): boolean;
    getAsObject(): Record<string, unknown>;
    free(): void;
  }
  export interface Database {
    prepare(sql: string): Statement;
    close(): void;
  }
  export default function initSqlJs(): Promise<{ Database: new () => Database }>;
}
