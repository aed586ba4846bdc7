import { checkSignal } from "./check-signal.ts";
import type { Io } from "./io.ts";

/** Writes to stdout no faster than it is read. Throws `aborted` when nobody reads on, or a person asks to stop. */
export async function writeOut({ stdout, signal }: Pick<Io, "stdout" | "signal">, text: string): Promise<void> {
  checkSignal(signal);
  if (stdout.write(text)) return;
  // A reader that has gone never lets it drain.
  await new Promise<void>((resolve) => {
    const go = (): void => {
      stdout.off("drain", go);
      signal.removeEventListener("abort", go);
      resolve();
    };
    stdout.on("drain", go);
    signal.addEventListener("abort", go);
  });
  checkSignal(signal);
}
