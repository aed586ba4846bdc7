import { z } from "zod";

type Inner = z.core.$ZodType;
type Def = z.core.$ZodTypeDef & {
  readonly in?: Inner;
  readonly out?: Inner;
  readonly transform?: unknown;
  readonly defaultValue?: unknown;
  readonly catchValue?: (ctx: unknown) => unknown;
};

const samples: { readonly [type: string]: readonly unknown[] } = {
  string: [" aB ", "", "x,y"],
  number: [1.5, -2, 0],
  boolean: [true, false],
  array: [[], ["b", "a"], [2, 1]],
};

/**
 * Why parsing with a schema what it has parsed already may give something else; nothing when it does not. What a function
 * puts in the place of a value is tried on a few; a default is made twice.
 */
export function whyNotIdempotent(schema: z.ZodType): string | undefined {
  let why: string | undefined;
  try {
    z.toJSONSchema(schema, {
      io: "output",
      override: ({ zodSchema, path }) => {
        const said = whyOne(zodSchema);
        if (said !== undefined) why ??= `${path.filter((part) => part !== "properties").join(".")}: ${said}`;
      },
    });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return why;
}

function whyOne(schema: Inner): string | undefined {
  const def = schema._zod.def as Def;
  const sides = [def.in, def.out].map((side) => side?._zod.def.type);
  if (def.type === "transform" || def.transform !== undefined || sides.includes("transform"))
    return "it transforms what it parses";
  if ("defaultValue" in def && differ(def.defaultValue, def.defaultValue)) return "its default is another each time";
  const { catchValue } = def;
  if (catchValue !== undefined && differ(attempt(catchValue, {}), attempt(catchValue, {})))
    return "what it catches with is another each time";
  for (const check of def.checks ?? []) {
    const { tx } = check._zod.def as { readonly tx?: (value: unknown) => unknown };
    if (tx === undefined) continue;
    for (const sample of samples[def.type] ?? []) {
      const once = attempt(tx, sample);
      if (once !== undefined && differ(once, attempt(tx, once)))
        return `it makes ${JSON.stringify(once)} of ${JSON.stringify(sample)}, and of that something else again`;
    }
  }
  return undefined;
}

/** What a function makes of a value; nothing when it is not made for such. */
function attempt(make: (value: unknown) => unknown, value: unknown): unknown {
  try {
    return make(structuredClone(value));
  } catch {
    return undefined;
  }
}

const differ = (one: unknown, other: unknown): boolean => JSON.stringify(one) !== JSON.stringify(other);
