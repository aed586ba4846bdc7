/** What is run: the same work for the runner, the floor and the peers. */
export interface RunnerScenario {
  readonly name: string;
  /** The shape of the graph. */
  readonly shape: "chain" | "fan-out" | "rewriting loop" | "appending loop" | "idempotent" | "irreversible";
  /** Steps of one run, for a chain or a loop; branches of a fan-out. */
  readonly size: number;
  /** Steps that one run has. */
  readonly steps: number;
  /** So many runs are made, one after the other or all at once, again and again for a second. */
  readonly runs: number;
  readonly atOnce?: boolean;
  /** Commits of the floor for each step: as many as one would make who waits for each. */
  readonly commits: number;
  /** Whether the frameworks without effects can do the same. */
  readonly peers: boolean;
}

/** The scenarios that are measured in steps per second. */
export const scenarios: readonly RunnerScenario[] = [
  { name: "chain of 10", shape: "chain", size: 10, steps: 10, runs: 10, commits: 1, peers: true },
  { name: "1 to 32 to join", shape: "fan-out", size: 32, steps: 34, runs: 10, commits: 1, peers: true },
  { name: "200 chains at once", shape: "chain", size: 10, steps: 10, runs: 200, atOnce: true, commits: 1, peers: true },
  loop("1,000-step loop, 2 KB rewritten", "rewriting loop", 1000, true),
  loop("1,000-step loop, 200 B appended", "appending loop", 1000, true),
  loop("10,000-step loop, 2 KB rewritten", "rewriting loop", 10_000, false),
  effects("chain of 10, an idempotent effect a step", "idempotent", 2),
  effects("chain of 10, an irreversible effect a step", "irreversible", 3),
];

function loop(name: string, shape: RunnerScenario["shape"], size: number, peers: boolean): RunnerScenario {
  return { name, shape, size, steps: size, runs: 1, commits: 1, peers };
}

function effects(name: string, shape: RunnerScenario["shape"], commits: number): RunnerScenario {
  return { name, shape, size: 10, steps: 10, runs: 10, commits, peers: false };
}

/** When a commit counts as durable; see the store's option. */
export type Synchronous = "full" | "normal";

/** Somebody who runs scenarios on a store in a folder. */
export interface Contender {
  /** Runs one graph from its start to its end. */
  run(scenario: RunnerScenario): Promise<void>;
  close(): Promise<void>;
}

/** A module of `peers/` exports this. */
export interface ContenderModule {
  open(folder: string, synchronous: Synchronous): Promise<Contender>;
  /** Starts a loop of 2 KB, and dies by `kill -9` at its step 901. */
  die?(folder: string): Promise<void>;
  /** Goes on with it, and calls back at the first step that is executed. */
  resume?(folder: string, goesOn: () => void): Promise<void>;
}

/** The step at which a run dies and goes on. */
export const diesAt = 901;
/** The 2 KB that a step of a rewriting loop writes. */
export const rewritten = (step: number): string => String(step).padEnd(2048, "x");
/** The 200 bytes that a step of an appending loop adds. */
export const appended = (step: number): string => String(step).padEnd(200, "x");

/** Does what dying in the middle of a step means, once everything before is durable. */
export async function dieHere(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 200));
  process.kill(process.pid, "SIGKILL");
}
