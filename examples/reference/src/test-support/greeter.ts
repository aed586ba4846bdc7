import { modelServer, type ChatAnswer, type ChatRequest, type ModelServer } from "./model-server.ts";
import { makeRepo } from "./repo.ts";

// A repository that has nothing in common with the sample, and a model behind real HTTP with a script of its own.

/** What the greeter's script expects to be asked for. */
export const greeterGoal = "Greet people by their name, with a comma";

/** The greeter before anything is done to it. */
export const greeterBroken = `#!/bin/sh\necho "Hello $1"\n`;

const check = `#!/bin/sh
found=$(sh greet.sh Ada)
[ "$found" = "Hello, Ada" ] && exit 0
echo "FAILED greets Ada: expected 'Hello, Ada', found '$found'"
exit 1
`;

const server = `import { execFileSync } from "node:child_process";
import { createServer } from "node:http";
createServer((request, response) => {
  response.end(request.url === "/well" ? "well" : execFileSync("sh", ["greet.sh", "Eve"]));
}).listen(Number(process.env.PORT), "127.0.0.1");
`;

/** Makes the repository. Its tests are run with `sh check.sh`, its service with `node server.mjs`. */
export function greeterRepo(folder: string): Promise<string> {
  return makeRepo(folder, { "greet.sh": greeterBroken, "check.sh": check, "server.mjs": server });
}

/** The greeter as it should be. */
export const greeterWell = `#!/bin/sh\necho "Hello, $1"\n`;

/** Starts a server that knows how to mend the greeter, when it is asked for a goal; and what risk it sees in that. */
export function greeterModel(goal: string = greeterGoal, risk: "low" | "high" = "low"): Promise<ModelServer> {
  return modelServer((request) => script(request, goal, risk));
}

/** Answers from what the request contains; throws, as a server fails, where it lacks what a model would need. */
function script(request: ChatRequest, goal: string, risk: string): ChatAnswer {
  const prompt = JSON.stringify(request.messages);
  // Somebody wants to know whether it is there.
  if (prompt.includes("Answer with OK.")) return { content: "OK" };
  const must = (text: string): void => {
    if (!prompt.includes(text)) throw new Error(`the request does not say '${text}'`);
  };
  must(goal);
  must("expected 'Hello, Ada', found 'Hello Ada'");
  if (request.response_format !== undefined) {
    must("greet.sh");
    const task = {
      id: "1",
      title: "Add the comma",
      detail: "In greet.sh",
      files: ["greet.sh"],
      check: "check.sh passes",
      command: ["sh", "check.sh"],
      after: [],
      risk,
      minutes: 2,
    };
    return { content: JSON.stringify({ summary: "Add the missing comma.", tasks: [task] }) };
  }
  const results = request.messages.filter(({ role }) => role === "tool").map(({ content }) => String(content));
  if (results.length === 0) return { calls: [{ name: "read_file", args: { path: "greet.sh" } }] };
  if (results.length === 1) {
    if (!/echo \\"Hello \$1\\"/.test(results[0] ?? "")) throw new Error("the file was not read");
    const args = { path: "greet.sh", search: `echo "Hello $1"`, replace: `echo "Hello, $1"` };
    return { calls: [{ name: "edit_file", args }] };
  }
  return { content: "Put a comma behind Hello." };
}
