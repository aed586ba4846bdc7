import { expect, test } from "vitest";
import { virtualClock } from "./virtual-clock.ts";

test("time stands still until it is moved, and sleepers wake in the order of their times", async () => {
  const clock = virtualClock(1000);
  const woken: string[] = [];
  const sleep = async (name: string, ms: number): Promise<void> => {
    await clock.sleep(ms);
    woken.push(`${name}@${clock.now()}`);
  };
  const all = Promise.all([sleep("late", 300), sleep("early", 100), sleep("none", 0)]);
  await clock.advance(0);
  expect([woken, clock.sleeping]).toEqual([["none@1000"], 2]);
  await clock.advance(250);
  expect(woken).toEqual(["none@1000", "early@1100"]);
  expect(clock.now()).toBe(1250);
  expect(await clock.next()).toBe(true);
  expect(await clock.next()).toBe(false);
  await all;
  expect(woken.at(-1)).toBe("late@1300");
});

test("a sleeper that sleeps again wakes within the same advance", async () => {
  const clock = virtualClock(0);
  const times: number[] = [];
  const loop = (async () => {
    for (let i = 0; i < 5; i++) {
      await clock.sleep(10);
      times.push(clock.now());
    }
  })();
  await clock.advance(50);
  await loop;
  expect(times).toEqual([10, 20, 30, 40, 50]);
});

test("an abort ends a sleep with its code, before or during it", async () => {
  const clock = virtualClock();
  const controller = new AbortController();
  const during = clock.sleep(1000, controller.signal);
  controller.abort(new Error("enough"));
  await expect(during).rejects.toMatchObject({ code: "aborted" });
  await expect(clock.sleep(1000, controller.signal)).rejects.toMatchObject({ code: "aborted" });
  expect(clock.sleeping).toBe(0);
});
