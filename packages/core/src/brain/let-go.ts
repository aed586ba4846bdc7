import type { Clock } from "../contracts/clock.ts";
import type { Started } from "../run/execute.ts";
import type { RunEnd } from "../run/run-end.ts";
import type { Writer } from "../run/writer.ts";
import type { Leases, Named } from "./leases.ts";
import { setAside } from "./set-aside.ts";

/** Says what becomes of a run that has not ended. When that cannot be said, its lease runs out, which is as good. */
export async function letGo(
  end: RunEnd,
  { limits }: Started,
  named: Named,
  writer: Writer,
  leases: Leases,
  clock: Clock,
): Promise<void> {
  if (end.status === "diverged") return sayAside(named, `diverged: ${end.divergence.what}`, writer, leases, clock);
  if (end.status !== "waiting" && end.status !== "drained") return;
  const waits = end.status === "waiting" ? [...end.waits, limits ?? {}] : [{ until: clock.now() }];
  const times = waits.map(({ until }) => until).filter((time) => time !== undefined);
  const next = times.length === 0 ? undefined : Math.min(...times);
  await writer.say([leases.release(named, next)]).catch(() => {});
}

/** Sets a run aside, and says why. */
export async function sayAside(
  named: Named,
  reason: string,
  writer: Writer,
  leases: Leases,
  clock: Clock,
): Promise<void> {
  await writer.say([leases.release(named), setAside(named, reason, clock.now())]).catch(() => {});
}
