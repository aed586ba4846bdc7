import { compareText, loadKeys, nameOf, openText, sealText, type Context, type ScopeState } from "./context.ts";
import { bytes, digest, int, type Row } from "./handle.ts";
import { scopePlace } from "./places.ts";

/** Makes sure that scopes exist and are known here, with their keys, so that records can be sealed for them. */
export async function ensureScopes(context: Context, paths: Iterable<string>): Promise<void> {
  const unknown = new Set([...paths].filter((path) => !context.scopes.has(path)));
  if (unknown.size === 0) return;
  await findScopes(context, unknown);
  const missing = [...unknown].filter((path) => !context.scopes.has(path)).sort(compareText);
  if (missing.length > 0) await makeScopes(context, missing);
}

/** Learns those of these scopes that exist. */
async function findScopes(context: Context, paths: ReadonlySet<string>): Promise<void> {
  const { db, s } = context;
  const names = new Map([...paths].map((path) => [nameOf(context, "scope", path), path]));
  const rows = await db.query(
    `select sc.n, sc.name, sc.key, k.wrapped from ${s}.scopes sc join ${s}.keys k on k.id = sc.key
     where sc.name = any ($1::uuid[])`,
    [[...names.keys()]],
  );
  learn(context, names, rows);
}

/** Makes scopes with a key each. Another process may be faster: then its keys count. */
async function makeScopes(context: Context, paths: readonly string[]): Promise<void> {
  const { db, s, sealer } = context;
  const drawn = await db.query(
    `select nextval('${s.replaceAll("'", "''")}.key_ids') as id from generate_series(1, $1)`,
    [paths.length],
  );
  const names = new Map(paths.map((path) => [nameOf(context, "scope", path), path]));
  const made = [...names].map(([name, path], i) => {
    const key = int(drawn[i]?.["id"]);
    const wrapped = Buffer.from(sealer.newKey(key)).toString("hex");
    const body = Buffer.from(sealText(context, scopePlace(name), path)).toString("hex");
    return { name, key, wrapped, body, outs: outerTokens(context, path) };
  });
  const rows = await db.query(`select n, name, key, wrapped from ${s}.scopes_1($1::jsonb, $2)`, [
    JSON.stringify(made),
    context.storeKey,
  ]);
  for (const { key } of made) sealer.dropKey(key);
  learn(context, names, rows);
}

function learn(context: Context, names: ReadonlyMap<string, string>, rows: readonly Row[]): void {
  for (const row of rows) {
    const path = names.get(digest(row["name"]));
    if (path === undefined) continue;
    const key = int(row["key"]);
    // Whatever was known under this number: a server that took the place of another may have given it again.
    context.sealer.addKey(key, bytes(row["wrapped"]));
    remember(context, { n: int(row["n"]), key, path });
  }
}

/** Paths of the scopes that hold records, sorted. */
export async function scopesInUse(context: Context): Promise<string[]> {
  const { db, s } = context;
  const rows = await db.query(
    `select n from ${s}.scopes sc where exists (select 1 from ${s}.records r where r.scope = sc.n)`,
  );
  const found = await loadScopes(
    context,
    rows.map((row) => int(row["n"])),
  );
  return [...found.values()].map(({ path }) => path).sort(compareText);
}

/** Scopes by their numbers; those that are gone are left out. */
export async function loadScopes(context: Context, numbers: Iterable<number>): Promise<Map<number, ScopeState>> {
  const { db, s, scopesByNumber } = context;
  const found = new Map<number, ScopeState>();
  const unknown = new Set<number>();
  for (const n of numbers) {
    const known = scopesByNumber.get(n);
    if (known === undefined) unknown.add(n);
    else found.set(n, known);
  }
  if (unknown.size === 0) return found;
  const rows = await db.query(`select n, name, key, body from ${s}.scopes where n = any ($1::bigint[])`, [
    [...unknown],
  ]);
  await loadKeys(
    context,
    rows.map((row) => bytes(row["body"])),
  );
  for (const row of rows) {
    const path = openText(context, scopePlace(digest(row["name"])), bytes(row["body"]));
    const scope = { n: int(row["n"]), key: int(row["key"]), path };
    found.set(scope.n, scope);
    scopesByNumber.set(scope.n, scope);
  }
  return found;
}

function remember(context: Context, scope: ScopeState): void {
  // Bounded: a process that has seen many scopes starts afresh.
  if (context.scopesByNumber.size >= 50_000) {
    context.scopes.clear();
    context.scopesByNumber.clear();
    context.sealer.dropScopeKeys();
  }
  context.scopes.set(scope.path, scope);
  context.scopesByNumber.set(scope.n, scope);
}

/** Looks a scope up anew next time: it may have been erased. Its key is forgotten when it has been. */
export function forgetScope(context: Context, path: string, erased: boolean): void {
  const scope = context.scopes.get(path);
  context.scopes.delete(path);
  if (scope !== undefined && erased) context.sealer.dropKey(scope.key);
}

/** Tokens of a path and of all above it, under which a scope is found. */
function outerTokens({ sealer }: Context, path: string): number[] {
  const parts = path.split("/");
  return parts.map((_, index) => sealer.token("scope", parts.slice(0, index + 1).join("/")));
}
