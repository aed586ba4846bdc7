// Frames of Node and Python. Others are left to the text.
const node = /^\s*at (?:(?:async |new )*(.+?) \()?((?:file:\/\/|node:)?[^\s()]+?):\d+(?::\d+)?\)?\s*$/;
const python = /^\s*File "([^"]+)", line \d+, in (.+)$/;
const foreign =
  /^node:|^internal\/|[\\/](?:node_modules|site-packages|dist-packages|lib[\\/]python[\d.]+)[\\/]|^<frozen|^<anonymous>/;

/** How many frames count: the ones nearest to where it happened. */
const most = 8;

/**
 * The frames of a stack that belong to the application, each as `function in file`, nearest first. Without folders,
 * lines and columns, so that they survive a move, another machine and an edit above. Recursion counts once.
 */
export function frames(stack: string): readonly string[] {
  const found: string[] = [];
  let pythonic = false;
  for (const line of stack.split(/\r?\n/)) {
    const js = node.exec(line);
    const py = js === null ? python.exec(line) : null;
    if (py !== null) pythonic = true;
    const file = js?.[2] ?? py?.[1];
    if (file === undefined || foreign.test(file)) continue;
    found.push(`${functionName(js?.[1] ?? py?.[2])} in ${baseName(file)}`);
  }
  if (pythonic) found.reverse();
  return found.filter((frame, i) => frame !== found[i - 1]).slice(0, most);
}

function functionName(name: string | undefined): string {
  if (name === undefined || name === "<module>") return "<top>";
  return name
    .replace(/ \[as .+\]$/, "")
    .replace(/^(?:Object|Module|Function|Proxy|process|global)\./, "")
    .replaceAll(/\d+/g, "<num>");
}

function baseName(file: string): string {
  const base = file.split(/[\\/]/).at(-1) ?? file;
  // Bundlers put a hash into names: app-3f2a91bc.js is app.js of another day.
  return base.replace(/[.-](?=[0-9a-f]*\d)[0-9a-f]{8,}(?=\.)/i, "");
}
