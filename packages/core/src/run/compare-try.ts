import { canonical } from "../journal/canonical.ts";
import { saltedHash } from "../journal/chain.ts";
import type { Place } from "../contracts/journal.ts";
import type { Json } from "../contracts/json.ts";
import { toErrorValue } from "./errors.ts";
import type { PlaceHistory } from "./history.ts";
import { never } from "./never.ts";
import type { Divergence, RunContext } from "./run-context.ts";
import type { checkedUpdate, Update } from "./state.ts";
import { ranOut } from "./try-limit.ts";

/** An execution of a node that is replayed. */
interface Replayed {
  readonly run: RunContext;
  readonly place: Place;
  readonly history: PlaceHistory;
}

/** Leaves the walk standing: where the journal ends, or where code and journal part. */
export function stopAndWait(run: RunContext, divergence?: Divergence): Promise<never> {
  if (divergence === undefined) run.active(-1);
  else run.stop({ kind: "diverged", divergence });
  return never();
}

/** Compares what a replayed try came to with the journal; the walk is left standing where they part. */
export function compareUpdate(
  { run, place, history }: Replayed,
  { update, text }: ReturnType<typeof checkedUpdate>,
  remembered: string,
): Update | Promise<never> {
  const { completed } = history;
  const found = update as Json;
  if (completed === undefined) {
    if (!run.finished && history.attempts.at(-1)?.failed === undefined) return stopAndWait(run);
    return stopAndWait(run, { ...place, what: `'${place.node}' completed, and the journal does not say so`, found });
  }
  const { position, salt, memory } = completed;
  const proof = remembered === "" || salt === undefined ? undefined : saltedHash(salt, remembered);
  if (salt !== undefined && proof !== memory) {
    return stopAndWait(run, {
      ...place,
      position,
      what: `'${place.node}' remembers something else than the journal has`,
      found: remembered,
    });
  }
  const expected = completed.body?.update;
  if (expected === undefined || canonical(expected) === text) {
    run.history.forget(history);
    return update;
  }
  return stopAndWait(run, {
    ...place,
    position: completed.position,
    what: `'${place.node}' returned another update than the journal has`,
    expected,
    found,
  });
}

/** Returns when the journal, too, has another try; throws when it has this failure as the last. */
export async function compareFailure(
  { run, place, history }: Replayed,
  attempt: number,
  thrown: unknown,
): Promise<void> {
  const recorded = history.attempts[attempt - 1]?.failed;
  const late = ranOut(history.attempts[attempt - 1]);
  const error = toErrorValue(late ?? thrown, "node_failed");
  const expected = recorded?.body?.error;
  if (
    recorded !== undefined &&
    (expected === undefined || (expected.code === error.code && expected.message === error.message))
  ) {
    if (recorded.retried) return;
    throw late ?? thrown;
  }
  if (recorded === undefined && history.completed === undefined && !run.finished) return stopAndWait(run);
  const position = (recorded ?? history.completed)?.position;
  return stopAndWait(run, {
    ...place,
    ...(position === undefined ? {} : { position }),
    what: `'${place.node}' failed in another way than the journal has`,
    expected: (expected ?? "no failure") as unknown as Json,
    found: error as unknown as Json,
  });
}
