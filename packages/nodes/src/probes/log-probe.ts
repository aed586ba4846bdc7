import { open } from "node:fs/promises";
import { logGroups, type LogGroups } from "@brainops/core/healing";
import { z } from "zod";
import { clip } from "../text.ts";
import { complains, entriesOf } from "./log-entries.ts";
import { timed, type Probe } from "./probe.ts";

/** Up to where a file was read. */
const placeSchema = z.object({ inode: z.number(), at: z.number() });

/** Groups of lines with names, as they are kept. */
const namesSchema = z
  .array(z.object({ id: z.string(), template: z.string(), count: z.number(), names: z.array(z.number()) }))
  .catch([]);

/** Bytes that one look reads at most; of what is more, the newest. */
const mostBytes = 1_000_000;

/**
 * Well when a log file says nothing bad since the last look. Lines are grouped: a thousand lines of one kind are one
 * complaint, told with its commonest group, and the stack of an exception belongs to the line above it. What was in the file before the first look is history; what was written while
 * nobody looked, as during a restart, is not, where the place is kept. A file that was rotated or cut is read from its
 * beginning; one that is not there says nothing.
 *
 * @example
 * ```ts
 * import { logProbe } from "@brainops/nodes";
 * const probe = logProbe({ name: "log", subject: "shop", file: "./shop.log", suffer: 3 });
 * ```
 */
export function logProbe(options: {
  /** Unique among the probes of a Monitor. */
  readonly name: string;
  /** What a fault that it notices is about, such as the service's name. */
  readonly subject: string;
  /** Path of the log. */
  readonly file: string;
  /** Lines that count. Default: those with a word such as error, exception, fatal or panic, or graded so by a number. */
  readonly pattern?: RegExp;
  /** Lines of one group that are suffered from one look to the next. Default 0. */
  readonly suffer?: number;
}): Probe {
  const { name, subject, file, pattern, suffer = 0 } = options;
  let groups = logGroups({ most: 1_000 });
  let taught = false;
  let told = 0;
  const own = pattern === undefined ? undefined : new RegExp(pattern.source, pattern.flags.replaceAll(/[gy]/g, ""));
  const test = own === undefined ? complains : (line: string): boolean => own.test(line);
  let place: z.infer<typeof placeSchema> | undefined;

  /** Whole lines since the last look. */
  async function since(): Promise<readonly string[]> {
    const handle = await open(file, "r").catch(() => undefined);
    if (handle === undefined) {
      // When it appears, all of it is new.
      place = { inode: 0, at: 0 };
      return [];
    }
    try {
      const { size, ino } = await handle.stat();
      const before = place ?? { inode: ino, at: size };
      const from = before.inode === ino && before.at <= size ? before.at : 0;
      const start = Math.max(from, size - mostBytes);
      const { buffer, bytesRead } = await handle.read({
        buffer: Buffer.alloc(size - start),
        length: size - start,
        position: start,
      });
      const text = buffer.subarray(0, bytesRead);
      // A line that is still being written is read with the next look.
      const end = text.lastIndexOf(10) + 1;
      place = { inode: ino, at: start + end };
      return text.subarray(0, end).toString("utf8").split("\n");
    } finally {
      await handle.close();
    }
  }

  return {
    name,
    kind: "log",
    subject,
    async check(_signal, keep) {
      let group: string | undefined;
      const seen = await timed(name, async () => {
        const kept = placeSchema.safeParse((await keep?.get("place"))?.value).data;
        place ??= kept;
        if (!taught) groups = logGroups({ most: 1_000, known: namesSchema.parse((await keep?.get("names"))?.value) });
        taught = true;
        const counts = new Map<string, Complaint>();
        const lines = await since();
        if (place !== undefined && (place.inode !== kept?.inode || place.at !== kept.at))
          await keep?.put("place", { ...place });
        for (const { text, complains: counted } of entriesOf(lines, test)) {
          if (!counted) continue;
          const { id } = groups.add(text);
          const known = counts.get(id) ?? { count: 0, line: text };
          counts.set(id, known);
          known.count += 1;
        }
        // Groups that have become one meanwhile are one complaint.
        // Which words are names takes many lines to learn: it outlives this process.
        const learnt = groups.groups().filter(({ names }) => names !== undefined);
        if (learnt.length !== told) {
          await keep?.put(
            "names",
            learnt.map(({ id, template, count, names = [] }) => ({ id, template, count, names: [...names] })),
          );
          told = learnt.length;
        }
        const worst = [...together(counts, groups)]
          .filter(([, { count }]) => count > suffer)
          .sort(([, a], [, b]) => b.count - a.count)[0];
        if (worst === undefined) return [true, "nothing new"];
        group = worst[0];
        return [false, clip(worst[1].line, 400)];
      });
      return group === undefined ? seen : { ...seen, group };
    },
  };
}

interface Complaint {
  count: number;
  readonly line: string;
}

function together(counts: ReadonlyMap<string, Complaint>, groups: LogGroups): ReadonlyMap<string, Complaint> {
  const all = new Map<string, Complaint>();
  for (const [id, { count, line }] of counts) {
    const now = groups.now(id)?.id ?? id;
    all.set(now, { line, count: count + (all.get(now)?.count ?? 0) });
  }
  return all;
}
