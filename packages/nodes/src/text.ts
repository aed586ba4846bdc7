/** The first `max` characters of a text, never half a character, with a mark when something is missing. */
export function clip(text: string, max: number): string {
  return text.length <= max ? text.toWellFormed() : `${text.slice(0, max - 1)}…`.toWellFormed();
}

/** The last `max` characters of a text, never half a character, with a mark when something is missing. */
export function clipStart(text: string, max: number): string {
  return text.length <= max ? text.toWellFormed() : `…${text.slice(text.length - max + 1)}`.toWellFormed();
}
