/** How many letters must be put in, taken out or changed to make one text of another (Levenshtein). */
export function editDistance(from: string, to: string): number {
  let before = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [row, letter] of [...from].entries()) {
    const now = [row + 1];
    for (let column = 0; column < to.length; column++) {
      const changed = (before[column] ?? 0) + (letter === to[column] ? 0 : 1);
      now.push(Math.min(changed, (before[column + 1] ?? 0) + 1, (now[column] ?? 0) + 1));
    }
    before = now;
  }
  return before[to.length] ?? 0;
}
