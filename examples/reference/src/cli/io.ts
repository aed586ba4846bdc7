/** What a command may reach of the process that it runs in. Handed in, so that tests can bring their own. */
export interface Io {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: NodeJS.ProcessEnv;
  /** The current folder. */
  readonly cwd: string;
  /** Aborted when the person asks to stop. */
  readonly signal: AbortSignal;
}
