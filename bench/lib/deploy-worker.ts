// One deployment in a process of its own: node deploy-worker.ts DIR RUN COMMIT TAKEN [KILL_AT]. With KILL_AT it kills itself
// (SIGKILL) when so many lines have come to the journal; without, it begins the run or goes on with it, and prints the release.
import { join } from "node:path";
import { createBrain, END, graph, START, type Store, type StoreOpener } from "@brainops/core";
import { sqlite } from "@brainops/memory-sqlite";
import { changeSchema, deployer, releaseSchema, testReportSchema, type Change } from "@brainops/nodes";
import { z } from "zod";
import { openTill } from "./till.ts";

const [dir = "", run = "", commit = "", taken = "0", killAt] = process.argv.slice(2);
const { repo, home, service } = openTill(dir, Number(taken));

/** Kills this process at a commit: `3` right before the third one, `3+` right after it. */
function mortal(opener: StoreOpener, at: string): StoreOpener {
  return {
    name: opener.name,
    async open() {
      const store = await opener.open();
      let count = 0;
      const commit: Store["commit"] = async (given) => {
        count += 1;
        if (at === String(count)) process.kill(process.pid, "SIGKILL");
        const done = await store.commit(given);
        if (at === `${count}+`) process.kill(process.pid, "SIGKILL");
        return done;
      };
      return { ...store, commit };
    },
  };
}

const deploy = graph({
  name: "deploy",
  state: z.object({
    change: changeSchema.nullable().default(null),
    tests: testReportSchema.nullable().default(null),
    release: releaseSchema.nullable().default(null),
  }),
})
  .node(deployer({ repo, home, service }))
  .edge(START, "deployer")
  .edge("deployer", END)
  .build();

// `300ms`: so long after the beginning, in the midst of whatever it does then.
if (killAt?.endsWith("ms") === true)
  setTimeout(() => process.kill(process.pid, "SIGKILL"), Number(killAt.slice(0, -2)));

const opener = sqlite({ file: join(dir, "memory.db"), key: Buffer.alloc(32, 1), synchronous: "normal" });
const brain = await createBrain({
  store: killAt === undefined ? opener : mortal(opener, killAt),
  graphs: [deploy],
});
const change: Change = {
  branch: "main",
  base: commit,
  commit,
  commits: 1,
  files: [],
  summary: "",
  record: "",
};
const begun = (await brain.runs()).some(({ id }) => id === run);
const result = begun ? await brain.resume(run, deploy) : await brain.run(deploy, { change }, { id: run });
console.log(JSON.stringify(result.status === "completed" ? result.state.release : { status: result.status }));
await brain.close();
