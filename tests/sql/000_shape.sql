-- The interface, name by name: what stands here may gain, never lose.
begin;
select plan(34);

select schemas_are(array['meta', 'registry', 'ingest', 'fact', 'comply', 'api_v1', 'public', 'try']);
select tables_are('meta', array['applied']);
select tables_are('registry', array['unit', 'unit_code', 'succession', 'block_member', 'metric', 'period_type', 'campaign',
        'campaign_version', 'campaign_level', 'review', 'criterion', 'criterion_input', 'criterion_level', 'not_applicable', 'target']);
select tables_are('comply', array['dirty', 'snapshot', 'current', 'result', 'standing', 'restated', 'change', 'review', 'review_result']);
select views_are('api_v1', array['units', 'unit_codes', 'successions', 'blocks', 'figures', 'campaigns', 'criteria', 'compliance',
        'compliance_levels', 'standings', 'changes', 'restatements', 'reviews', 'review_results', 'expected_data', 'outlook', 'dominance', 'unknown_units', 'runs', 'rejects', 'connectors']);
select functions_are('api_v1', array['compliance_as_of', 'explain', 'excerpt', 'render_explain', 'render_compliance', 'render_rejects', 'render_quarantine', 'reject', 'review_diff',
        'expected_data_as_of', 'outlook_as_of', 'dominance_as_of', 'check_shortlist']);
select tables_are('api_v1', array[]::name[], 'readers meet views and functions, no tables');

select columns_are('api_v1', 'units', array['unit', 'name', 'kind', 'level', 'parent', 'gso_code', 'valid_from', 'valid_to', 'note']);
select columns_are('api_v1', 'unit_codes', array['system', 'code', 'unit', 'valid_from', 'valid_to', 'note']);
select columns_are('api_v1', 'successions', array['predecessor', 'successor', 'effective_on', 'legal_basis', 'note']);
select columns_are('api_v1', 'blocks', array['block', 'block_name', 'unit', 'as_of', 'source']);
select columns_are('api_v1', 'figures', array['metric', 'unit', 'period_kind', 'calendar', 'cumulative', 'period_from', 'period_to', 'value',
        'observed_at', 'quality', 'evidence', 'known_at', 'is_newest', 'connector', 'stream', 'run', 'request_seq', 'record_no',
        'payload_sha256']);
select columns_are('api_v1', 'campaigns', array['campaign', 'version', 'title', 'legal_basis', 'from_on', 'to_on', 'measure_from',
        'measure_to', 'province', 'loaded_at', 'sha256', 'content', 'while_open']);
select columns_are('api_v1', 'criteria', array['campaign', 'version', 'criterion', 'ordinal', 'title', 'kind', 'metrics', 'denominators',
        'out_of', 'period', 'calendar', 'accumulate', 'province', 'levels', 'targets', 'direction', 'due_after', 'stale_after', 'carry',
        'exclude', 'legal_basis', 'certainty', 'note', 'min_coverage']);
select columns_are('api_v1', 'compliance', array['campaign', 'version', 'as_of', 'criterion', 'unit', 'unit_name', 'level', 'status',
        'reason', 'numerator', 'denominator', 'value', 'target', 'periods_due', 'periods_missing', 'period_from', 'period_to',
        'observed_at', 'known_at', 'computed_at', 'prospect']);
select columns_are('api_v1', 'standings', array['campaign', 'version', 'as_of', 'unit', 'unit_name', 'level', 'bound', 'met', 'not_met',
        'criteria', 'computed_at']);
select columns_are('api_v1', 'compliance_levels', array['campaign', 'version', 'as_of', 'criterion', 'scope', 'level', 'status',
        'numerator', 'denominator', 'value', 'target', 'units_bound', 'units_counted', 'units_passed', 'observed_at', 'known_at',
        'computed_at']);
select columns_are('api_v1', 'changes', array['change_id', 'changed_at', 'campaign', 'version', 'as_of', 'criterion', 'scope', 'level',
        'unit', 'status_before', 'status', 'numerator_before', 'numerator', 'denominator_before', 'denominator']);
select columns_are('api_v1', 'restatements', array['restated_id', 'noticed_at', 'metric', 'unit', 'period_kind', 'calendar', 'cumulative', 'period_from',
        'period_to', 'value_before', 'value', 'known_before', 'known_at', 'connector', 'stream', 'run']);
select columns_are('api_v1', 'reviews', array['campaign', 'on_day', 'name', 'basis', 'is_frozen', 'version', 'known_at', 'frozen_at',
        'frozen_by', 'met', 'not_met', 'results']);
select columns_are('api_v1', 'review_results', array['campaign', 'on_day', 'version', 'criterion', 'scope', 'level', 'unit', 'status', 'reason',
        'numerator', 'denominator', 'value', 'target', 'units_bound', 'units_counted', 'units_passed', 'periods_due', 'periods_missing',
        'period_from', 'period_to', 'observed_at', 'known_at']);
select columns_are('api_v1', 'expected_data', array['campaign', 'as_of', 'criterion', 'unit', 'counts_for', 'period_kind', 'period_from',
        'period_to', 'due_on', 'state', 'days_late', 'known_at']);
select columns_are('api_v1', 'outlook', array['campaign', 'as_of', 'criterion', 'unit', 'level', 'review_on', 'status', 'no_outlook', 'trend',
        'numerator', 'denominator', 'target', 'more_expected', 'missing', 'is_out_of_reach', 'expected_value', 'expected_low',
        'expected_high', 'steps']);
select columns_are('api_v1', 'dominance', array['campaign', 'as_of', 'block', 'unit', 'other', 'better', 'equal', 'worse', 'unknown',
        'relation']);
select columns_are('api_v1', 'runs', array['run', 'connector', 'stream', 'slot_at', 'started_at', 'ended_at', 'state', 'pages', 'records',
        'samples', 'rejects', 'failure_class', 'failure_retryable', 'failure_http_status', 'failure_sqlstate', 'failure_story',
        'instance', 'setup', 'cause', 'stated_at', 'replays', 'fence', 'is_late']);
select columns_are('api_v1', 'rejects', array['reject_id', 'known_at', 'connector', 'stream', 'run', 'request_seq', 'record_no',
        'reason', 'field', 'detail', 'excerpt', 'unit_code', 'system', 'outcome', 'settled_at', 'settled_by', 'settled_run']);
select columns_are('api_v1', 'connectors', array['connector', 'stream', 'state', 'last_run', 'last_started_at', 'last_ended_at',
        'last_samples', 'last_rejects', 'failure_class', 'failure_story', 'last_success_at']);

select functions_are('ingest', array['make_partition', 'make_fact_year', 'make_month', 'make_partitions', 'make_months', 'resolve_runs',
        'store_requests', 'resolve_metrics', 'resolve_periods', 'store_rejects', 'store_cursors', 'lock_asks', 'unproven_parcels', 'forget_unproven', 'forget_asks', 'deliver', 'retire', 'cursors', 'cursors_of', 'slot_served', 'holds', 'sessions_left', 'shares', 'share', 'late_parcels', 'run_digest', 'run_digests', 'link_hash', 'link_runs', 'is_retired', 'verify_chain', 'chain_state', 'stored_bodies', 'body_user', 'about_bodies', 'withheld_replies',
        'stored_runs', 'stored_requests', 'stored_body', 'quarantine', 'quarantine_runs', 'quarantine_count', 'settle_rejects',
        'accept_rejects', 'block_runs', 'fail_blocked', 'is_overruled', 'looks_new', 'samples', 'state_new', 'state_plain', 'state_ordered', 'judge_figure', 'judge_samples', 'known_blocks', 'notes_of', 'set_aside']);
select is((select pg_get_function_result(p.oid) from pg_proc p where p.oid::regproc::text = 'ingest.deliver'),
        'TABLE(parcel bigint, outcome text, observations integer, unchanged integer)', 'what deliver answers');
select is((select pronargs::integer from pg_proc p where p.oid::regproc::text = 'ingest.deliver'), 29, 'deliver takes 29 arguments');

-- docs/scaling.md: what would be distributed by unit has the unit in every unique key.
select is_empty($$
        select c.conrelid::regclass, c.conname
        from pg_constraint c
        where c.contype in ('p', 'u')
                and c.conrelid in ('fact.observation'::regclass, 'fact.latest'::regclass)
                and not exists (select from pg_attribute a where a.attrelid = c.conrelid and a.attname = 'unit_id' and a.attnum = any (c.conkey))
$$, 'unique keys of figures hold the unit');

select is_empty($$
        select c.conrelid::regclass, c.conname
        from pg_constraint c
        join pg_class t on t.oid = c.conrelid and not t.relispartition
        where c.connamespace::regnamespace::text in ('meta', 'registry', 'ingest', 'fact', 'comply')
                and c.conname !~ ('^' || t.relname || '_.+_(pk|uq|fk|ck)$')
$$, 'constraints are named table_columns_pk, uq, fk or ck');
select is_empty($$
        select p.oid::regprocedure
        from pg_proc p
        where p.pronamespace::regnamespace::text in ('meta', 'registry', 'ingest', 'fact', 'comply', 'api_v1')
                and not (p.prolang = (select oid from pg_language where lanname = 'sql') and p.prosqlbody is not null)
                and not coalesce(p.proconfig @> array['search_path=""'], false)
$$, 'every function is bound when created or has an empty search_path');
select is_empty($$
        select p.oid::regprocedure
        from pg_proc p
        where p.pronamespace::regnamespace::text in ('meta', 'registry', 'ingest', 'fact', 'comply', 'api_v1')
                and p.proowner <> 'thidua_owner'::regrole
        union all
        select c.oid::regclass::oid::regprocedure
        from pg_class c
        where c.relnamespace::regnamespace::text in ('meta', 'registry', 'ingest', 'fact', 'comply', 'api_v1')
                and c.relowner <> 'thidua_owner'::regrole
$$, 'everything belongs to thidua_owner, partitions made by deliver too');

select * from finish();
rollback;
