import { BrainOpsError } from "@brainops/core";

/** A value that a parameter may have. */
export type Setting = number | string | boolean;

/** One parameter: a choice of values, or a range of numbers. */
export type Dimension =
  | {
      /** Names the parameter. */
      readonly key: string;
      /** The values that it may have. */
      readonly values: readonly Setting[];
    }
  | {
      /** Names the parameter. */
      readonly key: string;
      /** The least value. */
      readonly min: number;
      /** The greatest value, above `min`. */
      readonly max: number;
      /** Whole numbers only. Default: any. */
      readonly integer?: boolean;
      /** Whether a doubling matters alike everywhere, as for sizes and times. Default: no; `min` must be above 0. */
      readonly log?: boolean;
    };

/** A value for each parameter. */
export type Settings = { readonly [key: string]: Setting };

/** A range as opposed to a choice. */
export type Range = Extract<Dimension, { min: number }>;

/** The ranges of a space. */
export function rangesOf(space: readonly Dimension[]): readonly Range[] {
  return space.filter((dimension) => "min" in dimension);
}

/** Throws `invalid_input` for a space in which nothing can be searched. */
export function checkSpace(space: readonly Dimension[]): void {
  for (const dimension of space) {
    const bad =
      "min" in dimension
        ? !(dimension.min < dimension.max) || (dimension.log === true && dimension.min <= 0)
        : dimension.values.length === 0;
    if (bad) {
      throw new BrainOpsError(
        "invalid_input",
        `The parameter ${dimension.key} has nothing to try. Give values, or a min below max (above 0 with log).`,
      );
    }
  }
}

/** The value at a place from 0 to 1 of a range. */
export function valueAt(range: Range, place: number): number {
  const { min, max } = range;
  const value = range.log === true ? min * (max / min) ** place : min + (max - min) * place;
  return Math.min(max, Math.max(min, range.integer === true ? Math.round(value) : value));
}

/** The place from 0 to 1 of a value in a range. */
export function placeOf(range: Range, value: Setting | undefined): number {
  const { min, max } = range;
  const number = Math.min(max, Math.max(min, Number(value)));
  return range.log === true ? Math.log(number / min) / Math.log(max / min) : (number - min) / (max - min);
}
