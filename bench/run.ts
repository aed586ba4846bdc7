import { openDoor } from "../scripts/door.ts";

process.exitCode = await openDoor("bench", import.meta.dirname, process.argv.slice(2));
