import { Writable } from "node:stream";
import { main } from "../cli/main.ts";

/** What a command said, and its exit code. */
export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command in this process, as in a pipe (or, with `tty`, as on a terminal). */
export async function say(
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv; readonly tty?: boolean },
): Promise<Said> {
  const stdout = collect(options.tty === true);
  const stderr = collect(options.tty === true);
  const env = { PATH: process.env["PATH"], ...options.env };
  const code = await main(args, {
    stdout: stdout.stream,
    stderr: stderr.stream,
    env,
    cwd: options.cwd,
    signal: new AbortController().signal,
  });
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

function collect(isTTY: boolean): { readonly stream: NodeJS.WriteStream; text(): string } {
  let text = "";
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  return { stream: Object.assign(stream, { isTTY, columns: 100 }) as unknown as NodeJS.WriteStream, text: () => text };
}
