import { isDeepStrictEqual } from "node:util";
import type { Outcome } from "./outcome.ts";
import type { Expected } from "./recording.ts";

/** One place where an outcome is not what is expected. */
export interface Difference {
  /** Such as `error.class`. */
  readonly path: string;
  /** What is right; several values where the wire is ambiguous. */
  readonly expected: readonly unknown[];
  readonly actual: unknown;
}

/** Lists every difference; a field that is absent on one side only is one too. */
export function differences(expected: Expected, actual: Outcome): Difference[] {
  const { anyOf = {}, ...values } = expected;
  const found: Difference[] = [];
  const at = (path: string, want: unknown, have: unknown): void => {
    if (path === "error" && isObject(want) && isObject(have)) {
      for (const key of new Set([...Object.keys(want), ...Object.keys(have)])) at(`error.${key}`, want[key], have[key]);
      return;
    }
    const right = anyOf[path] ?? [want];
    if (!right.some((one) => isDeepStrictEqual(one, have))) found.push({ path, expected: right, actual: have });
  };
  const wanted: { readonly [key: string]: unknown } = { ...values };
  const had: { readonly [key: string]: unknown } = { ...actual };
  for (const key of new Set([...Object.keys(wanted), ...Object.keys(had)])) at(key, wanted[key], had[key]);
  return found;
}

const isObject = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === "object" && value !== null;
