import type { Held } from "./heartbeat.ts";
import type { Leases } from "./leases.ts";

/**
 * Asks, at the end of a flush, whether a run under way is still this process's own. Nothing leaves a run before a flush, so one
 * that ends after the run's lease, as in a process that was paused, says anew that the run is held: somebody else may be at
 * work on it, and then the flush fails. Gives nothing while the lease lasts.
 */
export function stillOurs(leases: Leases, find: () => Held | undefined): Promise<void> | undefined {
  const held = find();
  return held === undefined || !isOver(held, leases) ? undefined : holdAgain(leases, find);
}

const isOver = ({ heldAt }: Held, { now, leaseMs }: Leases): boolean => now() - heldAt > leaseMs;

async function holdAgain(leases: Leases, find: () => Held | undefined): Promise<void> {
  for (let held = find(); held !== undefined && isOver(held, leases); held = find()) {
    const now = leases.now();
    try {
      await held.writer.say([leases.hold(held.named(), held.deaths)]);
    } catch (error) {
      held.execution.lose(error);
      throw error;
    }
    held.heldAt = now;
  }
}
