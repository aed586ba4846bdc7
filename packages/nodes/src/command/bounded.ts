/** Collects bytes up to a bound: the first half and, beyond it, the newest. The middle is dropped. */
export interface Bounded {
  push(chunk: Buffer): void;
  /** What was kept, with a line that says how much is missing. */
  text(): string;
  readonly truncated: boolean;
}

/** Makes a {@link Bounded} of at most `max` bytes. */
export function bounded(max: number): Bounded {
  const headMax = Math.floor(max / 2);
  const tailMax = max - headMax;
  const head: Buffer[] = [];
  let headSize = 0;
  let tail: Buffer[] = [];
  let tailSize = 0;
  let dropped = 0;

  function keepTail(chunk: Buffer): void {
    tail.push(chunk);
    tailSize += chunk.length;
    // Joined only when it has doubled, so that many small chunks cost no more than one big one.
    if (tailSize <= tailMax * 2 && tail.length < 4096) return;
    const joined = Buffer.concat(tail);
    const kept = joined.subarray(Math.max(0, joined.length - tailMax));
    dropped += joined.length - kept.length;
    tail = [Buffer.from(kept)];
    tailSize = kept.length;
  }

  function settle(): void {
    if (tailSize <= tailMax) return;
    const joined = Buffer.concat(tail);
    dropped += tailSize - tailMax;
    tail = [joined.subarray(joined.length - tailMax)];
    tailSize = tailMax;
  }

  return {
    push(chunk) {
      const room = headMax - headSize;
      if (room > 0) {
        const part = chunk.subarray(0, room);
        head.push(part);
        headSize += part.length;
      }
      if (chunk.length > room) keepTail(chunk.subarray(Math.max(0, room)));
    },
    text() {
      settle();
      const end = Buffer.concat(tail).toString("utf8");
      const start = Buffer.concat(head).toString("utf8");
      return dropped === 0
        ? Buffer.concat([...head, ...tail]).toString("utf8")
        : `${start}\n[${dropped} bytes left out]\n${end}`;
    },
    get truncated() {
      settle();
      return dropped > 0;
    },
  };
}
