import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { MemoryRecord } from "@brainops/core";
import { makeCorpus } from "./corpus.ts";
import type { Report } from "./report.ts";
import { outcomeOf, type LabelledSet, type Outcome } from "./retrieval.ts";
import { quantile } from "./stats.ts";

/** The floor: SQLite's own full-text search, English stems, any of the words, its own BM25; nothing sealed. */
function openFts5(file: string): {
  readonly add: (records: readonly MemoryRecord[]) => void;
  readonly find: (text: string, scope: string, limit: number) => string[];
  readonly close: () => void;
} {
  const db = new DatabaseSync(file);
  db.exec("pragma journal_mode = wal; pragma synchronous = full");
  db.exec("create virtual table records using fts5 (text, id unindexed, scope unindexed, tokenize = 'porter')");
  const insert = db.prepare("insert into records (text, id, scope) values (?, ?, ?)");
  const select = db.prepare(
    "select id from records where records match ? and (scope = ? or scope glob ?) order by rank limit ?",
  );
  return {
    add(records) {
      db.exec("begin");
      for (const { text, id, scope } of records) insert.run(text, id, scope);
      db.exec("commit");
    },
    find(text, scope, limit) {
      const words = text.match(/[\p{L}\p{N}_]+/gu) ?? [];
      if (words.length === 0) return [];
      const query = words.map((word) => `"${word}"`).join(" OR ");
      return select.all(query, scope, `${scope}/*`, limit).map((row) => String(row["id"]));
    },
    close: () => db.close(),
  };
}

/** Answers a labelled set with raw FTS5. */
export function askFts5({ records, questions }: LabelledSet): Outcome[] {
  const fts5 = openFts5(":memory:");
  fts5.add(records);
  const outcomes = questions.map((question) => outcomeOf(question, fts5.find(question.text, question.scope, 25)));
  fts5.close();
  return outcomes;
}

/** How fast raw FTS5 is with so many of the same records in one scope. */
export function measureFts5(out: Report, records: number): void {
  const folder = mkdtempSync(join(tmpdir(), "brainops-bench-"));
  const file = join(folder, "fts5.db");
  try {
    const fts5 = openFts5(file);
    const corpus = makeCorpus(1);
    let ms = 0;
    for (let held = 0; held < records; held += 100) {
      const batch = Array.from({ length: Math.min(100, records - held) }, () => corpus.next());
      const started = performance.now();
      fts5.add(batch);
      ms += performance.now() - started;
    }
    const times: number[] = [];
    for (let i = 0; i < 120; i++) {
      const text = corpus.question();
      const started = performance.now();
      fts5.find(text, "bench", 10);
      if (i >= 20) times.push(performance.now() - started);
    }
    fts5.close();
    out.row({
      part: "speed",
      peer: "raw FTS5, not sealed",
      records,
      records_per_s: Math.round(records / (ms / 1000)),
      bytes_per_record: Math.round(statSync(file).size / records),
      recall_p50_ms: Number(quantile(times, 0.5).toFixed(2)),
      recall_p99_ms: Number(quantile(times, 0.99).toFixed(2)),
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
