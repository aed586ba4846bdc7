import {
  BrainOpsError,
  type Clock,
  type ErrorCode,
  type Model,
  type ModelResponse,
  type StreamPart,
} from "@brainops/core";

/** What a timed model does at one call. */
export interface Turn {
  /** How long it takes, in milliseconds. `Infinity` never answers. */
  readonly ms?: number;
  readonly fail?: ErrorCode;
  readonly retryAfterMs?: number;
  /** The texts of a stream, each after `ms`; or the whole text. */
  readonly texts?: readonly string[];
  readonly finishReason?: ModelResponse["finishReason"];
  readonly usage?: ModelResponse["usage"];
  /** Goes on although it was told to stop, as bad models do. */
  readonly deaf?: boolean;
}

/** A model that takes its time, and remembers how it was asked. */
export interface TimedModel extends Model {
  /** How many calls it has had. */
  readonly asked: number;
  /** How many are under way, and the most that ever were. */
  readonly open: number;
  readonly mostOpen: number;
  /** How many were stopped by their signal. */
  readonly stopped: number;
}

/** Makes a model that does its turns by the clock; the last one again and again. */
export function timedModel(name: string, clock: Clock, turns: readonly Turn[] | ((call: number) => Turn)): TimedModel {
  let asked = 0;
  let open = 0;
  let mostOpen = 0;
  let stopped = 0;
  const turnOf = (): Turn => {
    asked += 1;
    return typeof turns === "function" ? turns(asked) : (turns[Math.min(asked, turns.length) - 1] ?? {});
  };
  const nap = async (turn: Turn, signal: AbortSignal | undefined): Promise<void> => {
    if (turn.ms === undefined) return;
    try {
      await clock.sleep(turn.ms === Infinity ? 1e15 : turn.ms, turn.deaf === true ? undefined : signal);
    } catch (error) {
      stopped += 1;
      throw error;
    }
  };
  const fail = (turn: Turn, text = ""): void => {
    if (turn.fail === undefined) return;
    throw new BrainOpsError(turn.fail, `${name}: it says ${turn.fail}.`, {
      details: { retryAfterMs: turn.retryAfterMs, ...(text === "" ? {} : { text }) },
    });
  };
  const begin = (): Turn => {
    open += 1;
    mostOpen = Math.max(mostOpen, open);
    return turnOf();
  };
  const response = (turn: Turn): ModelResponse => {
    const text = (turn.texts ?? [`${name} says.`]).join("");
    return {
      text,
      toolCalls: [],
      reasoning: [],
      message: { role: "assistant", content: text },
      finishReason: turn.finishReason ?? "stop",
      usage: turn.usage ?? { inputTokens: 10, outputTokens: 5 },
      model: { name, id: `${name}-1` },
    };
  };
  return {
    name,
    id: `${name}-1`,
    get asked() {
      return asked;
    },
    get open() {
      return open;
    },
    get mostOpen() {
      return mostOpen;
    },
    get stopped() {
      return stopped;
    },
    async generate(_request, { signal } = {}) {
      const turn = begin();
      try {
        await nap(turn, signal);
        fail(turn);
        return response(turn);
      } finally {
        open -= 1;
      }
    },
    async *stream(_request, { signal } = {}): AsyncGenerator<StreamPart> {
      const turn = begin();
      try {
        for (const text of turn.texts ?? []) {
          await nap(turn, signal);
          yield { type: "text", text };
        }
        await nap(turn, signal);
        fail(turn, (turn.texts ?? []).join(""));
        yield { type: "finish", response: response(turn) };
      } finally {
        open -= 1;
      }
    },
  };
}
