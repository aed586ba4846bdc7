import { keysLock, namesLock } from "./locks.ts";

/** The functions that commits go through: one call for all commits that came together. */
export const commits = (s: string): string => `
create function ${s}.commit_1(plain jsonb, members jsonb, bodies bytea, patience integer, sealed_by bigint, locks jsonb)
returns jsonb language plpgsql as $$
declare
  member jsonb;
  outcomes jsonb := '[]';
  seq bigint;
begin
  perform set_config('lock_timeout', patience::text, true);
  -- Keys change only when no commit is under way, and none that was sealed before is let in after.
  perform pg_advisory_xact_lock_shared(${keysLock(s)});
  select (pg_current_xact_id()::text::bigint + base) * 1024 into seq from ${s}.clock where store_key = sealed_by;
  if not found then raise exception using errcode = 'BR010'; end if;
  perform ${s}.lock_1(locks);
  for member in select value from jsonb_array_elements(members) loop
    outcomes := outcomes || ${s}.apply_1(member, bodies, seq + jsonb_array_length(outcomes));
  end loop;
  perform ${s}.plain_1(plain, bodies, seq + jsonb_array_length(outcomes));
  return jsonb_build_object('o', outcomes, 'p', seq + jsonb_array_length(outcomes));
end $$;

-- Takes what a group will stand in others' way with, all at once and in one order for everybody: first scopes, by number,
-- then numbers that stand for names. So no two groups can wait for each other.
create function ${s}.lock_1(locks jsonb) returns void language plpgsql as $$
begin
  if locks ? 'x' then
    perform 1 from ${s}.scopes where n = any (${s}.numbers_1(locks->'s'))
      or n in (select scope from ${s}.scope_within where outside = any (${s}.numbers_1(locks->'x')))
      order by n for update;
  elsif locks ? 's' then
    perform 1 from ${s}.scopes where n = any (${s}.numbers_1(locks->'s')) order by n for key share;
  end if;
  if locks ? 'n' then
    perform pg_advisory_xact_lock(${namesLock(s)}, number::integer) from unnest(${s}.numbers_1(locks->'n')) number;
  end if;
end $$;

create function ${s}.forget_commits_1(kept bigint) returns void language sql as $$
  delete from ${s}.commits where seq < (select seq from ${s}.commits order by seq desc offset kept limit 1) $$;

-- The commit that matters most for speed: one append to the end of a stream that has frames. Gives nothing when it does not
-- fit; then the long way says why.
create function ${s}.append_only_1(of_stream uuid, expected bigint, n integer, own uuid, sealed bytea,
  sealed_by bigint) returns bigint language plpgsql as $$
declare at bigint;
begin
  -- As an expression, which takes less than a statement.
  if pg_advisory_xact_lock_shared(${keysLock(s)}) is null then return null; end if;
  insert into ${s}.journal (stream, position, seq, count, commit, body)
    select of_stream, expected, (pg_current_xact_id()::text::bigint + base) * 1024, n, own, sealed from ${s}.clock
    where store_key = sealed_by and expected =
      (select position + count from ${s}.journal where stream = of_stream order by position desc limit 1)
    on conflict do nothing returning seq into at;
  return at;
end $$;

-- What a run says first and last: the same, to a stream that may be new, with a wake that is set and others that are cleared. What
-- it locks are numbers for names, as in lock_1, in their order. Gives nothing, having done nothing, when it does not fit.
create function ${s}.append_with_wakes_1(of_stream uuid, expected bigint, n integer, own uuid, sealed bytea, sealed_by bigint,
  patience integer, locks integer[], stream_name bytea, tokens bigint[], cleared uuid[], wake uuid, wake_at bigint,
  wake_queue uuid, wake_lane uuid, wake_body bytea) returns bigint language plpgsql as $$
declare
  at bigint;
  number integer;
begin
  perform set_config('lock_timeout', patience::text, true);
  if pg_advisory_xact_lock_shared(${keysLock(s)}) is null then return null; end if;
  foreach number in array locks loop
    if pg_advisory_xact_lock(${namesLock(s)}, number) is null then return null; end if;
  end loop;
  insert into ${s}.journal (stream, position, seq, count, commit, body)
    select of_stream, expected, (pg_current_xact_id()::text::bigint + base) * 1024, n, own, sealed from ${s}.clock
    where store_key = sealed_by and expected = coalesce(
      (select position + count from ${s}.journal where stream = of_stream order by position desc limit 1),
      (select length from ${s}.streams where name = of_stream), 0)
    on conflict do nothing returning seq into at;
  if at is null then return null; end if;
  if stream_name is not null then
    insert into ${s}.streams (name, body) values (of_stream, stream_name) on conflict do nothing;
    insert into ${s}.beginnings (token, name) select token, of_stream from unnest(tokens) token on conflict do nothing;
  end if;
  if cleared is not null then delete from ${s}.wakes where name = any (cleared); end if;
  if wake is not null then
    insert into ${s}.wakes (name, at, queue, lane, body) values (wake, wake_at, wake_queue, wake_lane, wake_body)
      on conflict (name) do update
        set at = excluded.at, queue = excluded.queue, lane = excluded.lane, body = excluded.body;
  end if;
  return at;
end $$;

-- The plain commits of a group, each the end of a stream of its own and wakes: a statement for each table does all of them. None
-- names what another of the group does. BR001 when one does not fit, or was done before; then they go the long way, which says
-- which.
create function ${s}.plain_1(plain jsonb, bodies bytea, seq bigint) returns void language plpgsql as $$
declare added integer;
begin
  insert into ${s}.journal (stream, position, seq, count, commit, body)
    select s, p, plain_1.seq + at, c, i, substr(bodies, b, z)
    from jsonb_to_recordset(plain->'a') as own (at integer, s uuid, p bigint, c integer, i uuid, b integer, z integer)
    where p = coalesce(
      (select j.position + j.count from ${s}.journal j where j.stream = s order by j.position desc limit 1),
      (select t.length from ${s}.streams t where t.name = s), 0)
    order by s
    on conflict do nothing;
  get diagnostics added = row_count;
  if added < jsonb_array_length(plain->'a') then raise exception using errcode = 'BR001'; end if;
  if plain ? 'n' then
    insert into ${s}.streams (name, body)
      select s, substr(bodies, b, z) from jsonb_to_recordset(plain->'n') as named (s uuid, b integer, z integer) order by s
      on conflict do nothing;
    insert into ${s}.beginnings (token, name)
      select token::bigint, s
      from jsonb_to_recordset(plain->'n') as named (s uuid, g jsonb), jsonb_array_elements_text(g) as token order by token, s
      on conflict do nothing;
  end if;
  if plain ? 'k' then
    insert into ${s}.wakes (name, at, queue, lane, body)
      select k, a, q, l, substr(bodies, b, z)
      from jsonb_to_recordset(plain->'k') as wake (k uuid, a bigint, q uuid, l uuid, b integer, z integer) order by k
      on conflict (name) do update
        set at = excluded.at, queue = excluded.queue, lane = excluded.lane, body = excluded.body;
  end if;
  if plain ? 'd' then
    delete from ${s}.wakes where name in (select k::uuid from jsonb_array_elements_text(plain->'d') as k);
  end if;
end $$;

create function ${s}.apply_1(member jsonb, bodies bytea, seq bigint) returns jsonb language plpgsql as $$
declare
  own uuid := (member->>'id')::uuid;
  held bigint;
  w jsonb;
  i integer := 0;
begin
  begin
    if not member ? 'o' then
      insert into ${s}.commits (id, seq) values (own, apply_1.seq) on conflict do nothing;
      if not found then
        select c.seq into held from ${s}.commits c where id = own;
        return jsonb_build_object('p', held);
      end if;
    end if;
    for w in select value from jsonb_array_elements(member->'k') loop
      perform 1 from ${s}.scopes where n = (w->>0)::bigint and key = (w->>1)::bigint for key share;
      if not found then raise exception using errcode = 'BR000'; end if;
    end loop;
    for w in select value from jsonb_array_elements(member->'w') loop
      case w->>'t'
        when 'append' then perform ${s}.append_1(w, bodies, own, seq);
        when 'put' then perform ${s}.put_1(w, bodies, seq);
        when 'edit' then perform ${s}.edit_1(w, bodies, seq);
        when 'document' then perform ${s}.document_1(w, bodies);
        when 'count' then perform ${s}.count_1(w);
        when 'vector' then perform ${s}.vector_1(w, bodies);
        when 'link' then perform ${s}.link_1(w, bodies);
        when 'wake' then perform ${s}.wake_1(w, bodies);
        when 'blob' then perform ${s}.blob_1(w, bodies);
        when 'unblob' then perform ${s}.unblob_1(w);
        when 'trim' then perform ${s}.trim_1(w);
        when 'redact' then perform ${s}.redact_1(w, bodies);
        when 'fail' then raise exception using errcode = 'BR409';
        when 'erase' then perform ${s}.erase_1(w, bodies, seq);
      end case;
      i := i + 1;
    end loop;
    return jsonb_build_object('p', seq);
  exception
    when sqlstate 'BR409' or sqlstate 'BR404' or sqlstate 'BR400' or sqlstate 'BR000' then
      if member ? 'o' then
        -- Its append does not fit any more when it has been done before.
        select j.seq into held from ${s}.journal j
          where stream = (member->'o'->>0)::uuid and position = (member->'o'->>1)::bigint and commit = own;
        if not found then select c.seq into held from ${s}.commits c where id = own; end if;
        if held is not null then return jsonb_build_object('p', held); end if;
      end if;
      return jsonb_build_object('e', sqlstate, 'w', i, 'm', sqlerrm);
    when lock_not_available then
      -- Whoever comes after it in the group does not wait as long again.
      perform set_config('lock_timeout', '50', true);
      return jsonb_build_object('e', sqlstate, 'w', i);
  end;
end $$;
`;
