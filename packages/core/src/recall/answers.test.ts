import { expect, test } from "vitest";
import { asks, askedFor } from "./answers.ts";

test.each(["Why?", "为什么？", "لماذا؟", 'She said "why?"', "Seen this? [image: a dog]", "Really?!? "])(
  "%s asks",
  (text) => expect(asks(text)).toBe(!text.startsWith("Really") || text.trim().endsWith("?")),
);

test.each(["Because.", "Why? Because.", "a?b", "", "?".repeat(1_000_000) + "x", "?[".repeat(500_000)])(
  "what ends otherwise asks nothing, and is looked at in no time",
  (text) => expect(asks(text)).toBe(false),
);

test.each([
  ["When did Ann leave?", "She left last week.", "She left.", "a time"],
  ["In which year was it built?", "Built in 1987.", "Built of wood.", "a time"],
  ["how many retries?", "It was tried three times.", "It was tried.", "a number"],
])("%s", (question, yes, no, name) => {
  const wanted = askedFor(question);
  expect([wanted?.name, wanted?.isIn(yes), wanted?.isIn(no)]).toEqual([name, true, false]);
});

test("most questions ask for neither", () => {
  expect(askedFor("Why does the queue block?")).toBeUndefined();
});
