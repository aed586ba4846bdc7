/** Functions that erase. */
export const erasing = (s: string): string => `
create function ${s}.erase_1(w jsonb, bodies bytea, seq bigint) returns void language plpgsql as $$
declare
  known jsonb;
  old ${s}.records;
begin
  -- Whoever has come under the subject since the sender looked must be looked at too.
  if w ? 'u' and exists (select 1 from ${s}.marks join ${s}.records on n = record
      where mark = (w->>'u')::bigint and changed <> seq and n <> all (${s}.numbers_1(w->'un'))) then
    raise exception using errcode = 'BR000';
  end if;
  for known in select value from jsonb_array_elements(w->'r') loop
    select * into old from ${s}.records where id = known->>'i' for update;
    if not found then
      if known ? 'n' then raise exception using errcode = 'BR000'; end if;
      continue;
    end if;
    perform ${s}.forget_1(old, case when known ? 'e' then known end, bodies, seq);
    perform ${s}.remove_1(array[old.n], array[old.id]);
    insert into ${s}.gone (scope, id, position) values (old.scope, old.id, seq)
      on conflict (scope, id) do update set position = excluded.position;
  end loop;
  if w ? 'x' then perform ${s}.erase_scope_1((w->>'x')::bigint, ${s}.numbers_1(w->'keep'), seq); end if;
end $$;

create function ${s}.remove_1(numbers bigint[], ids text[]) returns void language plpgsql as $$
begin
  delete from ${s}.links where source = any (ids);
  delete from ${s}.links where target = any (ids);
  delete from ${s}.counters where id = any (ids);
  delete from ${s}.vectors where id = any (ids);
  with gone as (delete from ${s}.documents where record = any (ids) returning name, beginnings)
    delete from ${s}.beginnings b using gone where b.name = gone.name and b.token = any (gone.beginnings);
  delete from ${s}.records where n = any (numbers);
end $$;

create function ${s}.erase_scope_1(outer_token bigint, keep bigint[], seq bigint) returns void language plpgsql as $$
declare
  one record;
  numbers bigint[];
  ids text[];
begin
  for one in select sc.n, sc.key from ${s}.scopes sc join ${s}.scope_within i on i.scope = sc.n
      where i.outside = outer_token order by sc.n for update of sc loop
    -- Which tokens lead to the scope must be known, so that its changes can still be found.
    insert into ${s}.gone_within (outside, scope) select outside, scope from ${s}.scope_within where scope = one.n
      on conflict do nothing;
    delete from ${s}.postings where segment in (select n from ${s}.segments where scope = one.n);
    delete from ${s}.segments where scope = one.n;
    delete from ${s}.recent where scope = one.n;
    select array_agg(n), array_agg(id) into numbers, ids from ${s}.records where scope = one.n;
    delete from ${s}.marks m using ${s}.records r, unnest(r.marks) own
      where r.scope = one.n and m.mark = own and m.record = r.n;
    perform ${s}.remove_1(numbers, ids);
    perform ${s}.lows_1(array(select distinct n / 256 from unnest(numbers) n));
    insert into ${s}.gone (scope, id, position) select one.n, unnest(ids), seq
      on conflict (scope, id) do update set position = excluded.position;
    delete from ${s}.chunks c using ${s}.blobs b where b.scope = one.n and c.blob = b.name;
    delete from ${s}.blobs where scope = one.n;
    update ${s}.scopes set records = 0, terms = 0, generation = ${s}.stamp_1() where n = one.n;
    -- A scope into which the same commit goes on to write stays, with its key.
    if one.n = any (keep) then continue; end if;
    delete from ${s}.keys where id = one.key;
    delete from ${s}.scopes where n = one.n;
    delete from ${s}.scope_within where scope = one.n;
  end loop;
end $$;
`;
