/**
 * A BrainOps store on PostgreSQL, contents sealed: one store for many processes and machines.
 *
 * @module
 */
export {};
