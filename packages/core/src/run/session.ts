import { BrainOpsError } from "../contracts/error.ts";
import type { Place } from "../contracts/journal.ts";
import type { Json, JsonObject } from "../contracts/json.ts";
import type { Question } from "../contracts/node.ts";
import { canonical, encode } from "../journal/canonical.ts";
import { salt as newSalt, saltedHash } from "../journal/chain.ts";
import { isErased } from "../journal/erased.ts";
import { Call } from "./call.ts";
import { createDelivery, type Delivery, type Outcomes } from "./delivery.ts";
import { ended, endOf } from "./end-of.ts";
import { stoppedByErasure } from "./errors.ts";
import { placeKey, type PlaceHistory } from "./history.ts";
import { never } from "./never.ts";
import { createPast, outcomeName, waitNames, type Asked, type Found, type Past } from "./past.ts";
import { pause, type WaitSpec } from "./pause.ts";
import type { EffectRequest, Woken } from "./job.ts";
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
  return new TrySession(run, place, attempt, history, limit);
}

/** A class, because most tries use one or two of its members, and each would be a function of its own. */
class TrySession implements Session {
  readonly run: RunContext;
  readonly place: Place;
  readonly attempt: number;
  readonly history: PlaceHistory;
  readonly limit: TryLimit | undefined;
  readonly past: Past;
  readonly delivery: Delivery;
  /** What is under way outside. */
  work: Set<Promise<unknown>> | undefined = undefined;
  /** Ids of the waits that are open. */
  waits: Set<string> | undefined = undefined;
  closed = false;
  starved = false;
  controller: AbortController | undefined = undefined;
  unlink: (() => void) | undefined = undefined;
  calls = 0;
  deltas = 0;
  expired: { readonly error: unknown } | undefined = undefined;
  expiring: ((error: unknown) => void) | undefined = undefined;

  constructor(run: RunContext, place: Place, attempt: number, history: PlaceHistory, limit: TryLimit | undefined) {
    this.run = run;
    this.place = place;
    this.attempt = attempt;
    this.history = history;
    this.limit = limit;
    this.past = createPast(history, attempt);
    this.delivery = createDelivery(run, this.past.recorded, this);
  }

  /** Nothing more is journaled, so what the node still waits for never came. */
  onStarved(name: string, input: Json): void {
    if (this.starved) return;
    this.starved = true;
    const own = this.history.attempts[this.attempt - 1];
    if (this.history.completed === undefined && own?.failed === undefined && !this.run.finished) this.run.active(-1);
    else if (ranOut(own) !== undefined) this.expire(ranOut(own));
    else this.diverge({ what: `The code does '${name}', and the journal has nothing of it`, found: input });
  }

  onSkipped(entry: Outcomes): void {
    this.diverge({
      position: entry.position,
      what: `The journal has '${outcomeName(entry)}', and the code does not ask for it`,
    });
  }

  diverge(parts: Omit<Divergence, keyof Place>): void {
    this.run.stop({ kind: "diverged", divergence: { ...this.place, ...parts } });
  }

  expire(error: unknown): void {
    this.expired ??= { error };
    this.expiring?.(error);
  }

  unlessExpired<T>(working: PromiseLike<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.expired !== undefined) reject(this.expired.error);
      this.expiring = reject;
      working.then(resolve, reject);
    });
  }

  signal(): AbortSignal {
    if (this.controller === undefined) {
      const made = new AbortController();
      const whole = this.run.signal();
      const follow = (): void => made.abort(whole.reason);
      if (whole.aborted || this.closed) follow();
      whole.addEventListener("abort", follow, { once: true });
      this.unlink = () => whole.removeEventListener("abort", follow);
      this.controller = made;
    }
    return this.controller.signal;
  }

  /** Serves a call from the journal. Says whether it did: what it did not is to be done, or to be starved in replay. */
  served(found: Found | undefined): boolean {
    if (found?.kind === "other") this.diverge(found.difference);
    else if (found?.kind === "earlier") this.delivery.reuse(found.entry);
    return found !== undefined || this.run.replaying;
  }

  /** What the journal has of an effect, be it with the input that it had before a fork. */
  findAs(call: number, asked: Asked, { earlier = [] }: EffectRequest): Found | undefined {
    const found = this.past.find(call, asked);
    if (found?.kind !== "other") return found;
    const { position = 0 } = found.difference;
    for (const { before, input } of earlier) {
      const same = position < before ? this.past.find(call, { ...asked, text: canonical(input), input }) : undefined;
      if (same?.kind === "own") return same;
    }
    return found;
  }

  effect(effect: EffectRequest): Promise<Json> {
    if (this.closed) return never();
    const call = this.calls++;
    if (effect.class === "compensatable" && effect.undo === undefined) {
      throw new BrainOpsError(
        "invalid_input",
        `The effect '${effect.name}' is 'compensatable' but has no undo. Give it one, or choose another class.`,
      );
    }
    const { json: input, text } = encode(effect.input ?? null, `The input of the effect '${effect.name}'`);
    const asked = { name: effect.name, text, input };
    const waiting = this.delivery.wait(call, effect.name, input);
    if (!this.served(this.findAs(call, asked, effect))) this.begin(call, effect, asked);
    return waiting;
  }

  /** Does an effect, which may have been begun before a crash. */
  begin(call: number, effect: EffectRequest, asked: Asked): void {
    const { run, place, attempt, past, history } = this;
    const { path, node, visit } = place;
    const { name, class: kind } = effect;
    const { text, input } = asked;
    const salt = newSalt();
    // Another effect than an earlier try had in its place must not pass for that one.
    const other = past.replaced(call, asked) ? `~${attempt}` : "";
    const done = perform({
      run,
      effect,
      input,
      text,
      // A long input (a model's whole conversation) would make the journal grow with its square.
      kept: text.length <= inlineInput ? { input } : {},
      header: { path, node, visit, attempt, call, name, class: kind, inputHash: saltedHash(salt, text) },
      salt,
      call: new Call(`${run.id}${placeKey(place)}/${call}/${name}${other}`, () => this.signal()),
      cut: () => this.closed,
      failed: () => history.attempts[attempt - 1]?.failed !== undefined,
      intended: past.inDoubt(call, name),
      ask: (suffix, question) => this.ask(call, suffix, question),
      arrive: (outcome, cause) => this.delivery.arrive(outcome, cause),
    }).catch((error: unknown) => run.stop({ kind: "broken", error }));
    const work = (this.work ??= new Set());
    work.add(done);
    run.track(done, () => work.delete(done));
  }

  /** Puts a question on behalf of an effect. */
  ask(call: number, suffix: string, question: Question): Promise<Woken> {
    return new Promise<Woken>((resolve, reject) => {
      this.signal().addEventListener(
        "abort",
        () => reject(new BrainOpsError("aborted", "The run was stopped before the answer came.")),
        { once: true },
      );
      pause(this, call, suffix, { for: "answer", ...question }, resolve);
    });
  }

  wait(spec: WaitSpec): Promise<Json> {
    if (this.closed) return never();
    const call = this.calls++;
    const { for: what, timeoutMs: _timeout, approvers: _approvers, ...body } = spec;
    const name = waitNames[what];
    const text = canonical(body);
    const waiting = this.delivery.wait(call, name, spec.text ?? spec.signal ?? null);
    if (!this.served(this.past.find(call, { name, text, input: text })))
      pause(this, call, "", spec, (entry) => this.delivery.arrive(entry));
    return waiting;
  }

  sample(name: string, take: () => Json): Json {
    const { run, past, place, attempt } = this;
    if (this.closed) throw ended(place.node);
    const call = this.calls++;
    const found = past.find(call, { name, text: noInput, input: null });
    if (found?.kind === "other") {
      this.diverge(found.difference);
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
    if (run.replaying) this.delivery.starve(name);
    else {
      const salt = newSalt();
      const header = { ...place, attempt, call, name, class: "pure" as const, inputHash: saltedHash(salt, noInput) };
      run.append({ type: "effect-completed", ...header, ms: 0, body: { result } }, { salt });
    }
    return result;
  }

  note(text: string, data?: JsonObject): void {
    if (this.closed) return;
    const { run, place, attempt } = this;
    const call = this.calls++;
    const body = encode({ text, data }, "A note").json as { text: string; data?: Json };
    const noted = this.past.noted(call);
    const isNew = noted === undefined;
    if (!isNew && (noted.body === undefined || canonical(noted.body) === canonical(body))) return;
    if (!isNew && noted.attempt === attempt) {
      const { position, body: expected } = noted;
      this.diverge({ position, what: "The code notes something else", expected: expected ?? null, found: body });
    } else if (!run.replaying) run.append({ type: "noted", ...place, attempt, call, body });
  }

  patched(change: string): boolean {
    const { run, past, place, attempt } = this;
    if (this.closed) throw ended(place.node);
    if (past.patched(change)) return true;
    if (run.replaying || past.goesBeyond(this.calls)) return false;
    run.append({ type: "patched", ...place, attempt, patch: change });
    return true;
  }

  nextDelta(): number {
    return this.deltas++;
  }

  close(): Promise<void> | undefined {
    const { run, place, work } = this;
    this.closed = true;
    this.delivery.close(this.expired !== undefined);
    for (const id of this.waits ?? []) run.leave(id);
    this.unlink?.();
    if (work === undefined || work.size === 0) return undefined;
    this.controller?.abort(ended(place.node));
    return endOf(work, run.environment.clock);
  }
}
