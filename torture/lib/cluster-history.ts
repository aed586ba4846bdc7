/** One thing that a worker did to a run's journal, as it was acknowledged to it. */
export interface Operation {
  /** `claim`: it took the run over. `append`: any other entry. `finish`: the entry that ends the run. */
  readonly kind: "claim" | "append" | "finish";
  readonly run: string;
  readonly worker: string;
  /** How often the run had been taken over, as the worker knew it. */
  readonly epoch: number;
  readonly position: number;
  /** What was written there. */
  readonly hash: string;
  /** When it was acknowledged: milliseconds since 1970. */
  readonly at: number;
}

/** What is kept in the end: the hash at each position. */
export type Kept = readonly { readonly hash: string }[];

/**
 * What is wrong with the history of one run. A run has one writer at a time: whoever claimed it last owns all positions from
 * its claim up to the next one, and nobody else writes there. Nothing that was acknowledged is lost, and a run ends once.
 */
export function historyFaults(run: string, operations: readonly Operation[], kept: Kept): string[] {
  const faults: string[] = [];
  const fault = ({ worker, kind, position, at }: Operation, what: string): void =>
    void faults.push(`${run}: ${what} (${kind} of ${worker} at position ${position}, ${new Date(at).toISOString()})`);
  const claims = operations.filter(({ kind }) => kind === "claim");
  const epochs = new Map<number, Operation>();
  for (const claim of claims) {
    const other = epochs.get(claim.epoch);
    if (other !== undefined) fault(claim, `epoch ${claim.epoch} was claimed before by ${other.worker}`);
    else epochs.set(claim.epoch, claim);
  }
  const inOrder = [...epochs.values()].toSorted((a, b) => a.epoch - b.epoch);
  for (const [index, claim] of inOrder.entries()) {
    const before = inOrder[index - 1];
    if (before !== undefined && claim.position <= before.position)
      fault(claim, `epoch ${claim.epoch} begins before epoch ${before.epoch}`);
  }

  const writers = new Map<number, Operation>();
  const finish = operations.find(({ kind }) => kind === "finish");
  for (const operation of operations) {
    const { kind, worker, epoch, position, hash } = operation;
    const other = writers.get(position);
    if (other === undefined) writers.set(position, operation);
    else if (kind === "finish" && other.kind === "finish") fault(operation, "the run was finished twice");
    else fault(operation, `two writers: ${other.worker} wrote there, too`);
    if (kept[position]?.hash !== hash) fault(operation, "an acknowledged entry is lost");
    if (finish !== undefined && position > finish.position) fault(operation, "it was written after the end");
    const claim = epochs.get(epoch);
    if (claim !== undefined && claim.worker !== worker)
      fault(operation, `epoch ${epoch} belongs to ${claim.worker}: two writers`);
    if (claim !== undefined && position < claim.position)
      fault(operation, `it lies before the claim of epoch ${epoch}`);
    const next = inOrder.find((later) => later.epoch > epoch);
    if (next !== undefined && position >= next.position)
      fault(operation, `written by a former owner: ${next.worker} had claimed epoch ${next.epoch}`);
  }
  return faults;
}
