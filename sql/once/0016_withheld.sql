-- Of a reply: whether its body is not stored because the stream is confidential.

set local search_path = pg_catalog;
set local role thidua_owner;

alter table ingest.request
        add withheld boolean not null default false,
        add constraint request_withheld_ck check (not (withheld and (stored or head is not null)));

-- It tells of one thing more, and what a function returns cannot be changed in place.
drop function if exists ingest.stored_requests(uuid, text[]);

comment on column ingest.request.withheld is 'The body is not stored, and no part of it, because the stream has secret fields or holds secret documents; its hash and size are of the bytes that came.';
