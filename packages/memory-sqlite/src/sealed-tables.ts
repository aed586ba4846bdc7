import { recordPlace } from "@brainops/core/sealing";
import { int, bytes, type Row, textOf } from "./handle.ts";
import * as places from "./places.ts";

/** A table with sealed bytes, to be walked through in the order of one column. */
export interface SealedTable {
  readonly name: string;
  /** The column by which it is walked. */
  readonly key: string;
  /** What tells where the bytes of a row belong, beside the key and `body`. */
  readonly columns: string;
  place(row: Row): string;
  /** Whether the bytes are sealed under the key of the row's scope, column `scope`; else under that of the store. */
  readonly scoped: boolean;
}

const numbers = (row: Row, ...columns: string[]): number[] => columns.map((column) => int(row[column]));

/** All tables that hold sealed bytes. */
export const sealedTables: readonly SealedTable[] = [
  {
    name: "scopes",
    key: "n",
    columns: "name",
    place: (row) => places.scopePlace(bytes(row["name"])),
    scoped: false,
  },
  {
    name: "streams",
    key: "n",
    columns: "name",
    place: (row) => places.streamPlace(bytes(row["name"])),
    scoped: false,
  },
  {
    name: "documents",
    key: "n",
    columns: "name, version",
    place: (row) => places.documentPlace(bytes(row["name"]), int(row["version"])),
    scoped: false,
  },
  {
    name: "wakes",
    key: "name",
    columns: "name",
    place: (row) => places.wakePlace(bytes(row["name"])),
    scoped: false,
  },
  {
    name: "links",
    key: "n",
    columns: "source, target, type",
    place(row) {
      const [source = 0, target = 0, type = 0] = numbers(row, "source", "target", "type");
      return places.linkPlace(source, target, type);
    },
    scoped: false,
  },
  {
    name: "journal",
    key: "seq",
    columns: "stream, position, count",
    place(row) {
      const [stream = 0, position = 0, count = 0] = numbers(row, "stream", "position", "count");
      return places.framePlace(stream, position, count);
    },
    scoped: false,
  },
  {
    name: "records",
    key: "n",
    columns: "id, scope, kind, created, version",
    place(row) {
      const [scope = 0, kind = 0, createdAt = 0, version = 0] = numbers(row, "scope", "kind", "created", "version");
      return recordPlace({ id: textOf(row["id"]), scope, kind, createdAt, version });
    },
    scoped: true,
  },
  {
    name: "chunks",
    key: "n",
    columns: `blob, part, (select scope from blobs where n = blob) as scope,
      (select count(*) from chunks other where other.blob = chunks.blob) as parts`,
    place(row) {
      const [blob = 0, part = 0, parts = 0] = numbers(row, "blob", "part", "parts");
      return places.chunkPlace(blob, part, parts);
    },
    scoped: true,
  },
];
