import { readFileSync, statSync } from "node:fs";

const limits = {
  cacheSize: [0, 10_000],
  taxPercent: [0, 100],
  bulkQuantity: [1, 1_000_000],
  bulkPercent: [0, 100],
};

/** The configuration in a text, checked. Throws with what is wrong. */
export function parseConfig(text) {
  const value = JSON.parse(text);
  for (const [key, [least, most]] of Object.entries(limits)) {
    const found = value[key];
    if (!Number.isInteger(found) || found < least || found > most) {
      throw new Error(`${key} must be a whole number from ${least} to ${most}, but it is ${JSON.stringify(found)}`);
    }
  }
  return value;
}

/** A configuration file that is read again whenever it changes. */
export function watchedConfig(file) {
  let seen = "";
  let current = {};
  return {
    read() {
      try {
        const { mtimeMs, size, ino } = statSync(file);
        const stamp = `${mtimeMs} ${size} ${ino}`;
        if (stamp !== seen) {
          current = { value: parseConfig(readFileSync(file, "utf8")) };
          seen = stamp;
        }
      } catch (error) {
        seen = "";
        current = { error: `configuration: ${error.message}` };
      }
      return current;
    },
  };
}
