import { constants } from "node:fs";
import { open, realpath } from "node:fs/promises";
import { sep } from "node:path";

const mostBytes = 64_000_000;

/**
 * The text of a file that a program of the repository has written below `root`. Nothing where it is no file of its own there: a
 * link out of it, a pipe that nobody writes to, a device without an end, more than anybody wants to read.
 */
export async function readPlain(path: string, root: string): Promise<string | undefined> {
  try {
    const real = await realpath(path);
    if (!real.startsWith(root + sep)) return undefined;
    // Opening a pipe would wait for somebody who writes to it.
    const file = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const { size, isFile } = await file.stat().then((found) => ({ size: found.size, isFile: found.isFile() }));
      return isFile && size <= mostBytes ? await file.readFile("utf8") : undefined;
    } finally {
      await file.close();
    }
  } catch {
    return undefined;
  }
}
