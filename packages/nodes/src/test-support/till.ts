import { execFileSync } from "node:child_process";
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ServiceOptions } from "../service/options.ts";
import { releases } from "../service/releases.ts";
import { localService, type Service } from "../service/service.ts";

/** A repository of a service that drains, and of whose releases `fault.json` says what is wrong with them. */
export interface Till {
  readonly repo: string;
  readonly home: string;
  readonly service: Service;
  /** Commits a release with that fault (`none`: a good one). Every commit is another release. */
  commit(fault: string): string;
}

const fixture = join(import.meta.dirname, "../../fixtures/service");

/** Makes the repository and the service under a folder. */
export function makeTill(dir: string, options: Partial<ServiceOptions> = {}): Till {
  const repo = join(dir, "till");
  const home = join(dir, "home");
  cpSync(fixture, repo, { recursive: true });
  const git = (...args: string[]): string =>
    execFileSync("git", ["-c", "user.name=Test", "-c", "user.email=test@example.org", ...args], {
      cwd: repo,
      encoding: "utf8",
    }).trim();
  git("init", "-q", "-b", "main");
  let count = 0;
  return {
    repo,
    home,
    service: localService({
      name: "till",
      command: ["node", "server.js"],
      health: { timeoutMs: 2_000, withinMs: 10_000 },
      handOver: "overlap",
      canary: { paths: ["/price"], requests: 150 },
      stopMs: 3_000,
      home,
      releases: releases({ repo, home }),
      ...options,
    }),
    commit(fault) {
      writeFileSync(join(repo, "fault.json"), `${JSON.stringify({ fault, count: (count += 1) })}\n`);
      git("add", "-A");
      git("commit", "-q", "-m", `${fault} ${count}`);
      return git("rev-parse", "HEAD");
    },
  };
}
