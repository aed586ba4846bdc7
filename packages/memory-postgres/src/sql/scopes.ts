import { keysLock } from "./locks.ts";

/** Makes scopes with their keys, all at once; gives those that count, whoever made them. */
export const scopes = (s: string): string => `
create function ${s}.scopes_1(made jsonb, sealed_by bigint) returns table (n bigint, name uuid, key bigint, wrapped bytea)
language plpgsql as $$
#variable_conflict use_column
declare
  one jsonb;
  new_n bigint;
begin
  perform pg_advisory_xact_lock_shared(${keysLock(s)});
  perform 1 from ${s}.clock where store_key = sealed_by;
  if not found then raise exception using errcode = 'BR010'; end if;
  for one in select value from jsonb_array_elements(made) loop
    insert into ${s}.scopes (name, key, body)
      values ((one->>'name')::uuid, (one->>'key')::bigint, decode(one->>'body', 'hex'))
      on conflict do nothing returning n into new_n;
    if found then
      insert into ${s}.keys (id, wrapped) values ((one->>'key')::bigint, decode(one->>'wrapped', 'hex'));
      insert into ${s}.scope_within (outside, scope) select t::bigint, new_n from jsonb_array_elements_text(one->'outs') t;
    end if;
  end loop;
  return query select sc.n, sc.name, sc.key, k.wrapped from ${s}.scopes sc join ${s}.keys k on k.id = sc.key
    where sc.name in (select (value->>'name')::uuid from jsonb_array_elements(made));
end $$;
`;
