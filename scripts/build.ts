// Builds every published package with the one shared configuration, each inside its own folder.
import { join } from "node:path";
import { exec } from "./exec.ts";
import { publicPackages, root } from "./packages.ts";

for (const { folder } of publicPackages()) {
  await exec("tsup", ["--config", join(root, "tsup.config.ts")], { cwd: folder });
}
