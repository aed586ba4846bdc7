// The order in which the files of tests begin: the longest first, so that at the end no worker waits for one that began late.
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Files that take more than five seconds, the longest first. A file that is not named begins later, the bigger ones first. */
const longest: readonly string[] = [
  "packages/memory-postgres/src/postgres.test.ts",
  "examples/reference/src/commands/demo.test.ts",
  "examples/reference/src/torture/kill-run.test.ts",
  "packages/nodes/src/nodes/node-suite.test.ts",
  "examples/reference/src/commands/worker.test.ts",
  "packages/nodes/src/nodes/tester-proof.test.ts",
  "packages/nodes/src/workforce-crash.test.ts",
  "packages/memory-sqlite/src/cipher-build.test.ts",
  "examples/reference/src/serve/mend.test.ts",
  "packages/nodes/src/deploy/deploy.test.ts",
  "packages/memory-sqlite/src/sqlite.test.ts",
  "packages/memory-postgres/src/upgrades.test.ts",
  "torture/cluster.test.ts",
  "packages/memory-postgres/src/pg-boss/boss-dispatch.test.ts",
  "packages/nodes/src/nodes/deployer.test.ts",
  "examples/reference/src/serve/jobs.test.ts",
  "packages/memory-postgres/src/rotate.test.ts",
  "packages/nodes/src/workforce.test.ts",
  "packages/nodes/src/nodes/tester.test.ts",
  "bench/deployer.test.ts",
  "packages/nodes/src/nodes/optimizer.test.ts",
  "examples/reference/src/commands/run.test.ts",
  "examples/reference/src/commands/move.test.ts",
  "packages/nodes/src/hostile.test.ts",
  "examples/reference/src/commands/serve.test.ts",
  "packages/memory-postgres/src/failures.test.ts",
  "examples/reference/src/commands/memory/memory.test.ts",
  "packages/nodes/src/repositories.test.ts",
  "packages/memory-sqlite/src/rotate.test.ts",
  "bench/ranks.test.ts",
  "packages/nodes/src/healers/service-healers.test.ts",
  "packages/memory-postgres/src/under-way.test.ts",
  "packages/providers/scripts/recordings.test.ts",
  "packages/core/src/run/simulation.test.ts",
  "torture/shared-breaker.test.ts",
  "packages/nodes/src/service/service.test.ts",
];

/** Begins with {@link longest}; the rest as vitest does. Files that share a worker come last, so that it is kept from one to the next. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId, project }: TestSpecification): number => {
      const at = longest.findIndex((name) => moduleId.endsWith(`/${name}`));
      return (project.config.isolate ? 0 : longest.length + 1) + (at < 0 ? longest.length : at);
    };
    return (await super.sort(files)).toSorted((a, b) => place(a) - place(b));
  }
}
