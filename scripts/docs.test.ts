import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { errorCodes } from "@brainops/core";
import { describe, expect, test } from "vitest";
import { publicPackages, root } from "./packages.ts";

const pages = ["*.md", "docs/**/*.md", "packages/*/README.md", "examples/**/*.md"]
  .flatMap((pattern) => globSync(pattern, { cwd: root }))
  .filter((file) => !/node_modules|docs\/api|CHANGELOG|(^|\/)dist\//.test(file));
const read = (file: string): string => readFileSync(join(root, file), "utf8");
/** Text outside of code, where a bracket is no link and a # no heading. */
const prose = (text: string): string => text.replaceAll(/^```.*?^```$/gms, "").replaceAll(/`[^`\n]*`/g, "");

describe("links", () => {
  test.each(pages)("of %s lead to something", (page) => {
    const lost = [...prose(read(page)).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = ""]) => {
      if (/^[a-z]+:/.test(link)) return [];
      const [path = "", anchor] = link.split("#");
      const target = path === "" ? page : join(dirname(page), path);
      if (!existsSync(join(root, target))) return [link];
      return anchor === undefined || anchors(target).includes(anchor) ? [] : [link];
    });
    expect(lost).toEqual([]);
  });
});

/** What a forge makes of headings. */
function anchors(page: string): string[] {
  const headings = read(page)
    .replaceAll(/^```.*?^```$/gms, "")
    .matchAll(/^#+ (.+)$/gm);
  return [...headings].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

test("the index of the documentation lists every page", () => {
  const index = read("docs/README.md");
  const unlisted = pages
    .filter((page) => /^docs\/(guides\/)?[^/]+\.md$/.test(page) && page !== "docs/README.md")
    .filter((page) => !index.includes(`(${page.slice("docs/".length)})`));
  expect(unlisted).toEqual([]);
});

test("the guide to errors has every code, with its meaning, and with what an editor says to do about it", () => {
  const rows = [...read("docs/guides/errors.md").matchAll(/^\| `(\w+)` +\| (.+?) +\| (.+?) +\|$/gm)];
  expect(Object.fromEntries(rows.map(([, code, meaning]) => [code, meaning]))).toEqual(errorCodes);
  const comments = read("packages/core/src/contracts/error.ts").matchAll(
    /^ {2}\/\*\*((?:(?!\*\/)[^])*)\*\/\n {2}(\w+):/gm,
  );
  const said = [...comments].map(([, text = "", code]) => [code, text.replaceAll(/\s+\*?\s*/g, " ").trim()]);
  const unlinked = (text = ""): string => text.replaceAll(/\[(.+?)\]\(.+?\)/g, "the guide to $1");
  expect(Object.fromEntries(said)).toMatchObject(
    Object.fromEntries(rows.map(([, code, , todo]) => [code, unlinked(todo)])),
  );
});

test.each(publicPackages())("the README of $name names each of its doors", ({ name, folder }) => {
  const { exports } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { exports: object };
  const readme = readFileSync(join(folder, "README.md"), "utf8");
  const doors = Object.keys(exports).filter((door) => ![".", "./package.json"].includes(door));
  expect(doors.filter((door) => !readme.includes(`\`${name}${door.slice(1)}\``))).toEqual([]);
});

/** What an index hands on, by the file that it is in; types are left out, since `typedoc` looks at those. */
function handedOn(index: string): { readonly file: string; readonly names: readonly string[] | "all" }[] {
  return [...read(index).matchAll(/^export (?:\*|\{([^}]*)\}) from "(\.[^"]+)";/gms)].map(([, list, from = ""]) => ({
    file: join(dirname(index), from),
    names:
      list === undefined
        ? "all"
        : list
            .split(",")
            .map((name) => name.trim())
            .filter((name) => name !== "" && !name.startsWith("type ")),
  }));
}

test("every function of a door has an example; what is for authors of stores has one that shows how it goes together", () => {
  const lacking: string[] = [];
  for (const index of globSync("packages/*/src/{index.ts,*/index.ts}", { cwd: root })) {
    if (/core\/src\/(sealing|postings)\/index/.test(index)) {
      if (!/^\/\*\*[^/]*@example/.test(read(index))) lacking.push(index);
      continue;
    }
    for (const { file, names } of handedOn(index)) {
      const functions = read(file).matchAll(/(\/\*\*(?:(?!\*\/)[^])*\*\/)?\nexport (?:async )?function (\w+)/g);
      for (const [, comment = "", name = ""] of functions)
        if ((names === "all" || names.includes(name)) && !comment.includes("@example")) lacking.push(`${file} ${name}`);
    }
  }
  expect(lacking).toEqual([]);
});
