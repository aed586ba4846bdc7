import { resolve } from "node:path";
import { BrainOpsError, node, type JsonObject, type Node, type NodeContext } from "@brainops/core";
import { fingerprint } from "@brainops/core/healing";
import { z } from "zod";
import { knownBad, rememberBad } from "../deploy/bad-releases.ts";
import { folderTarget } from "../deploy/folder-target.ts";
import { serviceTarget } from "../deploy/service-target.ts";
import type { Staged, Target, TargetCall } from "../deploy/target.ts";
import { gitLine } from "../git/git.ts";
import { rememberAccepted } from "./accepted.ts";
import { askRelease, rememberNo } from "./ask-release.ts";
import { removeWorktree } from "../git/worktree.ts";
import { arrows, remembered } from "../memory.ts";
import { probedJson } from "../probes/probe.ts";
import { releases as releaseFolders, type Releases } from "../service/releases.ts";
import type { Service } from "../service/service.ts";
import {
  changeSchema,
  planSchema,
  releaseSchema,
  testReportSchema,
  type Change,
  type Plan,
  type Probed,
  type Release,
  type TestReport,
} from "../state.ts";
import { clip } from "../text.ts";
import { repositoryName, worktreeDir, type WorkspaceOptions } from "../workspace.ts";

/** What {@link deployer} needs to know. */
export interface DeployerOptions extends WorkspaceOptions {
  /** The service to run from the releases. Without it (and without a target), only release folders are made and switched. */
  readonly service?: Service;
  /** Where releases come to life. Default: the service, or else the folders alone. */
  readonly target?: Target;
  /** Take a release again that was bad before. Default no. */
  readonly force?: boolean;
  /** Releases to keep. Default 5. */
  readonly keep?: number;
  /**
   * Whether a person must say yes before a change is released: never, when its plan has a task of high risk (`risky`), or
   * always. Default `never`.
   */
  readonly approve?: "never" | "risky" | "always";
}

/** What the deployer takes from the state. */
export interface DeployerInput {
  /** What to release. Without a change: the repository's HEAD. */
  readonly change: Change | null;
  /** What the tests say about the change. When they do not pass, nothing is released. */
  readonly tests: TestReport | null;
  /** What the change was made for; its risk decides with `approve`. */
  readonly plan?: Plan | null | undefined;
  /** What was to be reached, in words: what a person said about it is found again by them. */
  readonly goal?: string | undefined;
}

/** What the deployer puts into the state. */
export interface DeployerOutput {
  /** What it released, or why it did not. */
  readonly release: Release;
}

/**
 * Makes an immutable release folder from a commit, tries it before anybody is served by it, switches the `current` link
 * to it by a rename and has the target take it. What is not well on that way is not taken, or the release before it is
 * put back and goes on serving; it is remembered, and refused when it comes again, unless `force` is given. Killed at any
 * moment, it leaves a service that runs, and finds what it had done when it goes on.
 *
 * Errors: `verify_failed` when the tests of the change have not passed.
 *
 * @example
 * ```ts
 * import { deployer, folderTarget } from "@brainops/nodes";
 * const node = deployer({ repo: "./site", home: "./site-home", target: folderTarget() });
 * ```
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
  const target = options.target ?? (options.service === undefined ? folderTarget() : serviceTarget(options.service));
  const place: Place = { options, folders, target };
  return node({
    name: "deployer",
    description: "Releases a commit, and rolls back when it is not healthy",
    input: z.object({
      change: changeSchema.nullable(),
      tests: testReportSchema.nullable(),
      plan: planSchema.nullable().optional(),
      goal: z.string().optional(),
    }),
    output: z.object({ release: releaseSchema }),
    run: async ({ change, tests, plan = null, goal = "" }, ctx) => {
      if (tests !== null && !tests.passed) {
        throw new BrainOpsError(
          "verify_failed",
          "The tests have not passed, so nothing is released. Make them pass first.",
        );
      }
      const before = await lookAround(ctx, place);
      const { subject } = before;
      const hits = await remembered(ctx, `release ${subject}`, ["error", "experience"], 3);
      const commit = change?.commit ?? before.head;
      const id = await ctx.effect({
        name: "release.make",
        class: "idempotent",
        input: { commit },
        run: ({ signal }) => folders.make(commit, signal),
      });
      const previous = before.current === id ? before.previous : before.current;
      const release = { id, commit, previous, url: before.url };
      const known = before.force ? undefined : await knownBad(ctx, subject, id);
      if (known !== undefined) {
        const detail = `not taken, because it was bad before: ${known.why}. Give force to take it all the same`;
        return { release: { ...release, ok: false, rolledBack: previous !== null, detail, record: known.record } };
      }
      const asked = { approve: before.approve, subject, change, plan, goal };
      const said = await askRelease(ctx, asked);
      if (!said.yes) {
        const detail = `not released, because a person said no${said.reason === "" ? "" : `: ${said.reason}`}`;
        await settle(ctx, place, { ok: false, branch: change?.branch ?? null, stop: false, declined: id });
        const record = rememberNo(ctx, asked, release, said.reason);
        return { release: { ...release, ok: false, rolledBack: false, declined: true, detail, record } };
      }
      const health = await bring(ctx, place, id, previous);
      const rolledBack = !health.ok && previous !== null;
      if (rolledBack && health.taken) await rollBack(ctx, place, previous);
      await settle(ctx, place, { ok: health.ok, branch: change?.branch ?? null, stop: !health.ok && !rolledBack });
      const done = { ...release, ok: health.ok, rolledBack, detail: health.detail };
      if (health.ok && change !== null)
        await rememberAccepted(ctx, { repository: repositoryName(options), dir: resolve(options.repo) }, change);
      const recalled = hits.map((hit) => hit.record.id);
      return { release: { ...done, record: await record(ctx, subject, done, change, recalled) } };
    },
  });
}

interface Place {
  readonly options: DeployerOptions;
  readonly folders: Releases;
  readonly target: Target;
}

/** Tries a release and takes it when it is well. `taken` says that the switch was begun, so that there is something to undo. */
async function bring(
  ctx: NodeContext,
  place: Place,
  id: string,
  previous: string | null,
): Promise<Probed & { readonly taken: boolean }> {
  const prepared = await attempt(ctx, place, "release.prepare", { release: id, baseline: previous }, async (call) => {
    const { prepare } = place.target;
    if (prepare === undefined) return { name: place.target.name, ok: true, ms: 0, detail: "nothing to try before" };
    const baseline = previous === null ? null : await staged(place, previous);
    return prepare.call(place.target, await staged(place, id), baseline, call);
  });
  if (!prepared.ok) return { ...prepared, taken: false };
  return { ...(await take(ctx, place, id)), taken: true };
}

async function take(ctx: NodeContext, place: Place, id: string): Promise<Probed> {
  await ctx.effect({
    name: "release.switch",
    class: "idempotent",
    input: { to: id },
    run: () => place.folders.switchTo(id),
  });
  return attempt(ctx, place, "release.take", { release: id }, async (call) =>
    place.target.take(await staged(place, id), call),
  );
}

async function staged(place: Place, id: string): Promise<Staged> {
  return { id, dir: await place.folders.dir(id) };
}

/** One step of the target. What it throws is what is wrong with the release: it must lead to the way back, not past it. */
async function attempt(
  ctx: NodeContext,
  place: Place,
  name: string,
  input: JsonObject,
  step: (call: TargetCall) => Promise<Probed>,
): Promise<Probed> {
  return ctx.effect({
    name,
    class: "idempotent",
    input,
    run: async (call) => {
      try {
        return probedJson(await step(call));
      } catch (error) {
        if (call.signal.aborted) throw error;
        const detail = error instanceof Error ? clip(error.message, 500) : String(error);
        return { name: place.target.name, ok: false, ms: 0, detail };
      }
    },
  });
}

interface Surroundings {
  readonly current: string | null;
  readonly previous: string | null;
  readonly head: string;
  readonly subject: string;
  readonly url: string | null;
  readonly force: boolean;
  readonly approve: "never" | "risky" | "always";
}

/** What is there before anything is changed. Journaled, so that going on after a crash still knows it. */
function lookAround(ctx: NodeContext, { options, folders, target }: Place): Promise<Surroundings> {
  return ctx.effect({
    name: "release.current",
    class: "pure",
    run: async () => ({
      current: await folders.current(),
      previous: await folders.previous(),
      head: await gitLine(resolve(options.repo), ["rev-parse", "HEAD"]),
      subject: target.name,
      // For people only: a release does not depend on it.
      url: await target.url().catch(() => null),
      force: options.force === true,
      approve: options.approve ?? "never",
    }),
  });
}

async function rollBack(ctx: NodeContext, place: Place, to: string): Promise<void> {
  const health = await take(ctx, place, to);
  ctx.note(health.ok ? `Rolled back to ${to}` : `Rolled back to ${to}, but it is not healthy either: ${health.detail}`);
}

/** Keeps what has proven itself, and clears away what is no longer needed, or wanted. */
function settle(
  ctx: NodeContext,
  { options, folders, target }: Place,
  end: { ok: boolean; branch: string | null; stop: boolean; declined?: string },
): Promise<readonly string[]> {
  return ctx.effect({
    name: "release.prune",
    class: "idempotent",
    input: end,
    run: async () => {
      if (end.ok) await options.service?.keepGood();
      // Without a release to go back to, nothing is better than something that is broken and restarts nothing.
      if (end.stop) await target.stop();
      // The branch stays, whatever was said.
      if ((end.ok || end.declined !== undefined) && end.branch !== null)
        await removeWorktree(resolve(options.repo), worktreeDir(options, end.branch));
      if (end.declined !== undefined) return [...(await folders.discard(end.declined))];
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
  rememberBad(ctx, subject, id, release.detail, error);
  return error;
}
