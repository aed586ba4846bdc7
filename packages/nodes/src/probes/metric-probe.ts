import { timed, type Probe } from "./probe.ts";
import { unusual, type UnusualOptions } from "./unusual.ts";

/** Well when a measured number lies within its bounds and, with `anomaly`, where it usually lies. */
export function metricProbe(options: {
  readonly name: string;
  readonly subject: string;
  /** Takes one sample. What it throws is what is wrong. */
  sample(signal: AbortSignal): Promise<number> | number;
  readonly min?: number;
  readonly max?: number;
  readonly unit?: string;
  /** Learn what is usual, and tell what is not. Default: only the bounds count. What is usual is learnt anew after a restart. */
  readonly anomaly?: UnusualOptions | true;
}): Probe {
  const { name, subject, min, max, anomaly } = options;
  const usual = anomaly === undefined ? undefined : unusual(anomaly === true ? {} : anomaly);
  const unit = options.unit === undefined ? "" : ` ${options.unit}`;
  return {
    name,
    kind: "metric",
    subject,
    check: (signal) =>
      timed(name, async () => {
        const value = await options.sample(signal);
        const strange = usual?.add(value) ?? null;
        if (!Number.isFinite(value)) return [false, "there is no number"];
        if (max !== undefined && value > max) return [false, `${value}${unit} is above ${max}${unit}`];
        if (min !== undefined && value < min) return [false, `${value}${unit} is below ${min}${unit}`];
        if (strange !== null) return [false, `${value}${unit} is ${strange}`];
        return [true, `${value}${unit}`];
      }),
  };
}
