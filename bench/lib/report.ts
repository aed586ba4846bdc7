/** One measured row: names and figures, with the unit in the key (`p50_ms`, `steps_per_s`, `file_mb`). */
export type Row = Readonly<Record<string, string | number | boolean | null>>;

/** Prints rows as they are measured. */
export interface Report {
  /** A result: a JSON line under `--json`, else one readable line. */
  readonly row: (row: Row) => void;
  /** Progress for people: on stderr under `--json`, so that stdout stays pure. */
  readonly note: (text: string) => void;
}

/** Makes the report of one scenario; every row starts with the scenario's name and the Node it ran on. */
export function report(bench: string, options: { readonly json: boolean }): Report {
  return {
    row: (row) => {
      console.log(options.json ? JSON.stringify({ bench, node: process.version, ...row }) : readable(row));
    },
    note: (text) => {
      if (options.json) console.error(text);
      else console.log(text);
    },
  };
}

function readable(row: Row): string {
  return Object.entries(row)
    .map(([key, value]) => (typeof value === "string" ? value : `${key} ${format(value)}`))
    .join("  ");
}

function format(value: number | boolean | null): string {
  if (typeof value !== "number") return String(value);
  if (Number.isInteger(value) || Math.abs(value) >= 1000) return Math.round(value).toLocaleString("en-US");
  return value.toPrecision(3);
}
