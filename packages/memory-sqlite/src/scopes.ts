import { compareText, loadKey, makeRoom, openText, sealText, type Context, type ScopeState } from "./context.ts";
import { bytes, int, type Value } from "./handle.ts";
import { scopePlace } from "./places.ts";

/** The scope of a path, made when there is none yet. Only within a transaction. */
export function scopeFor(context: Context, path: string): ScopeState {
  const known = findScope(context, path);
  if (known !== undefined) return known;
  const { db, sealer } = context;
  // The id must be known before the key can be wrapped for it.
  const key = db.run("insert into keys (wrapped) values (x'')").id;
  db.run("update keys set wrapped = ? where id = ?", sealer.newKey(key), key);
  const name = sealer.name("scope", path);
  const body = sealText(context, scopePlace(name), path);
  const n = db.run("insert into scopes (name, key, body) values (?, ?, ?)", name, key, body).id;
  for (const outer of outerPaths(path))
    db.run("insert into scope_within (outer, scope) values (?, ?)", sealer.token("scope", outer), n);
  return remember(context, { n, key, path });
}

/** The scope of a path, if there is one. */
export function findScope(context: Context, path: string): ScopeState | undefined {
  const known = context.scopes.get(path);
  if (known !== undefined) return known;
  const row = context.db.get("select n, key from scopes where name = ?", context.sealer.name("scope", path));
  if (row === undefined) return undefined;
  return remember(context, { n: int(row["n"]), key: int(row["key"]), path });
}

/** The scope with a number. */
export function scopeByNumber(context: Context, n: number): ScopeState | undefined {
  const known = context.scopesByNumber.get(n);
  if (known !== undefined) return known;
  const row = context.db.get("select name, key, body from scopes where n = ?", n);
  if (row === undefined) return undefined;
  const path = openText(context, scopePlace(bytes(row["name"])), bytes(row["body"]));
  return remember(context, { n, key: int(row["key"]), path });
}

/** Numbers of a scope and of all below it. */
export function scopesWithin(context: Context, path: string): number[] {
  makeRoom(context);
  const outer = context.sealer.token("scope", path);
  return context.db.all("select scope from scope_within where outer = ?", outer).map((row) => int(row["scope"]));
}

/** Paths of the scopes that hold records, sorted. */
export function scopesInUse(context: Context): string[] {
  const numbers = context.db.all("select distinct scope from kinds where records > 0").map((row) => int(row["scope"]));
  return numbers.flatMap((n) => scopeByNumber(context, n)?.path ?? []).sort(compareText);
}

/** A condition on a column that holds numbers of scopes. One text for any of them, since statements are kept. */
export function within(column: string, scopes: readonly number[]): { sql: string; values: Value[] } {
  const [only] = scopes;
  if (scopes.length === 1 && only !== undefined) return { sql: `${column} = ?`, values: [only] };
  return { sql: `${column} in (select value from json_each(?))`, values: [JSON.stringify(scopes)] };
}

/** Destroys a scope's key and row. What is left of its contents can never be opened again. */
export function dropScope(context: Context, n: number): void {
  const scope = scopeByNumber(context, n);
  if (scope === undefined) return;
  const { db, sealer } = context;
  db.run("delete from keys where id = ?", scope.key);
  db.run("delete from scopes where n = ?", n);
  for (const outer of outerPaths(scope.path)) {
    db.run("delete from scope_within where outer = ? and scope = ?", sealer.token("scope", outer), n);
    // What is gone with it is still told to who follows it, or a scope above it.
    db.run("insert into gone_within (outer, scope) values (?, ?)", sealer.token("scope", outer), n);
  }
  sealer.dropKey(scope.key);
  context.scopes.delete(scope.path);
  context.scopesByNumber.delete(n);
}

/** So many scopes are remembered with their keys: a store may hold any number of them. */
const mostRemembered = 10_000;

function remember(context: Context, scope: ScopeState): ScopeState {
  if (context.scopesByNumber.size >= mostRemembered) {
    context.scopes.clear();
    context.scopesByNumber.clear();
    context.sealer.dropScopeKeys();
  }
  loadKey(context, scope.key);
  context.scopes.set(scope.path, scope);
  context.scopesByNumber.set(scope.n, scope);
  return scope;
}

/** A path and all paths above it. */
function outerPaths(path: string): string[] {
  const parts = path.split("/");
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}
