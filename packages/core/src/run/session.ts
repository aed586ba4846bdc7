import { BrainOpsError } from "../contracts/error.ts";
import type { CallPlace, Place, WaitFor } from "../contracts/journal.ts";
import type { Json, JsonObject } from "../contracts/json.ts";
import type { Question } from "../contracts/node.ts";
import { canonical, encode } from "../journal/canonical.ts";
import { salt as newSalt, saltedHash } from "../journal/chain.ts";
import { isErased } from "../journal/erased.ts";
import { Call } from "./call.ts";
import { createDelivery, type Outcomes } from "./delivery.ts";
import { ended, endOf } from "./end-of.ts";
import { stoppedByErasure } from "./errors.ts";
import { placeKey, type PlaceHistory } from "./history.ts";
import { never } from "./never.ts";
import { createPast, outcomeName, waitNames, type Asked, type Found } from "./past.ts";
import type { EffectRequest } from "./job.ts";
import { perform } from "./perform.ts";
import type { Divergence, RunContext } from "./run-context.ts";
import { ranOut, type TryLimit } from "./try-limit.ts";

/** One try of a node: hands out the calls that the node makes, and delivers their outcomes one by one. */
export interface Session {
  /** Aborted when the run or this try is to stop. */
  signal(): AbortSignal;
  effect(effect: EffectRequest): Promise<Json>;
  /** Waits for an answer, a signal or a time. */
  wait(spec: WaitSpec): Promise<Json>;
  /** A value taken at once, journaled with whatever comes next. */
  sample(name: string, take: () => Json): Json;
  note(text: string, data?: JsonObject): void;
  patched(change: string): boolean;
  /** How many model calls were streamed before; tells their deltas apart. */
  nextDelta(): number;
  /** Ends the try with an error, whatever the node is doing. */
  expire(error: unknown): void;
  /** What the node comes to, or how the try was ended by {@link Session.expire}, whichever is first. */
  unlessExpired<T>(working: PromiseLike<T>): Promise<T>;
  /** Cuts off what is still under way and waits for it. Checks that the journal has nothing more for this try. */
  close(): Promise<void> | undefined;
}

/** What a node waits for: a question's text and options, a signal's name, or only the time. */
export interface WaitSpec extends Partial<Question> {
  readonly for: WaitFor;
  readonly signal?: string;
}

type Woken = Extract<Outcomes, { type: "woken" }>;

const inlineInput = 1024;
const noInput = "null";

/** Makes the session of one try. What the journal has of it already is served from there. */
export function createSession(
  run: RunContext,
  place: Place,
  attempt: number,
  history: PlaceHistory,
  limit: TryLimit | undefined,
): Session {
  const own = history.attempts[attempt - 1];
  const past = createPast(history, attempt);
  const work = new Set<Promise<unknown>>();
  const waits = new Set<string>();
  let starved = false;
  const delivery = createDelivery(run, {
    recorded: past.recorded,
    // Nothing more is journaled, so what the node still waits for never came.
    starved: (name, input) => {
      if (starved) return;
      starved = true;
      if (history.completed === undefined && own?.failed === undefined && !run.finished) run.active(-1);
      else if (ranOut(own) !== undefined) expire(ranOut(own));
      else diverge({ what: `The code does '${name}', and the journal has nothing of it`, found: input });
    },
    skipped: (entry) =>
      diverge({
        position: entry.position,
        what: `The journal has '${outcomeName(entry)}', and the code does not ask for it`,
      }),
  });
  let closed = false;
  let controller: AbortController | undefined;
  let unlink = (): void => {};
  let calls = 0;
  let deltas = 0;
  let expired: { readonly error: unknown } | undefined;
  let expiring: ((error: unknown) => void) | undefined;
  function expire(error: unknown): void {
    expired ??= { error };
    expiring?.(error);
  }

  const at = (call: number): CallPlace => ({ ...place, attempt, call });
  function diverge(parts: Omit<Divergence, keyof Place>): void {
    run.stop({ kind: "diverged", divergence: { ...place, ...parts } });
  }

  /** Serves a call from the journal. Says whether it did: what it did not is to be done, or to be starved in replay. */
  function served(call: number, found: Found | undefined): boolean {
    if (found?.kind === "other") diverge(found.difference);
    else if (found?.kind === "earlier") delivery.reuse(found.entry);
    return found !== undefined || run.replaying;
  }

  /** What the journal has of an effect, be it with the input that it had before a fork. */
  function findAs(call: number, asked: Asked, { earlier = [] }: EffectRequest): Found | undefined {
    const found = past.find(call, asked);
    if (found?.kind !== "other") return found;
    const { position = 0 } = found.difference;
    for (const { before, input } of earlier) {
      const same = position < before ? past.find(call, { ...asked, text: canonical(input), input }) : undefined;
      if (same?.kind === "own") return same;
    }
    return found;
  }

  function signal(): AbortSignal {
    if (controller === undefined) {
      const made = new AbortController();
      const whole = run.signal();
      const follow = (): void => made.abort(whole.reason);
      if (whole.aborted || closed) follow();
      whole.addEventListener("abort", follow, { once: true });
      unlink = () => whole.removeEventListener("abort", follow);
      controller = made;
    }
    return controller.signal;
  }

  /** Waits, over restarts if need be, and calls back with the entry that ends the wait. */
  function pause(call: number, suffix: string, spec: WaitSpec, woken: (entry: Woken) => void): void {
    const { for: what, timeoutMs, approvers, ...body } = spec;
    const known = past.wait(`${placeKey(place).slice(1)}/${call}${suffix}`, body);
    const { id } = known;
    if (known.erased !== undefined) return run.stop(stoppedByErasure(known.erased));
    if (known.over !== undefined) return woken(known.over);
    let { begun } = known;
    if (begun === undefined) {
      const until = timeoutMs === undefined ? {} : { until: Math.round(run.environment.clock.now() + timeoutMs) };
      const only = approvers === undefined ? {} : { approvers };
      begun = run.append({ type: "waiting", ...at(call), wait: id, for: what, ...until, ...only, body }) as NonNullable<
        typeof begun
      >;
    }
    const own = begun.until ?? Infinity;
    const ends = Math.min(own, limit?.until ?? Infinity);
    const until = ends === Infinity ? {} : { until: ends };
    const open = { ...spec, id, path: place.path, node: place.node, ...until };
    const fail = (error: unknown): void => run.stop({ kind: "broken", error });
    run.flush().then(() => {
      if (closed) return;
      waits.add(id);
      const there = run.wait(open, ({ expired, value, by, inbox, given }) => {
        waits.delete(id);
        if (expired && limit !== undefined && ends < own) return expire(limit.error);
        delivery.block(call, false);
        const from = { ...(inbox === undefined ? {} : { inbox }), ...(given === undefined ? {} : { given }) };
        const entry = run.append({
          type: "woken",
          ...at(call),
          wait: id,
          for: what,
          expired,
          ...from,
          body: { value, by },
        });
        void run.ahead();
        woken(entry as Woken);
      });
      if (!there) delivery.block(call, true);
    }, fail);
  }

  return {
    signal,
    expire,
    unlessExpired(working) {
      return new Promise((resolve, reject) => {
        if (expired !== undefined) reject(expired.error);
        expiring = reject;
        working.then(resolve, reject);
      });
    },
    effect(effect) {
      if (closed) return never();
      const call = calls++;
      if (effect.class === "compensatable" && effect.undo === undefined) {
        throw new BrainOpsError(
          "invalid_input",
          `The effect '${effect.name}' is 'compensatable' but has no undo. Give it one, or choose another class.`,
        );
      }
      const input = encode(effect.input ?? null, `The input of the effect '${effect.name}'`);
      const asked = { name: effect.name, text: input.text, input: input.json };
      const waiting = delivery.wait(call, effect.name, input.json);
      if (served(call, findAs(call, asked, effect))) return waiting;
      const salt = newSalt();
      const done = perform({
        run,
        effect,
        input: input.json,
        text: input.text,
        // A long input (a model's whole conversation) would make the journal grow with its square.
        kept: input.text.length <= inlineInput ? { input: input.json } : {},
        header: { ...at(call), name: effect.name, class: effect.class, inputHash: saltedHash(salt, input.text) },
        salt,
        // Another effect than an earlier try had in its place must not pass for that one.
        call: new Call(
          `${run.id}${placeKey(place)}/${call}/${effect.name}${past.replaced(call, asked) ? `~${attempt}` : ""}`,
          signal,
        ),
        cut: () => closed,
        failed: () => history.attempts[attempt - 1]?.failed !== undefined,
        intended: past.inDoubt(call, effect.name),
        ask: (suffix, text) =>
          new Promise<Woken>((resolve, reject) => {
            signal().addEventListener(
              "abort",
              () => reject(new BrainOpsError("aborted", "The run was stopped before the answer came.")),
              { once: true },
            );
            pause(call, suffix, { for: "answer", ...text }, resolve);
          }),
        arrive: delivery.arrive,
      }).catch((error: unknown) => run.stop({ kind: "broken", error }));
      work.add(done);
      run.track(done, () => work.delete(done));
      return waiting;
    },
    wait(spec) {
      if (closed) return never();
      const call = calls++;
      const { for: what, timeoutMs: _timeout, approvers: _approvers, ...body } = spec;
      const name = waitNames[what];
      const text = canonical(body);
      const waiting = delivery.wait(call, name, spec.text ?? spec.signal ?? null);
      if (!served(call, past.find(call, { name, text, input: text })))
        pause(call, "", spec, (entry) => delivery.arrive(entry));
      return waiting;
    },
    sample(name, take) {
      if (closed) throw ended(place.node);
      const call = calls++;
      const found = past.find(call, { name, text: noInput, input: null });
      if (found?.kind === "other") {
        diverge(found.difference);
        return null;
      }
      if (found !== undefined) {
        const { entry } = found;
        if (isErased(entry)) {
          run.stop(stoppedByErasure(entry.position));
          return null;
        }
        if (found.kind === "own") past.recorded.splice(past.recorded.indexOf(entry), 1);
        return entry.type === "effect-completed" ? (entry.body?.result ?? null) : null;
      }
      const result = take();
      if (run.replaying) delivery.starve(name);
      else {
        const salt = newSalt();
        const header = { ...at(call), name, class: "pure" as const, inputHash: saltedHash(salt, noInput) };
        run.append({ type: "effect-completed", ...header, ms: 0, body: { result } }, { salt });
      }
      return result;
    },
    note(text, data) {
      if (closed) return;
      const call = calls++;
      const body = encode({ text, data }, "A note").json as { text: string; data?: Json };
      const noted = past.noted(call);
      if (noted?.body !== undefined && canonical(noted.body) !== canonical(body)) {
        if (noted.attempt === attempt)
          diverge({
            position: noted.position,
            what: "The code notes something else",
            expected: noted.body,
            found: body,
          });
        else if (!run.replaying) run.append({ type: "noted", ...at(call), body });
      } else if (noted === undefined && !run.replaying) run.append({ type: "noted", ...at(call), body });
    },
    patched(change) {
      if (closed) throw ended(place.node);
      if (past.patched(change)) return true;
      if (run.replaying || past.goesBeyond(calls)) return false;
      run.append({ type: "patched", ...place, attempt, patch: change });
      return true;
    },
    nextDelta: () => deltas++,
    close() {
      closed = true;
      delivery.close(expired !== undefined);
      for (const id of waits) run.leave(id);
      unlink();
      if (work.size === 0) return undefined;
      controller?.abort(ended(place.node));
      return endOf(work, run.environment.clock);
    },
  };
}
