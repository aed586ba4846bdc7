import type { Effect } from "../contracts/effect.ts";
import { BrainOpsError } from "../contracts/error.ts";
import type { Place } from "../contracts/journal.ts";
import type { Json } from "../contracts/json.ts";
import type { Model, ModelCallOptions, ModelRequest, ModelResponse } from "../contracts/model.ts";
import type { NodeContext } from "../contracts/node.ts";
import type { MemoryRecord, Recalled, RecallQuery } from "../contracts/record.ts";
import { seededRandom, type Random } from "../journal/random.ts";
import { packRecalled, unpackRecalled } from "../recall/recalled.ts";
import { actionEffect } from "./action-effect.ts";
import { alter } from "./asked-instead.ts";
import { checkEffect, checkPause, checkQuestion, checkRequest } from "./check-asked.ts";
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

/** What a context is made of. */
export interface ContextParts {
  readonly run: RunContext;
  readonly place: Place;
  readonly attempt: number;
  /** The run that completes the node. */
  readonly maker: string;
  /** Gives the try's session. */
  readonly open: () => Session;
}

/**
 * The context of one try of a node. Most nodes use one or two of its members, so each is made when it is asked for: it can be
 * taken out (`const { effect } = ctx`). To put something around a context, use `Object.create(ctx, …)`.
 */
class Context implements NodeContext {
  readonly parts: ContextParts;
  chance: Random | undefined;
  buffer: MemoryBuffer | undefined;

  constructor(parts: ContextParts) {
    this.parts = parts;
  }

  get run(): string {
    return this.parts.run.id;
  }
  get path(): string {
    return this.parts.place.path;
  }
  get node(): string {
    return this.parts.place.node;
  }
  get visit(): number {
    return this.parts.place.visit;
  }
  get attempt(): number {
    return this.parts.attempt;
  }
  get scope(): string {
    return this.parts.run.scope;
  }
  get signal(): AbortSignal {
    return this.parts.open().signal();
  }
  get now(): NodeContext["now"] {
    const { run, open } = this.parts;
    return () => open().sample("clock", () => run.environment.clock.now()) as number;
  }
  get random(): NodeContext["random"] {
    return () => randomOf(this).next();
  }
  get id(): NodeContext["id"] {
    return () => randomOf(this).uuid(this.parts.run.startedAt);
  }
  get effect(): NodeContext["effect"] {
    const { open } = this.parts;
    return <Result extends Json | void>(effect: Effect<Result>) =>
      open().effect(checkEffect(effect)) as Promise<Result>;
  }
  get generate(): NodeContext["generate"] {
    return (request, options) => generate(this.parts, request, options);
  }
  get recall(): NodeContext["recall"] {
    return (query) => recall(this.parts, query);
  }
  get act(): NodeContext["act"] {
    const { run, open } = this.parts;
    return async (name, args) => open().effect(actionEffect(run, name, args));
  }
  get ask(): NodeContext["ask"] {
    const { open } = this.parts;
    return (question) => open().wait({ for: "answer", ...checkQuestion(question) });
  }
  get sleep(): NodeContext["sleep"] {
    const { open } = this.parts;
    return async (ms) => void (await open().wait({ for: "time", timeoutMs: checkPause(ms) }));
  }
  get signalled(): NodeContext["signalled"] {
    const { open } = this.parts;
    return (name, { timeoutMs } = {}) =>
      open().wait({ for: "signal", signal: name, ...(timeoutMs === undefined ? {} : { timeoutMs }) });
  }
  get remember(): NodeContext["remember"] {
    return (record) => bufferOf(this).remember(record);
  }
  get link(): NodeContext["link"] {
    return (link) => bufferOf(this).link(link);
  }
  get count(): NodeContext["count"] {
    return (id, counter, by = 1) => bufferOf(this).count(id, counter, by);
  }
  get patched(): NodeContext["patched"] {
    const { open } = this.parts;
    return (change) => open().patched(change);
  }
  get note(): NodeContext["note"] {
    const { open } = this.parts;
    return (text, data) => open().note(text, data);
  }
}

function randomOf(context: Context): Random {
  const { run, place } = context.parts;
  return (context.chance ??= seededRandom(`${run.seed}${placeKey(place)}`));
}

function bufferOf(context: Context): MemoryBuffer {
  const { run, place, maker } = context.parts;
  return (context.buffer ??= createMemoryBuffer(run, place, maker));
}

/** Makes the context of one try of a node, and says what the node remembered. */
export function createNodeContext(parts: ContextParts): HandedContext {
  const ctx = new Context(parts);
  return { ctx, memory: () => ctx.buffer };
}

async function generate(
  { run, place, open }: ContextParts,
  request: ModelRequest,
  options: { readonly model?: string } = {},
): Promise<ModelResponse> {
  checkRequest(request);
  const asked = { ...(options.model === undefined ? {} : { model: options.model }), request };
  const instead = run.instead();
  const { ask, earlier } = instead.length === 0 ? { ask: asked, earlier: [] } : alter(instead, place.node, asked);
  const packed = await open().effect({
    name: modelCall,
    class: "idempotent",
    input: ask as unknown as Json,
    earlier,
    run: async ({ signal: cut, key: idempotencyKey }) => {
      run.spending.check();
      const model = run.environment.model(ask.model);
      const call = { signal: cut, idempotencyKey, run: run.id, scope: run.scope };
      return packResponse(await answer(run, place, open, model, ask.request, call));
    },
  });
  return unpackResponse(packed);
}

async function answer(
  { environment: { onDelta } }: RunContext,
  place: Place,
  open: () => Session,
  model: Model,
  request: ModelRequest,
  call: ModelCallOptions,
): Promise<ModelResponse> {
  if (onDelta === undefined) return model.generate(request, call);
  const number = open().nextDelta();
  for await (const part of model.stream(request, call)) {
    if (part.type === "finish") return part.response;
    onDelta(place, number, part);
  }
  throw new BrainOpsError("stream_truncated", `The stream of '${model.name}' ended without its end. Ask again.`);
}

async function recall({ run, place, open }: ContextParts, query: string | RecallQuery): Promise<Recalled> {
  const full: RecallQuery = typeof query === "string" ? { text: query } : query;
  const accept = (record: MemoryRecord): boolean => !fromSibling(record, run.id, place.path);
  const hits = await open().effect({
    name: "memory.recall",
    class: "pure",
    input: full as unknown as Json,
    run: async ({ signal }) => {
      // What this run remembered so far must be there to be found.
      await run.flush();
      return packRecalled(await run.environment.recall(run.recalls, full, { accept, signal }));
    },
  });
  return unpackRecalled(hits);
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
