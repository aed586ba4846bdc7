import { readFileSync } from "node:fs";
import { join } from "node:path";
import { canonical, createBrain, verifyChain, type Entry } from "@brainops/core";
import { sqlite } from "@brainops/memory-sqlite";

/** What all processes of the torture have in common. */
export const key: Uint8Array = new Uint8Array(32).fill(7);
/** Id of the one run in a folder. */
export const run = "r";

/** The key under which a finished effect was done, when it changes the outside. */
export function effectOf(entry: Entry): string | undefined {
  if (entry.type !== "effect-completed" || entry.class === "pure") return undefined;
  return `${run}${entry.path}/${entry.node}#${entry.visit}/${entry.call}/${entry.name}`;
}

/** What a folder's file holds. */
export interface Held {
  readonly journal: readonly Entry[];
  readonly memories: number;
}

/** Opens the file as the next process would, and reads it; a run that was never begun has no journal. */
export async function read(folder: string): Promise<Held> {
  const brain = await createBrain({ store: sqlite({ file: join(folder, "brain.db"), key }) });
  try {
    const begun = (await brain.runs()).length > 0;
    const journal = begun ? await brain.journal(run) : [];
    verifyChain(journal);
    return { journal, memories: (await brain.store.find({ scope: brain.scope })).length };
  } finally {
    await brain.close();
  }
}

/** What the file held between two processes, and how far the account had come by then. */
export interface Seen {
  readonly journal: readonly Entry[];
  readonly lines: number;
}

/** The lines that a folder's processes wrote down. */
export function linesOf(folder: string): readonly string[] {
  try {
    return readFileSync(join(folder, "account"), "utf8").trim().split("\n");
  } catch {
    return [];
  }
}

/** What is wrong with a run that was killed again and again, beside one that nobody disturbed. */
export function problems(lines: readonly string[], seen: readonly Seen[], held: Held, whole: Held): readonly string[] {
  const found = [...repeated(lines, seen), ...outside(lines, held.journal)];
  if (lines.at(-1) !== "end completed equal") found.push(`ended so: ${lines.at(-1)}`);
  for (const [position, hash] of durable(lines, seen))
    if (held.journal[position]?.hash !== hash) found.push(`lost: entry ${position}`);
  if (finalState(held) !== finalState(whole)) found.push(`another state: ${finalState(held)}`);
  if (held.memories !== whole.memories) found.push(`${held.memories} memories instead of ${whole.memories}`);
  const outcomes = held.journal.map(effectOf).filter((effect) => effect !== undefined);
  for (const effect of new Set(outcomes)) if (count(outcomes, effect) > 1) found.push(`two outcomes: ${effect}`);
  return found;
}

const count = (list: readonly string[], one: string): number => list.filter((each) => each === one).length;

/** How many effects were begun and cut off, so that they were done, undone or asked about once more. */
export function doubtsOf(lines: readonly string[]): number {
  const begun = lines.filter((line) => line.startsWith("do ") || line.startsWith("undo "));
  const effects = new Set(begun.map((line) => line.slice(line.indexOf(" ") + 1)));
  return begun.length - effects.size;
}

/** Effects that were done again after a process was told, or a file held, that they were finished. */
function repeated(lines: readonly string[], seen: readonly Seen[]): string[] {
  const done = new Set<string>();
  const again: string[] = [];
  for (const [index, line] of lines.entries()) {
    for (const { journal } of seen.filter((one) => one.lines === index))
      for (const effect of journal.map(effectOf)) if (effect !== undefined) done.add(effect);
    const space = line.indexOf(" ");
    const effect = line.slice(space + 1);
    if (line.startsWith("done ")) done.add(effect);
    else if ((line.startsWith("do ") || line.startsWith("undo ")) && done.has(effect)) again.push(`repeated: ${line}`);
  }
  return again;
}

/** Everything that the journal has as done happened; what cannot be done twice, once; what was undone, anew. */
function outside(lines: readonly string[], journal: readonly Entry[]): string[] {
  const wrong: string[] = [];
  for (const entry of journal) {
    const effect = effectOf(entry);
    if (effect === undefined || entry.type !== "effect-completed") continue;
    const did = lines.filter((line) => line === `do ${effect}` || line === `undo ${effect}`);
    const times = count(did, `do ${effect}`);
    if (did.at(-1) !== `do ${effect}`) wrong.push(`not done: ${effect}`);
    if (entry.class === "irreversible" && times > 1) wrong.push(`done ${times} times: ${effect}`);
    if (entry.class === "compensatable" && did.some((line, index) => line.startsWith("do ") && line === did[index + 1]))
      wrong.push(`done again without undoing it: ${effect}`);
  }
  return wrong;
}

/** Hashes of the entries that were told to be durable, or were found in the file, by position. */
function durable(lines: readonly string[], seen: readonly Seen[]): ReadonlyMap<number, string> {
  const told = lines.map((line) => line.split(" ")).filter(([what]) => what === "durable");
  return new Map([
    ...told.map(([, position, hash]): [number, string] => [Number(position), hash ?? ""]),
    ...seen.flatMap(({ journal }) => journal.map(({ position, hash }): [number, string] => [position, hash])),
  ]);
}

function finalState({ journal }: Held): string {
  const last = journal.at(-1);
  return last?.type === "run-completed" && last.body !== undefined ? canonical(last.body.state) : "none";
}
