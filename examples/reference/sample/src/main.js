import { createService } from "./service.js";

const port = Number(process.env.PORT ?? 8080);
const service = createService({ configFile: process.env.CONFIG ?? "config.json" });

service.listen(port, process.env.HOST ?? "127.0.0.1", () => {
  console.log(`stockroom listens on port ${service.address().port}`);
});

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.on(signal, () => {
    service.close(() => process.exit(0));
    service.closeIdleConnections();
    setTimeout(() => process.exit(0), 2000).unref();
  });
}
