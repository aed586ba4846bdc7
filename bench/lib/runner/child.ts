// One contender and one scenario in a process of its own. Prints one line of JSON.
import { readdirSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { scenarios, type Contender, type ContenderModule, type RunnerScenario, type Synchronous } from "./scenarios.ts";

const [peer = "", name = "", folder = "", synchronous = "full"] = process.argv.slice(2);
const contender = (await import(`./peers/${peer}.js`)) as ContenderModule;
const sync = synchronous as Synchronous;
const answer = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

if (name === "die") await contender.die?.(folder);
else if (name === "resume") {
  let first = true;
  await contender.resume?.(folder, () => {
    if (first) answer({});
    first = false;
  });
} else if (name === "cold") {
  const opened = await contender.open(folder, sync);
  await opened.run({ name, shape: "chain", size: 1, steps: 1, runs: 1, commits: 1, peers: true });
  answer({});
  await opened.close();
} else await measure(scenarios.find((scenario) => scenario.name === name) as RunnerScenario);

async function measure(scenario: RunnerScenario): Promise<void> {
  // The first store warms the code up, the second is measured, so that its file holds what was measured and no more.
  const warm = await openIn("warm");
  await again(scenario, warm);
  await warm.close();
  const opened = await openIn("measured");
  const cpu = process.cpuUsage();
  const started = performance.now();
  const steps = scenario.steps * (await again(scenario, opened));
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  await opened.close();
  answer({
    steps_per_s: steps / seconds,
    cpu_us_per_step: (user + system) / steps,
    bytes_per_step: size(join(folder, "measured")) / steps,
    rss_mb: process.resourceUsage().maxRSS / 1024,
  });
}

/** Runs the scenario again and again for a second, at least once; resolves to the number of runs. */
async function again(scenario: RunnerScenario, opened: Contender): Promise<number> {
  const end = performance.now() + 1000;
  let done = 0;
  do {
    await runs(scenario, opened);
    done += scenario.runs;
  } while (performance.now() < end);
  return done;
}

function openIn(part: string): Promise<Contender> {
  mkdirSync(join(folder, part));
  return contender.open(join(folder, part), sync);
}

async function runs(scenario: RunnerScenario, { run }: Contender): Promise<void> {
  if (scenario.atOnce === true) await Promise.all(Array.from({ length: scenario.runs }, () => run(scenario)));
  else for (let done = 0; done < scenario.runs; done++) await run(scenario);
}

function size(path: string): number {
  const found = statSync(path);
  if (!found.isDirectory()) return found.size;
  return readdirSync(path).reduce((sum, name) => sum + size(join(path, name)), 0);
}
