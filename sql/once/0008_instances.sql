-- Several instances on one database: who polls what, and which of their deliveries came late.

set local search_path = pg_catalog;
set local role thidua_owner;

create table ingest.instance (
        instance_id integer generated always as identity constraint instance_instance_id_pk primary key,
        name text not null constraint instance_name_uq unique,
        spool uuid not null,
        since timestamptz not null
);

comment on table ingest.instance is 'Daemons that share connectors. One is alive while a session holds its advisory lock (1670001, instance_id).';
comment on column ingest.instance.spool is 'Spool of the daemon that held the name last: a session left over by itself is told from another daemon of the same name by it.';

create table ingest.lease (
        lease_id integer generated always as identity constraint lease_lease_id_pk primary key,
        connector text not null constraint lease_connector_uq unique,
        fence bigint not null,
        instance text,
        since timestamptz
);

comment on table ingest.lease is 'Who polls a connector. Held while a session holds the advisory lock (1670002, lease_id).';
comment on column ingest.lease.fence is 'Grows with each holder. A run that began under an older number does not overrule what its successors stated.';

alter table ingest.run
        add fence bigint,
        add is_late boolean not null default false;

comment on column ingest.run.fence is 'Number of the lease under which the source was asked; null: connectors were not shared.';
comment on column ingest.run.is_late is 'Delivered, at least in part, when another instance held the connector already, or after it was kept aside: its figures stand only where nothing later was stated, and it moved no cursor.';
