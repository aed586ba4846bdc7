import { recordPlace } from "@brainops/core/sealing";
import { digest, int, text, type Row } from "./handle.ts";
import * as places from "./places.ts";

/** A table with sealed bytes, to be walked through in the order of its key. */
export interface SealedTable {
  readonly name: string;
  /** The columns by which it is walked, with their types. */
  readonly key: readonly (readonly [column: string, type: string])[];
  /** The column with the sealed bytes. */
  readonly body: string;
  /** What tells where the bytes of a row belong, beside its key. */
  readonly columns: string;
  place(row: Row): string;
  /** Which scope's key seals a row, as SQL over `t`; else it is sealed under the key of the store. */
  readonly scope?: (schema: string) => string;
}

const named = (name: string, place: (name: string) => string): SealedTable => ({
  name,
  key: [["name", "uuid"]],
  body: "body",
  columns: "t.name",
  place: (row) => place(digest(row["name"])),
});

/** All tables that hold sealed bytes. */
export const sealedTables: readonly SealedTable[] = [
  named("scopes", places.scopePlace),
  named("streams", places.streamPlace),
  named("documents", places.documentPlace),
  named("wakes", places.wakePlace),
  {
    name: "links",
    key: [["n", "bigint"]],
    body: "more",
    columns: "t.source, t.target, t.type",
    place: (row) => places.linkPlace(text(row["source"]), text(row["target"]), int(row["type"])),
  },
  {
    name: "journal",
    key: [
      ["stream", "uuid"],
      ["position", "bigint"],
    ],
    body: "body",
    columns: "t.part, t.count, t.commit",
    place: (row) =>
      places.framePlace(
        digest(row["stream"]),
        int(row["position"]),
        row["part"] === null ? undefined : int(row["part"]),
        int(row["count"]),
        digest(row["commit"]),
      ),
  },
  {
    name: "records",
    key: [["n", "bigint"]],
    body: "body",
    columns: "t.id, t.scope, t.kind, t.created, t.version",
    place: (row) =>
      recordPlace({
        id: text(row["id"]),
        scope: int(row["scope"]),
        kind: int(row["kind"]),
        createdAt: int(row["created"]),
        version: int(row["version"]),
      }),
    scope: () => "t.scope",
  },
  {
    name: "chunks",
    key: [
      ["blob", "uuid"],
      ["part", "integer"],
    ],
    body: "body",
    columns: "b.parts",
    place: (row) => places.chunkPlace(digest(row["blob"]), int(row["part"]), int(row["parts"])),
    scope: () => "b.scope",
  },
];
