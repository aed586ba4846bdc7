import { EventEmitter } from "node:events";
import { afterEach, expect, test, vi } from "vitest";
import { stopOnSignals } from "./stop-on-signals.ts";

afterEach(() => void vi.useRealTimers());

function begin(): { send(signal: "SIGINT" | "SIGTERM", at: number): void; killed: unknown[]; stop: AbortController } {
  const killed: unknown[] = [];
  const stop = new AbortController();
  const process = Object.assign(new EventEmitter(), { pid: 7, kill: (...told: unknown[]) => killed.push(told) });
  vi.useFakeTimers({ toFake: ["performance"] });
  const begun = performance.now();
  stopOnSignals(process, stop);
  const send = (signal: "SIGINT" | "SIGTERM", at: number): void => {
    vi.advanceTimersByTime(begun + at - performance.now());
    // Whom nobody listens to, the system ends.
    if (!process.emit(signal, signal)) killed.push("by the system");
  };
  return { send, killed, stop };
}

test("the first signal stops in an orderly way; its echo within half a second is the same one", () => {
  const { send, killed, stop } = begin();
  expect(stop.signal.aborted).toBe(false);
  send("SIGINT", 1000);
  expect(stop.signal.reason).toBe("SIGINT");
  send("SIGINT", 1001);
  send("SIGINT", 1500);
  expect(killed).toEqual([]);
});

test("a second press ends it at once, and so does another signal", () => {
  const pressed = begin();
  pressed.send("SIGINT", 1000);
  pressed.send("SIGINT", 1501);
  expect(pressed.killed).toEqual([[7, "SIGINT"]]);
  pressed.send("SIGTERM", 1502);
  expect(pressed.killed).toContain("by the system");
  const other = begin();
  other.send("SIGTERM", 1000);
  other.send("SIGINT", 1001);
  expect(other.killed).toEqual([[7, "SIGINT"]]);
});
