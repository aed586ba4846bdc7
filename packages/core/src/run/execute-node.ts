import { z } from "zod";
import type { Clock } from "../contracts/clock.ts";
import { BrainOpsError } from "../contracts/error.ts";
import type { Place } from "../contracts/journal.ts";
import type { Json } from "../contracts/json.ts";
import type { Link } from "../contracts/record.ts";
import type { NodeStep, State } from "../graph/definition.ts";
import { salt as newSalt, saltedHash } from "../journal/chain.ts";
import { erasedError } from "../journal/erased.ts";
import { fromErrorValue, toErrorValue } from "./errors.ts";
import type { PlaceHistory } from "./history.ts";
import { createNodeContext, type HandedContext } from "./node-context.ts";
import { never } from "./never.ts";
import type { Divergence, RunContext } from "./run-context.ts";
import { compareFailure, compareUpdate, stopAndWait } from "./compare-try.ts";
import { mayRetry, pauseAfter } from "./retry.ts";
import { createSession, type Session } from "./session.ts";
import { checkedUpdate, type Update } from "./state.ts";
import type { Seen } from "./unasked.ts";
import { ranOut, tryLimit, type TryLimit } from "./try-limit.ts";

/** One execution of a node. */
interface Execution {
  readonly run: RunContext;
  readonly step: NodeStep;
  readonly place: Place;
  readonly history: PlaceHistory;
  readonly state: State;
}

/**
 * Executes a node and gives its update: at once, when nothing in it is waited for. What the journal has already is not done
 * again: live, a completed node's update is taken as it stands; in replay the node runs on its journaled outcomes, and its
 * update is compared.
 */
export function executeNode(run: RunContext, step: NodeStep, place: Place, state: State): Update | Promise<Update> {
  const loading = run.history.load?.(place);
  if (loading !== undefined)
    return loading.then(
      () => executeNode(run, step, place, state),
      (error: unknown) => {
        run.stop({ kind: "broken", error });
        return never();
      },
    );
  const history = run.history.at(place);
  const { attempts, completed } = history;
  const execution = { run, step, place, history, state };
  if (run.replaying) {
    if (attempts.length === 0 && completed === undefined && !run.finished) return stopAndWait(run);
  } else {
    if (completed !== undefined) return takeUpdate(execution);
    const skipped = attempts.length === 0 ? run.history.unvisited(place.path) : undefined;
    if (skipped !== undefined) return stopAndWait(run, skipping(place, skipped));
    const failed = attempts.at(-1)?.failed;
    if (failed?.retried === false)
      throw failed.body === undefined ? erasedError(failed.position) : fromErrorValue(failed.body.error);
  }
  const failed = run.replaying ? undefined : attempts.at(-1)?.failed;
  const open = failed === undefined ? attempts.length : attempts.length + 1;
  const attempt = run.replaying ? 1 : Math.max(1, open);
  if (failed !== undefined) return pauseAfter(run, step, place, failed).then(() => tries(execution, attempt));
  if (step.concurrency !== undefined) return tries(execution, attempt);
  const first = beginTry(execution, attempt);
  return first instanceof Promise ? tries(execution, attempt, first) : first;
}

/** Steps of one way follow each other, so at a new one everything that the journal has of the way must have been passed. */
function skipping(place: Place, { node, position }: Seen): Divergence {
  const what = `The code comes to '${place.node}' where the journal has '${node}'`;
  return { ...place, position, what, expected: node, found: place.node };
}

function takeUpdate({ run, history }: Execution): Update {
  const { completed } = history;
  if (completed?.body === undefined) throw erasedError(completed?.position ?? 0);
  run.history.forget(history);
  return completed.body.update as Update;
}

/** Tries until a try succeeds, or fails for good; `begun`: the try that is under way. */
async function tries(execution: Execution, from: number, begun?: Promise<Update>): Promise<Update> {
  const { run, step } = execution;
  let underWay: Update | Promise<Update> | undefined = begun;
  for (let attempt = from; ; attempt++) {
    const leave = step.concurrency === undefined ? undefined : await run.slots.take(step.name, step.concurrency);
    let error: unknown;
    try {
      return await (underWay ?? beginTry(execution, attempt));
    } catch (thrown) {
      error = thrown;
    } finally {
      leave?.();
    }
    underWay = undefined;
    if (run.stopped) return never();
    if (run.replaying) await compareFailure(execution, attempt, error);
    else await journalFailure(execution, attempt, error);
  }
}

/** One try of a node. */
interface Try extends Execution {
  readonly attempt: number;
  readonly started: number;
  readonly memory: HandedContext["memory"];
}

/** Runs a node once. Gives its update at once when nothing is to be waited for; how it fails is always a promise's. */
function beginTry(execution: Execution, attempt: number): Update | Promise<Update> {
  const { run, step, place, history, state } = execution;
  const maker = history.completed === undefined ? run.id : run.makerOf(history.completed.position);
  // Most nodes make no call, so the session is not made before the first; what the journal has must be asked for, though.
  let session: Session | undefined;
  const limit = run.replaying ? undefined : tryLimit(step, history, attempt, run.environment.clock.now());
  let over = false;
  const open = (): Session => {
    if (session !== undefined) return session;
    session = createSession(run, place, attempt, history, limit);
    // A node that kept its context does nothing more with it.
    if (over) void session.close();
    return session;
  };
  if (history.attempts.length > 0 || step.timeoutMs !== undefined) open();
  const { ctx, memory } = createNodeContext({ run, place, attempt, maker, open });
  const started = run.environment.clock.now();
  const one: Try = { run, step, place, history, state, attempt, started, memory };
  const cancel = limit && expireAt(limit, run.environment.clock, open);
  try {
    const working: unknown = step.run(nodeInput(step, state) as never, ctx);
    over = session === undefined && !isPromise(working);
    if (over) return complete(one, checkedUpdate(working, step.output, step.name));
    return endTry(one, { working }, open, cancel);
  } catch (error) {
    return endTry(one, { error }, open, cancel);
  }
}

/** Waits for what is under way in a try, and ends it. */
async function endTry(
  one: Try,
  outcome: { readonly working: unknown } | { readonly error: unknown },
  session: () => Session,
  cancel: (() => void) | undefined,
): Promise<Update> {
  const { run, step } = one;
  let checked: Checked;
  try {
    if ("error" in outcome) throw outcome.error;
    const { working } = outcome;
    // Live, only a time that was set ends a try from outside.
    const mayExpire = step.timeoutMs !== undefined || run.replaying;
    const returned = isPromise(working) ? await (mayExpire ? session().unlessExpired(working) : working) : working;
    checked = checkedUpdate(returned, step.output, step.name);
  } finally {
    cancel?.();
    const closing = session().close();
    if (closing !== undefined) await closing;
  }
  return complete(one, checked);
}

type Checked = ReturnType<typeof checkedUpdate>;

/** Journals what a try came to, or compares it with the journal. */
function complete(one: Try, checked: Checked): Update | Promise<Update> {
  const { run, history, memory } = one;
  if (run.stopped) return never();
  const late = run.replaying ? ranOut(history.attempts[one.attempt - 1]) : undefined;
  if (late !== undefined) throw late;
  const buffer = memory();
  const remembered = buffer?.text() ?? "";
  if (run.replaying) return compareUpdate(one, checked, remembered);
  const superseding = buffer?.superseding() ?? [];
  if (superseding.length > 0) return checkAndJournal(one, checked, superseding, remembered);
  journal(one, checked, remembered);
  run.history.forget(history);
  return run.ahead()?.then(() => checked.update) ?? checked.update;
}

async function checkAndJournal(
  one: Try,
  checked: Checked,
  superseding: readonly Link[],
  remembered: string,
): Promise<Update> {
  const { run, history } = one;
  // What a node before it remembered must be there.
  await run.flush();
  await run.environment.checkSuperseding(superseding);
  journal(one, checked, remembered);
  run.history.forget(history);
  await run.ahead();
  return checked.update;
}

function journal({ run, place, attempt, started, memory }: Try, { update, text }: Checked, remembered: string): void {
  const salt = newSalt();
  const { path, node, visit } = place;
  const ms = elapsed(run, started);
  const body = { update: update as Json };
  const writes = memory()?.writes;
  run.append(
    remembered === ""
      ? { type: "node-completed", path, node, visit, attempt, ms, body }
      : { type: "node-completed", path, node, visit, attempt, ms, memory: saltedHash(salt, remembered), body },
    writes === undefined ? { salt, text: `{"update":${text}}` } : { salt, text: `{"update":${text}}`, writes },
  );
}

const isPromise = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";

function nodeInput(step: NodeStep, state: State): unknown {
  if (step.input === undefined) return state;
  const parsed = step.input.safeParse(state);
  if (parsed.success) return parsed.data;
  throw new BrainOpsError(
    "invalid_state",
    `The state does not have what '${step.name}' takes: ${z.prettifyError(parsed.error)}`,
    { details: { node: step.name } },
  );
}

function elapsed(run: RunContext, since: number): number {
  return Math.max(0, Math.round(run.environment.clock.now() - since));
}

/** Ends a try when its time is over; returns how to call that off. In replay, the journal says when it was. */
function expireAt({ until, error }: TryLimit, clock: Clock, open: () => Session): () => void {
  const timer = new AbortController();
  clock.sleep(Math.max(0, until - clock.now()), timer.signal).then(
    () => open().expire(error),
    () => {},
  );
  return () => timer.abort("over");
}

/** Journals a failed try. Returns when another is to follow; throws when it was the last. */
async function journalFailure(execution: Execution, attempt: number, thrown: unknown): Promise<void> {
  const { run, step, place } = execution;
  const error = toErrorValue(thrown, "node_failed");
  const retried = mayRetry(step.retry, attempt, error.code);
  const failed = run.append({ type: "node-failed", ...place, attempt, retried, body: { error } });
  await run.flush();
  if (!retried) throw thrown;
  await pauseAfter(run, step, place, { at: failed.at, attempt });
}
