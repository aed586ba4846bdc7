import { createHash } from "node:crypto";
import { createServer } from "node:net";
import { basename, join } from "node:path";
import { BrainOpsError } from "@brainops/core";
import { checkRepository, findTestCommand, programExists } from "@brainops/nodes";
import type { Home } from "./home.ts";
import type { DemoJob, Job, ServiceJob } from "./job.ts";
import { git } from "./sample/git.ts";
import { splitCommand } from "./split-command.ts";
import { teamOf } from "./team.ts";

/** What may be told about the demo. */
export interface DemoOptions extends DemoJob {
  readonly port?: number | undefined;
  readonly plugin?: string | undefined;
  readonly model: Job["model"];
}

/** The job of a demo. */
export async function demoJob(home: Home, id: string, { port, model, plugin, ...demo }: DemoOptions): Promise<Job> {
  await requireGit();
  const folder = join(home.folder, "demo", id);
  const job: Job = {
    kind: "demo",
    repo: join(folder, "stockroom"),
    work: join(folder, "work"),
    model,
    service: {
      name: "stockroom",
      command: ["node", "src/main.js"],
      health: "/health",
      config: "config.json",
      ...(port === undefined ? {} : { port }),
    },
    // Eight kinds of items in turn: a cache that holds fewer forgets each before it is asked for again.
    tune: { key: "cacheSize", candidates: [4, 16], path: "/quote?items=hammer,bolt,nut,washer,saw,tape,glue,level" },
    ...(plugin === undefined ? {} : { plugin }),
    demo,
  };
  await requirePort(job);
  return job;
}

/** What may be told about a run. */
export interface RunOptions {
  readonly repo: string;
  readonly test?: string | undefined;
  readonly unproven?: boolean;
  readonly approve?: Job["approve"];
  readonly serve?: string | undefined;
  readonly port?: number | undefined;
  readonly health?: string | undefined;
  readonly config?: string | undefined;
  readonly plugin?: string | undefined;
}

/** The job of a run on somebody's repository, when that can be worked on. Throws `invalid_input`, having changed nothing. */
export async function repositoryJob(home: Home, options: RunOptions): Promise<Job> {
  await requireGit();
  const { root, head } = await checkRepository(options.repo);
  const test = options.test === undefined ? await findTestCommand(root, head) : splitCommand(options.test);
  if (test === undefined) {
    throw new BrainOpsError(
      "invalid_input",
      `No tests were found in ${root}. Say how they are run, such as --test "npm test"; without tests nothing can be proven.`,
    );
  }
  requireProgram(test, root, "--test");
  const service = serviceOf(options, basename(root));
  if (service !== undefined) requireProgram(service.command, root, "--serve");
  // One folder for each repository, so that its releases follow one another over the runs.
  const place = `${basename(root)}-${createHash("sha256").update(root).digest("hex").slice(0, 8)}`;
  const job: Job = {
    kind: "run",
    repo: root,
    work: join(home.folder, "work", place),
    model: "environment",
    ...(options.test === undefined ? {} : { test: options.test }),
    ...(options.unproven === true ? { unproven: true } : {}),
    ...(options.approve === undefined ? {} : { approve: options.approve }),
    ...(service === undefined ? {} : { service }),
    ...(options.plugin === undefined ? {} : { plugin: options.plugin }),
  };
  await requirePort(job);
  return job;
}

function serviceOf({ serve, port, health, config }: RunOptions, name: string): ServiceJob | undefined {
  if (serve === undefined) {
    if (port === undefined && health === undefined && config === undefined) return undefined;
    throw new BrainOpsError(
      "invalid_input",
      "--port, --health and --config are about a service. Say with --serve how it is started.",
    );
  }
  return {
    name: name.replaceAll(/[^\w.-]/g, "-"),
    command: splitCommand(serve),
    health: health ?? "/health",
    ...(port === undefined ? {} : { port }),
    ...(config === undefined ? {} : { config }),
  };
}

/** Throws when the machine does not have a command's program: looked at first, because a run would leave a branch. */
function requireProgram(command: readonly string[], root: string, option: string): void {
  if (programExists(command, root)) return;
  throw new BrainOpsError(
    "invalid_input",
    `There is no program '${command[0]}', neither on PATH nor in ${root}. Install it, or give another command with ${option}.`,
  );
}

async function requireGit(): Promise<void> {
  try {
    await git(process.cwd(), "--version");
  } catch (cause) {
    throw new BrainOpsError("unsupported", "git cannot be started. Install it, and see that it is on the PATH.", {
      cause,
    });
  }
}

/** Throws when somebody else listens on the job's port. */
async function requirePort(job: Job): Promise<void> {
  const port = job.service?.port;
  if (port === undefined) return;
  if (port < 1 || port > 65_535)
    throw new BrainOpsError("invalid_input", `--port must be from 1 to 65535, but it is ${port}.`);
  if ((await teamOf(job).service?.pid()) !== null || (await isFree(port))) return;
  throw new BrainOpsError(
    "invalid_input",
    `Port ${port} is taken. Stop what listens there, give another with --port, or leave it out: then a free one is found.`,
  );
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
