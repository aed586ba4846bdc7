import type { State } from "../graph/definition.ts";
import type { JournaledError } from "./errors.ts";
import type { OpenWait } from "./inbox.ts";
import type { Divergence, Stop } from "./run-context.ts";

/** How an execution came to rest. */
export type RunEnd =
  | { readonly status: "completed"; readonly state: State }
  | { readonly status: "failed"; readonly error: JournaledError; readonly cause?: unknown }
  | { readonly status: "aborted"; readonly reason: string }
  | { readonly status: "waiting"; readonly waits: readonly OpenWait[] }
  | { readonly status: "diverged"; readonly divergence: Divergence }
  | { readonly status: "exhausted" | "drained" };

/** How a walk ended, or what stopped it. */
export type WalkEnd =
  { readonly kind: "completed"; readonly state: State } | { readonly kind: "thrown"; readonly error: unknown } | Stop;
