/** Functions of the index of words: one that reads all that a query needs at one moment, and those that pack. */
export const words = (s: string): string => `
create function ${s}.words_1(outer_token bigint, tokens bigint[], known_scopes bigint[], known_generations bigint[],
  known_positions bigint[])
returns table (kind smallint, scope bigint, a bigint, b bigint, c bigint, d bigint, t text, data bytea)
language plpgsql stable rows 1000 as $$
#variable_conflict use_column
declare
  held bigint[] := array(select w.scope from ${s}.scope_within w where w.outside = outer_token);
begin
  return query select 0::smallint, null::bigint, (pg_snapshot_xmin(pg_current_snapshot())::text::bigint + k.base) * 1024,
    null::bigint, null::bigint, null::bigint, null::text, null::bytea from ${s}.clock k;
  return query select 1::smallint, sc.n, sc.records, sc.terms, sc.generation, null::bigint, null::text, null::bytea
    from ${s}.scopes sc where sc.n = any (held);
  return query select 2::smallint, r.scope, r.record, r.sign::bigint, r.length::bigint, r.position, r.id, r.terms
    from ${s}.scopes sc
    left join unnest(known_scopes, known_generations, known_positions) as known (n, generation, position)
      on known.n = sc.n and known.generation = sc.generation
    join ${s}.recent r on r.scope = sc.n and r.position >= coalesce(known.position, 0)
    where sc.n = any (held);
  return query select 3::smallint, p.scope, p.term, p.first, p.last, p.count::bigint, null::text, p.data
    from ${s}.postings p where p.scope = any (held) and p.term = any (tokens);
end $$;

create function ${s}.pack_1(w jsonb, bodies bytea) returns void language plpgsql as $$
declare of_scope bigint := (w->>'s')::bigint;
begin
  delete from ${s}.postings p using jsonb_to_recordset(w->'d') as d (t bigint, f bigint)
    where p.scope = of_scope and p.term = d.t and p.first = d.f;
  insert into ${s}.postings as p (scope, term, first, last, count, data)
    select of_scope, t, f, l, c, substr(bodies, b, z)
    from jsonb_to_recordset(w->'p') as d (t bigint, f bigint, l bigint, c integer, b integer, z integer)
    on conflict (scope, term, first) do update set last = excluded.last, count = excluded.count, data = excluded.data;
end $$;

create function ${s}.lows_1(ranges bigint[]) returns void language plpgsql as $$
begin
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
  held bigint;
begin
  delete from ${s}.recent where ctid = any (array(select jsonb_array_elements_text(w->'n')::tid));
  update ${s}.scopes set records = records + (w->>'r')::bigint, terms = terms + (w->>'l')::bigint,
    generation = generation + 1 where n = of_scope
    returning records into held;
  insert into ${s}.id_ranges as i (range, low)
    select o::bigint, h from jsonb_to_recordset(w->'i') as d (o bigint, h text)
    on conflict (range) do update set low = least(i.low, excluded.low);
  perform ${s}.lows_1(${s}.numbers_1(w->'e'));
  return held;
end $$;

create function ${s}.blocks_1(of_scope bigint, tokens bigint[], firsts bigint[])
returns table (term bigint, first bigint, last bigint, count integer, data bytea) language plpgsql stable as $$
#variable_conflict use_column
begin
  return query select p.term, p.first, p.last, p.count, p.data
    from unnest(tokens, firsts) as q (token, from_record)
    join lateral (
      -- The block that the first record falls into, or the last one, and all after it.
      select * from ${s}.postings p where p.scope = of_scope and p.term = q.token and p.first >= coalesce(
        (select max(first) from ${s}.postings where scope = of_scope and term = q.token and first <= q.from_record), 0)
    ) p on true;
end $$;
`;
