import { BrainOpsError } from "../contracts/error.ts";
import type { Entry, EntryContent } from "../contracts/journal.ts";
import type { AskedInstead } from "../contracts/run-terms.ts";
import type { Json } from "../contracts/json.ts";
import { chainEntry, chainStart, salt as newSalt } from "../journal/chain.ts";
import { erasedError, isErased } from "../journal/erased.ts";
import type { Started } from "./execute.ts";

/** What a fork differs in. */
export interface ForkOptions {
  /** The fork's id. */
  readonly id: string;
  /** How many entries it begins with. */
  readonly at: number;
  /** Another input; possible only when nothing but the start is kept. */
  readonly input?: Json;
  /** What it asks its models instead. */
  readonly instead?: AskedInstead;
  readonly scope: string;
  readonly owner: string;
}

/**
 * The first entries of a fork: those of another run, chained anew under the fork's id. Its effects have keys of their
 * own from there on, and what it remembers lies in its own scope.
 */
export function forkEntries(entries: readonly Entry[], options: ForkOptions): readonly Entry[] {
  const { at, input } = options;
  const started = entries[0] as Started;
  if (!Number.isInteger(at) || at < 1 || at > entries.length) {
    throw new BrainOpsError(
      "invalid_input",
      `A fork of run '${started.run}' can begin with 1 to ${entries.length} of its entries, not with ${at}.`,
    );
  }
  if (input !== undefined && at > 1) {
    throw new BrainOpsError(
      "invalid_input",
      "A fork with another input must begin anew: give at: 1, so that only the start is kept.",
    );
  }
  if (input === undefined && isErased(started)) throw erasedError(started.position);
  let end = chainStart;
  return entries.slice(0, at).map((entry, index) => {
    const { hash: _hash, commitment, salt = newSalt(), position: _position, at: when, ...rest } = entry;
    // Of an erased value the fork, too, has only the commitment.
    const kept = isErased(entry) ? { ...rest, commitment } : rest;
    const content = index === 0 ? forkStart(started, options) : (kept as EntryContent);
    const { entry: chained } = chainEntry(content, end, when, salt);
    const { salt: _salt, ...unsalted } = chained;
    const made = index > 0 && isErased(entry) ? (unsalted as Entry) : chained;
    end = { position: made.position + 1, hash: made.hash };
    return made;
  });
}

function forkStart(started: Started, { id, at, input, instead, scope, owner }: ForkOptions): EntryContent {
  const {
    hash: _hash,
    commitment: _commitment,
    salt: _salt,
    position: _position,
    at: _at,
    limits: _limits,
    ...rest
  } = started;
  // A fork of a fork may begin before that one did.
  const before = (started.forkOf ?? []).map((origin) => ({ ...origin, position: Math.min(origin.position, at) }));
  const forkOf = [...before, { run: started.run, position: at, scope: started.scope }];
  // What a fork before this one changed was changed from the same entries on, as far as they are kept.
  const changes = (started.body?.instead ?? []).map((change) => ({ ...change, from: Math.min(change.from, at) }));
  if (instead !== undefined) changes.push(instead);
  const given = input ?? started.body.input;
  const body = changes.length === 0 ? { input: given } : { input: given, instead: changes };
  // The same seed: what does not differ by the fork must not differ by chance.
  return { ...rest, run: id, scope, owner, forkOf, body };
}
