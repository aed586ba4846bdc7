import type { Effect } from "../contracts/effect.ts";
import { BrainOpsError } from "../contracts/error.ts";
import type { Place } from "../contracts/journal.ts";
import type { Json } from "../contracts/json.ts";
import type { ModelCallOptions, ModelRequest, ModelResponse } from "../contracts/model.ts";
import type { NodeContext } from "../contracts/node.ts";
import type { MemoryRecord, RecallQuery } from "../contracts/record.ts";
import { seededRandom, type Random } from "../journal/random.ts";
import { packRecalled, unpackRecalled } from "../recall/recalled.ts";
import { placeKey } from "./history.ts";
import { packResponse, unpackResponse } from "./model-response.ts";
import { createMemoryBuffer, type MemoryBuffer } from "./memory-buffer.ts";
import type { RunContext } from "./run-context.ts";
import type { Session } from "./session.ts";
import { modelCall } from "./spending.ts";

/** What a node is handed, and what it remembered meanwhile: `undefined` when that is nothing. */
export interface HandedContext {
  readonly ctx: NodeContext;
  readonly memory: () => MemoryBuffer | undefined;
}

/** Makes the context of one try of a node; `maker` is the run that completes it, `open` gives its session. */
export function createNodeContext(
  run: RunContext,
  place: Place,
  attempt: number,
  maker: string,
  open: () => Session,
): HandedContext {
  const { environment } = run;
  // Most nodes take neither chance nor memory, so what gives them is not made before it is asked for.
  let chance: Random | undefined;
  const random = (): Random => (chance ??= seededRandom(`${run.seed}${placeKey(place)}`));
  let buffer: MemoryBuffer | undefined;
  const memory = (): MemoryBuffer => (buffer ??= createMemoryBuffer(run, place, maker));

  const ctx: NodeContext = {
    run: run.id,
    path: place.path,
    node: place.node,
    visit: place.visit,
    attempt,
    scope: run.scope,
    get signal() {
      return open().signal;
    },
    now: () => open().sample("clock", () => environment.clock.now()) as number,
    random: () => random().next(),
    id: () => random().uuid(run.startedAt),
    effect: <Result extends Json | void>(effect: Effect<Result>) => open().effect(effect) as Promise<Result>,
    async generate(request: ModelRequest, options: { readonly model?: string } = {}): Promise<ModelResponse> {
      const input = {
        ...(options.model === undefined ? {} : { model: options.model }),
        request: request as unknown as Json,
      };
      const packed = await open().effect({
        name: modelCall,
        class: "idempotent",
        input,
        run: async ({ signal: cut, key: idempotencyKey }) => {
          run.spending.check();
          const model = environment.model(options.model);
          const response = await ask(model, request, {
            signal: cut,
            idempotencyKey,
            run: run.id,
            scope: run.scope,
          });
          return packResponse(response);
        },
      });
      return unpackResponse(packed);
    },
    async recall(query) {
      const full: RecallQuery = typeof query === "string" ? { text: query } : query;
      const accept = (record: MemoryRecord): boolean => !fromSibling(record, run.id, place.path);
      const hits = await open().effect({
        name: "memory.recall",
        class: "pure",
        input: full as unknown as Json,
        run: async ({ signal }) => {
          // What this run remembered so far must be there to be found.
          await run.flush();
          return packRecalled(await environment.recall(run.recalls, full, { accept, signal }));
        },
      });
      return unpackRecalled(hits);
    },
    async act(name, args) {
      const action = run.replaying ? undefined : environment.action(name);
      const checked = action?.args.safeParse(args);
      if (checked !== undefined && !checked.success) {
        throw new BrainOpsError(
          "invalid_input",
          `The arguments of the action '${name}' do not fit: ${checked.error.message}`,
          { details: { action: name } },
        );
      }
      return open().effect({
        name: `action.${name}`,
        // In replay nothing is done, so only the name and the input count.
        class: action?.class ?? "idempotent",
        ...(action === undefined ? {} : { guarded: "action" as const, risk: action.risk }),
        input: args,
        run: (call) => action?.apply(checked?.data, call) ?? null,
        undo: (call) => action?.undo?.(checked?.data, null, call),
      });
    },
    ask: (question) => open().wait({ for: "answer", ...question }),
    async sleep(ms) {
      await open().wait({ for: "time", timeoutMs: ms });
    },
    signalled: (name, { timeoutMs } = {}) =>
      open().wait({ for: "signal", signal: name, ...(timeoutMs === undefined ? {} : { timeoutMs }) }),
    remember: (record) => memory().remember(record),
    link: (link) => memory().link(link),
    count: (id, counter, by = 1) => memory().count(id, counter, by),
    patched: (change) => open().patched(change),
    note: (text, data) => open().note(text, data),
  };
  return { ctx, memory: () => buffer };

  async function ask(
    model: ReturnType<typeof environment.model>,
    request: ModelRequest,
    call: ModelCallOptions,
  ): Promise<ModelResponse> {
    const { onDelta } = environment;
    if (onDelta === undefined) return model.generate(request, call);
    const number = open().nextDelta();
    for await (const part of model.stream(request, call)) {
      if (part.type === "finish") return part.response;
      onDelta(place, number, part);
    }
    throw new BrainOpsError("stream_truncated", `The stream of '${model.name}' ended without its end. Ask again.`);
  }
}

/** Whether a record was made in a branch beside this one: by the same run, where its path parts from ours at one fork. */
function fromSibling(record: MemoryRecord, run: string, path: string): boolean {
  if (record.provenance.run !== run) return false;
  const theirs = (record.provenance.path ?? "").split("/");
  const ours = path.split("/");
  const parting = theirs.findIndex((segment, index) => segment !== ours[index]);
  const [their, our] = [theirs[parting], ours[parting]];
  if (their === undefined || our === undefined) return false;
  // Segments are `fork#visit.branch`, or `graph#visit`; another fork, or another visit of it, was before.
  const [theirFork, ourFork] = [their, our].map((segment) => /^(.*#\d+)\.\d+$/.exec(segment)?.[1]);
  return theirFork !== undefined && theirFork === ourFork;
}
