// Kills the demo at random moments and resumes it. Nothing finished may be done twice.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { randomFrom, torture } from "../examples/reference/src/torture/kill-run.ts";
import type { ScenarioOptions } from "../scripts/door.ts";

/** Its options. */
export const help: string = `  --kills N  kill -9 in all (default 200)
  --runs N   demos that they fall on (default 20)
  --seed N   the same moments again`;

export async function run({ json, args }: ScenarioOptions): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { kills: { type: "string" }, runs: { type: "string" }, seed: { type: "string" } },
  });
  const runs = Number(values.runs ?? 20);
  const kills = Number(values.kills ?? 200);
  const seed = Number(values.seed ?? Date.now() % 1_000_000);
  const random = randomFrom(seed);
  if (!json) console.log(`${kills} kills over ${runs} runs, seed ${seed}`);
  const folder = await mkdtemp(join(tmpdir(), "brainops-torture-"));
  let killed = 0;
  let begun = 0;
  let inDoubt = 0;
  let failed = 0;
  try {
    for (let index = 0; index < runs; index++) {
      const wanted = Math.round(((index + 1) * kills) / runs) - Math.round((index * kills) / runs);
      // Sometimes in quick succession, sometimes far apart.
      const reach = 500 + random() * 4_000;
      const lifetime = (): number => 200 + random() * reach;
      const result = await torture({ folder: join(folder, String(index)), kills: wanted, lifetime, seed: index });
      killed += result.kills;
      begun += result.account.begun;
      inDoubt += result.account.inDoubt;
      if (result.problems.length > 0) failed += 1;
      const line = {
        run: index,
        kills: result.kills,
        begun: result.account.begun,
        inDoubt: result.account.inDoubt,
        ms: Math.round(result.ms),
        problems: result.problems,
      };
      console.log(
        json
          ? JSON.stringify(line)
          : `run ${index}: ${line.kills} kills, ${line.begun} effects begun, ${line.inDoubt} of them cut off, ${line.ms} ms ${line.problems.length === 0 ? "ok" : line.problems.join("; ")}`,
      );
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const total = { seed, runs, kills: killed, begun, inDoubt, failed };
  console.log(
    json
      ? JSON.stringify(total)
      : `${killed} kills: ${begun} effects begun, ${inDoubt} of them cut off and settled, ${failed} of ${runs} runs not as they should be`,
  );
  if (failed > 0) process.exitCode = 1;
}
