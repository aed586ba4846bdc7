import { execFileSync } from "node:child_process";
import { cpSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { localService, releases, type Service } from "@brainops/nodes";

/** A repository of a service whose releases can be bad in many ways, and the service. */
export interface Till {
  readonly repo: string;
  readonly home: string;
  readonly service: Service;
  /** Commits a release with a fault; `none` is a good one. */
  commit(fault: string): string;
}

const fixture = join(import.meta.dirname, "../../packages/nodes/fixtures/service");

/** Makes the repository under a folder, or finds it, and the service. `taken` is a port that somebody else listens on. */
export function openTill(dir: string, taken: number): Till {
  const repo = join(dir, "till");
  const home = join(dir, "home");
  const git = (...args: string[]): string =>
    execFileSync("git", ["-c", "user.name=Bench", "-c", "user.email=bench@example.org", ...args], {
      cwd: repo,
      encoding: "utf8",
    }).trim();
  if (!existsSync(repo)) {
    cpSync(fixture, repo, { recursive: true });
    git("init", "-q", "-b", "main");
  }
  return {
    repo,
    home,
    service: localService({
      name: "till",
      command: [process.execPath, "server.js"],
      env: { TAKEN: String(taken) },
      health: { timeoutMs: 500, withinMs: 3_000 },
      handOver: "overlap",
      migrate: [process.execPath, "migrate.js"],
      canary: { paths: ["/price"], requests: Number(process.env["TILL_REQUESTS"] ?? 1_500) },
      stopMs: 7_000,
      home,
      releases: releases({ repo, home }),
    }),
    commit(fault) {
      writeFileSync(join(repo, "fault.json"), `${JSON.stringify({ fault })}\n`);
      git("add", "-A");
      // Its own tree may have been there before: a release is named by its commit.
      git("commit", "-q", "--allow-empty", "-m", fault);
      return git("rev-parse", "HEAD");
    },
  };
}
