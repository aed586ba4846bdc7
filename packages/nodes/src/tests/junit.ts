import { outcomeOf, stackOf, type OutcomeReader, type ReadFailure, type ReadTest } from "./outcome.ts";

/** JUnit's XML, as node:test, mocha (xunit), pytest, vitest and many others write it. */
export const readJunit: OutcomeReader = (output) => {
  const start = /<testsuites?\b/.exec(output)?.index;
  if (start === undefined) return undefined;
  const tests: ReadTest[] = [];
  const failures: ReadFailure[] = [];
  // A reader of XML would do no better: attributes are quoted, and text has no `<` of its own.
  const element = /<(\/?)(testsuite|testcase|failure|error|skipped)\b((?:[^>"]|"[^"]*")*?)(\/?)>([^<]*)/g;
  let open: { name: string; status: ReadTest["status"]; message: string; text: string } | undefined;
  const close = (): void => {
    if (open === undefined) return;
    const { name, status, message, text } = open;
    tests.push({ name, status });
    if (status === "failed") {
      const stack = stackOf(text);
      failures.push({ name, message: message.trim() || firstLines(text), ...(stack === undefined ? {} : { stack }) });
    }
    open = undefined;
  };
  for (const [, end, tag, attributes = "", empty, text = ""] of output.slice(start).matchAll(element)) {
    if (tag === "testsuite") continue;
    if (tag === "testcase" && end === "/") close();
    else if (tag === "testcase") {
      close();
      const group = attribute(attributes, "classname");
      const name = attribute(attributes, "name");
      open = {
        name: group === "" || group === "test" ? name : `${group} > ${name}`,
        status: "passed",
        message: "",
        text: "",
      };
      if (empty === "/") close();
    } else if (open !== undefined && end === "") {
      open.status = tag === "skipped" ? "skipped" : "failed";
      open.message = attribute(attributes, "message");
      open.text = plainText(text);
    }
  }
  close();
  return tests.length === 0 ? undefined : outcomeOf(tests, failures);
};

function attribute(text: string, name: string): string {
  return plainText(new RegExp(`(?:^|\\s)${name}="([^"]*)"`).exec(text)?.[1] ?? "");
}

function firstLines(text: string): string {
  return (
    text
      .trim()
      .split(/\n\s*\n\s*\n|\n\s+at |\n\w*Error\b/)[0]
      ?.trim() || "failed"
  );
}

const entities: { readonly [name: string]: string } = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };

function plainText(text: string): string {
  return text.replaceAll(
    /&(?:#(\d+)|#x([\da-f]+)|(\w+));/gi,
    (whole, decimal?: string, hex?: string, name?: string) => {
      if (name !== undefined) return entities[name] ?? whole;
      const code = decimal === undefined ? Number.parseInt(hex ?? "", 16) : Number(decimal);
      return code <= 0x10_ff_ff ? String.fromCodePoint(code) : whole;
    },
  );
}
