-- What the daemon reads when it starts.

create or replace function ingest.cursors()
returns table (connector text, stream text, partition text, value text)
language sql
stable
security definer
begin atomic
        select c.connector, c.stream, c.partition, c.value
        from ingest.cursor c
        order by c.connector, c.stream, c.partition;
end;
comment on function ingest.cursors() is 'Where every stream stands, as of the last delivery.';
