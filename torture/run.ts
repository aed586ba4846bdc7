import { openDoor } from "../scripts/door.ts";

process.exitCode = await openDoor("torture", import.meta.dirname, process.argv.slice(2));
