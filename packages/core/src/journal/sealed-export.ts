import { hash as digest } from "node:crypto";
import { BrainOpsError } from "../contracts/error.ts";
import type { Json } from "../contracts/json.ts";
import { createSealer, keyIds, openSealer, type SealHeader } from "../sealing/sealer.ts";
import type { Secret } from "../sealing/secret.ts";
import { canonical } from "./canonical.ts";
import { linesOf } from "./export.ts";

/** First line of a sealed export; each further line is a sealed piece in base64, in order. */
interface Header {
  readonly brainops: "sealed-journal";
  readonly format: 1;
  /** How the key is made from the secret. */
  readonly seal: SealHeader;
  /** The wrapped data key, in base64. */
  readonly key: string;
  /** SHA-256 of all else of this line: damage is told from a wrong key before a key is tried. */
  readonly sum: string;
}

const beginning = '{"brainops":"sealed-journal",';
/** A piece is bound to its place, and the last to being the last: none can be moved, and none left out. */
const placeOf = (index: number, isLast: boolean): string => `export|journal|${index}|${isLast ? "last" : "more"}`;

/** Whether a line is the first of a sealed export. */
const isSealed = (line: string): boolean => line.startsWith(beginning);

/**
 * Seals the pieces of an exported journal, each by itself, under a key of its own, which is wrapped by the secret: 32 bytes, or a
 * passphrase, which is stretched as that of a store is.
 */
export async function* sealPieces(
  pieces: Iterable<string> | AsyncIterable<string>,
  secret: Secret,
): AsyncGenerator<string, void, undefined> {
  const sealer = await createSealer(secret);
  const key = Buffer.from(sealer.newKey(keyIds.firstScope)).toString("base64");
  const head = { brainops: "sealed-journal", format: 1, seal: sealer.header, key } as const;
  const header: Header = { ...head, sum: sumOf(head) };
  yield `${canonical(header as unknown as Json)}\n`;
  const sealed = (index: number, isLast: boolean, piece: string): string =>
    `${sealer.seal(keyIds.firstScope, placeOf(index, isLast), piece).toString("base64")}\n`;
  let index = 0;
  let piece = "";
  for await (const next of pieces) {
    if (piece !== "") yield sealed(index++, false, piece);
    piece = next;
  }
  yield sealed(index, true, piece);
}

/**
 * The lines of an export, opened where it is sealed. Errors: `wrong_key`, also when no key is given; `journal_corrupt` when a
 * byte has changed, or a piece is missing.
 */
export async function* openLines(
  lines: AsyncIterable<string>,
  secret?: Secret,
): AsyncGenerator<string, void, undefined> {
  const all = lines[Symbol.asyncIterator]();
  const first = await all.next();
  if (first.done === true) return;
  const rest = { [Symbol.asyncIterator]: () => all };
  if (isSealed(first.value)) yield* linesOf(openPieces(first.value, rest, secret));
  else {
    yield first.value;
    yield* rest;
  }
}

async function* openPieces(
  line: string,
  lines: AsyncIterable<string>,
  secret: Secret | undefined,
): AsyncGenerator<string, void, undefined> {
  const { sum, ...head } = parse(line);
  if (canonical({ ...head, sum } as unknown as Json) !== line || sum !== sumOf(head)) throw damaged();
  if (secret === undefined)
    throw new BrainOpsError("wrong_key", "This export is sealed. Give the key that it was sealed with.");
  const sealer = await openSealer(head.seal, secret);
  const open = (index: number, isLast: boolean, sealed: string): string => {
    const bytes = Buffer.from(sealed, "base64");
    if (bytes.toString("base64") !== sealed) throw damaged();
    return sealer.open(placeOf(index, isLast), bytes).toString("utf8");
  };
  try {
    sealer.addKey(keyIds.firstScope, Buffer.from(head.key, "base64"));
    let index = 0;
    let sealed: string | undefined;
    for await (const next of lines) {
      if (sealed !== undefined) yield open(index++, false, sealed);
      sealed = next;
    }
    if (sealed === undefined) throw damaged();
    yield open(index, true, sealed);
  } catch (cause) {
    throw damaged(cause);
  }
}

/**
 * Seals an exported journal under a key of its own, wrapped by the secret: 32 bytes, or a passphrase, which is stretched
 * as that of a store is. One that is too long to be held is sealed in pieces by `brain.exportPieces`.
 *
 * @example
 * ```ts
 * import { exportJournal, sealJournal, unsealJournal, type Brain } from "@brainops/core";
 * declare const brain: Brain;
 * const sealed = await sealJournal(exportJournal(await brain.journal("r1")), "a passphrase of your own");
 * const text = await unsealJournal(sealed, "a passphrase of your own");
 * ```
 */
export const sealJournal = (journal: string, secret: Secret): Promise<string> => joined(sealPieces([journal], secret));

/**
 * Opens what {@link sealJournal} or `brain.export` sealed; any other text is given back as it is. Errors: `wrong_key`, also when no
 * key is given; `journal_corrupt` when a byte has changed.
 *
 * @example
 * ```ts
 * import { readFile } from "node:fs/promises";
 * import { importJournal, unsealJournal } from "@brainops/core";
 * const text = await readFile("run.sealed", "utf8");
 * const entries = importJournal(await unsealJournal(text, "a passphrase of your own"));
 * ```
 */
export async function unsealJournal(text: string, secret?: Secret): Promise<string> {
  if (!isSealed(text)) return text;
  const lines: string[] = [];
  for await (const line of openLines(linesOf([text]), secret)) lines.push(line, "\n");
  return lines.join("");
}

/** One text of pieces. */
export async function joined(pieces: AsyncIterable<string>): Promise<string> {
  const all: string[] = [];
  for await (const piece of pieces) all.push(piece);
  return all.join("");
}

const sumOf = (head: Omit<Header, "sum">): string => digest("sha256", canonical(head as unknown as Json), "base64url");

function parse(line: string): Header {
  try {
    return JSON.parse(line) as Header;
  } catch (cause) {
    throw damaged(cause);
  }
}

function damaged(cause?: unknown): BrainOpsError {
  return new BrainOpsError("journal_corrupt", "This sealed export is damaged. Use an undamaged copy.", { cause });
}
