/**
 * The tables of the first format. Contents (`body`) are sealed; names are keyed digests (`uuid`, 16 bytes) and tokens
 * (48 bits).
 *
 * A commit's position is the number of its transaction and its place within it, so it needs no counter that commits would
 * wait for: what has a position below the oldest transaction under way is all there is below it, and stays so
 * (docs/decisions/0050). `clock.base` is added to numbers of transactions, so that they grow on when the tables move to
 * another server.
 *
 * `recent` holds the words of new records, and of those that are gone, until they are packed into `postings`, each time as
 * a segment of its own; small segments are merged into larger ones (docs/decisions/0051). A segment changes only when
 * records are taken out of it, and then has another `version`; what is recent of a scope gets fewer only together with another
 * `generation`. These, and the numbers of scopes and segments, are drawn by chance and never given twice: processes remember by
 * them what they have read, and a server that has failed, or another that took its place, may have forgotten what it gave
 * (docs/decisions/0053).
 *
 * All wakes are read by `at + 0`, those of a queue by `at`: so the server never looks for a lane among all that is due, which its
 * statistics can make look cheap.
 */
export const tables = (s: string): string => `
create function ${s}.stamp_1() returns bigint language sql volatile as $$ select floor(random() * 9007199254740992)::bigint $$;

-- Which life of the server this is: since when it runs, and since when its statistics count, which begin anew when it has failed.
create function ${s}.life_1() returns bigint language sql stable as $$
  select ((extract(epoch from pg_postmaster_start_time()) * 3000000)::bigint & 9007199254740991)
    # (coalesce(extract(epoch from pg_stat_get_bgwriter_stat_reset_time()), 0) * 1000000)::bigint $$;

create table ${s}.keys (id bigint primary key, wrapped bytea not null);
create sequence ${s}.key_ids as bigint minvalue 16 maxvalue 4294967295;
create table ${s}.clock (base bigint not null, store_key bigint not null);
insert into ${s}.clock values (0, 2);

create table ${s}.scopes (n bigint primary key default ${s}.stamp_1(), name uuid not null unique, key bigint not null,
  records bigint not null default 0, terms bigint not null default 0, generation bigint not null default ${s}.stamp_1(),
  body bytea not null);
create table ${s}.scope_within (outside bigint not null, scope bigint not null, primary key (outside, scope));

create table ${s}.streams (name uuid primary key, base bigint not null default 0, length bigint not null default 0,
  body bytea not null);
create table ${s}.journal (stream uuid not null, position bigint not null, seq bigint not null, count integer not null,
  part integer, commit uuid not null, body bytea not null, primary key (stream, position));
create table ${s}.commits (id uuid primary key, seq bigint not null);
create index commits_seq on ${s}.commits (seq);
create table ${s}.beginnings (token bigint not null, name uuid not null, primary key (token, name));

create sequence ${s}.record_numbers as bigint cache 1;
create table ${s}.records (n bigint primary key, id text collate "C" not null unique,
  scope bigint not null, kind smallint not null, created bigint not null, version bigint not null, length integer not null,
  thread bigint, sequence bigint, changed bigint not null, marks bigint[] not null, body bytea not null);
create index records_created on ${s}.records (scope, created, id);
create index records_changed on ${s}.records (scope, changed);
create index records_thread on ${s}.records (thread, sequence) where thread is not null;
create table ${s}.marks (mark bigint not null, record bigint not null, primary key (mark, record));
create table ${s}.counters (id text collate "C" primary key, uses bigint not null default 0, tries bigint not null default 0,
  successes bigint not null default 0);
create table ${s}.gone (scope bigint not null, id text collate "C" not null, position bigint not null,
  primary key (scope, id));
create index gone_position on ${s}.gone (scope, position);
create table ${s}.gone_within (outside bigint not null, scope bigint not null, primary key (outside, scope));
create table ${s}.links (n bigint generated always as identity primary key, source text collate "C" not null,
  target text collate "C" not null, type smallint not null, more bytea, unique (source, target, type));
create index links_target on ${s}.links (target);

create table ${s}.recent (scope bigint not null, record bigint not null, sign smallint not null, position bigint not null,
  length integer not null, id text collate "C", terms bytea not null);
create index recent_position on ${s}.recent (scope, position);
create table ${s}.segments (n bigint primary key default ${s}.stamp_1(), scope bigint not null, size integer not null,
  low bigint not null, high bigint not null, version bigint not null default 0);
create index segments_scope on ${s}.segments (scope);
create table ${s}.postings (segment bigint not null, term bigint not null, first bigint not null, last_term bigint not null,
  last bigint not null, count integer not null, data bytea not null, primary key (segment, term, first));
alter table ${s}.postings alter column data set storage plain;
create table ${s}.id_ranges (range bigint primary key, low text collate "C" not null);

create table ${s}.vectors (space uuid not null, scope bigint not null, id text collate "C" not null, bits bit varying not null,
  data real[] not null, primary key (space, id));
create index vectors_scope on ${s}.vectors (space, scope);
create index vectors_id on ${s}.vectors (id);

create table ${s}.documents (name uuid primary key, version bigint not null, record text collate "C",
  beginnings bigint[] not null, body bytea not null);
create index documents_record on ${s}.documents (record) where record is not null;
create table ${s}.blobs (name uuid primary key, scope bigint not null, refs integer not null, parts integer not null);
create index blobs_scope on ${s}.blobs (scope);
create table ${s}.chunks (blob uuid not null, part integer not null, body bytea not null, primary key (blob, part));
alter table ${s}.chunks alter column body set storage external;
create table ${s}.wakes (name uuid primary key, at bigint not null, queue uuid, lane uuid, body bytea not null);
create index wakes_at on ${s}.wakes ((at + 0));
create index wakes_queue on ${s}.wakes (queue, lane, at) where queue is not null;
`;
