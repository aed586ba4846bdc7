import type { Failure } from "./failures.ts";

/** What the values of the failing assertions say about the kind of mistake. */
export interface Symptoms {
  /** A number is beside the expected one by one at most. */
  readonly oneOff: boolean;
  /** A number is wrong by more. */
  readonly numeric: boolean;
  /** What a truth value should have been. */
  readonly truth: boolean | undefined;
  /** A value is missing, or zero, where there should be one, or the other way round. */
  readonly absent: boolean;
  /** A promise is there instead of its value. */
  readonly promise: boolean;
  /** Lists run backwards. */
  readonly reversed: boolean;
  /** Lists run forwards, but begin elsewhere. */
  readonly shifted: boolean;
  /** Keys whose values differ, where objects were compared. */
  readonly keys: ReadonlySet<string>;
}

/** Compares what was found with what was expected, over all failures. */
export function readSymptoms(failures: readonly Failure[]): Symptoms {
  const pairs = failures.map(({ actual, expected }) => ({ actual: numbers(actual), expected: numbers(expected) }));
  const gaps = pairs.flatMap(({ actual, expected }) =>
    actual.length === expected.length ? actual.map((number, index) => Math.abs(number - (expected[index] ?? 0))) : [],
  );
  const widest = Math.max(0, ...gaps);
  const order = failures.flatMap(({ expected }) => words(expected));
  const places = failures.map(({ actual }) => words(actual).map((word) => order.indexOf(word)));
  const lists = places.filter((list) => list.length > 1 && !list.includes(-1));
  return {
    oneOff: widest > 0 && widest <= 1,
    numeric: widest > 1,
    truth: truth(failures),
    absent: failures.some(({ actual, expected }) => isNothing(actual) !== isNothing(expected)),
    promise: failures.some(({ actual }) => /Promise/.test(actual)),
    reversed: lists.length > 0 && lists.every((list) => runs(list, -1)),
    shifted: lists.length > 0 && lists.every((list) => runs(list, 1)),
    keys: new Set(failures.flatMap(({ actual, expected }) => differingKeys(actual, expected))),
  };
}

function truth(failures: readonly Failure[]): boolean | undefined {
  const expected = failures.map((failure) => failure.expected).find((text) => text === "true" || text === "false");
  return expected === undefined ? undefined : expected === "true";
}

const isNothing = (text: string): boolean => text === "undefined" || text === "null" || text === "0";
const numbers = (text: string): number[] => (text.match(/-?\b\d+(?:\.\d+)?\b/g) ?? []).map(Number);
const words = (text: string): string[] => [...text.matchAll(/'([^']*)'/g)].map((match) => match[1] ?? "");

function runs(list: readonly number[], direction: 1 | -1): boolean {
  return list.every((place, index) => index === 0 || (place - (list[index - 1] ?? 0)) * direction > 0);
}

function differingKeys(actual: string, expected: string): string[] {
  const found = members(actual);
  const wanted = members(expected);
  return [...wanted.keys()].filter((key) => found.get(key) !== wanted.get(key));
}

function members(text: string): Map<string, string> {
  return new Map([...text.matchAll(/(\w+): ([^\s,{}[\]]+)/g)].map((match) => [match[1] ?? "", match[2] ?? ""]));
}
