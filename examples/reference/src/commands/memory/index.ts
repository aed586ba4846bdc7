import type { Command } from "../../cli/command.ts";
import { backupCommand } from "./backup.ts";
import { changesCommand } from "./changes.ts";
import { checkCommand } from "./check.ts";
import { consolidateCommand } from "./consolidate.ts";
import { exportMemoryCommand } from "./export.ts";
import { feedbackCommand } from "./feedback.ts";
import { forgetCommand } from "./forget.ts";
import { importMemoryCommand } from "./import.ts";
import { mergeCommand } from "./merge.ts";
import { recallCommand } from "./recall.ts";
import { restoreCommand } from "./restore.ts";
import { retainCommand } from "./retain.ts";
import { rotateKeyCommand } from "./rotate-key.ts";
import { shareCommand, sharesCommand, unshareCommand } from "./share.ts";
import { showRecordCommand } from "./show.ts";
import { statsCommand } from "./stats.ts";
import { whyCommand } from "./why.ts";

/** The commands of the memory, in the order in which help lists them. */
export const memoryCommands: readonly Command[] = [
  recallCommand,
  showRecordCommand,
  whyCommand,
  statsCommand,
  feedbackCommand,
  mergeCommand,
  consolidateCommand,
  retainCommand,
  forgetCommand,
  exportMemoryCommand,
  importMemoryCommand,
  backupCommand,
  restoreCommand,
  checkCommand,
  rotateKeyCommand,
  changesCommand,
  shareCommand,
  sharesCommand,
  unshareCommand,
];
