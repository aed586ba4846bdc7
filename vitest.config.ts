import { defineConfig, type ViteUserConfig } from "vitest/config";
import { LongestFirst } from "./scripts/longest-first.ts";

// `@brainops/source` resolves workspace packages to their TypeScript, so that tests need no build.
const conditions = ["@brainops/source", "node", "development|production"];

const config: ViteUserConfig = defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    environment: "node",
    include: ["{packages,examples,bench,torture,scripts}/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**", "examples/reference/sample/**"],
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
    expect: { poll: { timeout: 60_000 } },
  },
});

export default config;
