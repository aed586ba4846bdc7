/** How often a run that has failed is tried, itself among them. */
const most = 3;

/** The ids of a run and of those that go on with it, or begin it anew, when it has failed. */
export function triesOf(run: string): readonly string[] {
  return [run, ...Array.from({ length: most - 1 }, (_, index) => `${run}.try${index + 2}`)];
}

/** The id of the next try of a run; `undefined` after the last. */
export function nextTry(run: string): string | undefined {
  const ids = triesOf(run.replace(/\.try\d$/, ""));
  return ids[ids.indexOf(run) + 1];
}
