import { randomFrom, type Random } from "./random.ts";
import { components, type Component } from "./labelled-words.ts";

/** Two texts, and whether they say the same. */
export interface Pair {
  /** In what they differ. */
  readonly way: string;
  readonly one: string;
  readonly other: string;
  readonly same: boolean;
}

type Make = (component: Component, random: Random) => readonly [one: string, other: string];

type Opposites = readonly [one: string, other: string];

const names = ["Maria", "Jonas", "Aiko", "Pedro", "Fatima", "Liam"] as const;
const opposites: readonly [Opposites, ...Opposites[]] = [
  ["cold", "hot"],
  ["passed", "failed"],
  ["enabled", "disabled"],
  ["faster", "slower"],
  ["before", "after"],
  ["increased", "decreased"],
  ["locked", "unlocked"],
  ["first", "last"],
];

const claim = ({ called }: Component, state = "cold"): string =>
  `Deployments of the ${called} to production time out when its storage is ${state}.`;

const sameWays: { readonly [way: string]: Make } = {
  "white space": (c) => [claim(c), `  ${claim(c).replaceAll(" ", "  ").replace(" to ", " to\n")}`],
  "last stop": (c) => [claim(c), claim(c).replace(/\.$/, "")],
  "first letter": (c) => [claim(c), claim(c).replace("Deployments", "deployments")],
  "words without content": (c) => [
    claim(c),
    `Deployments of ${c.called} to production really do time out when its storage is just cold.`,
  ],
  endings: (c) => [claim(c), claim(c).replace("time out", "timed out").replace("is cold", "was cold")],
  contraction: (c) => [`The ${c.called} does not retry.`, `The ${c.called} doesn't retry.`],
  "order of clauses": (c) => [
    claim(c),
    `When its storage is cold, deployments of the ${c.called} to production time out.`,
  ],
  "letters swapped": (c) => [claim(c), claim(c).replace("production", "prodcution")],
  "letter doubled": (c) => [claim(c), claim(c).replace("Deployments", "Deployyments")],
  "other words": (c) => [claim(c), `Releasing the ${c.called} live takes too long if its storage has not warmed up.`],
  "one word more": (c) => [claim(c), claim(c).replace("time out", "usually time out")],
};

const otherWays: { readonly [way: string]: Make } = {
  number: (c, random) => {
    const limit = 2 + random.below(900);
    return [`The ${c.called} takes at most ${limit} MB.`, `The ${c.called} takes at most ${limit + 1} MB.`];
  },
  version: (c, random) => {
    const minor = random.below(20);
    return [`Since 3.${minor}.1 the ${c.called} is stable.`, `Since 3.1${minor}.1 the ${c.called} is stable.`];
  },
  sign: (c) => [`The ${c.called} shifts times by -2 hours.`, `The ${c.called} shifts times by 2 hours.`],
  name: (c, random) => {
    const name = random.pick(names);
    const others = names.filter((each) => each !== name) as unknown as typeof names;
    return [`${name} owns the ${c.called}.`, `${random.pick(others)} owns the ${c.called}.`];
  },
  "identifier's case": (c) => [`Call ${c.name} once.`, `Call ${c.name.toLowerCase()} once.`],
  path: (c) => [`It is set in ${c.file}.`, `It is set in ${c.file.replace(".ts", ".test.ts")}.`],
  negation: (c) => [claim(c), claim(c).replace("time out", "do not time out")],
  "negation, contracted": (c) => [`The ${c.called} does retry.`, `The ${c.called} doesn't retry.`],
  never: (c) => [claim(c), claim(c).replace("time out", "never time out")],
  opposite: (c, random) => {
    const [one, other] = random.pick(opposites);
    return [`The ${c.called} was ${one} the last migration.`, `The ${c.called} was ${other} the last migration.`];
  },
  limit: (c) => [claim(c), claim(c).replace("time out", "time out only")],
  "who to whom": (c) => [`The ${c.called} calls the gateway.`, `The gateway calls the ${c.called}.`],
  "cause and effect": (c) => [
    `The ${c.called} swaps because the queue is full.`,
    `The queue is full because the ${c.called} swaps.`,
  ],
  "order of steps": (c) => [`Stop the ${c.called}, drain it, start it.`, `Start the ${c.called}, drain it, stop it.`],
  comparison: (c) => [
    `Alert when the ${c.called} has latency > 20 ms.`,
    `Alert when the ${c.called} has latency < 20 ms.`,
  ],
  question: (c) => [`The ${c.called} is to blame.`, `The ${c.called} is to blame?`],
  other: (c) => [claim(c), claim(c, "full")],
};

/** Labelled pairs: every way to differ, on every component. */
export function duplicatePairs(seed: number): Pair[] {
  const random = randomFrom(seed);
  const make = (ways: typeof sameWays, same: boolean): Pair[] =>
    Object.entries(ways).flatMap(([way, build]) =>
      components.map((component) => {
        const [one, other] = build(component, random);
        return { way, one, other, same };
      }),
    );
  return [...make(sameWays, true), ...make(otherWays, false)];
}
