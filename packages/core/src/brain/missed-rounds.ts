import type { Loop, NextTime } from "../contracts/plugin.ts";

const mostMissed = 1000;
const oneMinute = 60_000;

/** The rounds of a loop since its last one that are to be made up for, in order. */
export function missedRounds({ missed = "skip", every }: Loop, last: number, now: number): number[] {
  if (missed === "skip") return [];
  const most = missed === "once" ? 1 : mostMissed;
  return typeof every === "number" ? newestSteps(every, last, now, most) : newestTimes(every, last, now, most);
}

function newestSteps(every: number, last: number, now: number, most: number): number[] {
  const total = Math.max(0, Math.floor((now - last) / every));
  const count = Math.min(total, most);
  return Array.from({ length: count }, (_, index) => last + (total - count + 1 + index) * every);
}

/** Looks back in growing steps, since years of times may lie between. */
function newestTimes(every: NextTime, last: number, now: number, most: number): number[] {
  for (let back = oneMinute; ; back *= 2) {
    const from = Math.max(last, now - back);
    const times: number[] = [];
    for (let time = every(from); time !== undefined && time <= now; time = every(time)) times.push(time);
    if (times.length >= most || from === last) return times.slice(-most);
  }
}
