import { expect, test } from "vitest";
import { z } from "zod";
import { END, graph, START } from "../index.ts";

const build = (schema: z.ZodType) => () =>
  graph({ name: "g", state: z.object({ key: schema }) })
    .node("a", () => ({}))
    .edge(START, "a")
    .edge("a", END)
    .build();

let count = 0;

test.each<[string, z.ZodType, RegExp]>([
  ["a transform", z.string().transform(Number), /transform/i],
  ["a preprocess", z.preprocess((value) => Number(value) + 1, z.number()), /key: it transforms/],
  ["a codec", z.codec(z.string(), z.number(), { decode: Number, encode: String }), /transforms/],
  ["words for yes and no", z.stringbool(), /transforms/],
  ["a default that varies", z.number().default(() => Math.random()), /its default is another each time/],
  ["a prefault that varies", z.number().prefault(() => ++count), /its default is another each time/],
  ["a catch that varies", z.number().catch(() => ++count), /catches with is another/],
  ["a number that grows", z.number().overwrite((n) => n + 1), /it makes 2\.5 of 1\.5, and of that something else/],
  ["a text that grows", z.object({ a: z.array(z.string().overwrite((text) => `${text}!`)) }), /something else again/],
  ["a list that turns", z.array(z.string()).overwrite((list) => list.toReversed()), /something else again/],
  ["a map", z.map(z.string(), z.number()), /Map/],
])("a state with %s is refused", (_name, schema, why) => {
  expect(build(schema)).toThrow(
    expect.objectContaining({ code: "invalid_graph", message: expect.stringMatching(why) as string }),
  );
});

test.each<[string, z.ZodType]>([
  ["trimmed text", z.string().trim().toLowerCase().normalize()],
  ["coerced numbers", z.coerce.number()],
  ["plain defaults", z.object({ list: z.array(z.string()).default([]), n: z.number().catch(5) })],
  ["a pipe that only checks", z.string().pipe(z.string().min(1))],
  ["rounded numbers", z.number().overwrite(Math.round)],
  ["sorted lists", z.array(z.number()).overwrite((list) => list.toSorted((a, b) => a - b))],
  [
    "unions, lazily",
    z.lazy(() => z.discriminatedUnion("k", [z.object({ k: z.literal("a") }), z.object({ k: z.literal("b") })])),
  ],
  ["any JSON", z.json()],
])("a state with %s is good", (_name, schema) => {
  expect(build(schema)().name).toBe("g");
});
