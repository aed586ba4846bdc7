import { defineConfig, type ViteUserConfig } from "vitest/config";
import { LongestFirst } from "./scripts/longest-first.ts";

// `@brainops/source` resolves workspace packages to their TypeScript, so that tests need no build.
const conditions = ["@brainops/source", "node", "development|production"];

const elsewhere = ["**/node_modules/**", "**/dist/**", "examples/reference/sample/**"];
// Their tests start next to nothing and leave nothing behind, so the files that a worker takes share its modules: loading these
// anew for each would take as long as all that is tested.
const sharing = "packages/{core,providers}/**/*.test.ts";

const config: ViteUserConfig = defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    environment: "node",
    projects: [
      { extends: true, test: { name: "sharing", include: [sharing], exclude: elsewhere, isolate: false } },
      {
        extends: true,
        test: {
          name: "apart",
          include: ["{packages,examples,bench,torture,scripts}/**/*.test.ts"],
          exclude: [...elsewhere, sharing],
        },
      },
    ],
    globalSetup: ["scripts/test-run.ts"],
    setupFiles: ["scripts/replay-journals.ts"],
    pool: "forks",
    // One more than two cores: many tests wait for processes and for times.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    // Node processes that a test starts resolve the sources too.
    execArgv: ["--conditions=@brainops/source", "--disable-warning=ExperimentalWarning"],
    // Only for what hangs: starting processes is slow on a busy machine.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    teardownTimeout: 60_000,
    expect: { poll: { timeout: 60_000 } },
  },
});

export default config;
