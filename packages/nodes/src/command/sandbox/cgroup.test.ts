import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { controlGroup } from "./cgroup.ts";
import { sandboxFor } from "./options.ts";

// A folder that looks like the kernel's: what is written is seen, what the kernel makes of it is not.
let root = "";
let own = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "brainops-cgroup-"));
  const line = existsSync("/proc/self/cgroup") ? readFileSync("/proc/self/cgroup", "utf8") : "";
  own = join(root, /^0::(\/.*)$/m.exec(line)?.[1] ?? "none");
  mkdirSync(own, { recursive: true });
  writeFileSync(join(root, "cgroup.controllers"), "cpu memory pids");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const settings = sandboxFor({ memoryMb: 64, processes: 10 }, "test");

test("where both limits were handed down to us, a group beneath our own holds them", () => {
  writeFileSync(join(own, "cgroup.subtree_control"), "cpu memory pids\n");
  const group = controlGroup(settings, root);
  if (own.endsWith("none")) return expect(group).toBeUndefined();
  const made = readdirSync(own).find((name) => name.startsWith("brainops-")) ?? "";
  expect(group?.join).toBe(join(own, made, "cgroup.procs"));
  expect(readFileSync(join(own, made, "memory.max"), "utf8")).toBe(String(64 * 1024 * 1024));
  expect(readFileSync(join(own, made, "pids.max"), "utf8")).toBe("10");
  expect(readFileSync(join(own, made, "memory.swap.max"), "utf8")).toBe("0");
  expect(group?.hit()).toBeNull();
  writeFileSync(join(own, made, "memory.events"), "oom 1\noom_kill 1\n");
  expect(group?.hit()).toBe("memory");
  group?.remove();
  expect(readFileSync(join(own, made, "cgroup.kill"), "utf8")).toBe("1");
});

test.each(["", "cpu memory", "pids"])("where %j was handed down, none is made and nothing is written", (given) => {
  writeFileSync(join(own, "cgroup.subtree_control"), given);
  expect(controlGroup(settings, root)).toBeUndefined();
  expect(readdirSync(own).filter((name) => name.startsWith("brainops-"))).toEqual([]);
});
