import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { join } from "node:path";
import { action, type Action } from "@brainops/core";
import { workforce, type Workforce } from "@brainops/nodes";
import { z } from "zod";
import { badReleases, serviceFiles } from "./shop-service.ts";

/** A repository, its service, a supplier that it needs, and files that it stands on; all of it real. */
export interface ShopWorld {
  readonly crew: Workforce;
  readonly dir: string;
  /** Commits of the bad releases, by their way of being bad. */
  readonly bad: { readonly [way: string]: string };
  /** Makes everything good again, whatever was broken. */
  reset(): Promise<void>;
  ask(path: string): Promise<void>;
  signal(signal: NodeJS.Signals): Promise<void>;
  config(text: string | null): Promise<void>;
  supplier(change: "kill" | "freeze"): Promise<void>;
  close(): Promise<void>;
}

/** What the service stands on, how it is when it is good, and what makes it so. */
const files: { readonly [file: string]: { readonly action: string; readonly good: string } } = {
  "data.json": { action: "data.restore", good: "{}" },
  certificate: { action: "certificate.renew", good: "4000000000" },
  queue: { action: "queue.drop-poison", good: "good\n" },
  index: { action: "index.rebuild", good: "7" },
  clock: { action: "clock.set", good: "0" },
};

const supplierCode =
  'require("node:http").createServer((q, r) => r.end("ready")).listen(0, "127.0.0.1", function () { console.log(this.address().port) })';

/** Makes the world under an empty folder. */
export async function shopWorld(dir: string): Promise<ShopWorld> {
  const repo = join(dir, "repo");
  const world = join(dir, "world");
  mkdirSync(world, { recursive: true });
  const good = makeRepository(repo);
  const bad = Object.fromEntries(
    Object.entries(badReleases).map(([way, code]) => [
      way,
      commit(repo, { "server.js": code + (serviceFiles["server.js"] ?? "") }, way),
    ]),
  );
  let supplier: ChildProcess | undefined;

  async function startSupplier(): Promise<void> {
    supplier?.kill("SIGKILL");
    supplier = spawn(process.execPath, ["-e", supplierCode], { stdio: ["ignore", "pipe", "ignore"] });
    const out = supplier.stdout;
    if (out === null) throw new Error("The supplier has no output.");
    const [line] = (await once(out, "data")) as [Buffer];
    writeFileSync(join(world, "supplier"), `http://127.0.0.1:${line.toString().trim()}/`);
  }

  function helper(name: string, description: string, apply: () => Promise<void> | void): Action<{}> {
    return action({
      name,
      description,
      args: z.object({}),
      risk: "low",
      class: "idempotent",
      propose: (fault) => (fault.subject === "shop" ? [{}] : []),
      apply: async () => {
        await apply();
        return null;
      },
    });
  }
  const crew = workforce({
    repo,
    home: join(dir, "home"),
    service: {
      name: "shop",
      command: [process.execPath, "server.js"],
      env: { WORLD: world },
      config: { from: "config.json" },
      health: { timeoutMs: 500, withinMs: 1_500 },
      stopMs: 200,
      logs: [join(world, "shop.log")],
    },
    actions: [
      helper("lock.remove", "Removes a lock that was left behind", () => rmSync(join(world, "lock"), { force: true })),
      ...Object.entries(files).map(([file, { action: name, good }]) =>
        helper(name, `Makes ${file} good again`, () => writeFileSync(join(world, file), good)),
      ),
      helper("supplier.start", "Starts the supplier anew", startSupplier),
    ] as readonly Action[],
    healing: { maxTries: 16, intensity: { times: 1_000, withinMs: 1_000 } },
  });
  const service = crew.service;
  if (service?.config === undefined) throw new Error("The world needs a service with a configuration.");
  const { releases, config } = service;
  const first = await releases.make(good);
  const second = await releases.make(commit(repo, { ...serviceFiles, "README.md": "again\n" }, "good again"));
  for (const way of Object.values(bad)) await releases.make(way);
  let starts = 0;

  return {
    crew,
    dir: world,
    bad,
    async reset() {
      for (const file of ["lock", "shop.log", "outage", "licence", "account", "closed"])
        rmSync(join(world, file), { force: true });
      for (const [file, { good }] of Object.entries(files)) writeFileSync(join(world, file), good);
      await startSupplier();
      if ((await service.pid()) !== null) await service.stop();
      await releases.switchTo(first);
      await releases.switchTo(second);
      await config.ensure(await releases.dir(second));
      writeFileSync(config.file, serviceFiles["config.json"] ?? "");
      await service.start(`reset-${++starts}`);
      if (!(await service.waitHealthy()).ok) throw new Error("The world cannot be made good.");
      await service.keepGood();
    },
    async ask(path) {
      await fetch(`${await service.url()}${path}`, { signal: AbortSignal.timeout(1_000) }).catch(() => {});
      // What a request breaks, it breaks after its answer.
      await delay(100);
    },
    async signal(signal) {
      const pid = await service.pid();
      if (pid !== null) process.kill(pid, signal);
      await delay(50);
    },
    async config(text) {
      if (text === null) rmSync(config.file);
      else writeFileSync(config.file, text);
    },
    async supplier(change) {
      supplier?.kill(change === "kill" ? "SIGKILL" : "SIGSTOP");
      await delay(50);
    },
    async close() {
      await service.stop();
      supplier?.kill("SIGKILL");
    },
  };
}

function makeRepository(repo: string): string {
  mkdirSync(repo, { recursive: true });
  execFileSync("git", ["init", "-q", "-b", "main"], { cwd: repo });
  return commit(repo, serviceFiles, "good");
}

function commit(repo: string, files: { readonly [path: string]: string }, message: string): string {
  for (const [path, text] of Object.entries(files)) writeFileSync(join(repo, path), text);
  const who = ["-c", "user.name=Bench", "-c", "user.email=bench@example.org"];
  execFileSync("git", [...who, "add", "-A"], { cwd: repo });
  execFileSync("git", [...who, "commit", "-q", "-m", message], { cwd: repo });
  return execFileSync("git", ["rev-parse", "HEAD"], { cwd: repo, encoding: "utf8" }).trim();
}
