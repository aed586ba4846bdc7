/** What `go test -json` prints, as `go test -v` would have written it; `undefined` when the text is not of that form. */
export function eventsOfGo(output: string): string | undefined {
  let text = "";
  let events = 0;
  // Tests that run at once interleave: each line is put under its test.
  let last: string | undefined;
  for (const line of output.split(/\r?\n/)) {
    const event = eventOf(line);
    if (event === undefined) {
      if (line !== "") text += `${line}\n`;
      continue;
    }
    events += 1;
    const { Action: action, Test: test, Output: said } = event;
    if ((action !== "output" && action !== "build-output") || said === undefined) continue;
    const heads = /^\s*(?:===|---) /.test(said);
    if (test !== undefined && test !== last && !heads)
      text += `${text.endsWith("\n") || text === "" ? "" : "\n"}=== CONT  ${test}\n`;
    last = test;
    text += said;
  }
  return events === 0 ? undefined : text;
}

interface GoEvent {
  readonly Action: string;
  readonly Test?: string;
  readonly Output?: string;
}

function eventOf(line: string): GoEvent | undefined {
  if (!line.startsWith("{") || !line.includes('"Action"')) return undefined;
  try {
    const value = JSON.parse(line) as { readonly [key: string]: unknown };
    const { Action: action, Test: test, Output: said } = value;
    if (typeof action !== "string") return undefined;
    return {
      Action: action,
      ...(typeof test === "string" ? { Test: test } : {}),
      ...(typeof said === "string" ? { Output: said } : {}),
    };
  } catch {
    return undefined;
  }
}
