import type { ChainSetup, Lane } from "./setup.ts";

/** Calls before measurements say anything. */
const least = 20;

/** After this time without a call the measurements are old, and the model gets its place back to be measured anew. */
const staleMs = 300_000;

/** The order in which the models of a chain are asked, and why, where that is not the order given. */
export interface LaneOrder {
  readonly lanes: readonly Lane[];
  readonly notes: Map<Lane, string>;
}

/**
 * The order of one call. With an adaptive chain, models that have been measured are ordered by the lower bound of their
 * success, to the nearest tenth; then by what an answer costs; then by how long it usually takes. Ones that have hardly
 * been asked keep their places.
 */
export function laneOrder(setup: Pick<ChainSetup, "lanes" | "adaptive" | "clock">): LaneOrder {
  const notes = new Map<Lane, string>();
  if (!setup.adaptive) return { lanes: setup.lanes, notes };
  const fresh = setup.clock.now() - staleMs;
  const measured = (lane: Lane): boolean => lane.track.calls >= least && lane.track.lastAt >= fresh;
  const known = setup.lanes.filter(measured);
  const sorted = known.toSorted((a, b) => compare(a, b));
  let at = 0;
  const lanes = setup.lanes.map((lane) => (measured(lane) ? (sorted[at++] ?? lane) : lane));
  for (const [index, lane] of lanes.entries()) {
    if (lane === setup.lanes[index]) continue;
    const { track } = lane;
    const cost = track.meanCost();
    notes.set(
      lane,
      `moved from place ${setup.lanes.indexOf(lane) + 1} to ${index + 1} by what was measured: ` +
        `success at least ${Math.round(track.successFloor() * 100)} %, usual time ${track.usual() ?? "unknown"} ms` +
        (cost === undefined ? "" : `, ${cost.toFixed(6)} USD an answer`),
    );
  }
  return { lanes, notes };
}

function compare(a: Lane, b: Lane): number {
  const success = Math.round(b.track.successFloor() * 10) - Math.round(a.track.successFloor() * 10);
  if (success !== 0) return success;
  const cost = (a.track.meanCost() ?? 0) - (b.track.meanCost() ?? 0);
  if (Math.abs(cost) > 1e-9) return cost;
  return (a.track.usual() ?? Infinity) - (b.track.usual() ?? Infinity) || 0;
}
