import { appended, rewritten, type Contender, type RunnerScenario, type Synchronous } from "../scenarios.ts";
import { startPostgres } from "../../../../scripts/postgres-server.ts";
import { load } from "./load.ts";

type Step = <T>(work: () => Promise<T>, options: { readonly name: string }) => Promise<T>;
interface Dbos {
  setConfig(config: object): void;
  launch(): Promise<void>;
  shutdown(): Promise<void>;
  readonly runStep: Step;
  registerWorkflow(
    work: (scenario: RunnerScenario) => Promise<void>,
    options: { readonly name: string },
  ): (scenario: RunnerScenario) => Promise<void>;
}
async function work(runStep: Step, { shape, size }: RunnerScenario): Promise<void> {
  const name = "step";
  if (shape === "fan-out") {
    await runStep(async () => Promise.resolve(0), { name: "open" });
    await Promise.all(
      Array.from({ length: size }, (_, index) => runStep(async () => Promise.resolve(1), { name: `b${index}` })),
    );
    await runStep(async () => Promise.resolve(size), { name: "join" });
    return;
  }
  const result = (step: number): unknown =>
    shape === "rewriting loop" ? rewritten(step) : shape === "appending loop" ? appended(step) : step;
  for (let step = 0; step < size; step++) await runStep(async () => Promise.resolve(result(step)), { name });
}

let workflow: ((scenario: RunnerScenario) => Promise<void>) | undefined;

/** DBOS on a real PostgreSQL of its own, with `fsync` and `synchronous_commit` as PostgreSQL has them. */
export async function open(_folder: string, synchronous: Synchronous): Promise<Contender> {
  if (synchronous !== "full") throw new Error("PostgreSQL keeps every commit on the disk here.");
  const { DBOS } = await load<{ readonly DBOS: Dbos }>("@dbos-inc/dbos-sdk");
  const postgres = await startPostgres({ own: true, durable: true });
  const url = postgres.url.replace(/postgres$/, "bench");
  DBOS.setConfig({ name: "bench", systemDatabaseUrl: url, logLevel: "error" });
  // A process may register it only once.
  workflow ??= DBOS.registerWorkflow((scenario) => work(DBOS.runStep.bind(DBOS), scenario), { name: "bench" });
  const run = workflow;
  await DBOS.launch();
  return {
    run: (scenario) => run(scenario),
    async close() {
      await DBOS.shutdown();
      await postgres.stop();
    },
  };
}
