/**
 * The quantile `q` (0 to 1) of the samples, by linear interpolation between the two nearest ranks.
 * `NaN` when there are no samples.
 */
export function quantile(samples: readonly number[], q: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const rank = (sorted.length - 1) * q;
  const below = sorted[Math.floor(rank)];
  const above = sorted[Math.ceil(rank)];
  if (below === undefined || above === undefined) return Number.NaN;
  return below + (above - below) * (rank - Math.floor(rank));
}

/** The middle of the samples: `quantile(samples, 0.5)`. */
export function median(samples: readonly number[]): number {
  return quantile(samples, 0.5);
}
