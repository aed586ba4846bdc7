/**
 * Times for loops, written as cron patterns. Needs the package `croner`.
 *
 * @module
 */
export { cron, type CronOptions } from "./cron.ts";
