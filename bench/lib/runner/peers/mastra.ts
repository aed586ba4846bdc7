import { join } from "node:path";
import { z } from "zod";
import { appended, rewritten, type Contender, type RunnerScenario, type Synchronous } from "../scenarios.ts";
import { load } from "./load.ts";

interface State {
  readonly n: number;
  readonly text?: string | undefined;
  readonly log?: readonly string[] | undefined;
}
type Execute = (given: { readonly inputData: State }) => Promise<object>;

interface Workflow {
  then(step: object): Workflow;
  parallel(steps: readonly object[]): Workflow;
  dountil(step: object, done: (given: { readonly inputData: State }) => Promise<boolean>): Workflow;
  commit(): Workflow;
  createRun(): Promise<{ start(given: { readonly inputData: State }): Promise<{ readonly status: string }> }>;
}
interface Workflows {
  createStep(options: object): object;
  createWorkflow(options: object): Workflow;
}
interface Core {
  readonly Mastra: new (options: object) => { getWorkflow(id: string): Workflow };
}
interface LibSql {
  readonly LibSQLStore: new (options: object) => object;
}

const state = z.object({ n: z.number(), text: z.string().optional(), log: z.array(z.string()).optional() });

function build({ createStep, createWorkflow }: Workflows, { shape, size }: RunnerScenario): Workflow {
  const step = (id: string, execute: Execute, input: z.ZodType = state): object =>
    createStep({ id, inputSchema: input, outputSchema: state, execute });
  const plus: Execute = ({ inputData: { n } }) => Promise.resolve({ n: n + 1 });
  const workflow = createWorkflow({ id: "bench", inputSchema: state, outputSchema: state });
  if (shape === "chain") {
    let chained = workflow;
    for (let index = 0; index < size; index++) chained = chained.then(step(`s${index}`, plus));
    return chained.commit();
  }
  if (shape === "fan-out") {
    const branches = Array.from({ length: size }, (_, index) => step(`b${index}`, plus));
    const joined = step("joined", (given) => Promise.resolve({ n: Object.keys(given.inputData).length }), z.any());
    return workflow.then(step("open", plus)).parallel(branches).then(joined).commit();
  }
  const work: Execute = ({ inputData: { n, log } }) =>
    Promise.resolve(
      shape === "rewriting loop" ? { n: n + 1, text: rewritten(n) } : { n: n + 1, log: [...(log ?? []), appended(n)] },
    );
  return workflow.dountil(step("step", work), ({ inputData }) => Promise.resolve(inputData.n >= size)).commit();
}

/** Mastra with its libSQL store, which keeps a snapshot of the workflow after each step, on NORMAL. */
export async function open(folder: string, synchronous: Synchronous): Promise<Contender> {
  const workflows = await load<Workflows>("@mastra/core/workflows");
  const { Mastra } = await load<Core>("@mastra/core");
  const { LibSQLStore } = await load<LibSql>("@mastra/libsql");
  if (synchronous === "full") throw new Error("Mastra's store sets synchronous = NORMAL itself.");
  const storage = new LibSQLStore({ id: "bench", url: `file:${join(folder, "mastra.db")}` });
  const made = new Map<string, Workflow>();
  return {
    async run(scenario) {
      let workflow = made.get(scenario.name);
      if (workflow === undefined) {
        const built = build(workflows, scenario);
        workflow = new Mastra({ storage, workflows: { bench: built }, logger: false }).getWorkflow("bench");
        made.set(scenario.name, workflow);
      }
      const { status } = await (await workflow.createRun()).start({ inputData: { n: 0 } });
      if (status !== "success") throw new Error(`The run ended as '${status}'.`);
    },
    close: () => Promise.resolve(),
  };
}
