/**
 * Telemetry: OpenTelemetry spans of runs, nodes, effects and model calls.
 *
 * @module
 */
export type { TelemetrySpan, TelemetryTracer } from "./open-telemetry.ts";
export { telemetry, type TelemetryOptions } from "./telemetry.ts";
