/**
 * A BrainOps store on PostgreSQL, contents sealed: one store for many processes and machines.
 *
 * @module
 */
export { postgres, type PostgresOptions } from "./postgres.ts";
export type { ClientHandle, PoolHandle, Statement } from "./handle.ts";
