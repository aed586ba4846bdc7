import type { ModelCallOptions, ModelRequest, StreamPart } from "@brainops/core";
import { batchesOf } from "../adapter/batches.ts";
import { abortedError } from "../wire/body.ts";
import { ask, asksAround, byCaller, type Question } from "./ask.ts";
import { continuation, type Continuation } from "./continuation.ts";
import { emptyChain, misfit, refused } from "./generate.ts";
import type { ChainSetup } from "./setup.ts";
import type { Tried } from "./tried.ts";
import { way, type Way } from "./way.ts";

/** What to do when a stream breaks after its first part was shown. */
export type OnCut = "fail" | "restart" | "continue";

/** What listeners have seen of the answer so far. */
interface Shown {
  any: boolean;
  text: string;
  tools: boolean;
}

/** A stream whose first part is there. */
interface Opened {
  readonly iterator: AsyncGenerator<readonly StreamPart[]>;
  readonly first: IteratorResult<readonly StreamPart[]>;
  readonly going: Continuation | undefined;
}

/**
 * Asks the models in order until one has streamed its whole answer. Before the first part is shown the next model is
 * asked as freely as without streaming; afterwards it is `onCut` that decides.
 */
export async function* streamBy(
  setup: ChainSetup & { readonly onCut: OnCut },
  request: ModelRequest,
  call: ModelCallOptions,
): AsyncGenerator<StreamPart> {
  if (setup.lanes.length === 0) throw emptyChain(setup.name);
  const path = way(setup, request, call);
  const shown: Shown = { any: false, text: "", tools: false };
  const question: Question<Opened> = {
    kind: "streamed",
    async start({ lane }, options) {
      const going = shown.text === "" ? undefined : continuation(path.request, shown.text);
      const iterator = batchesOf(lane.model)(going?.request ?? path.request, options);
      return { iterator, first: await iterator.next(), going };
    },
    discard: ({ iterator }) => void iterator.return(undefined).catch(() => undefined),
  };
  let last: unknown;

  for (;;) {
    const { tried, value } = await ask(setup, path, call, question).catch((error: unknown) => {
      // What listeners were shown belongs to the error, whoever fails last.
      throw shown.any && last !== undefined ? path.tries.error(last, shown.text) : error;
    });
    const { name } = tried.turn.lane.model;
    const { iterator, going } = value;
    const watch = idleWatch(setup, path, tried);
    const before = shown.text.length;
    let over = false;
    try {
      tried.opened();
      for (let next = value.first; ; next = await watch.wait(iterator.next())) {
        if (next.done === true) {
          over = true;
          throw new TypeError(`${name}: the stream ended without a finish part and without an error.`);
        }
        for (const part of next.value) {
          if (part.type === "finish") {
            const no = shown.any ? undefined : refused(name, part.response);
            if (no !== undefined && asksAround(setup, no) && path.more()) throw no;
            const bad = misfit(setup, name, request, part.response);
            if (bad !== undefined) throw bad;
            over = true;
            tried.answered(part.response);
            const rest = going?.end() ?? "";
            if (rest !== "") yield { type: "text", text: rest };
            yield { type: "finish", response: path.tries.response(going?.join(part.response) ?? part.response) };
            return;
          }
          if (going === undefined) {
            note(shown, part);
            yield part;
            continue;
          }
          for (const piece of going.part(part)) {
            note(shown, piece);
            yield piece;
          }
        }
      }
    } catch (error) {
      over = true;
      if (call.signal?.aborted === true) {
        tried.cancelled(byCaller, shown.text.slice(before));
        throw path.tries.error(abortedError(), shown.text);
      }
      const failure = tried.failed(error);
      last = error;
      if (failure.action === "stop") throw path.tries.error(error, shown.text);
      if (!shown.any) continue;
      const canContinue = !shown.tools && request.output === undefined;
      if (!path.more() || setup.onCut === "fail" || (setup.onCut === "continue" && !canContinue))
        throw path.tries.error(error, shown.text);
      // Reasoning alone is no text to continue; listeners drop it and the next model starts anew.
      if (setup.onCut === "continue" && shown.text !== "") continue;
      yield { type: "discard", reason: `${name}: ${failure.code}` };
      note(shown, { type: "discard", reason: "" });
    } finally {
      // Whoever listened has left in the middle.
      if (!over) tried.cancelled(byCaller, shown.text.slice(before));
      void iterator.return(undefined).catch(() => undefined);
    }
  }
}

/** Ends a stream that has fallen silent, or that flows on beyond the deadline. Only waiting for the model counts. */
function idleWatch(setup: ChainSetup, path: Way, tried: Tried<Opened>): { wait<V>(promise: Promise<V>): Promise<V> } {
  const { clock } = setup;
  const { idleMs, deadlineMs } = setup.limits;
  let since: number | undefined;
  tried.limit(Math.min(idleMs, path.endsAt - clock.now()), () => {
    const now = clock.now();
    if (now >= path.endsAt) return { what: `the stream was not over at the deadline of ${deadlineMs} ms` };
    const quiet = since === undefined ? 0 : now - since;
    if (quiet >= idleMs) return { what: `the stream was silent for ${idleMs} ms` };
    return { ms: Math.min(idleMs - quiet, path.endsAt - now) };
  });
  return {
    async wait(promise) {
      since = clock.now();
      const value = await tried.orStopped(promise);
      since = undefined;
      return value;
    },
  };
}

function note(shown: Shown, part: StreamPart): void {
  if (part.type === "discard") {
    shown.any = shown.tools = false;
    shown.text = "";
    return;
  }
  shown.any = true;
  if (part.type === "text") shown.text += part.text;
  else if (part.type === "tool-input") shown.tools = true;
}
