import type { Writer } from "../run/writer.ts";
import type { Held } from "./heartbeat.ts";
import type { Leases } from "./leases.ts";

/**
 * A writer for a run under way. Nothing leaves a run before a flush, so a flush that ends after the run's lease, as in a process
 * that was paused, asks first whether the run is still its own: somebody else may be at work on it.
 */
export function stillOurs(writer: Writer, leases: Leases, find: () => Held | undefined): Writer {
  async function flush(): Promise<void> {
    await writer.flush();
    for (let held = find(); held !== undefined && leases.now() - held.heldAt > leases.leaseMs; held = find()) {
      const now = leases.now();
      try {
        await writer.say([leases.hold(held.named, held.deaths)]);
      } catch (error) {
        held.execution.lose(error);
        throw error;
      }
      held.heldAt = now;
    }
  }
  return Object.assign(Object.create(writer) as Writer, { flush });
}
