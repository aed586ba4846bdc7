import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The lines of one system, and the group that each belongs to. */
export interface LabelledLog {
  readonly system: string;
  readonly lines: readonly string[];
  readonly truth: readonly string[];
}

/** Reads a folder in the format of Loghub-2k: `NAME/NAME_2k.log_structured.csv` with the columns Content and EventId. */
export function readLoghub(folder: string): readonly LabelledLog[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
    .map(({ name }) => ({ name, file: join(folder, name, `${name}_2k.log_structured.csv`) }))
    .filter(({ file }) => existsSync(file))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, file }) => {
      const [head = [], ...rows] = readCsv(readFileSync(file, "utf8"));
      const [content, event] = [head.indexOf("Content"), head.indexOf("EventId")];
      if (content === -1 || event === -1) throw new Error(`${file} has no columns Content and EventId.`);
      return { system: name, lines: rows.map((row) => row[content] ?? ""), truth: rows.map((row) => row[event] ?? "") };
    });
}

/** Rows of a CSV file (RFC 4180). */
function readCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (const [, quoted, bare = "", end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g)) {
    if (end === "" && row.length === 0 && quoted === undefined && bare === "") break;
    row.push(quoted === undefined ? bare : quoted.replaceAll('""', '"'));
    if (end === ",") continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

/** Share of the lines whose group holds exactly the lines of their true group. */
export function groupingAccuracy(groups: readonly string[], truth: readonly string[]): number {
  const count = (keys: readonly string[]): Map<string, number> => {
    const counts = new Map<string, number>();
    for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
    return counts;
  };
  const pairs = groups.map((group, i) => `${group}\0${truth[i] ?? ""}`);
  const [ofGroup, ofTruth, ofPair] = [count(groups), count(truth), count(pairs)];
  const right = groups.filter((group, i) => {
    const both = ofPair.get(pairs[i] ?? "");
    return both === ofGroup.get(group) && both === ofTruth.get(truth[i] ?? "");
  });
  return right.length / groups.length;
}
