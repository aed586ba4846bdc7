import { hash as digest } from "node:crypto";
import { BrainOpsError } from "../contracts/error.ts";
import type { Json } from "../contracts/json.ts";
import { createSealer, keyIds, openSealer, type SealHeader } from "../sealing/sealer.ts";
import type { Secret } from "../sealing/secret.ts";
import { canonical } from "./canonical.ts";

/** First line of a sealed export; the second is the sealed text in base64. */
interface Header {
  readonly brainops: "sealed-journal";
  readonly format: 1;
  /** How the key is made from the secret. */
  readonly seal: SealHeader;
  /** The wrapped data key, in base64. */
  readonly key: string;
  /** SHA-256 of all else: damage is told from a wrong key before a key is tried. */
  readonly sum: string;
}

const beginning = '{"brainops":"sealed-journal",';
const place = "export|journal|1";

/** Whether a text is a sealed export. */
const isSealed = (text: string): boolean => text.startsWith(beginning);

/**
 * Seals an exported journal under a key of its own, wrapped by the secret: 32 bytes, or a passphrase, which is stretched
 * as that of a store is.
 *
 * @example
 * ```ts
 * import { exportJournal, sealJournal, unsealJournal, type Brain } from "@brainops/core";
 * declare const brain: Brain;
 * const sealed = await sealJournal(exportJournal(await brain.journal("r1")), "a passphrase of your own");
 * const text = await unsealJournal(sealed, "a passphrase of your own");
 * ```
 */
export async function sealJournal(journal: string, secret: Secret): Promise<string> {
  const sealer = await createSealer(secret);
  const key = Buffer.from(sealer.newKey(keyIds.firstScope)).toString("base64");
  const sealed = sealer.seal(keyIds.firstScope, place, journal).toString("base64");
  const head = { brainops: "sealed-journal", format: 1, seal: sealer.header, key } as const;
  const header: Header = { ...head, sum: sumOf(head, sealed) };
  return `${canonical(header as unknown as Json)}\n${sealed}\n`;
}

/**
 * Opens what {@link sealJournal} sealed; any other text is given back as it is. Errors: `wrong_key`, also when no key is
 * given; `journal_corrupt` when a byte has changed.
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
  const [line = "", sealed = "", ...rest] = text.split("\n");
  const { sum, ...head } = parse(line);
  if (canonical({ ...head, sum } as unknown as Json) !== line || sum !== sumOf(head, sealed) || rest.join("\n") !== "")
    throw damaged();
  if (secret === undefined)
    throw new BrainOpsError("wrong_key", "This export is sealed. Give the key that it was sealed with.");
  const sealer = await openSealer(head.seal, secret);
  try {
    sealer.addKey(keyIds.firstScope, Buffer.from(head.key, "base64"));
    return sealer.open(place, Buffer.from(sealed, "base64")).toString("utf8");
  } catch (cause) {
    throw damaged(cause);
  }
}

function sumOf(head: Omit<Header, "sum">, sealed: string): string {
  return digest("sha256", `${canonical(head as unknown as Json)}\n${sealed}`, "base64url");
}

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
