import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { END, START, graph, node } from "../index.ts";
import { joinOf, passes } from "./joins.ts";

const state = z.object({ n: z.number().default(0), log: z.array(z.string()).default([]) });
const pass = (): Record<never, never> => ({});

describe("a graph that does not hold together is refused with a reason", () => {
  const start = () => graph({ name: "g", state }).node("a", pass).node("b", pass);
  const cases: [string, () => unknown, RegExp][] = [
    ["nothing after START", () => start().edge("a", END).edge("b", END).build(), /nothing follows START/],
    ["a node without a way out", () => start().edge(START, "a").edge("a", "b").build(), /no way out of 'b'/],
    [
      "a node that is never reached",
      () => start().edge(START, "a").edge("a", END).edge("b", END).build(),
      /'b' can never be reached/,
    ],
    [
      "a loop without a bound",
      () =>
        start()
          .edge(START, "a")
          .edge("a", "b")
          .branch("b", () => END, ["a", END])
          .build(),
      /maxSteps/,
    ],
    [
      "no way to the END",
      () => graph({ name: "g", state, maxSteps: 5 }).node("a", pass).edge(START, "a").edge("a", "a").build(),
      /END can never be reached/,
    ],
    ["two nodes of one name", () => start().node("a", pass), /two nodes called 'a'/],
    [
      "two ways out",
      () =>
        start()
          .edge("a", "b")
          .branch("a", () => END, [END]),
      /two ways out/,
    ],
    ["a reserved name", () => graph({ name: "g", state }).node("END", pass), /cannot be called/],
    ["a name with a separator", () => graph({ name: "g", state }).node("a/b", pass), /must not contain/],
    [
      "a transform in the state",
      () =>
        graph({ name: "g", state: z.object({ n: z.string().transform(Number) }) })
          .node("a", pass)
          .edge(START, "a")
          .edge("a", END)
          .build(),
      /without transforms/,
    ],
    [
      "a date in the state",
      () =>
        graph({ name: "g", state: z.object({ at: z.date() }) })
          .node("a", pass)
          .edge(START, "a")
          .edge("a", END)
          .build(),
      /plain JSON/,
    ],
  ];
  test.each(cases)("%s", (_name, build, message) => {
    expect(build).toThrow(
      expect.objectContaining({ code: "invalid_graph", message: expect.stringMatching(message) as string }),
    );
  });

  test("an unknown target", () => {
    // @ts-expect-error there is no node 'c'
    expect(() => start().edge(START, "a").edge("a", "c").edge("b", END).build()).toThrow(
      /'c', but there is no such node/,
    );
  });

  test("branches that write one key without a reducer", () => {
    const write = (name: string) =>
      node({ name, input: z.object({}), output: z.object({ n: z.number() }), run: () => ({ n: 1 }) });
    const forked = (reducers: { n?: (current: number, update: number) => number }) =>
      graph({ name: "g", state, reducers })
        .node("a", write("a"))
        .node("b", write("b"))
        .edge(START, ["a", "b"])
        .edge("a", END)
        .edge("b", END)
        .build();
    expect(() => forked({})).toThrow(/both write 'n'/);
    expect(forked({ n: (current, update) => current + update }).name).toBe("g");
  });
});

describe("the fingerprint", () => {
  const build = (version: string, text: string) =>
    graph({ name: "g", state })
      .node(node({ name: "a", version, input: z.object({}), output: z.object({}), run: () => (text === "" ? {} : {}) }))
      .edge(START, "a")
      .edge("a", END)
      .build();
  test("is the same for the same structure, whatever the functions say", () => {
    expect(build("1", "x").fingerprint).toBe(build("1", "").fingerprint);
  });
  test("changes with a node's version", () => {
    expect(build("2", "").fingerprint).not.toBe(build("1", "").fingerprint);
  });
});

test("a graph draws itself", () => {
  const drawn = graph({ name: "g", state })
    .node("a", pass)
    .node("b", pass)
    .edge(START, ["a", "b"])
    .edge("a", END)
    .branch("b", () => END, [END])
    .build()
    .mermaid();
  expect(drawn).toBe(
    'flowchart TD\n  n0(["START"])\n  n1["a"]\n  n2["b"]\n  n3(["END"])\n  n0 --> n1\n  n0 --> n2\n  n1 --> n3\n  n2 -.-> n3',
  );
});

test("branches join at the nearest node that all of them pass", () => {
  const names = Array.from({ length: 7 }, (_, index) => `n${index}`);
  const edges = fc.array(fc.array(fc.nat(6), { minLength: 1, maxLength: 3 }), { minLength: 7, maxLength: 7 });
  fc.assert(
    fc.property(edges, (given) => {
      // Forward edges only, so that every node reaches the END.
      const ways = new Map(
        names.map((name, from) => [
          name,
          [...new Set((given[from] as number[]).map((to) => (to > from ? `n${to}` : END)))],
        ]),
      );
      const found = passes(ways);
      for (const [from, targets] of ways) {
        const join = joinOf(found, { kind: "to", targets }, targets);
        const paths = targets.flatMap((target) => allPaths(ways, target));
        // Of the nodes that all paths have, the first on any of them.
        const common = (paths[0] as string[]).filter((step) => paths.every((path) => path.includes(step)));
        expect(join, from).toBe(common[0]);
      }
    }),
  );
});

function allPaths(ways: ReadonlyMap<string, readonly string[]>, from: string): string[][] {
  if (from === END) return [[END]];
  return (ways.get(from) ?? []).flatMap((to) => allPaths(ways, to).map((path) => [from, ...path]));
}
