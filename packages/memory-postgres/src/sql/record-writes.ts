/** Functions for records, and what hangs on them. */
export const recordWrites = (s: string): string => `
create function ${s}.put_1(w jsonb, bodies bytea, seq bigint) returns void language plpgsql as $$
declare done integer;
begin
  -- Numbers are drawn first, so that nothing has to be joined to what was put. What is in vain is rolled back.
  with input as materialized (
    select nextval('${s.replaceAll("'", "''")}.record_numbers') as n, r.* from (select * from jsonb_to_recordset(w->'r') as r
      (i text, s bigint, k smallint, c bigint, l integer, h bigint, q bigint, m bigint[], b integer, z integer, e integer, f integer)
      order by i) r
  ), put as (
    insert into ${s}.records (n, id, scope, kind, created, version, length, thread, sequence, changed, marks, body)
      select n, i, input.s, k, c, 1, l, h, q, seq, m, substr(bodies, b, z) from input on conflict do nothing returning 1
  ), marked as (
    insert into ${s}.marks (mark, record) select distinct mark, n from input, unnest(m) mark
  ), fresh as (
    insert into ${s}.recent (scope, record, sign, position, length, id, terms)
      select input.s, n, 1, seq, l, i, substr(bodies, e, f) from input
  )
  select count(*) into done from put;
  if done < jsonb_array_length(w->'r') then
    raise exception using errcode = 'BR409', message = (
      select i || ' ' || version from jsonb_to_recordset(w->'r') as r (i text)
        join ${s}.records on id = i order by changed limit 1);
  end if;
  perform 1 from ${s}.gone limit 1;
  if found then
    delete from ${s}.gone g using jsonb_to_recordset(w->'r') as r (i text, s bigint) where g.scope = r.s and g.id = r.i;
  end if;
end $$;

create function ${s}.edit_1(w jsonb, bodies bytea, seq bigint) returns void language plpgsql as $$
declare
  old ${s}.records;
  now_n bigint;
begin
  select * into old from ${s}.records where id = w->>'i' for update;
  if not found or old.version <> (w->>'v')::bigint - 1 then
    raise exception using errcode = 'BR409', message = (w->>'i') || ' ' || coalesce(old.version, 0);
  end if;
  perform ${s}.forget_1(old, w->'o', bodies, seq);
  update ${s}.records set n = nextval('${s.replaceAll("'", "''")}.record_numbers'), scope = (w->>'s')::bigint, kind = (w->>'k')::smallint, created = (w->>'c')::bigint,
      version = (w->>'v')::bigint, length = (w->>'l')::integer, thread = (w->>'h')::bigint, sequence = (w->>'q')::bigint,
      changed = seq, marks = ${s}.numbers_1(w->'m'), body = substr(bodies, (w->>'b')::integer, (w->>'z')::integer)
    where id = old.id returning n into now_n;
  insert into ${s}.marks (mark, record) select distinct mark, now_n from unnest(${s}.numbers_1(w->'m')) mark;
  insert into ${s}.recent (scope, record, sign, position, length, id, terms)
    values ((w->>'s')::bigint, now_n, 1, seq, (w->>'l')::integer, old.id, substr(bodies, (w->>'e')::integer, (w->>'f')::integer));
  delete from ${s}.gone where scope = (w->>'s')::bigint and id = old.id;
  if (w->>'x')::boolean then delete from ${s}.vectors where id = old.id; end if;
  if old.scope <> (w->>'s')::bigint then
    update ${s}.vectors set scope = (w->>'s')::bigint where id = old.id;
    insert into ${s}.gone (scope, id, position) values (old.scope, old.id, seq)
      on conflict (scope, id) do update set position = excluded.position;
  end if;
end $$;

create function ${s}.numbers_1(list jsonb) returns bigint[] language sql immutable as $$
  select coalesce(array_agg(t::bigint), '{}') from jsonb_array_elements_text(list) t $$;

create function ${s}.forget_1(old ${s}.records, known jsonb, bodies bytea, seq bigint) returns void language plpgsql as $$
begin
  -- The sender must have seen this very version, or its words cannot be taken out of the index. A record that the same
  -- commit has put is known without its number.
  if known is null or coalesce((known->>'n')::bigint <> old.n, old.changed <> seq) then
    raise exception using errcode = 'BR000';
  end if;
  delete from ${s}.marks where record = old.n and mark = any (old.marks);
  delete from ${s}.recent where scope = old.scope and position = forget_1.seq and record = old.n and old.changed = forget_1.seq;
  if not found then
    insert into ${s}.recent (scope, record, sign, position, length, terms)
      values (old.scope, old.n, -1, seq, old.length, substr(bodies, (known->>'e')::integer, (known->>'f')::integer));
  end if;
end $$;

create function ${s}.count_1(w jsonb) returns void language plpgsql as $$
begin
  perform 1 from ${s}.records where id = w->>'r' for key share;
  if not found then return; end if;
  insert into ${s}.counters as c (id, uses, tries, successes)
    values (w->>'r', (w->>'u')::bigint, (w->>'x')::bigint, (w->>'y')::bigint)
    on conflict (id) do update set uses = c.uses + excluded.uses, tries = c.tries + excluded.tries,
      successes = c.successes + excluded.successes;
end $$;

create function ${s}.vector_1(w jsonb, bodies bytea) returns void language plpgsql as $$
declare of_scope bigint;
begin
  select scope into of_scope from ${s}.records where id = w->>'r' and version = (w->>'v')::bigint for key share;
  if not found then return; end if;
  insert into ${s}.vectors (space, scope, id, bits, data)
    values ((w->>'s')::uuid, of_scope, w->>'r', (w->>'x')::bit varying,
      convert_from(substr(bodies, (w->>'b')::integer, (w->>'z')::integer), 'UTF8')::real[])
    on conflict (space, id) do update set scope = excluded.scope, bits = excluded.bits, data = excluded.data;
end $$;

create function ${s}.link_1(w jsonb, bodies bytea) returns void language plpgsql as $$
begin
  perform 1 from ${s}.records where id = w->>'f' for key share;
  if not found then raise exception using errcode = 'BR404', message = w->>'f'; end if;
  perform 1 from ${s}.records where id = w->>'o' for key share;
  if not found then raise exception using errcode = 'BR404', message = w->>'o'; end if;
  if (w->>'c')::boolean then
    -- The lock that the group holds lets one in at a time, or two might close a circle together.
    if exists (
      with recursive reached (id) as (
        select (w->>'o') collate "C" union
        select l.target from reached join ${s}.links l on l.source = reached.id and l.type = (w->>'y')::smallint)
      select 1 from reached where id = w->>'f')
    then raise exception using errcode = 'BR400'; end if;
  end if;
  insert into ${s}.links (source, target, type, more)
    values (w->>'f', w->>'o', (w->>'y')::smallint, substr(bodies, (w->>'b')::integer, (w->>'z')::integer))
    on conflict do nothing;
end $$;
`;
