/** One option of a command, as help shows it. */
export interface OptionSpec {
  /** Name of its value, such as `DIR`; a flag has none. */
  readonly value?: string;
  readonly help: string;
  /** It cannot be left out. */
  readonly required?: true;
}

/** Options by name. */
export type OptionSpecs = { readonly [name: string]: OptionSpec };

/** Options that every command has. */
export const commonOptions: OptionSpecs = {
  home: { value: "DIR", help: "where memory and runs are kept; default ./.brainops" },
  json: { help: "one JSON value on stdout, and nothing else" },
  help: { help: "say how this command is used" },
};
