import { open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";

/** Names that reports of tests have. What is in them decides. */
const names = /\.(?:xml|tap|json|jsonl|ndjson|log|txt|out)$/i;
/** What belongs to others. */
const foreign = new Set([".git", "node_modules", ".venv", "venv", "__pycache__", ".cache"]);

const mostEntries = 20_000;
const mostFiles = 400;
const mostDeep = 8;
const mostBytes = 16_000_000;
const beginning = 4_096;

/** What a report begins with, of whatever kind. */
const looksLike =
  /<(?:testsuites?|testcase)[\s/>]|^TAP version \d|^(?:not )?ok\b|^1\.\.\d|"Action":|"numTotalTests"|"stats":/m;

/**
 * The reports of tests that a run of them has written into its folder: runners may write these in place of saying anything.
 * Only what was written since the run began counts, so that no report of an earlier run is taken for its own. Links are
 * not followed, and the search is bounded.
 */
export async function reportFiles(dir: string, since: number): Promise<readonly string[]> {
  const found: { readonly path: string; readonly size: number; readonly at: number }[] = [];
  let left = mostEntries;
  const look = async (folder: string, deep: number): Promise<void> => {
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      if ((left -= 1) < 0) return;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (deep < mostDeep && !foreign.has(entry.name)) await look(path, deep + 1);
      } else if (entry.isFile() && names.test(entry.name)) {
        const { size, mtimeMs } = await stat(path).catch(() => ({ size: 0, mtimeMs: 0 }));
        if (size > 0 && size <= mostBytes && mtimeMs >= since) found.push({ path, size, at: mtimeMs });
      }
    }
  };
  await look(dir, 0);
  const texts: string[] = [];
  let bytes = mostBytes;
  for (const { path, size } of found.toSorted((a, b) => a.path.localeCompare(b.path)).slice(0, mostFiles)) {
    if ((bytes -= size) < 0) break;
    const text = await readIfReport(path).catch(() => undefined);
    if (text !== undefined) texts.push(text);
  }
  return texts;
}

async function readIfReport(path: string): Promise<string | undefined> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(beginning), 0, beginning, 0);
    if (!looksLike.test(buffer.toString("utf8", 0, bytesRead))) return undefined;
    // From its beginning: what was looked at had a place of its own.
    return await file.readFile({ encoding: "utf8" });
  } finally {
    await file.close();
  }
}
