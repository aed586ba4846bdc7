import { z } from "zod";
import type { Clock } from "../contracts/clock.ts";
import { BrainOpsError } from "../contracts/error.ts";
import type { Json } from "../contracts/json.ts";
import { recordKinds, type RecordKind } from "../contracts/record.ts";
import type { Store } from "../contracts/store.ts";
import { uuid7 } from "../journal/random.ts";
import { isWithin } from "../recall/fits-filter.ts";
import { sharePrefix, sharesTo, type Share } from "../recall/share-documents.ts";
import { commitSurely } from "../run/commit.ts";
import { checkScope } from "../sealing/check.ts";

/** What is opened, to whom, by whom and why. */
export interface ShareInput {
  /** The scope that is opened, with all below it. */
  readonly from: string;
  /** The scope that may read it, and all below that. */
  readonly to: string;
  /** Only records of these kinds. Default: of all. */
  readonly kinds?: readonly RecordKind[];
  /** Who opens it: 1 to 1,000 characters. */
  readonly by: string;
  /** Why: 1 to 1,000 characters. */
  readonly reason: string;
}

/** The stream that tells what was shared and taken back. */
export const shareStream = "shares";

const words = z.string().trim().min(1).max(1000);
const schema = z.strictObject({
  from: z.string(),
  to: z.string(),
  kinds: z.array(z.enum(recordKinds)).min(1).optional(),
  by: words,
  reason: words,
});

/**
 * Lets one scope read another: recall there (`brain.recall`, `ctx.recall`) finds what is in `from` and below it, too, and each such
 * hit says so. Nothing can be written through it, and it is not handed on. It holds until {@link unshare}; both stand in the
 * stream `shares`.
 *
 * Errors: `invalid_input` for a scope, kind or word that does not fit, or when `to` holds `from` anyway.
 *
 * @example
 * ```ts
 * import { share } from "@brainops/core/memory";
 * import type { Store } from "@brainops/core";
 * declare const store: Store;
 * await share(store, { from: "acme/shop", to: "acme/bank", kinds: ["solution"], by: "Ann", reason: "same servers" });
 * ```
 */
export async function share(
  store: Store,
  given: ShareInput,
  {
    clock = Date,
  }: {
    /** Where "now" comes from. Default: the system's clock. */
    readonly clock?: Pick<Clock, "now">;
  } = {},
): Promise<Share> {
  const parsed = schema.safeParse(given);
  if (!parsed.success)
    throw new BrainOpsError("invalid_input", `This cannot be shared: ${z.prettifyError(parsed.error)}`);
  const { from, to } = given;
  checkScope(from);
  checkScope(to);
  if (isWithin(from, to))
    throw new BrainOpsError("invalid_input", `'${to}' holds '${from}' already. Share it with another scope.`);
  const at = clock.now();
  const unique = uuid7(at);
  const key = `${sharePrefix(to)}${unique}`;
  const value: Share = { ...given, id: key.slice(sharePrefix().length), at };
  await commitSurely(store, unique, [
    { type: "document", key, value: value as unknown as Json, expectedVersion: 0 },
    { type: "append", stream: shareStream, entries: [{ type: "shared", ...value }] },
  ]);
  return value;
}

/**
 * Takes a share back: from now on nothing is found through it. Errors: `not_found`, `invalid_input`.
 *
 * @example
 * ```ts
 * import type { Store } from "@brainops/core";
 * import { shares, unshare } from "@brainops/core/memory";
 * declare const store: Store;
 * for (const { id } of await shares(store, { from: "acme/shop" }))
 *   await unshare(store, id, { by: "Ann", reason: "the shop is sold" });
 * ```
 */
export async function unshare(
  store: Store,
  id: string,
  why: {
    /** Who takes it back. */
    readonly by: string;
    /** Why. */
    readonly reason: string;
  },
  {
    clock = Date,
  }: {
    /** Where "now" comes from. Default: the system's clock. */
    readonly clock?: Pick<Clock, "now">;
  } = {},
): Promise<void> {
  const parsed = z.strictObject({ by: words, reason: words }).safeParse(why);
  if (!parsed.success)
    throw new BrainOpsError("invalid_input", `Say who takes it back and why: ${z.prettifyError(parsed.error)}`);
  const key = `${sharePrefix()}${id}`;
  const held = id === "" ? undefined : await store.document(key);
  if (held === undefined)
    throw new BrainOpsError("not_found", `There is no share '${id}'. List them with shares().`, { details: { id } });
  const at = clock.now();
  await commitSurely(store, uuid7(at), [
    { type: "document", key, value: null, expectedVersion: held.version },
    { type: "append", stream: shareStream, entries: [{ type: "unshared", id, at, by: why.by, reason: why.reason }] },
  ]);
}

/**
 * What is opened to a scope (`to`), or of a scope and below it (`from`). Errors: `invalid_input` without a scope.
 *
 * @example
 * ```ts
 * import type { Store } from "@brainops/core";
 * import { shares } from "@brainops/core/memory";
 * declare const store: Store;
 * for (const { from, kinds } of await shares(store, { to: "acme/bank" })) console.log(from, kinds);
 * ```
 */
export async function shares(
  store: Store,
  of:
    | {
        /** The scope that may read. */
        readonly to: string;
      }
    | {
        /** The scope that is opened, or one above it. */
        readonly from: string;
      },
): Promise<readonly Share[]> {
  checkScope("to" in of ? of.to : of.from);
  if ("to" in of) return sharesTo(store, of.to);
  const all = await store.documents(sharePrefix());
  return all.map(({ value }) => value as unknown as Share).filter(({ from }) => isWithin(from, of.from));
}
