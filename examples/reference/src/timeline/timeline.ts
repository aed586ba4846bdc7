import type { BrainEvent, Entry, Listener } from "@brainops/core";
import type { Output } from "../cli/output.ts";
import { toLine } from "./line.ts";
import { clip } from "./words.ts";

/** Shows a run as it goes: a line for what counts, and, for who watches, a passing line for what is going on. */
export interface Timeline {
  readonly listener: Listener;
  /** Says when the run began, if that was before. */
  since(time: number | undefined): void;
  /** Shows an entry of a journal. */
  show(entry: Entry): void;
  /** Takes the passing line away and stops. */
  stop(): void;
}

const frames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

/** Makes the timeline of one run. It counts from the first entry that it is shown. */
export function createTimeline(output: Output): Timeline {
  let began: number | undefined;
  let passing = "begins";
  let frame = 0;
  const draw = (): void => {
    const elapsed = ((Date.now() - (began ?? Date.now())) / 1000).toFixed(1);
    output.passing(
      clip(`  ${frames[frame++ % frames.length]} ${elapsed.padStart(6)} s  ${passing}`, output.columns - 1),
    );
  };
  const timer = output.live ? setInterval(draw, 100) : undefined;
  timer?.unref();

  const show = (entry: Entry): void => {
    began ??= entry.at;
    if ("name" in entry) passing = `${entry.node}: after ${entry.name}`;
    else if (entry.type === "node-completed") passing = `after ${entry.node}`;
    const line = toLine(entry);
    if (line === undefined) return;
    const elapsed = `${((entry.at - began) / 1000).toFixed(1).padStart(6)} s`;
    // In a pipe a line is as long as it is; on a screen it must not wrap.
    const text = output.live ? clip(line.text, output.columns - 28) : clip(line.text, 2000);
    const body = `${line.mark} ${line.who.padEnd(12)} ${text}`;
    output.line(
      `  ${output.paint("dim", elapsed)}  ${line.style === undefined ? body : output.paint(line.style, body)}`,
    );
  };
  return {
    listener(event: BrainEvent) {
      if (event.type === "entry") show(event.entry);
      else passing = `${event.node}: the model is answering`;
    },
    show,
    since: (time) => (began = time),
    stop() {
      clearInterval(timer);
      output.passing("");
    },
  };
}
