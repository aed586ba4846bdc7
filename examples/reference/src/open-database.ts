import { BrainOpsError, type StoreOpener } from "@brainops/core";
import type { Io } from "./cli/io.ts";
import type { OptionSpecs } from "./cli/option-spec.ts";
import type { Options } from "./cli/options.ts";
import { keyIn } from "./key-in.ts";

/** Where a store on PostgreSQL is, and what opens it. */
export interface Database {
  readonly url: string;
  readonly schema?: string;
  readonly key?: string;
}

/** Options that name a store on PostgreSQL. */
export const databaseSpecs: OptionSpecs = {
  database: {
    value: "URL",
    help: "PostgreSQL's address; default: DATABASE_URL, which keeps a password out of the process list",
  },
  schema: { value: "NAME", help: "the schema of the store; default brainops" },
  "key-file": { value: "FILE", help: "holds the key of the store, the same for all workers; default: BRAINOPS_KEY" },
};

/**
 * The store that {@link databaseSpecs} name; `name` is that of the option with its address. Throws `invalid_input`, and
 * `not_found` for a key file that is not there.
 */
export function databaseIn(options: Options, io: Io, name = "database"): Database {
  const url = options.text(name) ?? (io.env["DATABASE_URL"] || undefined);
  if (url === undefined) {
    throw new BrainOpsError(
      "invalid_input",
      `No database is named. Give --${name} postgres://user:password@host:5432/name, or set DATABASE_URL.`,
    );
  }
  // Of several hosts, between commas, one takes the place of another.
  if (!/^postgres(ql)?:\/\//.test(url) || !URL.canParse(url.replace(/,[^/?#]*/, ""))) {
    throw new BrainOpsError(
      "invalid_input",
      "The database must be an address like postgres://user:password@host:5432/name, with letters such as # / ? @ in user and " +
        "password percent-encoded (what was given is not repeated: it may hold a password).",
    );
  }
  const schema = options.text("schema");
  const { key = io.env["BRAINOPS_KEY"] || undefined } = keyIn(options.path("key-file"));
  return {
    url,
    ...(schema === undefined ? {} : { schema }),
    ...(typeof key === "string" ? { key } : {}),
  };
}

/** The schema of pg-boss's tables: beside another store of the same database they are others. */
export function queueSchema({ schema }: Database): { readonly schema?: string } {
  return schema === undefined ? {} : { schema: `${schema}_queue`.slice(0, 50) };
}

/** Opens it under a name, by which PostgreSQL lists its connections. */
export async function openerOf({ url, ...rest }: Database, name: string): Promise<StoreOpener> {
  // Loaded when it is needed: most commands are about a file.
  const { postgres } = await import("@brainops/memory-postgres");
  return postgres({ connectionString: named(url, name), ...rest });
}

/** An address with the name of the program that uses it, unless it has one. */
export function named(url: string, name: string): string {
  if (/[?&]application_name=/.test(url)) return url;
  // PostgreSQL keeps 63 bytes of it.
  return `${url}${url.includes("?") ? "&" : "?"}application_name=${encodeURIComponent(name.slice(0, 63))}`;
}
