import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { finishedEffects, randomFrom, torture } from "./kill-run.ts";

// `npm run torture -- reference` does so as often as you like.
// A seed of its own each day finds more than one that never changes; BRAINOPS_TORTURE_SEED repeats one.
const seed = Number(process.env["BRAINOPS_TORTURE_SEED"] ?? Math.floor(Date.now() / 86_400_000));

test(
  `killed at ten random moments, the demo finishes, and nothing finished is done twice (seed ${seed})`,
  { timeout: 240_000 },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "brainops-kills-"));
    try {
      const random = randomFrom(seed);
      // The first kill comes anywhere in the run, the others soon after, so that no part of it is spared.
      const lifetimes = (): (() => number) => {
        let first = true;
        return () => {
          const reach = first ? 8_000 : 1_500;
          first = false;
          return 300 + random() * reach;
        };
      };
      const kills = [0, 5, 5];
      const [calm, ...runs] = await Promise.all(
        kills.map((count, index) =>
          torture({ folder: join(folder, String(index)), kills: count, lifetime: lifetimes() }),
        ),
      );
      expect(calm?.problems).toEqual([]);
      for (const run of runs) {
        expect(run.problems).toEqual([]);
        expect(steady(run.journal)).toEqual(steady(calm?.journal ?? []));
      }
      expect(runs.reduce((sum, run) => sum + run.kills, 0)).toBe(10);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
);

/** The effects without those of tuning: how many trials are put back depends on what was measured. */
function steady(journal: Parameters<typeof finishedEffects>[0]): readonly (readonly [string, number])[] {
  return [...finishedEffects(journal)]
    .filter(([effect]) => !effect.startsWith("optimizer "))
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
}
