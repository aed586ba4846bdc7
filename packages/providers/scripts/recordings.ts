import { readArguments, readRecordings } from "./recording.ts";
import { play, type Played } from "./replay.ts";
import { replayServer } from "./replay-server.ts";

const usage = `Plays recorded answers of model vendors to every adapter and lists what is understood otherwise than expected.

  npm run recordings -- DIR [--json]

  DIR      a folder with an INDEX.json, or one whose sub-folders have one; packages/providers/fixtures is the
           project's own. The format stands in its CONVENTIONS.txt.
  --json   one JSON object on stdout, and nothing else
  --help   this text

Answers are served by HTTP from the loopback; streams come whole, cut at every event, and cut at every byte.
Exit code: 0 when all is as expected, 1 when something differs, 2 when the folder cannot be read.
`;

async function main(): Promise<number> {
  let options: ReturnType<typeof readArguments>;
  try {
    options = readArguments(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${usage}`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(usage);
    return 0;
  }
  if (options.folder === undefined) {
    process.stderr.write(`Give a folder of recordings.\n\n${usage}`);
    return 2;
  }
  let recordings: ReturnType<typeof readRecordings>;
  try {
    recordings = readRecordings(options.folder);
  } catch (error) {
    process.stderr.write(`The recordings in '${options.folder}' cannot be read: ${(error as Error).message}\n`);
    return 2;
  }
  if (recordings.length === 0) {
    process.stderr.write(`There is no INDEX.json in '${options.folder}' or in its sub-folders.\n`);
    return 2;
  }

  const server = await replayServer();
  const played: Played[] = [];
  try {
    for (const recording of recordings) played.push(...(await play(recording, server)));
  } finally {
    await server.close();
  }
  const wrong = played.filter((one) => one.differences.length > 0);
  if (options.json) {
    const report = { recordings: recordings.length, played: played.length, wrong: wrong.length, differences: wrong };
    process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
  } else {
    for (const one of wrong) {
      process.stdout.write(`${one.recording} · ${one.adapter} · ${one.way}\n`);
      for (const { path, expected, actual } of one.differences) {
        const right = expected.map((value) => JSON.stringify(value)).join(" or ");
        process.stdout.write(`  ${path}\n    expected ${right}\n    actual   ${JSON.stringify(actual)}\n`);
      }
    }
    const verdict = wrong.length === 0 ? "all as expected" : `${wrong.length} differ`;
    process.stdout.write(`${recordings.length} recordings, played ${played.length} times: ${verdict}.\n`);
  }
  return wrong.length === 0 ? 0 : 1;
}

process.exitCode = await main();
