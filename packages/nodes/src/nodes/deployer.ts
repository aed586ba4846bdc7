import { resolve } from "node:path";
import { BrainOpsError, isBrainOpsError, node, type Node, type NodeContext } from "@brainops/core";
import { fingerprint } from "@brainops/core/healing";
import { z } from "zod";
import { gitLine } from "../git/git.ts";
import { removeWorktree } from "../git/worktree.ts";
import { arrows, remembered } from "../memory.ts";
import { probedJson } from "../probes/probe.ts";
import { releases as releaseFolders, type Releases } from "../service/releases.ts";
import type { Service } from "../service/service.ts";
import {
  changeSchema,
  releaseSchema,
  testReportSchema,
  type Change,
  type Probed,
  type Release,
  type TestReport,
} from "../state.ts";
import { clip } from "../text.ts";
import { worktreeDir, type WorkspaceOptions } from "../workspace.ts";

/** What {@link deployer} needs to know. */
export interface DeployerOptions extends WorkspaceOptions {
  /** The service to run from the releases. Without it, only release folders are made and switched. */
  readonly service?: Service;
  /** Releases to keep. Default 5. */
  readonly keep?: number;
}

/** What the deployer takes from the state. */
export interface DeployerInput {
  /** What to release. Without a change: the repository's HEAD. */
  readonly change: Change | null;
  readonly tests: TestReport | null;
}

/** What the deployer puts into the state. */
export interface DeployerOutput {
  readonly release: Release;
}

/**
 * Makes an immutable release folder from a commit, switches the `current` link to it by a rename, starts the service
 * from it and probes its health. When that fails, the release before it is put back and goes on serving. Killed at any
 * moment, it leaves a service that runs, and finds what it had done when it goes on.
 *
 * Errors: `verify_failed` when the tests of the change have not passed.
 */
export function deployer(options: DeployerOptions): Node<"deployer", DeployerInput, DeployerOutput> {
  const folders =
    options.service?.releases ??
    releaseFolders({
      repo: resolve(options.repo),
      home: resolve(options.home),
      ...(options.setup === undefined ? {} : { setup: options.setup }),
      ...(options.sandbox === undefined ? {} : { sandbox: options.sandbox }),
    });
  return node({
    name: "deployer",
    description: "Releases a commit, and rolls back when it is not healthy",
    input: z.object({ change: changeSchema.nullable(), tests: testReportSchema.nullable() }),
    output: z.object({ release: releaseSchema }),
    run: async ({ change, tests }, ctx) => {
      if (tests !== null && !tests.passed) {
        throw new BrainOpsError(
          "verify_failed",
          "The tests have not passed, so nothing is released. Make them pass first.",
        );
      }
      const before = await lookAround(ctx, options, folders);
      const hits = await remembered(ctx, `release ${before.subject}`, ["error", "experience"], 3);
      const id = await ctx.effect({
        name: "release.make",
        class: "idempotent",
        input: { commit: change?.commit ?? before.head },
        run: ({ signal }) => folders.make(change?.commit ?? before.head, signal),
      });
      const previous = before.current === id ? before.previous : before.current;
      await switchTo(ctx, folders, id);
      const health = before.service === null ? healthyFolder : await startAndProbe(ctx, options, id);
      const rolledBack = !health.ok && previous !== null && (await rollBack(ctx, options, folders, previous));
      await settle(ctx, options, folders, {
        ok: health.ok,
        branch: change?.branch ?? null,
        stop: !health.ok && !rolledBack,
      });
      const commit = change?.commit ?? before.head;
      const release = { id, commit, ok: health.ok, previous, rolledBack, url: before.url, detail: health.detail };
      return {
        release: {
          ...release,
          record: await record(
            ctx,
            before.subject,
            release,
            change,
            hits.map((hit) => hit.record.id),
          ),
        },
      };
    },
  });
}

const healthyFolder: Probed = { name: "folder", ok: true, ms: 0, detail: "no service to start" };

interface Surroundings {
  readonly current: string | null;
  readonly previous: string | null;
  readonly head: string;
  readonly service: string | null;
  readonly subject: string;
  readonly url: string | null;
}

/** What is there before anything is changed. Journaled, so that going on after a crash still knows it. */
function lookAround(ctx: NodeContext, options: DeployerOptions, folders: Releases): Promise<Surroundings> {
  return ctx.effect({
    name: "release.current",
    class: "pure",
    run: async () => {
      const { service } = options;
      const head = await gitLine(resolve(options.repo), ["rev-parse", "HEAD"]);
      const url = service === undefined ? null : await service.url();
      const subject = service?.name ?? "release";
      return {
        current: await folders.current(),
        previous: await folders.previous(),
        head,
        service: service?.name ?? null,
        subject,
        url,
      };
    },
  });
}

function switchTo(ctx: NodeContext, folders: Releases, to: string): Promise<void> {
  return ctx.effect({ name: "release.switch", class: "idempotent", input: { to }, run: () => folders.switchTo(to) });
}

async function startAndProbe(ctx: NodeContext, options: DeployerOptions, release: string): Promise<Probed> {
  const needed = (): Service => {
    if (options.service === undefined)
      throw new BrainOpsError("invalid_input", "This run releases a service, but the deployer was given none.");
    return options.service;
  };
  try {
    await ctx.effect({
      name: "service.start",
      class: "idempotent",
      input: { release },
      run: ({ key }) => needed().start(key),
    });
  } catch (error) {
    // The release stands already: an error here must lead to the way back, not past it.
    if (!startErrors.some((code) => isBrainOpsError(error, code))) throw error;
    return { name: "start", ok: false, ms: 0, detail: error instanceof Error ? clip(error.message, 500) : "" };
  }
  return ctx.effect({
    name: "http.probe",
    class: "pure",
    input: { release },
    run: async ({ signal }) => probedJson(await needed().waitHealthy(signal)),
  });
}

const startErrors = ["invalid_input", "not_found", "command_failed"] as const;

async function rollBack(ctx: NodeContext, options: DeployerOptions, folders: Releases, to: string): Promise<boolean> {
  await switchTo(ctx, folders, to);
  const health = await startAndProbe(ctx, options, to);
  ctx.note(health.ok ? `Rolled back to ${to}` : `Rolled back to ${to}, but it is not healthy either: ${health.detail}`);
  return true;
}

/** Keeps what has proven itself, and clears away what is no longer needed. */
function settle(
  ctx: NodeContext,
  options: DeployerOptions,
  folders: Releases,
  end: { ok: boolean; branch: string | null; stop: boolean },
): Promise<readonly string[]> {
  return ctx.effect({
    name: "release.prune",
    class: "idempotent",
    input: end,
    run: async () => {
      if (end.ok) await options.service?.config?.keepGood();
      // Without a release to go back to, nothing is better than something that is broken and restarts nothing.
      if (end.stop) await options.service?.stop();
      if (end.ok && end.branch !== null) await removeWorktree(resolve(options.repo), worktreeDir(options, end.branch));
      return [...(await folders.prune(options.keep ?? 5))];
    },
  });
}

async function record(
  ctx: NodeContext,
  subject: string,
  release: Omit<Release, "record">,
  change: Change | null,
  recalled: readonly string[],
): Promise<string> {
  const why = arrows(release.ok ? "derived-from" : "caused-by", [change?.record], "the change that was released");
  const { id, commit, previous, rolledBack } = release;
  const data = { release: id, commit, previous, rolledBack };
  const common = { data, tags: ["deployer"], links: why };
  if (release.ok) {
    return ctx.remember({
      ...common,
      kind: "experience",
      text: `Released ${id} of ${subject}: healthy`,
      trust: "test",
    });
  }
  const text = clip(`The release of ${subject} was not healthy: ${release.detail}`, 4_000);
  const print = fingerprint({ source: "probe", subject, text });
  const [known] = await ctx.recall({ text: "", kinds: ["error"], fingerprint: print, limit: 1 });
  const links = [...why, ...arrows("about", recalled.slice(0, 2), "recalled before the release")];
  const error =
    known?.record.id ?? ctx.remember({ ...common, kind: "error", text, fingerprint: print, trust: "outside", links });
  ctx.count(error, "tries");
  return error;
}
