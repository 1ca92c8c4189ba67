-- Of a reply: its headers that matter and, where it is too large to be kept whole, its beginning.

set local search_path = pg_catalog;
set local role thidua_owner;

alter table ingest.request
        add head bytea,
        add reply_headers jsonb;

comment on column ingest.request.head is 'The first bytes of a reply whose body is not stored; null: it is, or there was none, or nothing is to be kept.';
comment on column ingest.request.reply_headers is 'Headers of the answer that tell of which moment and state of the source it was: Date, Last-Modified, ETag, Age, Retry-After, Content-Encoding, Server.';
