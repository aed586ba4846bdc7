import { boundsLock, namesLock } from "./locks.ts";

/** Functions of the index of words: one that reads all that a query needs at one moment, and those that pack. */
export const words = (s: string): string => `
create function ${s}.words_1(outer_token bigint, tokens bigint[], known_scopes bigint[], known_generations bigint[],
  known_positions bigint[], had_segments bigint[], had_versions bigint[], had_terms bigint[])
returns table (kind smallint, scope bigint, a bigint, b bigint, c bigint, d bigint, t text, data bytea)
language plpgsql stable rows 1000 as $$
#variable_conflict use_column
declare
  held bigint[] := array(select w.scope from ${s}.scope_within w where w.outside = outer_token);
  -- Another when the server has failed, or another has taken its place: then what was recent may have been forgotten, and numbers
  -- of transactions given again.
  life bigint := ${s}.life_1();
begin
  return query select 0::smallint, null::bigint, (pg_snapshot_xmin(pg_current_snapshot())::text::bigint + k.base) * 1024,
    life, null::bigint, null::bigint, null::text, null::bytea from ${s}.clock k;
  return query select 1::smallint, sc.n, sc.records, sc.terms, sc.generation # life, null::bigint, null::text, null::bytea
    from ${s}.scopes sc where sc.n = any (held);
  return query select 2::smallint, r.scope, r.record, r.sign::bigint, r.length::bigint, r.position, r.id, r.terms
    from ${s}.scopes sc
    left join unnest(known_scopes, known_generations, known_positions) as known (n, generation, position)
      on known.n = sc.n and known.generation = sc.generation # life
    join ${s}.recent r on r.scope = sc.n and r.position >= coalesce(known.position, 0)
    where sc.n = any (held);
  return query select 3::smallint, sg.scope, sg.n, sg.version, null::bigint, null::bigint, null::text, null::bytea
    from ${s}.segments sg where sg.scope = any (held);
  -- What the sender has already of a term in a segment is not looked for. A term may begin within the last block before it, if
  -- that reaches so far.
  return query select 4::smallint, null::bigint, q.n, q.token, null::bigint, null::bigint, null::text, p.data
    from (select sg.n, token from ${s}.segments sg cross join unnest(tokens) token
      where sg.scope = any (held) and not exists (
        select 1 from unnest(had_segments, had_versions, had_terms) as had (segment, version, term)
        where had.segment = sg.n and had.version = sg.version and had.term = token)
      offset 0) q
    cross join lateral (
      (select before.data from (select * from ${s}.postings b where b.segment = q.n and b.term < q.token
        order by b.term desc, b.first desc limit 1) before where before.last_term >= q.token)
      union all select b.data from ${s}.postings b where b.segment = q.n and b.term = q.token) p;
end $$;

create function ${s}.segment_1(of_scope bigint, of_size integer, of_low bigint, of_high bigint) returns bigint
language sql as $$
  insert into ${s}.segments (scope, size, low, high) values (of_scope, of_size, of_low, of_high) returning n $$;

-- Blocks lie in one value, each from an offset on.
create function ${s}.pack_1(of_segment bigint, terms bigint[], firsts bigint[], last_terms bigint[], lasts bigint[],
  counts integer[], offsets integer[], lengths integer[], bodies bytea) returns void language plpgsql as $$
begin
  insert into ${s}.postings (segment, term, first, last_term, last, count, data)
    select of_segment, t, f, lt, l, c, substr(bodies, b, z)
    from unnest(terms, firsts, last_terms, lasts, counts, offsets, lengths) as d (t, f, lt, l, c, b, z);
end $$;

-- The blocks of segments that hold terms of a range.
create function ${s}.slice_1(of_segments bigint[], from_term bigint, to_term bigint) returns setof bytea
language plpgsql stable as $$
begin
  return query select p.data from unnest(of_segments) of_segment cross join lateral (
    (select b.data, b.last_term from ${s}.postings b where b.segment = of_segment and b.term < from_term
      order by b.term desc, b.first desc limit 1)
    union all
    select b.data, b.last_term from ${s}.postings b where b.segment = of_segment and b.term >= from_term and b.term < to_term) p
    where p.last_term >= from_term;
end $$;

-- The blocks of a scope that may hold some records under some terms.
create function ${s}.holding_1(of_scope bigint, terms bigint[], records bigint[])
returns table (segment bigint, term bigint, first bigint, data bytea) language plpgsql stable as $$
#variable_conflict use_column
begin
  return query select distinct on (p.segment, p.term, p.first) p.segment, p.term, p.first, p.data
    from unnest(terms, records) as q (token, record)
    join ${s}.segments sg on sg.scope = of_scope and q.record between sg.low and sg.high
    cross join lateral (select * from ${s}.postings b where b.segment = sg.n and (b.term, b.first) <= (q.token, q.record)
      order by b.term desc, b.first desc limit 1) p
    where p.last_term >= q.token
    order by p.segment, p.term, p.first;
end $$;

-- Takes blocks away, which the sender replaces.
create function ${s}.unpack_1(of_segments bigint[], terms bigint[], firsts bigint[]) returns void language plpgsql as $$
begin
  update ${s}.segments set version = ${s}.stamp_1() where n = any (of_segments);
  delete from ${s}.postings p using unnest(of_segments, terms, firsts) as q (segment, term, first)
    where p.segment = q.segment and p.term = q.term and p.first = q.first;
end $$;

create function ${s}.lows_1(ranges bigint[]) returns void language plpgsql as $$
begin
  -- Locked first: then what is read next has seen all that was packed before.
  perform pg_advisory_xact_lock(${namesLock(s)}, ${boundsLock});
  -- Nothing of an erased id is left in the bounds.
  update ${s}.id_ranges i set low = held.low from (
    select range, (select min(left(r.id, 13)) from ${s}.records r where r.n >= range * 256 and r.n < (range + 1) * 256) as low
    from unnest(ranges) range) held
    where i.range = held.range and held.low is not null;
  delete from ${s}.id_ranges i where i.range = any (ranges) and not exists (
    select 1 from ${s}.records r where r.n >= i.range * 256 and r.n < (i.range + 1) * 256);
end $$;

create function ${s}.packed_1(w jsonb) returns bigint language plpgsql as $$
declare
  of_scope bigint := (w->>'s')::bigint;
  emptied bigint[] := ${s}.numbers_1(w->'e');
  held bigint;
begin
  delete from ${s}.recent where ctid = any (array(select jsonb_array_elements_text(w->'n')::tid));
  update ${s}.scopes set records = records + (w->>'r')::bigint, terms = terms + (w->>'l')::bigint,
    generation = ${s}.stamp_1() where n = of_scope
    returning records into held;
  -- A bound that is low enough stays so, since nobody raises one meanwhile: most of them need not even be locked. Whoever is
  -- going to raise some takes the lock alone at once, because two that share it could not.
  if cardinality(emptied) > 0 then
    perform pg_advisory_xact_lock(${namesLock(s)}, ${boundsLock});
  else
    perform pg_advisory_xact_lock_shared(${namesLock(s)}, ${boundsLock});
  end if;
  insert into ${s}.id_ranges as i (range, low)
    select o, h from jsonb_to_recordset(w->'i') as d (o bigint, h text)
      where not exists (select from ${s}.id_ranges k where k.range = d.o and k.low <= d.h)
      -- In one order for everybody: ranges belong to all scopes.
      order by o
    on conflict (range) do update set low = least(i.low, excluded.low);
  if cardinality(emptied) > 0 then perform ${s}.lows_1(emptied); end if;
  return held;
end $$;
`;
