/** A guess about a function between the points where it was seen. */
export interface GaussianProcess {
  /** Mean and standard deviation of the guess at a point of the unit cube, without the noise of a measurement. */
  at(point: readonly number[]): { readonly mean: number; readonly deviation: number };
}

type Point = readonly number[];

interface Shape {
  readonly scales: readonly number[];
  /** Variance of a measurement's noise; that of the function is 1. */
  readonly noise: number;
}

/**
 * Fits a Gaussian process to values seen at points of the unit cube: Matérn 5/2 with a length scale for each dimension,
 * chosen by the marginal likelihood. (C. E. Rasmussen and C. K. I. Williams: Gaussian Processes for Machine Learning, 2006.)
 */
export function gaussianProcess(points: readonly Point[], values: readonly number[]): GaussianProcess {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  const spread = Math.sqrt(variance) || 1;
  const targets = values.map((value) => (value - mean) / spread);
  const shape = fit(points, targets);
  const { factor, weights } = solve(points, targets, shape);
  return {
    at(point) {
      const near = points.map((other) => kernel(point, other, shape.scales));
      const middle = near.reduce((sum, k, i) => sum + k * (weights[i] ?? 0), 0);
      const half = forward(factor, near);
      const left = 1 - half.reduce((sum, value) => sum + value * value, 0);
      return { mean: mean + spread * middle, deviation: spread * Math.sqrt(Math.max(left, 1e-12)) };
    },
  };
}

const startScales = [0.1, 0.2, 0.4, 0.8, 1.6];
const noises = [1e-6, 1e-3, 1e-2, 0.1, 0.5];

/** The most likely shape: one scale for all dimensions first, then each dimension's own, and the noise. */
function fit(points: readonly Point[], targets: readonly number[]): Shape {
  const dimensions = points[0]?.length ?? 0;
  let best: Shape = { scales: Array.from({ length: dimensions }, () => 0.4), noise: 1e-3 };
  let bestScore = Number.NEGATIVE_INFINITY;
  function offer(shape: Shape): void {
    const score = likelihood(points, targets, shape);
    if (score > bestScore) [best, bestScore] = [shape, score];
  }
  for (const scale of startScales) {
    for (const noise of noises) offer({ scales: Array.from({ length: dimensions }, () => scale), noise });
  }
  for (const step of dimensions > 1 ? [2.5, 1.6, 1.3] : [1.4, 1.2]) {
    for (let dimension = 0; dimension < dimensions; dimension++) {
      for (const by of [step, 1 / step]) {
        const scales = best.scales.map((scale, i) =>
          i === dimension ? Math.min(Math.max(scale * by, 0.03), 8) : scale,
        );
        offer({ scales, noise: best.noise });
      }
    }
    for (const by of [step * 2, 1 / (step * 2)]) offer({ scales: best.scales, noise: Math.max(best.noise * by, 1e-7) });
  }
  return best;
}

/** Logarithm of how likely the values are under a shape, with a mild pull of the scales towards the middle. */
function likelihood(points: readonly Point[], targets: readonly number[], shape: Shape): number {
  const { factor, weights } = solve(points, targets, shape);
  const fitness = targets.reduce((sum, target, i) => sum + target * (weights[i] ?? 0), 0);
  const size = factor.reduce((sum, row, i) => sum + Math.log(row[i] ?? 1), 0);
  const prior = shape.scales.reduce((sum, scale) => sum + Math.log(scale / 0.5) ** 2, 0) / 4;
  return -fitness / 2 - size - prior;
}

function solve(
  points: readonly Point[],
  targets: readonly number[],
  { scales, noise }: Shape,
): { readonly factor: readonly Float64Array[]; readonly weights: Float64Array } {
  const factor = cholesky(
    points.map((a, i) => points.slice(0, i + 1).map((b, j) => kernel(a, b, scales) + (i === j ? noise + 1e-9 : 0))),
  );
  return { factor, weights: backward(factor, forward(factor, targets)) };
}

/** Matérn 5/2. */
function kernel(a: Point, b: Point, scales: readonly number[]): number {
  let squares = 0;
  for (let i = 0; i < a.length; i++) squares += (((a[i] ?? 0) - (b[i] ?? 0)) / (scales[i] ?? 1)) ** 2;
  const distance = Math.sqrt(5 * squares);
  return (1 + distance + (distance * distance) / 3) * Math.exp(-distance);
}

/** The lower triangle whose product with itself is the matrix, of which only the lower triangle is given. */
function cholesky(matrix: readonly (readonly number[])[]): Float64Array[] {
  const rows: Float64Array[] = [];
  for (const [i, given] of matrix.entries()) {
    const row = new Float64Array(i + 1);
    for (let j = 0; j <= i; j++) {
      const other = j === i ? row : (rows[j] ?? row);
      let sum = given[j] ?? 0;
      for (let k = 0; k < j; k++) sum -= (row[k] ?? 0) * (other[k] ?? 0);
      row[j] = j === i ? Math.sqrt(Math.max(sum, 1e-12)) : sum / (other[j] ?? 1);
    }
    rows.push(row);
  }
  return rows;
}

function forward(factor: readonly Float64Array[], right: readonly number[]): Float64Array {
  const solved = new Float64Array(right.length);
  for (const [i, row] of factor.entries()) {
    let sum = right[i] ?? 0;
    for (let k = 0; k < i; k++) sum -= (row[k] ?? 0) * (solved[k] ?? 0);
    solved[i] = sum / (row[i] ?? 1);
  }
  return solved;
}

function backward(factor: readonly Float64Array[], right: Float64Array): Float64Array {
  const solved = new Float64Array(right.length);
  for (let i = right.length - 1; i >= 0; i--) {
    let sum = right[i] ?? 0;
    for (let k = i + 1; k < right.length; k++) sum -= (factor[k]?.[i] ?? 0) * (solved[k] ?? 0);
    solved[i] = sum / (factor[i]?.[i] ?? 1);
  }
  return solved;
}
