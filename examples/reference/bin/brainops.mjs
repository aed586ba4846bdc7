#!/usr/bin/env node
// Starts the command from its TypeScript source, under the Node 24 that the workspace installs,
// whatever Node the machine has. The process is replaced where that is possible, so that a signal
// sent to it reaches the command itself.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const node = createRequire(import.meta.url).resolve("node/bin/node");
const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const flags = ["--conditions=@brainops/source", "--disable-warning=ExperimentalWarning"];
const args = [...flags, main, ...process.argv.slice(2)];

if (typeof process.execve === "function") {
  process.execve(node, [node, ...args], process.env);
} else {
  const child = spawn(node, args, { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => child.kill(signal));
  }
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
