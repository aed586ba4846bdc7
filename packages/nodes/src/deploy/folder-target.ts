import { stat } from "node:fs/promises";
import { join } from "node:path";
import { httpGet } from "../service/http-get.ts";
import type { Target } from "./target.ts";

/**
 * Files alone as a {@link Target}, such as a static site that a web server serves from the link `current`: switching the
 * link is all that is to be done. `files` must be in the release; `url`, when given, must answer with a status of 200 to 299.
 *
 * @example
 * ```ts
 * import { folderTarget, workforce } from "@brainops/nodes";
 * workforce({ repo: "./site", home: "./site-home", target: folderTarget({ name: "site", files: ["index.html"] }) });
 * ```
 */
export function folderTarget(
  options: {
    /** Names it in records. Default `folder`. */
    readonly name?: string;
    /** Paths that must be in a release. Default: none. */
    readonly files?: readonly string[];
    /** Address that must answer with a status of 200 to 299. Default: nothing is asked. */
    readonly url?: string;
  } = {},
): Target {
  const { name = "folder", files = [], url } = options;
  const missing = async (dir: string): Promise<readonly string[]> => {
    const there = await Promise.all(files.map((file) => stat(join(dir, file)).then(Boolean, () => false)));
    return files.filter((_, i) => !there[i]);
  };
  return {
    name,
    url: async () => url ?? null,
    async prepare(release) {
      const gone = await missing(release.dir);
      const detail = gone.length === 0 ? "all files are there" : `the release has no ${gone.join(", ")}`;
      return { name, ok: gone.length === 0, ms: 0, detail };
    },
    async take(_release, { signal }) {
      const started = performance.now();
      const done = (ok: boolean, detail: string): { name: string; ok: boolean; ms: number; detail: string } => ({
        name,
        ok,
        ms: Math.round(performance.now() - started),
        detail,
      });
      if (url === undefined) return done(true, "no service to start");
      try {
        const { status } = await httpGet(url, { timeoutMs: 5_000, signal });
        return done(status >= 200 && status < 300, `HTTP ${status}`);
      } catch (error) {
        return done(false, error instanceof Error ? error.message : String(error));
      }
    },
    // Files serve nobody by themselves.
    stop: async () => {},
  };
}
