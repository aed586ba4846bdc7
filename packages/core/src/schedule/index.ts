/**
 * Times for loops, written as cron patterns. Needs the package `croner`: install it beside core.
 *
 * @module
 */
export { cron, type CronOptions } from "./cron.ts";
