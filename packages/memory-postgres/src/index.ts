/**
 * A BrainOps store on PostgreSQL, contents sealed: one store for many processes and machines.
 *
 * @module
 */
export type { PostgresOptions } from "./connect.ts";
export { postgres } from "./postgres.ts";
export { rotate, type RotateOptions } from "./rotate.ts";
export type {
  Answer,
  Answered,
  ClientHandle,
  Listenable,
  PoolHandle,
  PoolListening,
  Statement,
  TypeParsers,
} from "./handle.ts";
