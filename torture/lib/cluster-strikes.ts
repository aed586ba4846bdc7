import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Blow } from "./cluster-check.ts";
import type { ClusterServer } from "./cluster-server.ts";

/** How often each kind of strike is made. */
export interface Strikes {
  readonly kills: number;
  readonly pauses: number;
  readonly restarts: number;
  readonly cuts: number;
  /** The server fails, and a standby takes its place: once at most. */
  readonly failovers?: number;
}

/** The workers, and what is done to them. */
export interface Workers {
  readonly blows: readonly Blow[];
  /** Strikes at workers that had runs in hand. */
  readonly hits: { readonly [kind in keyof Strikes]-?: number };
  /** Makes all strikes, in a drawn order, as long as it goes on. */
  strike(strikes: Strikes, goesOn: () => boolean): Promise<void>;
  stop(): void;
}

/** How workers are started and struck. */
export interface WorkersOptions {
  readonly count: number;
  readonly args: readonly string[];
  readonly server: ClusterServer;
  readonly leaseMs: number;
  readonly random: () => number;
  /** Told of a worker that ended without being killed: its exit code, or its signal. */
  readonly onDeath: (what: string) => void;
}

const file = join(import.meta.dirname, "cluster-worker.ts");
const flags = ["--conditions=@brainops/source", "--disable-warning=ExperimentalWarning"];

/** Starts workers; one that dies is replaced. Resolves when all of them are at work. */
export async function startWorkers(options: WorkersOptions): Promise<Workers> {
  const { random, server } = options;
  const blows: Blow[] = [];
  const hits = { kills: 0, pauses: 0, restarts: 0, cuts: 0, failovers: 0 };
  const all = new Set<ChildProcess>();
  /** Those that have begun to work and are not paused: to strike at another would show nothing. */
  const ready = new Set<ChildProcess>();
  let stopping = false;

  function start(): void {
    const child = spawn(process.execPath, [...flags, file, ...options.args], {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    all.add(child);
    child.once("message", () => ready.add(child));
    child.once("exit", (code, signal) => {
      all.delete(child);
      ready.delete(child);
      if (stopping) return;
      if (signal !== "SIGKILL") options.onDeath(String(code ?? signal));
      start();
    });
  }

  /** How many runs a worker has in hand. */
  function inHand(child: ChildProcess): Promise<number> {
    return new Promise((resolve) => {
      const told = (count: unknown): void => resolve(Number(count));
      child.once("message", told);
      child.send("?", (error) => error && resolve(0));
      setTimeout(() => (child.off("message", told), resolve(0)), 1000).unref();
    });
  }

  /** A worker that has something in hand; after a while, any. */
  async function pick(): Promise<{ readonly child: ChildProcess; readonly pid: number; readonly busy: boolean }> {
    for (let tries = 0; ; tries++) {
      const child = [...ready][Math.floor(random() * ready.size)];
      const busy = child !== undefined && (await inHand(child)) > 0;
      if (child?.pid !== undefined && child.exitCode === null && (busy || tries > 40))
        return { child, pid: child.pid, busy };
      await delay(25);
    }
  }

  const anyBusy = async (): Promise<boolean> => (await Promise.all([...ready].map(inHand))).some((count) => count > 0);

  const make: { readonly [kind in keyof Strikes]-?: () => Promise<boolean> } = {
    async kills() {
      const { child, pid, busy } = await pick();
      blows.push({ at: Date.now(), pid });
      ready.delete(child);
      child.kill("SIGKILL");
      return busy;
    },
    async pauses() {
      const { child, pid, busy } = await pick();
      ready.delete(child);
      child.kill("SIGSTOP");
      const at = Date.now();
      void delay(options.leaseMs * (1.5 + random())).then(() => {
        child.kill("SIGCONT");
        blows.push({ at, pid, until: Date.now() });
        if (child.exitCode === null && child.signalCode === null) ready.add(child);
      });
      return busy;
    },
    async restarts() {
      const busy = await anyBusy();
      await server.restart();
      return busy;
    },
    async cuts() {
      const busy = await anyBusy();
      server.cut();
      return busy;
    },
    async failovers() {
      const busy = await anyBusy();
      await server.failOver();
      return busy;
    },
  };

  for (let i = 0; i < options.count; i++) start();
  while (ready.size < options.count) await delay(20);
  return {
    blows,
    hits,
    async strike(strikes, goesOn) {
      const kinds = ["kills", "pauses", "restarts", "cuts", "failovers"] as const;
      const drawn = kinds.flatMap((kind) =>
        Array.from({ length: strikes[kind] ?? 0 }, () => ({ kind, order: random() })),
      );
      for (const { kind } of drawn.toSorted((a, b) => a.order - b.order)) {
        await delay(600 + random() * 1200);
        if (!goesOn()) return;
        if (await make[kind]()) hits[kind]++;
      }
      // Paused ones come back, and do what they would.
      await delay(options.leaseMs * 2.5 + 1500);
    },
    stop() {
      stopping = true;
      for (const child of all) child.kill("SIGKILL");
    },
  };
}
