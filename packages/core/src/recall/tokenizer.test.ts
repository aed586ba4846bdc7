import { expect, test } from "vitest";
import { makeTokenizer } from "./tokenizer.ts";

const numbers = new Map<string, number>();
const numberOf = (term: string): number => {
  const known = numbers.get(term) ?? numbers.size;
  numbers.set(term, known);
  return known;
};

test.each([
  ["words", "The deploy's retries in src/net/pool.ts failed: ENOENT, again! "],
  ["many languages", "Straße in München; платёжная система、決済の失敗。สวัสดีครับ ًالعربية! 👩‍💻 café C++ "],
  ["scripts without spaces", "決済サービスの再試行が失敗しました。次の日に直りました、"],
  ["one word without an end", "x".repeat(90)],
])("step by step a text has the words that it has as a whole: %s", (_, piece) => {
  const text = Array.from({ length: 300 }, (_, i) => `${piece}${i % 7 === 0 ? i : ""}`).join("");
  const tokensOf = makeTokenizer(numberOf);
  const steps = tokensOf.steps(text);
  let [taken, step] = [0, steps.next()];
  for (; step.done !== true; step = steps.next()) taken++;
  expect(step.value).toEqual(tokensOf(text));
  if (piece.includes(" ")) expect(taken).toBeGreaterThan(2);
});
