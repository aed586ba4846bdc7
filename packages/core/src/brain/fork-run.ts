import { BrainOpsError } from "../contracts/error.ts";
import type { Entry } from "../contracts/journal.ts";
import type { AskedInstead } from "../contracts/run-terms.ts";
import type { Write } from "../contracts/write.ts";
import { codeAfter } from "../graph/fits.ts";
import { encode } from "../journal/canonical.ts";
import { uuid7 } from "../journal/random.ts";
import { commitSurely } from "../run/commit.ts";
import type { Started } from "../run/execute.ts";
import { forkEntries } from "../run/fork.ts";
import type { InboxItem } from "../run/inbox.ts";
import { modelCall } from "../run/spending.ts";
import { answerOnce, ending, requireJournal, unasked, wholeJournal } from "./journals.ts";
import { checkAnswer, checkApprover, isQuestion } from "./messages.ts";
import type { ForkRunOptions, RunsOptions } from "./run-options.ts";

/** Makes a run that begins with entries of another, and gives its id. */
export async function forkRun(
  { store, clock, owner, leases }: Pick<RunsOptions, "store" | "clock" | "owner" | "leases">,
  of: string,
  given: ForkRunOptions,
): Promise<string> {
  const { input, answer, id = uuid7(clock.now()), scope = `fork/${id}` } = given;
  const journal = await requireJournal(store, of);
  checkNode(journal, given);
  const at = given.at ?? beginning(journal, given);
  const changes = {
    ...(input === undefined ? {} : { input: encode(input, "A fork's input").json }),
    ...insteadOf(at, given),
  };
  const entries = forkEntries(journal, { id, at, scope, owner, ...changes });
  const left = answer === undefined ? [] : [answerOf(of, entries, answer, clock.now())];
  const once = left.map(({ wait }): Write => answerOnce(id, wait));
  const started = entries[0] as Started;
  const due =
    given.submit === true ? [leases.release({ ...started, ...codeAfter(started, entries) }, clock.now())] : [];
  const whole = await wholeJournal(store, id, scope, entries, left);
  await commitSurely(store, uuid7(clock.now()), [...whole, ...once, ...due]);
  return id;
}

/** How many entries a fork begins with that does not say so: those before what it changes, and all but how the run ended. */
function beginning(journal: readonly Entry[], { input, answer, model, prompt, node }: ForkRunOptions): number {
  if (input !== undefined) return 1;
  const ended = ending(journal.at(-1) as Entry) === undefined ? 0 : 1;
  const changed = (entry: Entry): boolean =>
    (answer !== undefined && entry.type === "woken" && entry.wait === answer.question) ||
    ((model !== undefined || prompt !== undefined) &&
      (entry.type === "effect-completed" || entry.type === "effect-failed") &&
      entry.name === modelCall &&
      (node === undefined || entry.node === node));
  return journal.find(changed)?.position ?? journal.length - ended;
}

/** A fork in whose node nothing is asked would be the same run again. */
function checkNode(journal: readonly Entry[], { model, prompt, node }: ForkRunOptions): void {
  if (node === undefined) return;
  if (model === undefined && prompt === undefined)
    throw new BrainOpsError(
      "invalid_input",
      "'node' says where another model or prompt counts. Give one of them, too.",
    );
  if (!journal.some((entry) => "node" in entry && entry.node === node))
    throw new BrainOpsError(
      "invalid_input",
      `The run has not come to a node '${node}'. Give the name of one that it has.`,
    );
}

function insteadOf(from: number, { model, prompt, node }: ForkRunOptions): { instead?: AskedInstead } {
  if (model === undefined && prompt === undefined) return {};
  if (prompt?.replace === "")
    throw new BrainOpsError("invalid_input", "A text of the prompt that is to be replaced cannot be empty. Name one.");
  const only = node === undefined ? {} : { node };
  const other = { ...(model === undefined ? {} : { model }), ...(prompt === undefined ? {} : { prompt }) };
  return { instead: { from, ...only, ...other } };
}

/** The answer as it is left for the fork, checked as any other. */
function answerOf(
  of: string,
  entries: readonly Entry[],
  { question, value, by }: NonNullable<ForkRunOptions["answer"]>,
  given: number,
): Extract<InboxItem, { type: "answer" }> {
  const asked = entries.find((entry) => isQuestion(entry, question));
  if (asked === undefined) throw unasked(of, question);
  if (entries.some((entry) => entry.type === "woken" && entry.wait === question))
    throw new BrainOpsError(
      "invalid_input",
      `A fork with another answer to '${question}' must begin before that was answered: leave 'at' out, or give a smaller one.`,
    );
  checkApprover(asked, by);
  checkAnswer(asked.body?.options, value);
  const from = by === undefined ? {} : { by };
  return { type: "answer", wait: question, value: encode(value, "An answer").json, given, ...from };
}
