/**
 * Functions for the writes that are no records. Each takes one write as JSON; what is sealed lies in `bodies`, and the JSON
 * says from where (`b`) and how long (`z`). They raise `BR409` with what was found instead (conflict), `BR404` with which
 * end is missing (not_found) and `BR000` when the sender's view is out of date (look again).
 */
export const smallWrites = (s: string): string => `
create function ${s}.append_1(w jsonb, bodies bytea, own_commit uuid, seq bigint) returns void language plpgsql as $$
declare
  of_stream uuid := (w->>'s')::uuid;
  expected bigint := (w->>'p')::bigint;
  n integer := (w->>'c')::integer;
  held bigint;
begin
  if n > 0 and w ? 'n' then
    insert into ${s}.streams (name, body) values (of_stream, substr(bodies, (w->'n'->>'b')::integer, (w->'n'->>'z')::integer))
      on conflict do nothing;
    insert into ${s}.beginnings (token, name) select t::bigint, of_stream from jsonb_array_elements_text(w->'n'->'g') t
      on conflict do nothing;
  end if;
  if n > 0 and expected is null then
    perform 1 from ${s}.streams where name = of_stream for update;
  end if;
  held := ${s}.length_1(of_stream);
  if expected <> held then raise exception using errcode = 'BR409', message = held; end if;
  if n = 0 then return; end if;
  insert into ${s}.journal (stream, position, seq, count, part, commit, body)
    values (of_stream, held, seq, n, (w->>'i')::integer, own_commit, substr(bodies, (w->>'b')::integer, (w->>'z')::integer))
    on conflict do nothing;
  if not found then raise exception using errcode = 'BR409', message = ${s}.length_1(of_stream); end if;
end $$;

create function ${s}.length_1(of_stream uuid) returns bigint language plpgsql as $$
declare held bigint;
begin
  select position + count into held from ${s}.journal where stream = of_stream order by position desc limit 1;
  if held is null then select length into held from ${s}.streams where name = of_stream; end if;
  return coalesce(held, 0);
end $$;

create function ${s}.trim_1(w jsonb) returns void language plpgsql as $$
declare
  of_stream uuid := (w->>'s')::uuid;
  held bigint;
begin
  perform 1 from ${s}.streams where name = of_stream for update;
  if not found then return; end if;
  held := ${s}.length_1(of_stream);
  update ${s}.streams set length = held, base = greatest(base, least(held, (w->>'p')::bigint)) where name = of_stream;
  with dropped as (
    delete from ${s}.journal j using ${s}.streams t
      where t.name = of_stream and j.stream = of_stream and j.position < t.base and j.position + j.count <= t.base
      returning j.commit, j.seq)
  insert into ${s}.commits (id, seq) select commit, min(dropped.seq) from dropped group by commit on conflict do nothing;
end $$;

create function ${s}.redact_1(w jsonb, bodies bytea) returns void language plpgsql as $$
declare f jsonb;
begin
  for f in select value from jsonb_array_elements(w->'f') loop
    update ${s}.journal set body = substr(bodies, (f->>'b')::integer, (f->>'z')::integer)
      where stream = (w->>'s')::uuid and position = (f->>'p')::bigint and substr(body, 1, 32) = decode(f->>'h', 'hex');
    if not found then raise exception using errcode = 'BR000'; end if;
  end loop;
end $$;

create function ${s}.document_1(w jsonb, bodies bytea) returns void language plpgsql as $$
declare
  key uuid := (w->>'k')::uuid;
  expected bigint := (w->>'p')::bigint;
  held bigint;
  entered bigint[];
begin
  loop
    select version into held from ${s}.documents where name = key for update;
    held := coalesce(held, 0);
    if expected <> held then raise exception using errcode = 'BR409', message = held; end if;
    if not w ? 'b' then
      delete from ${s}.documents where name = key returning beginnings into entered;
      delete from ${s}.beginnings where name = key and token = any (entered);
      return;
    end if;
    if w ? 'r' then
      perform 1 from ${s}.records where id = w->>'r' for key share;
      if not found then raise exception using errcode = 'BR404', message = w->>'r'; end if;
    end if;
    if held > 0 then
      update ${s}.documents
        set version = held + 1, record = w->>'r', body = substr(bodies, (w->>'b')::integer, (w->>'z')::integer)
        where name = key;
      return;
    end if;
    entered := ${s}.numbers_1(w->'g');
    insert into ${s}.documents (name, version, record, beginnings, body)
      values (key, 1, w->>'r', entered, substr(bodies, (w->>'b')::integer, (w->>'z')::integer)) on conflict do nothing;
    if found then
      insert into ${s}.beginnings (token, name) select token, key from unnest(entered) token on conflict do nothing;
      return;
    end if;
  end loop;
end $$;

create function ${s}.wake_1(w jsonb, bodies bytea) returns void language plpgsql as $$
begin
  if w ? 'b' then
    insert into ${s}.wakes (name, at, queue, lane, body)
      values ((w->>'k')::uuid, (w->>'a')::bigint, (w->>'q')::uuid, (w->>'l')::uuid,
        substr(bodies, (w->>'b')::integer, (w->>'z')::integer))
      on conflict (name) do update
        set at = excluded.at, queue = excluded.queue, lane = excluded.lane, body = excluded.body;
  else
    delete from ${s}.wakes where name = (w->>'k')::uuid;
  end if;
end $$;

create function ${s}.blob_1(w jsonb, bodies bytea) returns void language plpgsql as $$
declare held integer;
begin
  insert into ${s}.blobs as b (name, scope, refs, parts)
    values ((w->>'k')::uuid, (w->>'s')::bigint, 1, jsonb_array_length(w->'x'))
    on conflict (name) do update set refs = b.refs + 1 returning refs into held;
  if held > 1 then return; end if;
  insert into ${s}.chunks (blob, part, body)
    select (w->>'k')::uuid, i - 1, substr(bodies, (x->>0)::integer, (x->>1)::integer)
    from jsonb_array_elements(w->'x') with ordinality as parts (x, i);
end $$;

create function ${s}.unblob_1(w jsonb) returns void language plpgsql as $$
declare
  blob_name uuid := (w->>'k')::uuid;
  held integer;
begin
  update ${s}.blobs set refs = refs - 1 where name = blob_name returning refs into held;
  if held > 0 or held is null then return; end if;
  delete from ${s}.blobs where name = blob_name;
  delete from ${s}.chunks where blob = blob_name;
end $$;
`;
