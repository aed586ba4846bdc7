import type { Command } from "../cli/command.ts";
import { answerCommand } from "./answer.ts";
import { asideCommand } from "./aside.ts";
import { compareCommand } from "./compare.ts";
import { demoCommand } from "./demo.ts";
import { exportCommand } from "./export.ts";
import { forkCommand } from "./fork.ts";
import { memoryCommands } from "./memory/index.ts";
import { moveCommand } from "./move.ts";
import { replayCommand } from "./replay.ts";
import { reportCommand } from "./report.ts";
import { resumeCommand } from "./resume.ts";
import { runCommand } from "./run.ts";
import { runsCommand } from "./runs.ts";
import { serveCommand } from "./serve.ts";
import { showCommand } from "./show.ts";
import { stopCommand } from "./stop.ts";
import { workerCommand } from "./worker.ts";

/** Every command of `brainops`, in the order in which help lists them. */
export const commands: readonly Command[] = [
  demoCommand,
  runCommand,
  serveCommand,
  workerCommand,
  asideCommand,
  moveCommand,
  runsCommand,
  showCommand,
  reportCommand,
  resumeCommand,
  answerCommand,
  replayCommand,
  forkCommand,
  compareCommand,
  exportCommand,
  stopCommand,
  ...memoryCommands,
];
