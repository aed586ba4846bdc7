import type { Model, ModelRequest } from "@brainops/core";
import { adapters } from "./adapters.ts";
import { differences, type Difference } from "./compare.ts";
import { ofError, ofResponse, type Outcome } from "./outcome.ts";
import type { Recording } from "./recording.ts";
import type { Cut, ReplayServer } from "./replay-server.ts";

/** One recording played to one adapter in one way. */
export interface Played {
  readonly recording: string;
  readonly adapter: string;
  readonly way: string;
  readonly differences: readonly Difference[];
}

const request: ModelRequest = { messages: [{ role: "user", content: "Go on." }] };

/** Plays a recording to every adapter that speaks its API, in every way in which it could arrive. */
export async function play(recording: Recording, server: ReplayServer): Promise<Played[]> {
  const makers = adapters[recording.api];
  if (makers === undefined) {
    const unknown = { path: "api", expected: Object.keys(adapters), actual: recording.api };
    return [{ recording: recording.name, adapter: "none", way: "none", differences: [unknown] }];
  }
  const played: Played[] = [];
  for (const [adapter, make] of Object.entries(makers)) {
    for (const { way, cut, ask } of waysOf(recording)) {
      const outcome = await ask(make(server.url(recording, cut)));
      played.push({ recording: recording.name, adapter, way, differences: differences(recording.expected, outcome) });
    }
  }
  return played;
}

interface Way {
  readonly way: string;
  readonly cut: Cut;
  readonly ask: (model: Model) => Promise<Outcome>;
}

function waysOf(recording: Recording): Way[] {
  if (recording.framing !== "json") {
    const cuts: readonly Cut[] = ["whole", "events", "bytes"];
    return cuts.map((cut) => ({ way: `stream, ${cut}`, cut, ask: streamed }));
  }
  const ways: Way[] = [{ way: "whole", cut: "whole", ask: whole }];
  // An error looks the same whether a stream was asked for or not.
  if (recording.status >= 400) ways.push({ way: "asked for a stream", cut: "whole", ask: streamed });
  return ways;
}

async function whole(model: Model): Promise<Outcome> {
  try {
    return ofResponse(await model.generate(request));
  } catch (error) {
    return ofError(error);
  }
}

/** What listeners saw has to be what the answer, or the error, says. */
async function streamed(model: Model): Promise<Outcome> {
  let shown = "";
  let outcome: Outcome | undefined;
  try {
    for await (const part of model.stream(request)) {
      if (part.type === "text") shown += part.text;
      if (part.type === "discard") shown = "";
      if (part.type === "finish") outcome = ofResponse(part.response);
    }
  } catch (error) {
    outcome = ofError(error);
  }
  if (outcome === undefined) throw new Error("The stream ended without a finish part and without an error.");
  return shown === outcome.text ? outcome : { ...outcome, text: `[shown] ${shown} [in the answer] ${outcome.text}` };
}
