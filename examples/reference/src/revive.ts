import type { Entry } from "@brainops/core";
import type { Workforce } from "@brainops/nodes";

/**
 * Starts a run's service again when it should be running and is not: the machine may have been restarted since, or the
 * service stopped with the run. What the journal says of the world is made true before the run goes on.
 */
export async function revive({ service }: Workforce, entries: readonly Entry[], run: string): Promise<void> {
  if (service === undefined || !shouldRun(entries) || (await service.pid()) !== null) return;
  if ((await service.releases.current()) === null) return;
  await service.start(`revive/${run}/${entries.length}`);
  await service.waitHealthy();
}

/** Whether the last thing that was done to the service was to start it. */
function shouldRun(entries: readonly Entry[]): boolean {
  const last = entries.findLast(
    (entry) =>
      entry.type === "effect-completed" &&
      /^(?:(?:action\.)?service\.(?:start|restart|configure|restore-config|stop)|release\.take)$/.test(entry.name),
  );
  return last !== undefined && "name" in last && last.name !== "service.stop";
}
