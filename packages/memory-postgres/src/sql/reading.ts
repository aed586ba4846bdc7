import { keysLock } from "./locks.ts";

/** Functions that read what one statement alone would have to be planned for anew each time. */
export const reading = (s: string): string => `
-- Below which position everything is final for who looks at the store after this has answered: that of the oldest of this store's own
-- writers under way. They all share the lock of the keys before they have a number, and hold it until others see what they did, so
-- nobody else's transactions matter; but all do where locks are not seen, and while a writer's number is not.
create function ${s}.horizon_1() returns bigint language plpgsql as $$
declare
  now pg_snapshot := pg_current_snapshot();
  next bigint := pg_snapshot_xmax(now)::text::bigint;
  oldest bigint;
begin
  if pg_is_in_recovery() then
    oldest := pg_snapshot_xmin(now)::text::bigint;
  else
    -- Numbers of transactions are told there without their upper half: they are near to the next one.
    with held as materialized (select * from pg_locks where granted)
    select min(coalesce(
        next + (numbered.transactionid::text::bigint - next % 4294967296 + 6442450944) % 4294967296 - 2147483648,
        pg_snapshot_xmin(now)::text::bigint)) into oldest
      from held own left join held numbered on numbered.virtualtransaction = own.virtualtransaction
        and numbered.locktype = 'transactionid' and numbered.mode = 'ExclusiveLock'
      where own.locktype = 'advisory' and own.objsubid = 1
        and own.classid = ((${keysLock(s)}::bigint >> 32) & 4294967295)::oid and own.objid = (${keysLock(s)}::bigint & 4294967295)::oid
        and own.database = (select d.oid from pg_database d where d.datname = current_database());
  end if;
  return (least(oldest, next) + (select base from ${s}.clock)) * 1024;
end $$;

create function ${s}.changes_1(outer_token bigint, since bigint, most bigint, horizon bigint)
returns table (seq bigint, id text, gone boolean, safe boolean) language plpgsql stable as $$
#variable_conflict use_column
declare
  held bigint[] := array(select scope from ${s}.scope_within where outside = outer_token);
  dropped bigint[] := array(select scope from ${s}.gone_within where outside = outer_token);
begin
  return query select c.seq, c.id, c.gone, c.seq < horizon from (
    (select r.changed as seq, r.id, false as gone from ${s}.records r where r.scope = any (held) and r.changed > since
      order by r.changed fetch first coalesce(most, 9e15::bigint) rows with ties)
    union all
    (select max(g.position), g.id, true from ${s}.gone g left join ${s}.records r on r.id = g.id
      where g.scope = any (held || dropped) and g.position > since and (r.n is null or r.scope <> all (held))
      group by g.id order by 1 fetch first coalesce(most, 9e15::bigint) rows with ties)) c;
end $$;
`;
