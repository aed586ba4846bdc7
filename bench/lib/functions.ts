/** A function with a known lowest value, over ranges. */
export interface Landscape {
  readonly name: string;
  readonly ranges: readonly { readonly key: string; readonly min: number; readonly max: number }[];
  readonly lowest: number;
  at(point: readonly number[]): number;
}

/** Branin's function: two dimensions, three lowest points. */
export const branin: Landscape = {
  name: "Branin",
  ranges: [
    { key: "x", min: -5, max: 10 },
    { key: "y", min: 0, max: 15 },
  ],
  lowest: 0.39788735772973816,
  at: ([x = 0, y = 0]) =>
    (y - (5.1 / (4 * Math.PI ** 2)) * x * x + (5 / Math.PI) * x - 6) ** 2 +
    10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x) +
    10,
};

const heights = [1, 1.2, 3, 3.2];
const widths = [
  [10, 3, 17, 3.5, 1.7, 8],
  [0.05, 10, 17, 0.1, 8, 14],
  [3, 3.5, 1.7, 10, 17, 8],
  [17, 8, 0.05, 10, 0.1, 14],
];
const centres = [
  [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
  [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
  [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.665],
  [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
];

/** Hartmann's function in six dimensions. */
export const hartmann6: Landscape = {
  name: "Hartmann 6",
  ranges: ["a", "b", "c", "d", "e", "f"].map((key) => ({ key, min: 0, max: 1 })),
  lowest: -3.3223680114155147,
  at: (point) =>
    -heights.reduce((sum, height, i) => {
      const distance = point.reduce(
        (total, x, k) => total + (widths[i]?.[k] ?? 0) * (x - (centres[i]?.[k] ?? 0)) ** 2,
        0,
      );
      return sum + height * Math.exp(-distance);
    }, 0),
};
