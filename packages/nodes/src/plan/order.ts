import type { Task } from "../state.ts";

/** The tasks so that each comes after those it needs, otherwise as given; or what is wrong with them, in words. */
export function inOrder(tasks: readonly Task[]): readonly Task[] | string {
  const ids = new Set(tasks.map(({ id }) => id));
  if (ids.size < tasks.length) return "two tasks have the same id";
  for (const { id, after } of tasks) {
    const unknown = after.find((other) => !ids.has(other));
    if (unknown !== undefined) return `task ${id} comes after ${JSON.stringify(unknown)}, which is no task`;
  }
  const done = new Set<string>();
  const ordered: Task[] = [];
  while (ordered.length < tasks.length) {
    const next = tasks.find(({ id, after }) => !done.has(id) && after.every((other) => done.has(other)));
    if (next === undefined) {
      const left = tasks.filter(({ id }) => !done.has(id)).map(({ id }) => id);
      return `the tasks ${left.join(", ")} wait for each other`;
    }
    done.add(next.id);
    ordered.push(next);
  }
  return ordered;
}
