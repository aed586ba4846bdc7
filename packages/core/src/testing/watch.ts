import { AsyncLocalStorage, createHook } from "node:async_hooks";
import { syncBuiltinESMExports } from "node:module";
import { BrainOpsError } from "../contracts/error.ts";
import { culprits, resources, type Culprit } from "./culprits.ts";

/** Code that may not reach outside of the ledger, while it runs. */
export interface Watched {
  /** What it is, at the beginning of a sentence: `The node 'look'`. */
  readonly who: string;
  /** What it reached first; also when the code caught the error that it was given. */
  reached?: BrainOpsError | undefined;
}

const running = new AsyncLocalStorage<Watched | undefined>();
let watching = 0;
let restore = (): void => {};
/** To show a stack, files may be read. */
let looking = false;

/** Does on behalf of watched code what may reach outside: an effect, or the runner's own work. */
export const outside = <T>(work: () => T): T => running.run(undefined, work);

/** Runs code that may not reach outside. */
export const inside = <T>(watched: Watched, work: () => T): T => running.run(watched, work);

/**
 * Wraps the culprits of the whole process until the returned function is called as often as this one was. What is not
 * watched code finds them as they always are.
 */
export function watch(): () => void {
  if (watching === 0) restore = wrapAll();
  watching++;
  let over = false;
  return () => {
    if (over) return;
    over = true;
    if (--watching === 0) restore();
  };
}

/** What code is told that reached outside. */
export function reached(watched: Watched, what: string): BrainOpsError {
  return new BrainOpsError("nondeterministic", `${watched.who} reached ${what}.`);
}

function wrapAll(): () => void {
  const undo = [...culprits().map(wrap), wrapDate()];
  // Named imports of Node's modules follow.
  syncBuiltinESMExports();
  const hook = createHook({ init: (_id, type) => begun(type) }).enable();
  return () => {
    hook.disable();
    for (const back of undo.reverse()) back();
    syncBuiltinESMExports();
  };
}

const promisified = Symbol.for("nodejs.util.promisify.custom");

function wrap({ owner, key, name, instead }: Culprit): () => void {
  return replace(owner, key, checked(Reflect.get(owner, key) as AnyFunction, name, instead));
}

type AnyFunction = (...args: unknown[]) => unknown;

/** A function that is checked before it does what it always did, with the members of its own. */
function checked(original: AnyFunction, name: string, instead: string): AnyFunction {
  const wrapped = function (this: unknown, ...args: unknown[]): unknown {
    check(new.target === undefined ? name : `new ${name}`, instead);
    return new.target === undefined ? Reflect.apply(original, this, args) : Reflect.construct(original, args);
  };
  const members: PropertyDescriptorMap = Object.getOwnPropertyDescriptors(original);
  const asPromise = members[promisified]?.value as AnyFunction | undefined;
  if (asPromise !== undefined) {
    const value = asPromise === original ? wrapped : checked(asPromise, name, instead);
    members[promisified] = { ...members[promisified], value };
  }
  return Object.defineProperties(wrapped, members);
}

function wrapDate(): () => void {
  const watched = new Proxy(Date, {
    apply(target) {
      check("Date()", "ctx.now()");
      return Reflect.apply(target, undefined, []);
    },
    construct(target, args: [], made) {
      if (args.length === 0) check("new Date()", "new Date(ctx.now())");
      return Reflect.construct(target, args, made as () => unknown) as Date;
    },
  });
  // So that a date's constructor is still what `Date` is.
  const undo = [replace(Date.prototype, "constructor", watched), replace(globalThis, "Date", watched)];
  return () => undo.forEach((back) => back());
}

/** Puts something in the place of a member. Gives how to put back what was there, unless another has replaced it since. */
function replace(owner: object, key: string, value: unknown): () => void {
  const before = Object.getOwnPropertyDescriptor(owner, key);
  if (before?.configurable === false && !before.writable) return () => {};
  const enumerable = before?.enumerable ?? false;
  Object.defineProperty(owner, key, { value, enumerable, configurable: before?.configurable ?? true, writable: true });
  return () => {
    if (Reflect.get(owner, key) !== value) return;
    if (before === undefined) Reflect.deleteProperty(owner, key);
    else Object.defineProperty(owner, key, before);
  };
}

function check(name: string, instead: string): void {
  const watched = running.getStore();
  if (watched === undefined || looking) return;
  const frames = stack();
  // These only hand on what they were asked for.
  if (!isAsked(frames, /node:(internal\/)?(util|crypto)/)) return;
  const error = reached(watched, `${name}${place(frames)}; use ${instead}`);
  watched.reached ??= error;
  throw error;
}

/** Something was begun by a function that is not wrapped. It cannot be stopped, and is told when the code is looked at. */
function begun(type: string): void {
  const what = resources[type];
  const watched = running.getStore();
  if (what === undefined || watched === undefined || watched.reached !== undefined || looking) return;
  const frames = stack();
  // The first output of a process makes its pipe, wherever it comes from.
  const byItself = frames.some((frame) => /node:internal\/(modules|bootstrap)\//.test(frame));
  if (!byItself && isAsked(frames, /node:/))
    watched.reached = reached(watched, `${what}${place(frames)}; use ctx.effect()`);
}

/** Where we are, without what is above it here. */
function stack(): readonly string[] {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 50;
  looking = true;
  const text = new Error("here").stack ?? "";
  looking = false;
  Error.stackTraceLimit = stackTraceLimit;
  return text
    .split("\n")
    .slice(1)
    .filter((frame) => !frame.includes(import.meta.filename));
}

/** What Node does for its own ends (it reads files to load code, and to show a stack) is not the code's doing. */
function isAsked(frames: readonly string[], own: RegExp): boolean {
  const byNode = frames.slice(0, 1).some((frame) => frame.includes("node:") && !own.test(frame));
  return !byNode && !frames.some((frame) => frame.includes("prepareStackTrace"));
}

/** Where in the caller's code it happened; in the code of a package, when it was nowhere else. */
function place(frames: readonly string[]): string {
  const code = frames.filter((frame) => /:\d+:\d+\)?$/.test(frame) && !frame.includes("node:"));
  const own = code.find((frame) => !/[\\/]node_modules[\\/]/.test(frame)) ?? code[0];
  return own === undefined ? "" : ` at ${own.trim().replace(/^at /, "")}`;
}
