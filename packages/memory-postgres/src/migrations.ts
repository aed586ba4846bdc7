import { commits } from "./sql/commits.ts";
import { erasing } from "./sql/erasing.ts";
import { reading } from "./sql/reading.ts";
import { recordWrites } from "./sql/record-writes.ts";
import { scopes } from "./sql/scopes.ts";
import { smallWrites } from "./sql/small-writes.ts";
import { tables } from "./sql/tables.ts";
import { words } from "./sql/words.ts";

/**
 * One step from a format to the next.
 *
 * Expand first: a step adds tables, columns and functions (under names of their own, `commit_2` beside `commit_1`), and
 * leaves all that programs of the format before it use. Contract later: a step that takes something away raises `reader`
 * to the oldest format whose programs can still work, and comes a release after the one that stopped needing it.
 */
export interface Migration {
  readonly format: number;
  /** The oldest format that a program must know to go on working after this step. */
  readonly reader: number;
  readonly sql: (schema: string) => string;
}

/** All steps, oldest first. A step that was released is never changed. */
export const migrations: readonly Migration[] = [
  {
    format: 1,
    reader: 1,
    sql: (s) =>
      [tables, scopes, smallWrites, recordWrites, erasing, commits, reading, words].map((part) => part(s)).join("\n"),
  },
];

/** The format that this program knows. */
export const knownFormat: number = migrations.at(-1)?.format ?? 0;
