/**
 * Lower bound of a success rate: how good a solution is at least, given how often it was tried. One success of one try
 * counts less than nine of ten. (Wilson's score interval, E. B. Wilson 1927.)
 *
 * @param z Standard deviations of confidence. Default 1.96: 95 %.
 *
 * @example
 * ```ts
 * import { wilsonLowerBound } from "@brainops/core/healing";
 * console.log(wilsonLowerBound(9, 10) > wilsonLowerBound(1, 1)); // true
 * ```
 */
export function wilsonLowerBound(successes: number, tries: number, z: number = 1.96): number {
  if (tries <= 0) return 0;
  const share = Math.min(successes, tries) / tries;
  const z2 = z * z;
  const middle = share + z2 / (2 * tries);
  const spread = z * Math.sqrt((share * (1 - share) + z2 / (4 * tries)) / tries);
  return Math.max(0, (middle - spread) / (1 + z2 / tries));
}

/**
 * Whether a solution has failed so often that it is no longer tried.
 *
 * @example
 * ```ts
 * import { isRetired } from "@brainops/core/healing";
 * console.log(isRetired(0, 30)); // true
 * ```
 */
export function isRetired(successes: number, tries: number): boolean {
  return tries >= 3 && wilsonLowerBound(successes, tries) < 0.1;
}
