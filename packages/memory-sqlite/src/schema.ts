/** Marks a SQLite file as a BrainOps store: "BrnO". */
export const applicationId = 0x42726e4f;
/** The version of the tables below. */
export const schemaVersion = 8;

/**
 * The tables. Contents (`body`) are sealed; names are keyed digests (16 bytes) and tokens (48 bits).
 *
 * `journal` is the log of all commits: one row for each append of a commit (or one empty row, stream 0, for a commit
 * without any), in the order of `seq`. It is indexed late, in batches, by `journal_index`, and so are the names of `streams`,
 * each numbered by its first row, and `wakes`; see docs/decisions/0010, 0012 and 0013.
 *
 * `recent` holds the words of new records of all scopes, one row each; `postings` those of all others, packed by segment, scope and
 * term; see docs/decisions/0031 and 0037. A segment is asked for terms of scopes after (`above_scope`, `above`). `words` says how
 * many records are recent, how often words were packed, how often what is recent was changed in another way than by adding to
 * its end, and how often something was taken out of what is packed; a scope's `generation` how often out of what it has there.
 *
 * `kinds` says how many records of each kind a scope has, and how many terms they have: in few pages, since every commit writes there.
 *
 * What changed is indexed over all scopes: with an index by scope, each record of a commit to many scopes would touch one more page.
 *
 * `vectors` holds what embedders made, as it is; `codes` a bit for each dimension, with what a filter asks for, to choose by
 * whom to compare; `embedded` how many there are; see docs/decisions/0033.
 */
export const schema = `
create table meta (key text primary key, value text not null) without rowid;
create table keys (id integer primary key autoincrement, wrapped blob not null);
create table scopes (n integer primary key autoincrement, name blob not null unique, key integer not null,
  generation integer not null default 0,
  body blob not null);
create table scope_within (outer integer not null, scope integer not null, primary key (outer, scope)) without rowid;

create table streams (n integer primary key, name blob not null unique,
  length integer not null default 0, body blob not null);
create table journal (seq integer primary key, stream integer not null, position integer not null,
  count integer not null, body blob);
create table journal_index (stream integer not null, position integer not null, seq integer not null,
  primary key (stream, position)) without rowid;
create table commits (id blob primary key, seq integer not null) without rowid;
create index commits_seq on commits (seq);

create table records (n integer primary key autoincrement, id text not null unique, scope integer not null, kind integer not null,
  created integer not null, version integer not null, length integer not null, uses integer not null default 0,
  tries integer not null default 0, successes integer not null default 0, thread integer, sequence integer,
  changed integer not null, body blob not null);
create index records_created on records (scope, created);
create index records_changed on records (changed, scope);
create index records_thread on records (thread, sequence) where thread is not null;
create table kinds (scope integer not null, kind integer not null, records integer not null, terms integer not null,
  primary key (scope, kind)) without rowid;
create table gone (scope integer not null, id text not null, position integer not null, primary key (scope, id)) without rowid;
create index gone_position on gone (scope, position);
create table gone_within (outer integer not null, scope integer not null, primary key (outer, scope)) without rowid;
create table marks (mark integer not null, record integer not null, primary key (mark, record)) without rowid;
create table segments (segment integer primary key autoincrement, level integer not null, target integer not null,
  above_scope integer not null, above integer not null, low integer not null, high integer not null);
create table postings (segment integer not null, scope integer not null, term integer not null, first integer not null,
  data blob not null, primary key (segment, scope, term, first)) without rowid;
create table recent (record integer primary key, scope integer not null, terms blob not null);
create table words (one integer primary key check (one = 1), recent integer not null, packed integer not null,
  changed integer not null, taken integer not null);
insert into words values (1, 0, 0, 0, 0);
create table id_ranges (range integer primary key, low text not null);
create table links (n integer primary key autoincrement, source integer not null, target integer not null,
  type integer not null, created integer, body blob, unique (source, target, type));
create index links_target on links (target);
create table spaces (n integer primary key, name blob not null unique);
create table vectors (v integer primary key autoincrement, record integer not null, space integer not null,
  data blob not null, unique (record, space));
create table codes (scope integer not null, space integer not null, v integer not null, record integer not null,
  kind integer not null, created integer not null, code blob not null, primary key (scope, space, v)) without rowid;
create table embedded (scope integer not null, space integer not null, vectors integer not null,
  primary key (scope, space)) without rowid;

create table documents (n integer primary key, name blob not null unique,
  version integer not null, record integer, body blob not null);
create index documents_record on documents (record) where record is not null;
create table beginnings (token integer not null, n integer not null, primary key (token, n)) without rowid;
create table blobs (n integer primary key autoincrement, name blob not null unique, scope integer not null,
  refs integer not null);
create table chunks (n integer primary key, blob integer not null, part integer not null, body blob not null,
  unique (blob, part));
create table wakes (name blob primary key, at integer not null, queue blob, lane blob, body blob not null) without rowid;
create index wakes_at on wakes (at);
create index wakes_queue on wakes (queue, lane, at) where queue is not null;
`;
