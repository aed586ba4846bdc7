import { exitFailed, exitOk, exitStopped, exitWaiting } from "./cli/command.ts";
import type { Io } from "./cli/io.ts";
import { loadPlugin } from "./cli/load-plugin.ts";
import type { Output } from "./cli/output.ts";
import type { Home } from "./home.ts";
import { environmentModels } from "./models.ts";
import { openBrain } from "./open-brain.ts";

/** A run of a plugin's graph, which is to go on. */
export interface OtherRun {
  readonly home: Home;
  readonly output: Output;
  readonly io: Io;
  readonly id: string;
  /** The file that exports the plugin. */
  readonly plugin: string;
}

/** Goes on with a run that another program began, to its rest, and returns the exit code. */
export async function resumeOther({ home, output, io, id, plugin }: OtherRun): Promise<number> {
  const models = await environmentModels(io.env);
  const brain = await openBrain(home, output, {
    plugins: [await loadPlugin(plugin), ...(models === undefined ? [] : [models.plugin])],
    ...(models === undefined ? {} : { model: models.chain, models: models.each }),
  });
  const stop = (): void => void brain.close();
  io.signal.addEventListener("abort", stop, { once: true });
  try {
    const result = await brain.resume(id);
    output.result(result, () => [
      `Run ${id} is ${result.status}.`,
      ...(result.status === "waiting" ? result.questions.map(({ id: of, text }) => `${of}: ${text}`) : []),
    ]);
    if (result.status === "waiting") return exitWaiting;
    if (result.status === "stopped") return exitStopped;
    return result.status === "completed" ? exitOk : exitFailed;
  } finally {
    io.signal.removeEventListener("abort", stop);
    await brain.close();
  }
}
