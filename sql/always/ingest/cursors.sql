-- What the daemon reads when it starts.

create or replace function ingest.cursors()
returns table (connector text, stream text, partition text, value text)
language sql
stable
security definer
begin atomic
        select c.connector, c.stream, c.partition, c.value
        from ingest.cursor c
        where c.partition not like 'ask:%'
        union all
        (
                select c.connector, c.stream, c.partition, c.value
                from ingest.cursor c
                where c.partition like 'ask:%'
                order by c.known_at desc
                limit 100000
        );
end;
comment on function ingest.cursors() is
        'Where every stream stands, as of the last delivery, and what the newest hundred thousand asks were answered last: the daemon keeps no more of them.';
