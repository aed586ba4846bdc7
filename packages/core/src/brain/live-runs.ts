/** What is under way, by the run's id, as it can be looked up. */
export interface LookUp<Of> {
  readonly size: number;
  get(run: string): Of | undefined;
  values(): readonly Of[];
  ids(): readonly string[];
}

/**
 * What is under way, by the run's id. No `Map`: one that lives long, and in which things come and go, leaves old tables behind
 * that hold on to each other and to what was in them, until V8 collects all of its heap. Those were most of a process's memory.
 */
export class LiveRuns<Of> implements LookUp<Of> {
  readonly #of: Record<string, Of> = Object.create(null) as Record<string, Of>;
  size = 0;

  get(run: string): Of | undefined {
    return this.#of[run];
  }

  set(run: string, of: Of): void {
    if (this.#of[run] === undefined) this.size++;
    this.#of[run] = of;
  }

  delete(run: string): void {
    if (this.#of[run] === undefined) return;
    this.size--;
    delete this.#of[run];
  }

  values(): readonly Of[] {
    return Object.values(this.#of);
  }

  ids(): readonly string[] {
    return Object.keys(this.#of);
  }
}
