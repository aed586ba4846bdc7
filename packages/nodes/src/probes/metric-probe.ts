import { z } from "zod";
import type { Keep } from "../keep.ts";
import { timed, type Probe } from "./probe.ts";
import { unusual, type Unusual, type UnusualOptions } from "./unusual.ts";

const memorySchema = z.object({ normal: z.array(z.number()), strange: z.array(z.number()) });

/**
 * Well when a measured number lies within its bounds and, with `anomaly`, where it usually lies.
 *
 * @example
 * ```ts
 * import { metricProbe } from "@brainops/nodes";
 * const sample = () => process.memoryUsage().rss;
 * const probe = metricProbe({ name: "memory", subject: "shop", sample, max: 1e9, unit: "bytes", anomaly: true });
 * ```
 */
export function metricProbe(options: {
  /** Unique among the probes of a Monitor. */
  readonly name: string;
  /** What a fault that it notices is about, such as the service's name. */
  readonly subject: string;
  /** Takes one sample. What it throws is what is wrong. */
  sample(signal: AbortSignal): Promise<number> | number;
  /** The least that is well. Default: no bound. */
  readonly min?: number;
  /** The most that is well. Default: no bound. */
  readonly max?: number;
  /** Unit of the number, for messages. Default: none. */
  readonly unit?: string;
  /** Learn what is usual, and tell what is not. Default: only the bounds count. */
  readonly anomaly?: UnusualOptions | true;
}): Probe {
  const { name, subject, min, max, anomaly } = options;
  let usual: Unusual | undefined;
  const unit = options.unit === undefined ? "" : ` ${options.unit}`;

  /** Learns a sample, and what is unusual about it. */
  async function strangeness(value: number, given: UnusualOptions, keep: Keep | undefined): Promise<string | null> {
    usual ??= unusual(given, memorySchema.safeParse((await keep?.get("usual"))?.value).data);
    const strange = usual.add(value);
    const { normal, strange: row } = usual.memory;
    await keep?.put("usual", { normal: [...normal], strange: [...row] });
    return strange;
  }

  return {
    name,
    kind: "metric",
    subject,
    check: (signal, keep) =>
      timed(name, async () => {
        const value = await options.sample(signal);
        const strange = anomaly === undefined ? null : await strangeness(value, anomaly === true ? {} : anomaly, keep);
        if (!Number.isFinite(value)) return [false, "there is no number"];
        if (max !== undefined && value > max) return [false, `${value}${unit} is above ${max}${unit}`];
        if (min !== undefined && value < min) return [false, `${value}${unit} is below ${min}${unit}`];
        if (strange !== null) return [false, `${value}${unit} is ${strange}`];
        return [true, `${value}${unit}`];
      }),
  };
}
