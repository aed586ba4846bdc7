/** A function found in a text. */
export interface Func {
  readonly name: string;
  readonly file: string;
  readonly params: readonly string[];
  readonly async: boolean;
  /** Where its body stands in the file's text. */
  readonly start: number;
  readonly end: number;
}

/** What a file imports from its own repository: names, and the path of the other file. */
export interface Import {
  readonly names: readonly string[];
  readonly file: string;
}

const header =
  /(?:(async)\s+)?(?:function\s+(\w+)|(?<=^|[\s,{])(?!if|for|while|switch|catch|return|function)(\w+))\s*\(([^()]*)\)\s*\{/gm;

/** The functions and methods that a file defines. */
export function functions(file: string, text: string): readonly Func[] {
  return [...text.matchAll(header)].map((match) => {
    const start = match.index + match[0].length;
    return {
      name: match[2] ?? match[3] ?? "",
      file,
      params: (match[4] ?? "").split(",").map((param) => param.trim().replace(/\s*=.*$/, "")),
      async: match[1] !== undefined,
      start,
      end: closing(text, start),
    };
  });
}

/** Where the block that begins at `start` ends. */
function closing(text: string, start: number): number {
  let depth = 1;
  for (let index = start; index < text.length; index++) {
    if (text[index] === "{") depth++;
    else if (text[index] === "}" && --depth === 0) return index;
  }
  return text.length;
}

/** What a file imports by relative paths. */
export function imports(file: string, text: string): readonly Import[] {
  return [...text.matchAll(/import\s*\{([^}]*)\}\s*from\s*["'](\.[^"']+)["']/g)].map((match) => ({
    names: (match[1] ?? "")
      .split(",")
      .map((name) => name.trim())
      .filter((name) => name !== ""),
    file: resolve(file, match[2] ?? ""),
  }));
}

function resolve(from: string, path: string): string {
  const parts = from.split("/").slice(0, -1);
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== ".") parts.push(part);
  }
  return parts.join("/");
}

/** Names that are called in a text. */
export function calls(text: string): ReadonlySet<string> {
  return new Set([...text.matchAll(/\b(\w+)\s*\(/g)].map((match) => match[1] ?? ""));
}

/** The whole test that a line belongs to: from the `test(` before it to where that call's block ends. */
export function testAround(text: string, line: number): string {
  const lines = text.split("\n");
  let first = Math.min(line, lines.length) - 1;
  while (first > 0 && !/^\s*(?:test|it)\(/.test(lines[first] ?? "")) first--;
  const from = lines.slice(0, first).join("\n").length;
  const brace = text.indexOf("{", text.indexOf("=>", from));
  return text.slice(from, closing(text, brace + 1));
}

/** The arguments of a call, split at its own commas; `open` is the place behind its bracket. */
export function argumentsAt(text: string, open: number): { readonly parts: readonly string[]; readonly end: number } {
  const parts: string[] = [];
  let depth = 0;
  let from = open;
  for (let index = open; index < text.length; index++) {
    const char = text[index] ?? "";
    if ("([{".includes(char)) depth++;
    else if (")]}".includes(char) && depth-- === 0) {
      parts.push(text.slice(from, index));
      return { parts, end: index };
    } else if (char === "," && depth === 0) {
      parts.push(text.slice(from, index));
      from = index + 1;
    }
  }
  return { parts, end: text.length };
}
