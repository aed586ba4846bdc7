/** Functions that read what one statement alone would have to be planned for anew each time. */
export const reading = (s: string): string => `
create function ${s}.changes_1(outer_token bigint, since bigint, most bigint)
returns table (seq bigint, id text, gone boolean, safe boolean) language plpgsql stable as $$
#variable_conflict use_column
declare
  held bigint[] := array(select scope from ${s}.scope_within where outside = outer_token);
  dropped bigint[] := array(select scope from ${s}.gone_within where outside = outer_token);
  horizon bigint := (pg_snapshot_xmin(pg_current_snapshot())::text::bigint + (select base from ${s}.clock)) * 1024;
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
