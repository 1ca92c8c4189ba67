-- Roles, schemas and the list of applied files; the one file that needs a role allowed to create roles and schemas.
--
-- The three roles carry no login: a DBA grants them to the accounts that log in. They may exist beforehand.

set local search_path = pg_catalog;

do $$
declare
        v_role text;
begin
        foreach v_role in array array['thidua_owner', 'thidua_writer', 'thidua_reader'] loop
                if not exists (select from pg_roles where rolname = v_role) then
                        execute format('create role %I nologin', v_role);
                end if;
        end loop;
        -- A plain role with CREATEROLE is not a member of what it creates, and only a member may act as the owner.
        if not pg_has_role(current_user, 'thidua_owner', 'member') then
                execute format('grant thidua_owner to %I', current_user);
        end if;
end
$$;

create schema meta authorization thidua_owner;
create schema registry authorization thidua_owner;
create schema ingest authorization thidua_owner;
create schema fact authorization thidua_owner;
create schema comply authorization thidua_owner;
create schema api_v1 authorization thidua_owner;

comment on schema meta is 'Which files of sql/ were applied to this database.';
comment on schema registry is 'Units, their codes and successions, metrics, campaigns with their criteria and targets.';
comment on schema ingest is 'Parcels, runs, requests, payloads, rejects and cursors: how each figure came in.';
comment on schema fact is 'What sources stated: append-only observations in two times.';
comment on schema comply is 'Compliance: the functions that compute it, the dirty set and the results.';
comment on schema api_v1 is 'The interface for readers: views and functions only. It grows, it never changes.';

set local role thidua_owner;

alter default privileges for role thidua_owner revoke execute on functions from public;

create table meta.applied (
        name text constraint applied_name_pk primary key,
        sha256 text not null constraint applied_sha256_ck check (sha256 ~ '^[0-9a-f]{64}$'),
        applied_at timestamptz not null default now()
);

comment on table meta.applied is 'One row per file of sql/once that was applied. The row goes in first, so a second runner fails on the key.';
comment on column meta.applied.name is 'File name as in sql/manifest.';
comment on column meta.applied.sha256 is 'SHA-256 of the file in hex; a file that changed afterwards is an error.';
comment on column meta.applied.applied_at is 'When it was applied.';
