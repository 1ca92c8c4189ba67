
COMMENT ON SCHEMA api_v1 IS 'The interface for readers: views and functions only. It grows, it never changes.';

COMMENT ON SCHEMA comply IS 'Compliance: the functions that compute it, the dirty set and the results.';

COMMENT ON SCHEMA fact IS 'What sources stated: append-only observations in two times.';

COMMENT ON SCHEMA ingest IS 'Parcels, runs, requests, payloads, rejects and cursors: how each figure came in.';

COMMENT ON SCHEMA meta IS 'Which files of sql/ were applied to this database.';

COMMENT ON SCHEMA registry IS 'Units, their codes and successions, metrics, campaigns with their criteria and targets.';

COMMENT ON COLUMN api_v1.blocks.as_of IS 'Month or year in which the membership was seen; not a validity.';

COMMENT ON COLUMN api_v1.blocks.block IS 'Short name of the block.';

COMMENT ON COLUMN api_v1.blocks.block_name IS 'Name of the block.';

COMMENT ON COLUMN api_v1.blocks.source IS 'Where it was seen.';

COMMENT ON COLUMN api_v1.blocks.unit IS 'Member.';

COMMENT ON COLUMN api_v1.campaigns.campaign IS 'Short name of the campaign.';

COMMENT ON COLUMN api_v1.campaigns.content IS 'The campaign file as JSON.';

COMMENT ON COLUMN api_v1.campaigns.from_on IS 'First day.';

COMMENT ON COLUMN api_v1.campaigns.legal_basis IS 'The act.';

COMMENT ON COLUMN api_v1.campaigns.loaded_at IS 'When this version was loaded.';

COMMENT ON COLUMN api_v1.campaigns.measure_from IS 'A period counts when its last day is not before this day';

COMMENT ON COLUMN api_v1.campaigns.measure_to IS 'and not after this one.';

COMMENT ON COLUMN api_v1.campaigns.province IS 'Unit at the top.';

COMMENT ON COLUMN api_v1.campaigns.sha256 IS 'SHA-256 of the content.';

COMMENT ON COLUMN api_v1.campaigns.title IS 'Title.';

COMMENT ON COLUMN api_v1.campaigns.to_on IS 'Last day; compliance stands still from then on.';

COMMENT ON COLUMN api_v1.campaigns.version IS 'Number of the version, counted from 1.';

COMMENT ON COLUMN api_v1.campaigns.while_open IS 'Status of an open criterion: judged: met or not_met by what has come; prospect: on_track or at_risk where there is an outlook.';

COMMENT ON COLUMN api_v1.changes.as_of IS 'Day for which it holds.';

COMMENT ON COLUMN api_v1.changes.campaign IS 'Short name of the campaign.';

COMMENT ON COLUMN api_v1.changes.change_id IS 'Grows with every change.';

COMMENT ON COLUMN api_v1.changes.changed_at IS 'When the change was computed.';

COMMENT ON COLUMN api_v1.changes.criterion IS 'Id of the criterion.';

COMMENT ON COLUMN api_v1.changes.denominator IS 'Denominator now.';

COMMENT ON COLUMN api_v1.changes.denominator_before IS 'Denominator before.';

COMMENT ON COLUMN api_v1.changes.level IS 'Level of the campaign; null: the province.';

COMMENT ON COLUMN api_v1.changes.numerator IS 'Numerator now.';

COMMENT ON COLUMN api_v1.changes.numerator_before IS 'Numerator before.';

COMMENT ON COLUMN api_v1.changes.scope IS 'unit, level or province.';

COMMENT ON COLUMN api_v1.changes.status IS 'Status now; null: there is no row any more.';

COMMENT ON COLUMN api_v1.changes.status_before IS 'Status before; null: there was no row.';

COMMENT ON COLUMN api_v1.changes.unit IS 'Code of the unit; null: a level or the province.';

COMMENT ON COLUMN api_v1.changes.version IS 'Version of the campaign.';

COMMENT ON COLUMN api_v1.compliance.as_of IS 'Day for which it holds.';

COMMENT ON COLUMN api_v1.compliance.campaign IS 'Short name of the campaign.';

COMMENT ON COLUMN api_v1.compliance.computed_at IS 'When results were last brought up to date.';

COMMENT ON COLUMN api_v1.compliance.criterion IS 'Id of the criterion.';

COMMENT ON COLUMN api_v1.compliance.denominator IS 'Denominator; null for flags and values.';

COMMENT ON COLUMN api_v1.compliance.known_at IS 'When the newest statement behind the figure became known.';

COMMENT ON COLUMN api_v1.compliance.level IS 'Level of the campaign on which the unit stands.';

COMMENT ON COLUMN api_v1.compliance.numerator IS 'Numerator, or the value itself; null: no figure.';

COMMENT ON COLUMN api_v1.compliance.observed_at IS 'Newest statement of the source, by its own time.';

COMMENT ON COLUMN api_v1.compliance.period_from IS 'First day the figure speaks about.';

COMMENT ON COLUMN api_v1.compliance.period_to IS 'Last day the figure speaks about.';

COMMENT ON COLUMN api_v1.compliance.periods_due IS 'Closed periods owed, with those of units merged in.';

COMMENT ON COLUMN api_v1.compliance.periods_missing IS 'How many of them are missing, lines of a checklist that nobody could read, or reports of which nobody can tell when they came.';

COMMENT ON COLUMN api_v1.compliance.prospect IS 'on_track or at_risk: whether the target will be reached on the next review if it goes on as in the newest six periods; null: there is no outlook, and api_v1.outlook says why.';

COMMENT ON COLUMN api_v1.compliance.reason IS 'Why it does not apply.';

COMMENT ON COLUMN api_v1.compliance.status IS 'met, not_met, on_track, at_risk (instead of these two while the campaign is open, where it says so: while_open), no_data (nothing ever came), overdue (a figure owed is missing), stale (the newest statement is too old), no_figure (denominator 0), no_target, not_applicable, disputed.';

COMMENT ON COLUMN api_v1.compliance.target IS 'Target of this unit; null: none.';

COMMENT ON COLUMN api_v1.compliance.unit IS 'Code of the unit.';

COMMENT ON COLUMN api_v1.compliance.unit_name IS 'Name of the unit.';

COMMENT ON COLUMN api_v1.compliance.value IS 'Percent to six decimals, or the value; for showing, verdicts rest on the two counts.';

COMMENT ON COLUMN api_v1.compliance.version IS 'Version of the campaign that was used.';

COMMENT ON COLUMN api_v1.compliance_levels.as_of IS 'Day for which it holds.';

COMMENT ON COLUMN api_v1.compliance_levels.campaign IS 'Short name of the campaign.';

COMMENT ON COLUMN api_v1.compliance_levels.computed_at IS 'When results were last brought up to date.';

COMMENT ON COLUMN api_v1.compliance_levels.criterion IS 'Id of the criterion.';

COMMENT ON COLUMN api_v1.compliance_levels.denominator IS 'Sum of the units'' denominators, or units counted.';

COMMENT ON COLUMN api_v1.compliance_levels.known_at IS 'When the newest statement behind the figure became known.';

COMMENT ON COLUMN api_v1.compliance_levels.level IS 'Level of the campaign; null: the province.';

COMMENT ON COLUMN api_v1.compliance_levels.numerator IS 'Sum of the units'' numerators, or units that pass; the province''s own where it states one.';

COMMENT ON COLUMN api_v1.compliance_levels.observed_at IS 'Newest statement of a source, by its own time.';

COMMENT ON COLUMN api_v1.compliance_levels.scope IS 'level or province.';

COMMENT ON COLUMN api_v1.compliance_levels.status IS 'Status word, as in compliance; no_data when no unit has a figure, or fewer units have one than the criterion''s minimum coverage: the sum of those that have one is shown, and not judged.';

COMMENT ON COLUMN api_v1.compliance_levels.target IS 'Target of the level or of the province as a whole; null: none.';

COMMENT ON COLUMN api_v1.compliance_levels.units_bound IS 'Units that the criterion binds.';

COMMENT ON COLUMN api_v1.compliance_levels.units_counted IS 'Units that have a figure and are in the sum.';

COMMENT ON COLUMN api_v1.compliance_levels.units_passed IS 'Units that pass, where units are counted.';

COMMENT ON COLUMN api_v1.compliance_levels.value IS 'Percent to six decimals; for showing.';

COMMENT ON COLUMN api_v1.compliance_levels.version IS 'Version of the campaign that was used.';

COMMENT ON COLUMN api_v1.connectors.connector IS 'Connector.';

COMMENT ON COLUMN api_v1.connectors.failure_class IS 'What kind of failure it ended with.';

COMMENT ON COLUMN api_v1.connectors.failure_story IS 'What happened, in words.';

COMMENT ON COLUMN api_v1.connectors.last_ended_at IS 'When it ended.';

COMMENT ON COLUMN api_v1.connectors.last_rejects IS 'Records it could not use.';

COMMENT ON COLUMN api_v1.connectors.last_run IS 'Id of the last run.';

COMMENT ON COLUMN api_v1.connectors.last_samples IS 'Figures it brought.';

COMMENT ON COLUMN api_v1.connectors.last_started_at IS 'When it began.';

COMMENT ON COLUMN api_v1.connectors.last_success_at IS 'When the last run that brought everything ended; null: never.';

COMMENT ON COLUMN api_v1.connectors.state IS 'State of the last run: running, ok, partial, unchanged or failed.';

COMMENT ON COLUMN api_v1.connectors.stream IS 'Stream of the connector.';

COMMENT ON COLUMN api_v1.criteria.accumulate IS 'sum of closed periods, latest year-to-date figure, or state on a day.';

COMMENT ON COLUMN api_v1.criteria.calendar IS 'calendar or 15-14.';

COMMENT ON COLUMN api_v1.criteria.campaign IS 'Short name of the campaign.';

COMMENT ON COLUMN api_v1.criteria.carry IS 'predecessors: figures of units merged into a unit count with it.';

COMMENT ON COLUMN api_v1.criteria.certainty IS 'seen, design, memory or open: how sure the reading is.';

COMMENT ON COLUMN api_v1.criteria.criterion IS 'Id of the criterion in its act.';

COMMENT ON COLUMN api_v1.criteria.denominators IS 'Metrics of the denominator.';

COMMENT ON COLUMN api_v1.criteria.direction IS 'at_least or at_most.';

COMMENT ON COLUMN api_v1.criteria.due_after IS 'Time to deliver after the end of a period.';

COMMENT ON COLUMN api_v1.criteria.exclude IS 'What is left out before counting.';

COMMENT ON COLUMN api_v1.criteria.kind IS 'ratio, flag, value, checklist or deadline.';

COMMENT ON COLUMN api_v1.criteria.legal_basis IS 'Where it stands.';

COMMENT ON COLUMN api_v1.criteria.levels IS 'Levels that are bound; null: the province alone.';

COMMENT ON COLUMN api_v1.criteria.metrics IS 'Metrics of the numerator, of the value, of the items of the checklist, or of the report.';

COMMENT ON COLUMN api_v1.criteria.min_coverage IS 'Percent of the bound units that must have a figure before a level or the province is judged; null: any number.';

COMMENT ON COLUMN api_v1.criteria.note IS 'What the reading is.';

COMMENT ON COLUMN api_v1.criteria.ordinal IS 'Place in the act.';

COMMENT ON COLUMN api_v1.criteria.out_of IS 'Fixed denominator, where the act names one.';

COMMENT ON COLUMN api_v1.criteria.period IS 'Kinds of period that count.';

COMMENT ON COLUMN api_v1.criteria.province IS 'How the province''s figure is made: sum, own, count_units or none.';

COMMENT ON COLUMN api_v1.criteria.stale_after IS 'Age from which the newest statement of a source is too old.';

COMMENT ON COLUMN api_v1.criteria.targets IS 'Targets with level, unit or whole, value, and days.';

COMMENT ON COLUMN api_v1.criteria.title IS 'Wording.';

COMMENT ON COLUMN api_v1.criteria.version IS 'Version of the campaign.';

COMMENT ON COLUMN api_v1.dominance.as_of IS 'Day for which it holds.';

COMMENT ON COLUMN api_v1.dominance.better IS 'Criteria on which the one is better.';

COMMENT ON COLUMN api_v1.dominance.block IS 'Emulation block, or level.';

COMMENT ON COLUMN api_v1.dominance.campaign IS 'Short name of the campaign.';

COMMENT ON COLUMN api_v1.dominance.equal IS 'Criteria on which both are equal.';

COMMENT ON COLUMN api_v1.dominance.other IS 'The other.';

COMMENT ON COLUMN api_v1.dominance.relation IS 'dominates (nowhere worse, somewhere better), dominated, tie (equal everywhere), open (each is better somewhere), unknown (something cannot be compared).';

COMMENT ON COLUMN api_v1.dominance.unit IS 'The one.';

COMMENT ON COLUMN api_v1.dominance.unknown IS 'Criteria on which one of them has no sound figure.';

COMMENT ON COLUMN api_v1.dominance.worse IS 'Criteria on which the one is worse.';

COMMENT ON COLUMN api_v1.expected_data.as_of IS 'Day for which it holds.';

COMMENT ON COLUMN api_v1.expected_data.campaign IS 'Short name of the campaign.';

COMMENT ON COLUMN api_v1.expected_data.counts_for IS 'Unit whose figure it enters: itself, or the one it was merged into.';

COMMENT ON COLUMN api_v1.expected_data.criterion IS 'Id of the criterion.';

COMMENT ON COLUMN api_v1.expected_data.days_late IS 'Days since it was owed.';

COMMENT ON COLUMN api_v1.expected_data.due_on IS 'From this day on it is owed; null: no day is named.';

COMMENT ON COLUMN api_v1.expected_data.known_at IS 'When the newest statement became known; null: nothing was stated.';

COMMENT ON COLUMN api_v1.expected_data.period_from IS 'First day of the period, or of the newest statement about a state.';

COMMENT ON COLUMN api_v1.expected_data.period_kind IS 'Kind of period; null: a state, for which no act names a day.';

COMMENT ON COLUMN api_v1.expected_data.period_to IS 'Last day of the period, or of the newest statement about a state.';

COMMENT ON COLUMN api_v1.expected_data.state IS 'delivered, overdue (owed and not there, or taken back), awaited (over, not owed yet), not_yet (runs still), silent (a state never stated), stale (stated too long ago).';

COMMENT ON COLUMN api_v1.expected_data.unit IS 'Unit that owes the figure.';

COMMENT ON COLUMN api_v1.figures.calendar IS 'calendar, or 15-14 for reporting periods of Nghị định 09/2019/NĐ-CP; the two are never added.';

COMMENT ON COLUMN api_v1.figures.connector IS 'Connector that brought it.';

COMMENT ON COLUMN api_v1.figures.cumulative IS 'True: from the start of the period to period_to; figures of that kind are never added.';

COMMENT ON COLUMN api_v1.figures.evidence IS 'Text or link given with a declared figure.';

COMMENT ON COLUMN api_v1.figures.is_newest IS 'False: a later statement about the same period has replaced it.';

COMMENT ON COLUMN api_v1.figures.known_at IS 'From when on it was known here.';

COMMENT ON COLUMN api_v1.figures.metric IS 'What is counted.';

COMMENT ON COLUMN api_v1.figures.observed_at IS 'When the source says it made the statement; null: it does not say.';

COMMENT ON COLUMN api_v1.figures.payload_sha256 IS 'SHA-256 of the reply''s body.';

COMMENT ON COLUMN api_v1.figures.period_from IS 'First day of the period.';

COMMENT ON COLUMN api_v1.figures.period_kind IS 'day, month, quarter, half, nine_months, year or instant.';

COMMENT ON COLUMN api_v1.figures.period_to IS 'Last day of the period.';

COMMENT ON COLUMN api_v1.figures.quality IS 'The source''s own flag; and what a check of plausibility found, after "check".';

COMMENT ON COLUMN api_v1.figures.record_no IS 'Number of the record in that reply.';

COMMENT ON COLUMN api_v1.figures.request_seq IS 'Request of the run whose reply it stands in.';

COMMENT ON COLUMN api_v1.figures.run IS 'Run that brought it.';

COMMENT ON COLUMN api_v1.figures.stream IS 'Stream of the connector.';

COMMENT ON COLUMN api_v1.figures.unit IS 'The unit it is stated of.';

COMMENT ON COLUMN api_v1.figures.value IS 'The figure; null: the source stated that there is none.';

COMMENT ON COLUMN api_v1.outlook.as_of IS 'Day from which it is seen.';

COMMENT ON COLUMN api_v1.outlook.campaign IS 'Short name of the campaign.';

COMMENT ON COLUMN api_v1.outlook.criterion IS 'Id of the criterion.';

COMMENT ON COLUMN api_v1.outlook.denominator IS 'Denominator so far.';

COMMENT ON COLUMN api_v1.outlook.expected_high IS 'Percent if it goes on as in the best of these.';

COMMENT ON COLUMN api_v1.outlook.expected_low IS 'Percent if it goes on as in the worst of these.';

COMMENT ON COLUMN api_v1.outlook.expected_value IS 'Percent on the day of the review, if it goes on as in the newest six periods together.';

COMMENT ON COLUMN api_v1.outlook.is_out_of_reach IS 'More are missing than are expected to come.';

COMMENT ON COLUMN api_v1.outlook.level IS 'Level of the campaign on which the unit stands.';

COMMENT ON COLUMN api_v1.outlook.missing IS 'How many of these must count in the numerator for the target to be reached.';

COMMENT ON COLUMN api_v1.outlook.more_expected IS 'What will probably be added to the denominator until the review.';

COMMENT ON COLUMN api_v1.outlook.no_outlook IS 'Why there is none: state (not a series), closed, no_target, at_most, short_series (fewer than three), restated_series (a year-to-date figure fell), no_figure.';

COMMENT ON COLUMN api_v1.outlook.numerator IS 'Numerator so far.';

COMMENT ON COLUMN api_v1.outlook.review_on IS 'The next review, or the last day of the campaign.';

COMMENT ON COLUMN api_v1.outlook.status IS 'on_track or at_risk; where there is no outlook, the status word of compliance.';

COMMENT ON COLUMN api_v1.outlook.steps IS 'How many periods the outlook rests on.';

COMMENT ON COLUMN api_v1.outlook.target IS 'Target of the unit.';

COMMENT ON COLUMN api_v1.outlook.trend IS 'The newest two periods against those before: rising, falling or steady.';

COMMENT ON COLUMN api_v1.outlook.unit IS 'Code of the unit.';

COMMENT ON COLUMN api_v1.rejects.connector IS 'Connector.';

COMMENT ON COLUMN api_v1.rejects.detail IS 'What was wrong with it.';

COMMENT ON COLUMN api_v1.rejects.excerpt IS 'The record, shortened.';

COMMENT ON COLUMN api_v1.rejects.field IS 'Field that was wrong.';

COMMENT ON COLUMN api_v1.rejects.known_at IS 'When it was stored.';

COMMENT ON COLUMN api_v1.rejects.outcome IS 'Null: waits in quarantine. retried, accepted, dropped: settled.';

COMMENT ON COLUMN api_v1.rejects.reason IS 'Reason as one word.';

COMMENT ON COLUMN api_v1.rejects.record_no IS 'Record in the reply.';

COMMENT ON COLUMN api_v1.rejects.reject_id IS 'Number of the reject.';

COMMENT ON COLUMN api_v1.rejects.request_seq IS 'Request of the run.';

COMMENT ON COLUMN api_v1.rejects.run IS 'Run.';

COMMENT ON COLUMN api_v1.rejects.settled_at IS 'When it was settled.';

COMMENT ON COLUMN api_v1.rejects.settled_by IS 'By whom.';

COMMENT ON COLUMN api_v1.rejects.settled_run IS 'The run of the retry.';

COMMENT ON COLUMN api_v1.rejects.stream IS 'Stream of the connector.';

COMMENT ON COLUMN api_v1.rejects.system IS 'Code system it was looked up in.';

COMMENT ON COLUMN api_v1.rejects.unit_code IS 'Code of the unit as the source wrote it.';

COMMENT ON COLUMN api_v1.restatements.calendar IS 'calendar or 15-14.';

COMMENT ON COLUMN api_v1.restatements.connector IS 'Connector that brought it; null: the run was retired.';

COMMENT ON COLUMN api_v1.restatements.cumulative IS 'True: from the start of the period to period_to.';

COMMENT ON COLUMN api_v1.restatements.known_at IS 'From when on the new one is known.';

COMMENT ON COLUMN api_v1.restatements.known_before IS 'From when on the figure before was known.';

COMMENT ON COLUMN api_v1.restatements.metric IS 'What is counted.';

COMMENT ON COLUMN api_v1.restatements.noticed_at IS 'When it was found: at the computation after its delivery.';

COMMENT ON COLUMN api_v1.restatements.period_from IS 'First day of the period.';

COMMENT ON COLUMN api_v1.restatements.period_kind IS 'day, month, quarter, half, nine_months, year or instant.';

COMMENT ON COLUMN api_v1.restatements.period_to IS 'Last day of the period; it was over when the new figure came.';

COMMENT ON COLUMN api_v1.restatements.restated_id IS 'Grows with every restatement.';

COMMENT ON COLUMN api_v1.restatements.run IS 'Run that brought it.';

COMMENT ON COLUMN api_v1.restatements.stream IS 'Stream of the connector.';

COMMENT ON COLUMN api_v1.restatements.unit IS 'The unit it is stated of.';

COMMENT ON COLUMN api_v1.restatements.value IS 'What the source states now; null: that there is none.';

COMMENT ON COLUMN api_v1.restatements.value_before IS 'What was believed before; null: the source had stated that there is none.';

COMMENT ON COLUMN api_v1.review_results.campaign IS 'Short name of the campaign.';

COMMENT ON COLUMN api_v1.review_results.criterion IS 'Id of the criterion.';

COMMENT ON COLUMN api_v1.review_results.denominator IS 'Denominator.';

COMMENT ON COLUMN api_v1.review_results.known_at IS 'When the newest statement behind the figure became known.';

COMMENT ON COLUMN api_v1.review_results.level IS 'Level of the campaign; null: the province.';

COMMENT ON COLUMN api_v1.review_results.numerator IS 'Numerator, or the value itself.';

COMMENT ON COLUMN api_v1.review_results.observed_at IS 'Newest statement of the source, by its own time.';

COMMENT ON COLUMN api_v1.review_results.on_day IS 'Day of the review.';

COMMENT ON COLUMN api_v1.review_results.period_from IS 'First day the figure speaks about.';

COMMENT ON COLUMN api_v1.review_results.period_to IS 'Last day the figure speaks about.';

COMMENT ON COLUMN api_v1.review_results.periods_due IS 'Closed periods owed.';

COMMENT ON COLUMN api_v1.review_results.periods_missing IS 'How many of them were missing.';

COMMENT ON COLUMN api_v1.review_results.reason IS 'Why it does not apply.';

COMMENT ON COLUMN api_v1.review_results.scope IS 'unit, level or province.';

COMMENT ON COLUMN api_v1.review_results.status IS 'Status word, as in compliance.';

COMMENT ON COLUMN api_v1.review_results.target IS 'Target; null: none.';

COMMENT ON COLUMN api_v1.review_results.unit IS 'Code of the unit; null: a level or the province.';

COMMENT ON COLUMN api_v1.review_results.units_bound IS 'Units that the criterion binds.';

COMMENT ON COLUMN api_v1.review_results.units_counted IS 'Units that have a figure and are in the sum.';

COMMENT ON COLUMN api_v1.review_results.units_passed IS 'Units that pass, where units are counted.';

COMMENT ON COLUMN api_v1.review_results.value IS 'Percent to six decimals, or the value; for showing.';

COMMENT ON COLUMN api_v1.review_results.version IS 'Version of the campaign that was used.';

COMMENT ON COLUMN api_v1.reviews.basis IS 'Ground for the day.';

COMMENT ON COLUMN api_v1.reviews.campaign IS 'Short name of the campaign.';

COMMENT ON COLUMN api_v1.reviews.frozen_at IS 'When it was frozen.';

COMMENT ON COLUMN api_v1.reviews.frozen_by IS 'Database account that froze it.';

COMMENT ON COLUMN api_v1.reviews.is_frozen IS 'Whether its results are kept.';

COMMENT ON COLUMN api_v1.reviews.known_at IS 'What became known later is not in it.';

COMMENT ON COLUMN api_v1.reviews.met IS 'Verdicts of units that are met.';

COMMENT ON COLUMN api_v1.reviews.name IS 'Name in the campaign; null: frozen, yet not planned by the newest version.';

COMMENT ON COLUMN api_v1.reviews.not_met IS 'Verdicts of units that are not met.';

COMMENT ON COLUMN api_v1.reviews.on_day IS 'Day of the review.';

COMMENT ON COLUMN api_v1.reviews.results IS 'Rows in all: units, levels and province.';

COMMENT ON COLUMN api_v1.reviews.version IS 'Version of the campaign by which it was frozen.';

COMMENT ON COLUMN api_v1.runs.cause IS 'poll: the source was asked; replay, retry: its stored replies were mapped anew.';

COMMENT ON COLUMN api_v1.runs.connector IS 'Connector.';

COMMENT ON COLUMN api_v1.runs.ended_at IS 'When it ended; null: it has not, or its end has not arrived.';

COMMENT ON COLUMN api_v1.runs.failure_class IS 'What kind of failure.';

COMMENT ON COLUMN api_v1.runs.failure_http_status IS 'HTTP status of the failure.';

COMMENT ON COLUMN api_v1.runs.failure_retryable IS 'Whether trying again may help.';

COMMENT ON COLUMN api_v1.runs.failure_sqlstate IS 'SQLSTATE of the failure.';

COMMENT ON COLUMN api_v1.runs.failure_story IS 'What happened, in words.';

COMMENT ON COLUMN api_v1.runs.fence IS 'Number of the lease under which the source was asked; null: connectors are not shared between instances.';

COMMENT ON COLUMN api_v1.runs.instance IS 'Daemon that ran it.';

COMMENT ON COLUMN api_v1.runs.is_late IS 'Delivered when another instance held the connector already, or after it was kept aside: its figures stand only where nothing later was stated.';

COMMENT ON COLUMN api_v1.runs.pages IS 'Pages fetched.';

COMMENT ON COLUMN api_v1.runs.records IS 'Records read.';

COMMENT ON COLUMN api_v1.runs.rejects IS 'Records that could not become figures.';

COMMENT ON COLUMN api_v1.runs.replays IS 'The run whose replies were mapped anew.';

COMMENT ON COLUMN api_v1.runs.run IS 'Id of the run, also in the journal.';

COMMENT ON COLUMN api_v1.runs.samples IS 'Figures taken from them.';

COMMENT ON COLUMN api_v1.runs.setup IS 'SHA-256 of the connector file in force.';

COMMENT ON COLUMN api_v1.runs.slot_at IS 'Moment it was due.';

COMMENT ON COLUMN api_v1.runs.started_at IS 'When it began.';

COMMENT ON COLUMN api_v1.runs.state IS 'running, ok, partial, unchanged or failed.';

COMMENT ON COLUMN api_v1.runs.stated_at IS 'When the source was asked.';

COMMENT ON COLUMN api_v1.runs.stream IS 'Stream of the connector.';

COMMENT ON COLUMN api_v1.standings.as_of IS 'Day for which it holds.';

COMMENT ON COLUMN api_v1.standings.bound IS 'Criteria that bind the unit.';

COMMENT ON COLUMN api_v1.standings.campaign IS 'Short name of the campaign.';

COMMENT ON COLUMN api_v1.standings.computed_at IS 'When results were last brought up to date.';

COMMENT ON COLUMN api_v1.standings.criteria IS 'By criterion, in the order of the act: status, numerator, denominator, value, target, prospect, periods_missing, reason, as in compliance. A key that is not there is null, or no period is missing.';

COMMENT ON COLUMN api_v1.standings.level IS 'Level of the campaign on which the unit stands.';

COMMENT ON COLUMN api_v1.standings.met IS 'How many of these it meets.';

COMMENT ON COLUMN api_v1.standings.not_met IS 'How many of these it misses; for the others no verdict can be given.';

COMMENT ON COLUMN api_v1.standings.unit IS 'Code of the unit.';

COMMENT ON COLUMN api_v1.standings.unit_name IS 'Name of the unit.';

COMMENT ON COLUMN api_v1.standings.version IS 'Version of the campaign that was used.';

COMMENT ON COLUMN api_v1.successions.effective_on IS 'First day of the new order.';

COMMENT ON COLUMN api_v1.successions.legal_basis IS 'The act.';

COMMENT ON COLUMN api_v1.successions.note IS 'How it was taken over.';

COMMENT ON COLUMN api_v1.successions.predecessor IS 'The unit that ended.';

COMMENT ON COLUMN api_v1.successions.successor IS 'The unit that took it over; null: nobody took it whole.';

COMMENT ON COLUMN api_v1.unit_codes.code IS 'The code in that system.';

COMMENT ON COLUMN api_v1.unit_codes.note IS 'Remark of the code list.';

COMMENT ON COLUMN api_v1.unit_codes.system IS 'Code system, for example gso or dvcqg.';

COMMENT ON COLUMN api_v1.unit_codes.unit IS 'The unit it means.';

COMMENT ON COLUMN api_v1.unit_codes.valid_from IS 'First day on which it means this unit; null: always before.';

COMMENT ON COLUMN api_v1.unit_codes.valid_to IS 'Last day on which it means this unit; null: still.';

COMMENT ON COLUMN api_v1.units.gso_code IS 'GSO number at the date of the unit list; numbers pass from unit to unit, see unit_codes.';

COMMENT ON COLUMN api_v1.units.kind IS 'so_ban_nganh, ubnd_huyen, ubnd_xa, mttq_ctxh or khac.';

COMMENT ON COLUMN api_v1.units.level IS 'Level of government: province, district or commune.';

COMMENT ON COLUMN api_v1.units.name IS 'Official name.';

COMMENT ON COLUMN api_v1.units.note IS 'What the unit list says about the unit and how sure it is.';

COMMENT ON COLUMN api_v1.units.parent IS 'Code of the unit above.';

COMMENT ON COLUMN api_v1.units.unit IS 'Code of the unit, the same in every view.';

COMMENT ON COLUMN api_v1.units.valid_from IS 'First day; null: older than the list goes back.';

COMMENT ON COLUMN api_v1.units.valid_to IS 'Last day; null: still there.';

COMMENT ON COLUMN api_v1.unknown_units.code_row IS 'Row for a codes*.csv: system,code,unit,valid_from,valid_to,note.';

COMMENT ON COLUMN api_v1.unknown_units.connector IS 'Connector whose source names it.';

COMMENT ON COLUMN api_v1.unknown_units.first_seen_at IS 'First refused.';

COMMENT ON COLUMN api_v1.unknown_units.kind IS 'Kind, when the record tells it by a field called group (AGENCY, COMMUNE).';

COMMENT ON COLUMN api_v1.unknown_units.last_seen_at IS 'Last refused.';

COMMENT ON COLUMN api_v1.unknown_units.name IS 'Name in the record, when the stream has a field called name.';

COMMENT ON COLUMN api_v1.unknown_units.records IS 'Records refused so far.';

COMMENT ON COLUMN api_v1.unknown_units.system IS 'Code system.';

COMMENT ON COLUMN api_v1.unknown_units.unit_code IS 'Code as the source writes it.';

COMMENT ON COLUMN api_v1.unknown_units.unit_row IS 'Row for a units-*.csv: code,name,kind,level,parent_code,gso_code,valid_from,valid_to,note,dvcqg_id. What is not known is empty and for a person to fill in.';

COMMENT ON VIEW api_v1.blocks IS 'Emulation blocks (khối thi đua) and their members, as last seen.';

COMMENT ON VIEW api_v1.campaigns IS 'Campaigns in their newest version.';

COMMENT ON VIEW api_v1.changes IS 'Change feed: every figure or status that became another. Read on from the last change_id seen; channel thidua_compliance tells when.';

COMMENT ON VIEW api_v1.compliance IS 'Every unit against every criterion, as computed last.';

COMMENT ON VIEW api_v1.compliance_levels IS 'Every level, and the province, against every criterion, as computed last.';

COMMENT ON VIEW api_v1.connectors IS 'How each stream of each connector fares.';

COMMENT ON VIEW api_v1.criteria IS 'Criteria of the newest version of each campaign.';

COMMENT ON VIEW api_v1.dominance IS 'Two units of one emulation block (or level, where no block is known) against each other. No weights are invented, so there is no rank: a unit stands before another only where it is nowhere worse.';

COMMENT ON VIEW api_v1.expected_data IS 'The calendar of expected data on the day of the stored results: who owes what by when, what came, who is silent.';

COMMENT ON VIEW api_v1.figures IS 'Every statement of every source, with every restatement. Where is_newest, what is believed now.';

COMMENT ON VIEW api_v1.outlook IS 'Where each unit''s figure is heading until the next review, from the day of the stored results.';

COMMENT ON VIEW api_v1.rejects IS 'Records that could not become figures, and why.';

COMMENT ON VIEW api_v1.restatements IS 'Feed of figures that became others after their period was over. Read on from the last restated_id seen; channel thidua_restated tells when.';

COMMENT ON VIEW api_v1.review_results IS 'Figures and verdicts of the frozen reviews; these rows never change.';

COMMENT ON VIEW api_v1.reviews IS 'Reviews that a campaign plans, and those that were frozen.';

COMMENT ON VIEW api_v1.runs IS 'Every execution of every stream.';

COMMENT ON VIEW api_v1.standings IS 'Every unit with all its criteria in one row: the quickest way to the compliance of all units. The same figures as in compliance, as computed last.';

COMMENT ON VIEW api_v1.successions IS 'What became of units: merged, divided, renamed, abolished.';

COMMENT ON VIEW api_v1.unit_codes IS 'What each source system calls a unit, and in which days.';

COMMENT ON VIEW api_v1.units IS 'One unit per row, for its whole life.';

COMMENT ON VIEW api_v1.unknown_units IS 'Units that sources speak of and no code leads to; gone once a code does.';

COMMENT ON COLUMN comply.dirty.known_at IS 'From when on there are new statements; null: rules or units changed, or older than this column.';

COMMENT ON COLUMN comply.dirty.metric_ids IS 'Of a batch: the metrics of which something changed, for the units in unit_ids.';

COMMENT ON COLUMN comply.restated.noticed_at IS 'When a refresh found it.';

COMMENT ON COLUMN comply.restated.told_at IS 'When a daemon took it for its journal; null: nobody has yet.';

COMMENT ON COLUMN comply.restated.value_before IS 'Null: the source had stated that there is none.';

COMMENT ON COLUMN comply.result.prospect IS 'Where the figure is heading until the next review; null: there is no outlook.';

COMMENT ON COLUMN comply.review.frozen_by IS 'Database account that froze it.';

COMMENT ON COLUMN comply.review.known_at IS 'Figures that became known later are not in it.';

COMMENT ON COLUMN comply.snapshot.known_at IS 'Null: follows what is known; else what was known at that instant, and so never changes.';

COMMENT ON COLUMN comply.standing.bound IS 'Criteria that bind the unit; the others are in criteria as not_applicable.';

COMMENT ON COLUMN comply.standing.criteria IS 'By criterion: status and figure. A key that is missing is null.';

COMMENT ON TABLE comply.change IS 'Append-only: every status or figure that a refresh changed.';

COMMENT ON TABLE comply.current IS 'The snapshot that the last refresh of each campaign wrote.';

COMMENT ON TABLE comply.dirty IS 'Figures that changed since the last refresh; both null: rules or units changed, compute everything. Without a unique key on purpose: a delivery must never wait for a refresh.';

COMMENT ON TABLE comply.restated IS 'Append-only: every figure that became another after its period was over.';

COMMENT ON TABLE comply.result IS 'Figure and status of every unit, level and province for every criterion of a snapshot.';

COMMENT ON TABLE comply.review IS 'A review that was frozen: which version, which day, what was known. Never changed and never frozen twice.';

COMMENT ON TABLE comply.review_result IS 'The rows of a frozen review, as comply.result had them.';

COMMENT ON TABLE comply.snapshot IS 'One computation of one campaign version for one day.';

COMMENT ON TABLE comply.standing IS 'The rows of comply.result of one unit in the current snapshot of a campaign, as one row. Derived: comply.store keeps it.';

COMMENT ON COLUMN fact.confirmed.unchanged IS 'Values seen and found unchanged; 0 when the whole reply was the same and none was looked at.';

COMMENT ON COLUMN fact.observation.evidence IS 'Text or link given with a declared figure.';

COMMENT ON COLUMN fact.observation.known_at IS 'The writer''s clock at delivery, made later than the key''s previous known_at where needed.';

COMMENT ON COLUMN fact.observation.observed_at IS 'When the source says it made the statement; null when it does not say.';

COMMENT ON COLUMN fact.observation.quality IS 'The source''s own flag, or disputed; and what a check of plausibility found, after "check".';

COMMENT ON COLUMN fact.observation.run_id IS 'ingest.run; with request_seq and record_no the place in the payload.';

COMMENT ON COLUMN fact.observation.value IS 'Null: the source stated that there is no figure. That is neither zero nor missing.';

COMMENT ON TABLE fact.confirmed IS 'Runs that repeated what was known: one row per run and parcel, none per value.';

COMMENT ON TABLE fact.latest IS 'The newest observation of every key; the partitions pair with those of fact.observation.';

COMMENT ON TABLE fact.observation IS 'Append-only. A restated figure is a new row with a later known_at; a repeated one is no row.';

COMMENT ON COLUMN ingest.chain.digest IS 'Of the run record and its requests, with the hashes of their replies.';

COMMENT ON COLUMN ingest.chain.hash IS 'SHA-256 over the hash before, this link''s number, its run and its digest.';

COMMENT ON COLUMN ingest.chain.stream IS 'connector/stream, so that a run that was taken away can still be named.';

COMMENT ON COLUMN ingest.instance.spool IS 'Spool of the daemon that held the name last: a session left over by itself is told from another daemon of the same name by it.';

COMMENT ON COLUMN ingest.lease.fence IS 'Grows with each holder. A run that began under an older number does not overrule what its successors stated.';

COMMENT ON COLUMN ingest.reject.outcome IS 'Null: waits in quarantine. retried: its reply was mapped anew; accepted: somebody vouches for the figure; dropped: somebody decided that it is nothing.';

COMMENT ON COLUMN ingest.reject.sample IS 'The whole sample, where there is one: of a unit missing in the registry, or set aside by a check of plausibility and to be taken in when it is accepted.';

COMMENT ON COLUMN ingest.reject.settled_by IS 'Who dropped, retried or accepted it.';

COMMENT ON COLUMN ingest.reject.settled_run IS 'The run of the retry: what it could not map stands as a new reject of that run.';

COMMENT ON COLUMN ingest.request.head IS 'The first bytes of a reply whose body is not stored; null: it is, or there was none, or nothing is to be kept.';

COMMENT ON COLUMN ingest.request.reply_headers IS 'Headers of the answer that tell of which moment and state of the source it was: Date, Last-Modified, ETag, Age, Retry-After, Content-Encoding, Server.';

COMMENT ON COLUMN ingest.request.stored IS 'Whether the body of the reply is in ingest.payload; when not, hash and size remain.';

COMMENT ON COLUMN ingest.request.withheld IS 'The body is not stored, and no part of it, because the stream has secret fields or holds secret documents; its hash and size are of the bytes that came.';

COMMENT ON COLUMN ingest.run.blocked IS 'A check of plausibility kept all figures of the run out: what it found. Null: none did.';

COMMENT ON COLUMN ingest.run.cause IS 'poll: the source was asked; replay: its stored replies went through a mended mapping; retry: those of rejects in quarantine.';

COMMENT ON COLUMN ingest.run.fence IS 'Number of the lease under which the source was asked; null: connectors were not shared.';

COMMENT ON COLUMN ingest.run.is_late IS 'Delivered, at least in part, when another instance held the connector already, or after it was kept aside: its figures stand only where nothing later was stated, and it moved no cursor.';

COMMENT ON COLUMN ingest.run.replays IS 'The run whose stored replies were replayed.';

COMMENT ON COLUMN ingest.run.setup IS 'SHA-256 in hex of the connector file that was in force.';

COMMENT ON COLUMN ingest.run.stated_at IS 'For a replay: when the source was asked. Null: when the run started.';

COMMENT ON TABLE ingest.chain IS 'One link for every run that ended, in the order in which their ends were delivered. Kept when runs are retired.';

COMMENT ON TABLE ingest.chain_head IS 'The last link. Its row is what deliveries queue for, last of all that they lock.';

COMMENT ON TABLE ingest.cursor IS 'How far each stream has been read.';

COMMENT ON TABLE ingest.instance IS 'Daemons that share connectors. One is alive while a session holds its advisory lock (1670001, instance_id).';

COMMENT ON TABLE ingest.lease IS 'Who polls a connector. Held while a session holds the advisory lock (1670002, lease_id).';

COMMENT ON TABLE ingest.parcel IS 'Every parcel that was committed. Its key is why nothing can be counted twice.';

COMMENT ON TABLE ingest.payload IS 'Bodies of replies by SHA-256, zlib-deflated. Kept once per month, so that dropping an old month never takes the evidence of a newer one.';

COMMENT ON TABLE ingest.reject IS 'Records that could not become a figure, with reason and place.';

COMMENT ON TABLE ingest.request IS 'What was asked and how it was answered; secrets are blanked before they leave the daemon.';

COMMENT ON TABLE ingest.retired IS 'Partitions that retention dropped: what is missing since is not a break.';

COMMENT ON TABLE ingest.run IS 'One execution of one stream of a connector for one slot.';

COMMENT ON COLUMN meta.applied.applied_at IS 'When it was applied.';

COMMENT ON COLUMN meta.applied.name IS 'File name as in sql/manifest.';

COMMENT ON COLUMN meta.applied.sha256 IS 'SHA-256 of the file in hex; a file that changed afterwards is an error.';

COMMENT ON TABLE meta.applied IS 'One row per file of sql/once that was applied. The row goes in first, so a second runner fails on the key.';

COMMENT ON COLUMN registry.campaign_version.content IS 'The whole campaign file as JSON, with all that no column holds.';

COMMENT ON COLUMN registry.campaign_version.measure_from IS 'A period counts when its last day lies in measure_from..measure_to.';

COMMENT ON COLUMN registry.campaign_version.sha256 IS 'SHA-256 of content as PostgreSQL prints it; the same content is never a new version.';

COMMENT ON COLUMN registry.campaign_version.while_open IS 'What the status of an open criterion says: judged: met or not_met by what has come; prospect: on_track or at_risk where there is an outlook.';

COMMENT ON COLUMN registry.criterion.accumulate IS 'sum: periods are added; latest: the newest cumulative figure; state: the newest statement about a day.';

COMMENT ON COLUMN registry.criterion.carry IS 'predecessors: a unit''s figure includes those of the units merged into it.';

COMMENT ON COLUMN registry.criterion.count_among IS 'For count_units: the denominator is every bound unit, or the units that have a figure.';

COMMENT ON COLUMN registry.criterion.due_after IS 'A closed period is owed from its last day plus this.';

COMMENT ON COLUMN registry.criterion.min_coverage IS 'Percent of the bound units that must have a figure; with fewer a level or the province is shown and not judged. Null: any number will do.';

COMMENT ON COLUMN registry.criterion.out_of IS 'A fixed denominator, where the act itself names the number.';

COMMENT ON COLUMN registry.criterion.passes IS 'For count_units: value from which a unit passes, in percent for ratios and checklists.';

COMMENT ON COLUMN registry.criterion.period IS 'Kinds of period whose figures count.';

COMMENT ON COLUMN registry.criterion.province IS 'sum over units; own figure of the province unit; count_units that pass; none.';

COMMENT ON COLUMN registry.criterion.stale_after IS 'A figure is stale when the source''s newest statement is older than this on the day asked for.';

COMMENT ON COLUMN registry.criterion_input.levels IS 'For a checklist item: levels it applies to; null means all levels of the criterion.';

COMMENT ON COLUMN registry.criterion_input.role IS 'numerator, denominator and value enter the figure; item is one line of a checklist; a witness above zero refutes an all-zero denominator.';

COMMENT ON COLUMN registry.period_type.calendar IS 'calendar, or 15-14 for the reporting periods of Nghị định 09/2019/NĐ-CP, Art. 12.';

COMMENT ON COLUMN registry.period_type.cumulative IS 'True: the period runs from its start to the day of the figure, and the next figure contains this one.';

COMMENT ON COLUMN registry.target.value IS 'Percent for ratios and checklists, 1 for flags, the number itself for values.';

COMMENT ON COLUMN registry.target.whole IS 'True: one figure for the province. No unit has met or missed it.';

COMMENT ON COLUMN registry.unit.code IS 'The slug that everything outside the database uses.';

COMMENT ON COLUMN registry.unit.gso_code IS 'GSO number at the date of the unit list; no key, since numbers pass from unit to unit.';

COMMENT ON COLUMN registry.unit.kind IS 'so_ban_nganh, ubnd_huyen, ubnd_xa, mttq_ctxh or khac; a campaign names the kinds it ranks.';

COMMENT ON COLUMN registry.unit.level IS 'Level of government. Not the level of a campaign, which follows from the kind.';

COMMENT ON COLUMN registry.unit.valid IS 'Days on which the unit exists.';

COMMENT ON TABLE registry.block_member IS 'Emulation blocks (khối thi đua) as last seen; as_of is the month or year of that sighting, not a validity.';

COMMENT ON TABLE registry.campaign IS 'One legal act that units are measured against.';

COMMENT ON TABLE registry.campaign_level IS 'Which kind of unit stands on which level of the campaign.';

COMMENT ON TABLE registry.campaign_version IS 'A campaign as loaded at one time. Immutable: changed content is a new version, results name the one they used.';

COMMENT ON TABLE registry.criterion IS 'One criterion of one version of a campaign, with the rule by which its figure is made.';

COMMENT ON TABLE registry.criterion_input IS 'The metrics a criterion is made of.';

COMMENT ON TABLE registry.criterion_level IS 'Levels a criterion binds.';

COMMENT ON TABLE registry.metric IS 'Names of what is counted. A metric is registered by its first delivery or by the campaign that asks for it.';

COMMENT ON TABLE registry.not_applicable IS 'Whom a criterion does not bind, and why.';

COMMENT ON TABLE registry.period_type IS 'Kind, calendar and accumulation of a period as one small number. Figures of two types are never added.';

COMMENT ON TABLE registry.review IS 'Days on which a campaign is reviewed (sơ kết, tổng kết).';

COMMENT ON TABLE registry.succession IS 'From effective_on the successor stands for the predecessor. No successor: abolished, nobody takes it whole.';

COMMENT ON TABLE registry.target IS 'What a criterion demands: of a level, of one unit, or of the province as a whole.';

COMMENT ON TABLE registry.unit IS 'One unit for its whole life. Never merged away: successions tell what became of it.';

COMMENT ON TABLE registry.unit_code IS 'What a source calls a unit, by code system and day. A code may pass to another unit, never be two units'' on one day.';

ALTER TABLE ONLY comply.change
    ADD CONSTRAINT change_change_id_pk PRIMARY KEY (change_id);

ALTER TABLE ONLY comply.current
    ADD CONSTRAINT current_campaign_id_pk PRIMARY KEY (campaign_id);

ALTER TABLE ONLY comply.restated
    ADD CONSTRAINT restated_figure_known_at_uq UNIQUE (metric_id, unit_id, period_to, period_from, period_type, known_at);

ALTER TABLE ONLY comply.restated
    ADD CONSTRAINT restated_restated_id_pk PRIMARY KEY (restated_id);

ALTER TABLE ONLY comply.result
    ADD CONSTRAINT result_snapshot_criterion_scope_level_unit_uq UNIQUE NULLS NOT DISTINCT (snapshot_id, criterion_id, scope, level, unit_id);

ALTER TABLE ONLY comply.review
    ADD CONSTRAINT review_campaign_id_on_day_uq UNIQUE (campaign_id, on_day);

ALTER TABLE ONLY comply.review
    ADD CONSTRAINT review_review_id_pk PRIMARY KEY (review_id);

ALTER TABLE ONLY comply.review_result
    ADD CONSTRAINT review_result_review_criterion_scope_level_unit_uq UNIQUE NULLS NOT DISTINCT (review_id, criterion_id, scope, level, unit_id);

ALTER TABLE ONLY comply.snapshot
    ADD CONSTRAINT snapshot_snapshot_id_pk PRIMARY KEY (snapshot_id);

ALTER TABLE ONLY comply.snapshot
    ADD CONSTRAINT snapshot_version_id_as_of_known_at_uq UNIQUE NULLS NOT DISTINCT (version_id, as_of, known_at);

ALTER TABLE ONLY comply.standing
    ADD CONSTRAINT standing_campaign_id_unit_id_pk PRIMARY KEY (campaign_id, unit_id);

ALTER TABLE ONLY fact.confirmed
    ADD CONSTRAINT confirmed_run_id_spool_seq_known_at_pk PRIMARY KEY (run_id, spool, seq, known_at);

ALTER TABLE ONLY fact.latest
    ADD CONSTRAINT latest_key_pk PRIMARY KEY (metric_id, unit_id, period_to, period_from, period_type);

ALTER TABLE ONLY fact.observation
    ADD CONSTRAINT observation_key_pk PRIMARY KEY (metric_id, unit_id, period_to, period_from, period_type, known_at);

ALTER TABLE ONLY ingest.chain
    ADD CONSTRAINT chain_link_pk PRIMARY KEY (link);

ALTER TABLE ONLY ingest.chain
    ADD CONSTRAINT chain_run_id_uq UNIQUE (run_id);

ALTER TABLE ONLY ingest.chain_head
    ADD CONSTRAINT chain_head_is_only_pk PRIMARY KEY (is_only);

ALTER TABLE ONLY ingest.cursor
    ADD CONSTRAINT cursor_connector_stream_partition_pk PRIMARY KEY (connector, stream, partition);

ALTER TABLE ONLY ingest.instance
    ADD CONSTRAINT instance_instance_id_pk PRIMARY KEY (instance_id);

ALTER TABLE ONLY ingest.instance
    ADD CONSTRAINT instance_name_uq UNIQUE (name);

ALTER TABLE ONLY ingest.lease
    ADD CONSTRAINT lease_connector_uq UNIQUE (connector);

ALTER TABLE ONLY ingest.lease
    ADD CONSTRAINT lease_lease_id_pk PRIMARY KEY (lease_id);

ALTER TABLE ONLY ingest.parcel
    ADD CONSTRAINT parcel_spool_seq_pk PRIMARY KEY (spool, seq);

ALTER TABLE ONLY ingest.payload
    ADD CONSTRAINT payload_sha256_stored_month_pk PRIMARY KEY (sha256, stored_month);

ALTER TABLE ONLY ingest.reject
    ADD CONSTRAINT reject_reject_id_known_at_pk PRIMARY KEY (reject_id, known_at);

ALTER TABLE ONLY ingest.request
    ADD CONSTRAINT request_run_id_seq_sent_at_pk PRIMARY KEY (run_id, seq, sent_at);

ALTER TABLE ONLY ingest.retired
    ADD CONSTRAINT retired_partition_pk PRIMARY KEY (partition);

ALTER TABLE ONLY ingest.run
    ADD CONSTRAINT run_run_id_started_at_pk PRIMARY KEY (run_id, started_at);

ALTER TABLE ONLY ingest.run
    ADD CONSTRAINT run_run_started_at_uq UNIQUE (run, started_at);

ALTER TABLE ONLY meta.applied
    ADD CONSTRAINT applied_name_pk PRIMARY KEY (name);

ALTER TABLE ONLY registry.block_member
    ADD CONSTRAINT block_member_block_unit_id_pk PRIMARY KEY (block, unit_id);

ALTER TABLE ONLY registry.campaign
    ADD CONSTRAINT campaign_campaign_id_pk PRIMARY KEY (campaign_id);

ALTER TABLE ONLY registry.campaign
    ADD CONSTRAINT campaign_code_uq UNIQUE (code);

ALTER TABLE ONLY registry.campaign_level
    ADD CONSTRAINT campaign_level_version_id_kind_uq UNIQUE (version_id, kind);

ALTER TABLE ONLY registry.campaign_level
    ADD CONSTRAINT campaign_level_version_id_level_pk PRIMARY KEY (version_id, level);

ALTER TABLE ONLY registry.campaign_version
    ADD CONSTRAINT campaign_version_campaign_id_version_uq UNIQUE (campaign_id, version);

ALTER TABLE ONLY registry.campaign_version
    ADD CONSTRAINT campaign_version_version_id_pk PRIMARY KEY (version_id);

ALTER TABLE ONLY registry.criterion
    ADD CONSTRAINT criterion_criterion_id_pk PRIMARY KEY (criterion_id);

ALTER TABLE ONLY registry.criterion
    ADD CONSTRAINT criterion_version_id_code_uq UNIQUE (version_id, code);

ALTER TABLE ONLY registry.criterion_input
    ADD CONSTRAINT criterion_input_criterion_id_role_metric_id_pk PRIMARY KEY (criterion_id, role, metric_id);

ALTER TABLE ONLY registry.criterion_level
    ADD CONSTRAINT criterion_level_criterion_id_level_pk PRIMARY KEY (criterion_id, level);

ALTER TABLE ONLY registry.metric
    ADD CONSTRAINT metric_metric_id_pk PRIMARY KEY (metric_id);

ALTER TABLE ONLY registry.metric
    ADD CONSTRAINT metric_name_uq UNIQUE (name);

ALTER TABLE ONLY registry.not_applicable
    ADD CONSTRAINT not_applicable_criterion_id_level_unit_id_uq UNIQUE NULLS NOT DISTINCT (criterion_id, level, unit_id);

ALTER TABLE ONLY registry.period_type
    ADD CONSTRAINT period_type_kind_calendar_cumulative_uq UNIQUE (kind, calendar, cumulative);

ALTER TABLE ONLY registry.period_type
    ADD CONSTRAINT period_type_period_type_pk PRIMARY KEY (period_type);

ALTER TABLE ONLY registry.review
    ADD CONSTRAINT review_version_id_name_pk PRIMARY KEY (version_id, name);

ALTER TABLE ONLY registry.succession
    ADD CONSTRAINT succession_predecessor_successor_effective_uq UNIQUE NULLS NOT DISTINCT (predecessor_id, successor_id, effective_on);

ALTER TABLE ONLY registry.target
    ADD CONSTRAINT target_criterion_id_level_unit_id_whole_valid_uq UNIQUE NULLS NOT DISTINCT (criterion_id, level, unit_id, whole, valid);

ALTER TABLE ONLY registry.unit
    ADD CONSTRAINT unit_code_uq UNIQUE (code);

ALTER TABLE ONLY registry.unit
    ADD CONSTRAINT unit_unit_id_pk PRIMARY KEY (unit_id);

ALTER TABLE ONLY registry.unit_code
    ADD CONSTRAINT unit_code_system_code_valid_pk PRIMARY KEY (system, code, valid);

ALTER TABLE ONLY comply.change
    ADD CONSTRAINT change_criterion_id_fk FOREIGN KEY (criterion_id) REFERENCES registry.criterion(criterion_id);

ALTER TABLE ONLY comply.change
    ADD CONSTRAINT change_snapshot_id_fk FOREIGN KEY (snapshot_id) REFERENCES comply.snapshot(snapshot_id);

ALTER TABLE ONLY comply.change
    ADD CONSTRAINT change_unit_id_fk FOREIGN KEY (unit_id) REFERENCES registry.unit(unit_id);

ALTER TABLE ONLY comply.current
    ADD CONSTRAINT current_campaign_id_fk FOREIGN KEY (campaign_id) REFERENCES registry.campaign(campaign_id);

ALTER TABLE ONLY comply.current
    ADD CONSTRAINT current_snapshot_id_fk FOREIGN KEY (snapshot_id) REFERENCES comply.snapshot(snapshot_id);

ALTER TABLE ONLY comply.restated
    ADD CONSTRAINT restated_metric_id_fk FOREIGN KEY (metric_id) REFERENCES registry.metric(metric_id);

ALTER TABLE ONLY comply.restated
    ADD CONSTRAINT restated_period_type_fk FOREIGN KEY (period_type) REFERENCES registry.period_type(period_type);

ALTER TABLE ONLY comply.restated
    ADD CONSTRAINT restated_unit_id_fk FOREIGN KEY (unit_id) REFERENCES registry.unit(unit_id);

ALTER TABLE ONLY comply.result
    ADD CONSTRAINT result_criterion_id_fk FOREIGN KEY (criterion_id) REFERENCES registry.criterion(criterion_id);

ALTER TABLE ONLY comply.result
    ADD CONSTRAINT result_snapshot_id_fk FOREIGN KEY (snapshot_id) REFERENCES comply.snapshot(snapshot_id);

ALTER TABLE ONLY comply.result
    ADD CONSTRAINT result_unit_id_fk FOREIGN KEY (unit_id) REFERENCES registry.unit(unit_id);

ALTER TABLE ONLY comply.review
    ADD CONSTRAINT review_campaign_id_fk FOREIGN KEY (campaign_id) REFERENCES registry.campaign(campaign_id);

ALTER TABLE ONLY comply.review
    ADD CONSTRAINT review_version_id_fk FOREIGN KEY (version_id) REFERENCES registry.campaign_version(version_id);

ALTER TABLE ONLY comply.review_result
    ADD CONSTRAINT review_result_criterion_id_fk FOREIGN KEY (criterion_id) REFERENCES registry.criterion(criterion_id);

ALTER TABLE ONLY comply.review_result
    ADD CONSTRAINT review_result_review_id_fk FOREIGN KEY (review_id) REFERENCES comply.review(review_id);

ALTER TABLE ONLY comply.review_result
    ADD CONSTRAINT review_result_unit_id_fk FOREIGN KEY (unit_id) REFERENCES registry.unit(unit_id);

ALTER TABLE ONLY comply.snapshot
    ADD CONSTRAINT snapshot_version_id_fk FOREIGN KEY (version_id) REFERENCES registry.campaign_version(version_id);

ALTER TABLE ONLY comply.standing
    ADD CONSTRAINT standing_campaign_id_fk FOREIGN KEY (campaign_id) REFERENCES registry.campaign(campaign_id);

ALTER TABLE ONLY comply.standing
    ADD CONSTRAINT standing_unit_id_fk FOREIGN KEY (unit_id) REFERENCES registry.unit(unit_id);

ALTER TABLE ONLY registry.block_member
    ADD CONSTRAINT block_member_unit_id_fk FOREIGN KEY (unit_id) REFERENCES registry.unit(unit_id);

ALTER TABLE ONLY registry.campaign_level
    ADD CONSTRAINT campaign_level_version_id_fk FOREIGN KEY (version_id) REFERENCES registry.campaign_version(version_id);

ALTER TABLE ONLY registry.campaign_version
    ADD CONSTRAINT campaign_version_campaign_id_fk FOREIGN KEY (campaign_id) REFERENCES registry.campaign(campaign_id);

ALTER TABLE ONLY registry.campaign_version
    ADD CONSTRAINT campaign_version_province_id_fk FOREIGN KEY (province_id) REFERENCES registry.unit(unit_id);

ALTER TABLE ONLY registry.criterion
    ADD CONSTRAINT criterion_version_id_fk FOREIGN KEY (version_id) REFERENCES registry.campaign_version(version_id);

ALTER TABLE ONLY registry.criterion_input
    ADD CONSTRAINT criterion_input_criterion_id_fk FOREIGN KEY (criterion_id) REFERENCES registry.criterion(criterion_id);

ALTER TABLE ONLY registry.criterion_input
    ADD CONSTRAINT criterion_input_metric_id_fk FOREIGN KEY (metric_id) REFERENCES registry.metric(metric_id);

ALTER TABLE ONLY registry.criterion_level
    ADD CONSTRAINT criterion_level_criterion_id_fk FOREIGN KEY (criterion_id) REFERENCES registry.criterion(criterion_id);

ALTER TABLE ONLY registry.not_applicable
    ADD CONSTRAINT not_applicable_criterion_id_fk FOREIGN KEY (criterion_id) REFERENCES registry.criterion(criterion_id);

ALTER TABLE ONLY registry.not_applicable
    ADD CONSTRAINT not_applicable_unit_id_fk FOREIGN KEY (unit_id) REFERENCES registry.unit(unit_id);

ALTER TABLE ONLY registry.review
    ADD CONSTRAINT review_version_id_fk FOREIGN KEY (version_id) REFERENCES registry.campaign_version(version_id);

ALTER TABLE ONLY registry.succession
    ADD CONSTRAINT succession_predecessor_id_fk FOREIGN KEY (predecessor_id) REFERENCES registry.unit(unit_id);

ALTER TABLE ONLY registry.succession
    ADD CONSTRAINT succession_successor_id_fk FOREIGN KEY (successor_id) REFERENCES registry.unit(unit_id);

ALTER TABLE ONLY registry.target
    ADD CONSTRAINT target_criterion_id_fk FOREIGN KEY (criterion_id) REFERENCES registry.criterion(criterion_id);

ALTER TABLE ONLY registry.target
    ADD CONSTRAINT target_unit_id_fk FOREIGN KEY (unit_id) REFERENCES registry.unit(unit_id);

ALTER TABLE ONLY registry.unit
    ADD CONSTRAINT unit_parent_id_fk FOREIGN KEY (parent_id) REFERENCES registry.unit(unit_id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY registry.unit_code
    ADD CONSTRAINT unit_code_unit_id_fk FOREIGN KEY (unit_id) REFERENCES registry.unit(unit_id);

CREATE INDEX restated_told_at_ix ON comply.restated USING btree (restated_id) WHERE (told_at IS NULL);

CREATE INDEX result_snapshot_id_unit_id_ix ON comply.result USING btree (snapshot_id, unit_id);

CREATE INDEX reject_run_id_ix ON ONLY ingest.reject USING btree (run_id);

CREATE INDEX reject_sample_ix ON ONLY ingest.reject USING btree (unit_code, reason) WHERE (sample IS NOT NULL);

CREATE INDEX run_connector_stream_started_at_ix ON ONLY ingest.run USING btree (connector, stream, started_at);

CREATE INDEX criterion_input_metric_id_ix ON registry.criterion_input USING btree (metric_id);

CREATE INDEX succession_successor_id_ix ON registry.succession USING btree (successor_id);

CREATE INDEX unit_code_unit_id_ix ON registry.unit_code USING btree (unit_id);

CREATE SCHEMA api_v1;

ALTER SCHEMA api_v1 OWNER TO thidua_owner;

CREATE SCHEMA comply;

ALTER SCHEMA comply OWNER TO thidua_owner;

CREATE SCHEMA fact;

ALTER SCHEMA fact OWNER TO thidua_owner;

CREATE SCHEMA ingest;

ALTER SCHEMA ingest OWNER TO thidua_owner;

CREATE SCHEMA meta;

ALTER SCHEMA meta OWNER TO thidua_owner;

CREATE SCHEMA registry;

ALTER SCHEMA registry OWNER TO thidua_owner;

ALTER TABLE comply.change ALTER COLUMN change_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME comply.change_change_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE comply.restated ALTER COLUMN restated_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME comply.restated_restated_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE comply.review ALTER COLUMN review_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME comply.review_review_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE comply.snapshot ALTER COLUMN snapshot_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME comply.snapshot_snapshot_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE ingest.instance ALTER COLUMN instance_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME ingest.instance_instance_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE ingest.lease ALTER COLUMN lease_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME ingest.lease_lease_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE ingest.reject ALTER COLUMN reject_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME ingest.reject_reject_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE ingest.run ALTER COLUMN run_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME ingest.run_run_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE registry.campaign ALTER COLUMN campaign_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME registry.campaign_campaign_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE registry.campaign_version ALTER COLUMN version_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME registry.campaign_version_version_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE registry.criterion ALTER COLUMN criterion_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME registry.criterion_criterion_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE registry.metric ALTER COLUMN metric_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME registry.metric_metric_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE registry.unit ALTER COLUMN unit_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME registry.unit_unit_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE comply.change (
    change_id bigint NOT NULL,
    snapshot_id bigint NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    criterion_id integer NOT NULL,
    scope text NOT NULL,
    level text,
    unit_id integer,
    status_before text,
    status text,
    numerator_before numeric,
    numerator numeric,
    denominator_before numeric,
    denominator numeric
);

ALTER TABLE comply.change OWNER TO thidua_owner;

CREATE TABLE comply.current (
    campaign_id integer NOT NULL,
    snapshot_id bigint NOT NULL
);

ALTER TABLE comply.current OWNER TO thidua_owner;

CREATE TABLE comply.dirty (
    metric_id integer,
    unit_id integer,
    metric_ids integer[],
    unit_ids integer[],
    known_at timestamp with time zone,
    CONSTRAINT dirty_metric_id_unit_id_ck CHECK (((metric_id IS NULL) = (unit_id IS NULL))),
    CONSTRAINT dirty_metric_ids_unit_ids_ck CHECK ((((metric_ids IS NULL) = (unit_ids IS NULL)) AND ((metric_ids IS NULL) OR (metric_id IS NULL))))
);

ALTER TABLE comply.dirty OWNER TO thidua_owner;

CREATE TABLE comply.restated (
    restated_id bigint NOT NULL,
    noticed_at timestamp with time zone NOT NULL,
    told_at timestamp with time zone,
    metric_id integer NOT NULL,
    unit_id integer NOT NULL,
    period_type smallint NOT NULL,
    period_from date NOT NULL,
    period_to date NOT NULL,
    known_before timestamp with time zone NOT NULL,
    known_at timestamp with time zone NOT NULL,
    value_before numeric,
    value numeric,
    run_id bigint NOT NULL
);

ALTER TABLE comply.restated OWNER TO thidua_owner;

CREATE TABLE comply.result (
    snapshot_id bigint NOT NULL,
    criterion_id integer NOT NULL,
    scope text NOT NULL,
    level text,
    unit_id integer,
    status text NOT NULL,
    reason text,
    numerator numeric,
    denominator numeric,
    value numeric,
    target numeric,
    units_bound integer,
    units_counted integer,
    units_passed integer,
    periods_due integer,
    periods_missing integer,
    period_from date,
    period_to date,
    observed_at timestamp with time zone,
    known_at timestamp with time zone,
    prospect text,
    CONSTRAINT result_prospect_ck CHECK ((prospect = ANY (ARRAY['on_track'::text, 'at_risk'::text]))),
    CONSTRAINT result_scope_ck CHECK ((scope = ANY (ARRAY['unit'::text, 'level'::text, 'province'::text]))),
    CONSTRAINT result_scope_keys_ck CHECK ((((scope = 'unit'::text) AND (level IS NOT NULL) AND (unit_id IS NOT NULL)) OR ((scope = 'level'::text) AND (level IS NOT NULL) AND (unit_id IS NULL)) OR ((scope = 'province'::text) AND (level IS NULL) AND (unit_id IS NULL)))),
    CONSTRAINT result_status_ck CHECK ((status = ANY (ARRAY['met'::text, 'not_met'::text, 'on_track'::text, 'at_risk'::text, 'no_data'::text, 'stale'::text, 'overdue'::text, 'no_figure'::text, 'no_target'::text, 'not_applicable'::text, 'disputed'::text])))
);

ALTER TABLE comply.result OWNER TO thidua_owner;

CREATE TABLE comply.review (
    review_id integer NOT NULL,
    campaign_id integer NOT NULL,
    version_id integer NOT NULL,
    on_day date NOT NULL,
    known_at timestamp with time zone NOT NULL,
    frozen_at timestamp with time zone NOT NULL,
    frozen_by text NOT NULL
);

ALTER TABLE comply.review OWNER TO thidua_owner;

CREATE TABLE comply.review_result (
    review_id integer NOT NULL,
    criterion_id integer NOT NULL,
    scope text NOT NULL,
    level text,
    unit_id integer,
    status text NOT NULL,
    reason text,
    numerator numeric,
    denominator numeric,
    value numeric,
    target numeric,
    units_bound integer,
    units_counted integer,
    units_passed integer,
    periods_due integer,
    periods_missing integer,
    period_from date,
    period_to date,
    observed_at timestamp with time zone,
    known_at timestamp with time zone
);

ALTER TABLE comply.review_result OWNER TO thidua_owner;

CREATE TABLE comply.snapshot (
    snapshot_id bigint NOT NULL,
    version_id integer NOT NULL,
    as_of date NOT NULL,
    known_at timestamp with time zone,
    computed_at timestamp with time zone NOT NULL
);

ALTER TABLE comply.snapshot OWNER TO thidua_owner;

CREATE TABLE comply.standing (
    campaign_id integer NOT NULL,
    unit_id integer NOT NULL,
    level text NOT NULL,
    bound integer NOT NULL,
    met integer NOT NULL,
    not_met integer NOT NULL,
    criteria json NOT NULL
)
WITH (toast_tuple_target='8160', fillfactor='50');
ALTER TABLE ONLY comply.standing ALTER COLUMN criteria SET STORAGE MAIN;

ALTER TABLE comply.standing OWNER TO thidua_owner;

CREATE TABLE fact.confirmed (
    known_at timestamp with time zone NOT NULL,
    run_id bigint NOT NULL,
    spool uuid NOT NULL,
    seq bigint NOT NULL,
    unchanged integer NOT NULL
)
PARTITION BY RANGE (known_at);

ALTER TABLE fact.confirmed OWNER TO thidua_owner;

CREATE TABLE fact.latest (
    known_at timestamp with time zone NOT NULL,
    observed_at timestamp with time zone,
    metric_id integer NOT NULL,
    unit_id integer NOT NULL,
    period_from date NOT NULL,
    period_to date NOT NULL,
    period_type smallint NOT NULL,
    value numeric,
    quality text,
    evidence text
)
PARTITION BY RANGE (period_to);

ALTER TABLE fact.latest OWNER TO thidua_owner;

CREATE TABLE fact.observation (
    known_at timestamp with time zone NOT NULL,
    observed_at timestamp with time zone,
    run_id bigint NOT NULL,
    record_no bigint,
    metric_id integer NOT NULL,
    unit_id integer NOT NULL,
    period_from date NOT NULL,
    period_to date NOT NULL,
    request_seq integer,
    period_type smallint NOT NULL,
    value numeric,
    quality text,
    evidence text,
    CONSTRAINT observation_period_ck CHECK ((period_from <= period_to))
)
PARTITION BY RANGE (period_to);

ALTER TABLE fact.observation OWNER TO thidua_owner;

CREATE TABLE ingest.chain (
    link bigint NOT NULL,
    run_id bigint NOT NULL,
    run uuid NOT NULL,
    stream text NOT NULL,
    started_at timestamp with time zone NOT NULL,
    linked_at timestamp with time zone NOT NULL,
    digest bytea NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT chain_digest_ck CHECK ((octet_length(digest) = 32)),
    CONSTRAINT chain_hash_ck CHECK ((octet_length(hash) = 32))
);

ALTER TABLE ingest.chain OWNER TO thidua_owner;

CREATE TABLE ingest.chain_head (
    is_only boolean DEFAULT true NOT NULL,
    link bigint NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT chain_head_is_only_ck CHECK (is_only)
);

ALTER TABLE ingest.chain_head OWNER TO thidua_owner;

CREATE TABLE ingest.cursor (
    connector text NOT NULL,
    stream text NOT NULL,
    partition text NOT NULL,
    value text NOT NULL,
    known_at timestamp with time zone NOT NULL
);

ALTER TABLE ingest.cursor OWNER TO thidua_owner;

CREATE TABLE ingest.instance (
    instance_id integer NOT NULL,
    name text NOT NULL,
    spool uuid NOT NULL,
    since timestamp with time zone NOT NULL
);

ALTER TABLE ingest.instance OWNER TO thidua_owner;

CREATE TABLE ingest.lease (
    lease_id integer NOT NULL,
    connector text NOT NULL,
    fence bigint NOT NULL,
    instance text,
    since timestamp with time zone
);

ALTER TABLE ingest.lease OWNER TO thidua_owner;

CREATE TABLE ingest.parcel (
    spool uuid NOT NULL,
    seq bigint NOT NULL,
    known_at timestamp with time zone NOT NULL
);

ALTER TABLE ingest.parcel OWNER TO thidua_owner;

CREATE TABLE ingest.payload (
    sha256 bytea NOT NULL,
    stored_month date NOT NULL,
    size bigint NOT NULL,
    body bytea NOT NULL,
    CONSTRAINT payload_sha256_ck CHECK ((octet_length(sha256) = 32)),
    CONSTRAINT payload_stored_month_ck CHECK ((EXTRACT(day FROM stored_month) = (1)::numeric))
)
PARTITION BY RANGE (stored_month);
ALTER TABLE ONLY ingest.payload ALTER COLUMN body SET STORAGE EXTERNAL;

ALTER TABLE ingest.payload OWNER TO thidua_owner;

CREATE TABLE ingest.reject (
    reject_id bigint NOT NULL,
    run_id bigint NOT NULL,
    known_at timestamp with time zone NOT NULL,
    request_seq integer,
    record_no bigint,
    reason text NOT NULL,
    field text,
    detail text,
    excerpt text,
    unit_code text,
    system text,
    sample jsonb,
    outcome text,
    settled_at timestamp with time zone,
    settled_by text,
    settled_run uuid,
    CONSTRAINT reject_outcome_ck CHECK ((outcome = ANY (ARRAY['retried'::text, 'dropped'::text, 'accepted'::text]))),
    CONSTRAINT reject_reason_ck CHECK ((reason ~ '^[a-z][a-z0-9_]*$'::text)),
    CONSTRAINT reject_settled_at_ck CHECK (((settled_at IS NULL) = (outcome IS NULL)))
)
PARTITION BY RANGE (known_at);

ALTER TABLE ingest.reject OWNER TO thidua_owner;

CREATE TABLE ingest.request (
    run_id bigint NOT NULL,
    seq integer NOT NULL,
    ask text,
    unit text,
    method text NOT NULL,
    url text NOT NULL,
    headers jsonb,
    body text,
    status integer,
    content_type text,
    sent_at timestamp with time zone NOT NULL,
    took_us bigint,
    sha256 bytea,
    size bigint,
    stored boolean NOT NULL,
    head bytea,
    reply_headers jsonb,
    withheld boolean DEFAULT false NOT NULL,
    CONSTRAINT request_sha256_ck CHECK ((octet_length(sha256) = 32)),
    CONSTRAINT request_withheld_ck CHECK ((NOT (withheld AND (stored OR (head IS NOT NULL)))))
)
PARTITION BY RANGE (sent_at);
ALTER TABLE ONLY ingest.request ALTER COLUMN head SET STORAGE EXTERNAL;

ALTER TABLE ingest.request OWNER TO thidua_owner;

CREATE TABLE ingest.retired (
    partition text NOT NULL,
    parent text NOT NULL,
    from_at timestamp with time zone NOT NULL,
    to_at timestamp with time zone NOT NULL,
    retired_at timestamp with time zone NOT NULL
);

ALTER TABLE ingest.retired OWNER TO thidua_owner;

CREATE TABLE ingest.run (
    run_id bigint NOT NULL,
    run uuid NOT NULL,
    connector text NOT NULL,
    stream text NOT NULL,
    slot_at timestamp with time zone,
    started_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    instance text,
    setup text,
    state text DEFAULT 'running'::text NOT NULL,
    pages bigint,
    records bigint,
    samples bigint,
    rejects bigint,
    failure_class text,
    failure_retryable boolean,
    failure_http_status integer,
    failure_sqlstate text,
    failure_story text,
    cause text DEFAULT 'poll'::text NOT NULL,
    stated_at timestamp with time zone,
    replays uuid,
    fence bigint,
    is_late boolean DEFAULT false NOT NULL,
    blocked text,
    CONSTRAINT run_cause_ck CHECK ((cause = ANY (ARRAY['poll'::text, 'replay'::text, 'retry'::text]))),
    CONSTRAINT run_ended_at_ck CHECK (((ended_at IS NULL) = (state = 'running'::text))),
    CONSTRAINT run_failure_ck CHECK (((state <> 'failed'::text) OR (failure_class IS NOT NULL))),
    CONSTRAINT run_replays_ck CHECK (((cause = 'poll'::text) = (replays IS NULL))),
    CONSTRAINT run_state_ck CHECK ((state = ANY (ARRAY['running'::text, 'ok'::text, 'partial'::text, 'unchanged'::text, 'failed'::text])))
)
PARTITION BY RANGE (started_at);

ALTER TABLE ingest.run OWNER TO thidua_owner;

CREATE TABLE meta.applied (
    name text NOT NULL,
    sha256 text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT applied_sha256_ck CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text))
);

ALTER TABLE meta.applied OWNER TO thidua_owner;

CREATE TABLE registry.block_member (
    block text NOT NULL,
    block_name text NOT NULL,
    unit_id integer NOT NULL,
    as_of text NOT NULL,
    source text NOT NULL
);

ALTER TABLE registry.block_member OWNER TO thidua_owner;

CREATE TABLE registry.campaign (
    campaign_id integer NOT NULL,
    code text NOT NULL,
    CONSTRAINT campaign_code_ck CHECK ((code ~ '^[a-z0-9]+(-[a-z0-9]+)*$'::text))
);

ALTER TABLE registry.campaign OWNER TO thidua_owner;

CREATE TABLE registry.campaign_level (
    version_id integer NOT NULL,
    level text NOT NULL,
    kind text NOT NULL,
    title text NOT NULL,
    ordinal integer NOT NULL
);

ALTER TABLE registry.campaign_level OWNER TO thidua_owner;

CREATE TABLE registry.campaign_version (
    version_id integer NOT NULL,
    campaign_id integer NOT NULL,
    version integer NOT NULL,
    sha256 bytea NOT NULL,
    loaded_at timestamp with time zone DEFAULT now() NOT NULL,
    title text NOT NULL,
    legal_basis text NOT NULL,
    from_on date NOT NULL,
    to_on date NOT NULL,
    measure_from date NOT NULL,
    measure_to date NOT NULL,
    province_id integer NOT NULL,
    content jsonb NOT NULL,
    while_open text DEFAULT 'judged'::text NOT NULL,
    CONSTRAINT campaign_version_days_ck CHECK (((from_on <= to_on) AND (measure_from <= measure_to))),
    CONSTRAINT campaign_version_while_open_ck CHECK ((while_open = ANY (ARRAY['judged'::text, 'prospect'::text])))
);

ALTER TABLE registry.campaign_version OWNER TO thidua_owner;

CREATE TABLE registry.criterion (
    criterion_id integer NOT NULL,
    version_id integer NOT NULL,
    code text NOT NULL,
    ordinal integer NOT NULL,
    title text NOT NULL,
    kind text NOT NULL,
    period text[] NOT NULL,
    calendar text NOT NULL,
    accumulate text NOT NULL,
    province text NOT NULL,
    count_among text NOT NULL,
    passes numeric,
    out_of numeric,
    direction text NOT NULL,
    due_after interval NOT NULL,
    stale_after interval,
    carry text NOT NULL,
    exclude text,
    legal_basis text NOT NULL,
    certainty text,
    note text,
    min_coverage numeric,
    CONSTRAINT criterion_accumulate_ck CHECK ((accumulate = ANY (ARRAY['sum'::text, 'latest'::text, 'state'::text]))),
    CONSTRAINT criterion_calendar_ck CHECK ((calendar = ANY (ARRAY['calendar'::text, '15-14'::text]))),
    CONSTRAINT criterion_carry_ck CHECK ((carry = ANY (ARRAY['none'::text, 'predecessors'::text]))),
    CONSTRAINT criterion_count_among_ck CHECK ((count_among = ANY (ARRAY['bound'::text, 'figures'::text]))),
    CONSTRAINT criterion_deadline_ck CHECK (((kind <> 'deadline'::text) OR (accumulate = 'sum'::text))),
    CONSTRAINT criterion_direction_ck CHECK ((direction = ANY (ARRAY['at_least'::text, 'at_most'::text]))),
    CONSTRAINT criterion_kind_ck CHECK ((kind = ANY (ARRAY['ratio'::text, 'flag'::text, 'value'::text, 'checklist'::text, 'deadline'::text]))),
    CONSTRAINT criterion_min_coverage_ck CHECK (((min_coverage > (0)::numeric) AND (min_coverage <= (100)::numeric))),
    CONSTRAINT criterion_out_of_ck CHECK ((out_of > (0)::numeric)),
    CONSTRAINT criterion_passes_ck CHECK (((passes IS NOT NULL) OR (province <> 'count_units'::text))),
    CONSTRAINT criterion_province_ck CHECK ((province = ANY (ARRAY['sum'::text, 'own'::text, 'count_units'::text, 'none'::text])))
);

ALTER TABLE registry.criterion OWNER TO thidua_owner;

CREATE TABLE registry.criterion_input (
    criterion_id integer NOT NULL,
    role text NOT NULL,
    metric_id integer NOT NULL,
    ordinal integer NOT NULL,
    item text,
    title text,
    levels text[],
    certainty text,
    CONSTRAINT criterion_input_item_ck CHECK (((role = 'item'::text) = (item IS NOT NULL))),
    CONSTRAINT criterion_input_role_ck CHECK ((role = ANY (ARRAY['numerator'::text, 'denominator'::text, 'value'::text, 'item'::text, 'witness'::text])))
);

ALTER TABLE registry.criterion_input OWNER TO thidua_owner;

CREATE TABLE registry.criterion_level (
    criterion_id integer NOT NULL,
    level text NOT NULL
);

ALTER TABLE registry.criterion_level OWNER TO thidua_owner;

CREATE TABLE registry.metric (
    metric_id integer NOT NULL,
    name text NOT NULL,
    first_seen_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT metric_name_ck CHECK (((name ~ '^[a-z0-9]+([._-][a-z0-9]+)*$'::text) AND (length(name) <= 120)))
);

ALTER TABLE registry.metric OWNER TO thidua_owner;

CREATE TABLE registry.not_applicable (
    criterion_id integer NOT NULL,
    level text,
    unit_id integer,
    reason text NOT NULL,
    CONSTRAINT not_applicable_level_unit_id_ck CHECK ((num_nonnulls(level, unit_id) = 1)),
    CONSTRAINT not_applicable_reason_ck CHECK ((length(btrim(reason)) > 0))
);

ALTER TABLE registry.not_applicable OWNER TO thidua_owner;

CREATE TABLE registry.period_type (
    period_type smallint NOT NULL,
    kind text NOT NULL,
    calendar text NOT NULL,
    cumulative boolean NOT NULL,
    CONSTRAINT period_type_calendar_ck CHECK ((calendar = ANY (ARRAY['calendar'::text, '15-14'::text]))),
    CONSTRAINT period_type_day_ck CHECK (((calendar = 'calendar'::text) OR (kind <> ALL (ARRAY['day'::text, 'instant'::text])))),
    CONSTRAINT period_type_kind_ck CHECK ((kind = ANY (ARRAY['day'::text, 'month'::text, 'quarter'::text, 'half'::text, 'nine_months'::text, 'year'::text, 'instant'::text])))
);

ALTER TABLE registry.period_type OWNER TO thidua_owner;

CREATE TABLE registry.review (
    version_id integer NOT NULL,
    name text NOT NULL,
    on_day date NOT NULL,
    basis text
);

ALTER TABLE registry.review OWNER TO thidua_owner;

CREATE TABLE registry.succession (
    predecessor_id integer NOT NULL,
    successor_id integer,
    effective_on date NOT NULL,
    legal_basis text,
    note text
);

ALTER TABLE registry.succession OWNER TO thidua_owner;

CREATE TABLE registry.target (
    criterion_id integer NOT NULL,
    level text,
    unit_id integer,
    whole boolean NOT NULL,
    value numeric NOT NULL,
    valid daterange NOT NULL,
    CONSTRAINT target_level_unit_id_whole_ck CHECK (((num_nonnulls(level, unit_id) + (whole)::integer) = 1))
);

ALTER TABLE registry.target OWNER TO thidua_owner;

CREATE TABLE registry.unit (
    unit_id integer NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    level text NOT NULL,
    parent_id integer,
    gso_code text,
    valid daterange NOT NULL,
    note text,
    CONSTRAINT unit_code_ck CHECK (((code ~ '^[A-Za-z0-9]+([.-][A-Za-z0-9]+)*$'::text) AND (length(code) <= 60))),
    CONSTRAINT unit_kind_ck CHECK ((kind ~ '^[a-z][a-z0-9_]*$'::text)),
    CONSTRAINT unit_level_ck CHECK ((level = ANY (ARRAY['province'::text, 'district'::text, 'commune'::text]))),
    CONSTRAINT unit_valid_ck CHECK ((NOT isempty(valid)))
);

ALTER TABLE registry.unit OWNER TO thidua_owner;

CREATE TABLE registry.unit_code (
    system text NOT NULL,
    code text NOT NULL,
    unit_id integer NOT NULL,
    valid daterange NOT NULL,
    note text,
    CONSTRAINT unit_code_system_ck CHECK ((system ~ '^[a-z0-9]+([-_][a-z0-9]+)*$'::text)),
    CONSTRAINT unit_code_valid_ck CHECK ((NOT isempty(valid)))
);

ALTER TABLE registry.unit_code OWNER TO thidua_owner;

CREATE TRIGGER review_is_frozen BEFORE DELETE OR UPDATE OR TRUNCATE ON comply.review FOR EACH STATEMENT EXECUTE FUNCTION comply.refuse_change();

CREATE TRIGGER review_result_is_frozen BEFORE DELETE OR UPDATE OR TRUNCATE ON comply.review_result FOR EACH STATEMENT EXECUTE FUNCTION comply.refuse_change();

CREATE VIEW api_v1.blocks AS
 SELECT b.block,
    b.block_name,
    u.code AS unit,
    b.as_of,
    b.source
   FROM (registry.block_member b
     JOIN registry.unit u ON ((u.unit_id = b.unit_id)));

ALTER TABLE api_v1.blocks OWNER TO thidua_owner;

CREATE VIEW api_v1.campaigns AS
 SELECT DISTINCT ON (c.code) c.code AS campaign,
    v.version,
    v.title,
    v.legal_basis,
    v.from_on,
    v.to_on,
    v.measure_from,
    v.measure_to,
    p.code AS province,
    v.loaded_at,
    encode(v.sha256, 'hex'::text) AS sha256,
    v.content,
    v.while_open
   FROM ((registry.campaign c
     JOIN registry.campaign_version v ON ((v.campaign_id = c.campaign_id)))
     JOIN registry.unit p ON ((p.unit_id = v.province_id)))
  ORDER BY c.code, v.version DESC;

ALTER TABLE api_v1.campaigns OWNER TO thidua_owner;

CREATE VIEW api_v1.changes AS
 SELECT x.change_id,
    x.changed_at,
    g.code AS campaign,
    v.version,
    s.as_of,
    c.code AS criterion,
    x.scope,
    x.level,
    u.code AS unit,
    x.status_before,
    x.status,
    x.numerator_before,
    x.numerator,
    x.denominator_before,
    x.denominator
   FROM (((((comply.change x
     JOIN comply.snapshot s ON ((s.snapshot_id = x.snapshot_id)))
     JOIN registry.campaign_version v ON ((v.version_id = s.version_id)))
     JOIN registry.campaign g ON ((g.campaign_id = v.campaign_id)))
     JOIN registry.criterion c ON ((c.criterion_id = x.criterion_id)))
     LEFT JOIN registry.unit u ON ((u.unit_id = x.unit_id)));

ALTER TABLE api_v1.changes OWNER TO thidua_owner;

CREATE VIEW api_v1.compliance AS
 SELECT g.code AS campaign,
    v.version,
    s.as_of,
    c.code AS criterion,
    u.code AS unit,
    u.name AS unit_name,
    r.level,
    r.status,
    r.reason,
    r.numerator,
    r.denominator,
    r.value,
    r.target,
    r.periods_due,
    r.periods_missing,
    r.period_from,
    r.period_to,
    r.observed_at,
    r.known_at,
    s.computed_at,
    r.prospect
   FROM ((((((comply.current n
     JOIN registry.campaign g ON ((g.campaign_id = n.campaign_id)))
     JOIN comply.snapshot s ON ((s.snapshot_id = n.snapshot_id)))
     JOIN registry.campaign_version v ON ((v.version_id = s.version_id)))
     JOIN comply.result r ON (((r.snapshot_id = s.snapshot_id) AND (r.scope = 'unit'::text))))
     JOIN registry.criterion c ON ((c.criterion_id = r.criterion_id)))
     JOIN registry.unit u ON ((u.unit_id = r.unit_id)));

ALTER TABLE api_v1.compliance OWNER TO thidua_owner;

CREATE VIEW api_v1.compliance_levels AS
 SELECT g.code AS campaign,
    v.version,
    s.as_of,
    c.code AS criterion,
    r.scope,
    r.level,
    r.status,
    r.numerator,
    r.denominator,
    r.value,
    r.target,
    r.units_bound,
    r.units_counted,
    r.units_passed,
    r.observed_at,
    r.known_at,
    s.computed_at
   FROM (((((comply.current n
     JOIN registry.campaign g ON ((g.campaign_id = n.campaign_id)))
     JOIN comply.snapshot s ON ((s.snapshot_id = n.snapshot_id)))
     JOIN registry.campaign_version v ON ((v.version_id = s.version_id)))
     JOIN comply.result r ON (((r.snapshot_id = s.snapshot_id) AND (r.scope = ANY (ARRAY['level'::text, 'province'::text])))))
     JOIN registry.criterion c ON ((c.criterion_id = r.criterion_id)));

ALTER TABLE api_v1.compliance_levels OWNER TO thidua_owner;

CREATE VIEW api_v1.connectors AS
 WITH RECURSIVE stream AS (
        ( SELECT r.connector,
            r.stream
           FROM ingest.run r
          ORDER BY r.connector, r.stream
         LIMIT 1)
        UNION ALL
         SELECT n.connector,
            n.stream
           FROM (stream s_1
             CROSS JOIN LATERAL ( SELECT r.connector,
                    r.stream
                   FROM ingest.run r
                  WHERE (ROW(r.connector, r.stream) > ROW(s_1.connector, s_1.stream))
                  ORDER BY r.connector, r.stream
                 LIMIT 1) n)
        )
 SELECT s.connector,
    s.stream,
    l.state,
    l.run AS last_run,
    l.started_at AS last_started_at,
    l.ended_at AS last_ended_at,
    l.samples AS last_samples,
    l.rejects AS last_rejects,
    l.failure_class,
    l.failure_story,
    g.ended_at AS last_success_at
   FROM ((stream s
     CROSS JOIN LATERAL ( SELECT r.state,
            r.run,
            r.started_at,
            r.ended_at,
            r.samples,
            r.rejects,
            r.failure_class,
            r.failure_story
           FROM ingest.run r
          WHERE ((r.connector = s.connector) AND (r.stream = s.stream))
          ORDER BY r.started_at DESC
         LIMIT 1) l)
     LEFT JOIN LATERAL ( SELECT r.ended_at
           FROM ingest.run r
          WHERE ((r.connector = s.connector) AND (r.stream = s.stream) AND (r.state = ANY (ARRAY['ok'::text, 'unchanged'::text])))
          ORDER BY r.started_at DESC
         LIMIT 1) g ON (true));

ALTER TABLE api_v1.connectors OWNER TO thidua_owner;

CREATE VIEW api_v1.criteria AS
 SELECT n.campaign,
    n.version,
    c.code AS criterion,
    c.ordinal,
    c.title,
    c.kind,
    ( SELECT array_agg(m.name ORDER BY i.ordinal) AS array_agg
           FROM (registry.criterion_input i
             JOIN registry.metric m ON ((m.metric_id = i.metric_id)))
          WHERE ((i.criterion_id = c.criterion_id) AND (i.role = ANY (ARRAY['numerator'::text, 'value'::text, 'item'::text])))) AS metrics,
    ( SELECT array_agg(m.name ORDER BY i.ordinal) AS array_agg
           FROM (registry.criterion_input i
             JOIN registry.metric m ON ((m.metric_id = i.metric_id)))
          WHERE ((i.criterion_id = c.criterion_id) AND (i.role = 'denominator'::text))) AS denominators,
    c.out_of,
    c.period,
    c.calendar,
    c.accumulate,
    c.province,
    ( SELECT array_agg(l.level ORDER BY o.ordinal) AS array_agg
           FROM (registry.criterion_level l
             JOIN registry.campaign_level o ON (((o.version_id = c.version_id) AND (o.level = l.level))))
          WHERE (l.criterion_id = c.criterion_id)) AS levels,
    ( SELECT jsonb_agg(jsonb_build_object('level', t.level, 'unit', u.code, 'whole', t.whole, 'value', t.value, 'from', lower(t.valid), 'to', (upper(t.valid) - 1)) ORDER BY t.whole, t.level, u.code, t.valid) AS jsonb_agg
           FROM (registry.target t
             LEFT JOIN registry.unit u ON ((u.unit_id = t.unit_id)))
          WHERE (t.criterion_id = c.criterion_id)) AS targets,
    c.direction,
    c.due_after,
    c.stale_after,
    c.carry,
    c.exclude,
    c.legal_basis,
    c.certainty,
    c.note,
    c.min_coverage
   FROM (((api_v1.campaigns n
     JOIN registry.campaign g ON ((g.code = n.campaign)))
     JOIN registry.campaign_version v ON (((v.campaign_id = g.campaign_id) AND (v.version = n.version))))
     JOIN registry.criterion c ON ((c.version_id = v.version_id)));

ALTER TABLE api_v1.criteria OWNER TO thidua_owner;

CREATE VIEW api_v1.dominance AS
 SELECT d.campaign,
    d.as_of,
    d.block,
    d.unit,
    d.other,
    d.better,
    d.equal,
    d.worse,
    d.unknown,
    d.relation
   FROM (api_v1.campaigns g
     CROSS JOIN LATERAL api_v1.dominance_as_of(g.campaign) d(campaign, as_of, block, unit, other, better, equal, worse, unknown, relation));

ALTER TABLE api_v1.dominance OWNER TO thidua_owner;

CREATE VIEW api_v1.expected_data AS
 SELECT e.campaign,
    e.as_of,
    e.criterion,
    e.unit,
    e.counts_for,
    e.period_kind,
    e.period_from,
    e.period_to,
    e.due_on,
    e.state,
    e.days_late,
    e.known_at
   FROM (api_v1.campaigns g
     CROSS JOIN LATERAL api_v1.expected_data_as_of(g.campaign) e(campaign, as_of, criterion, unit, counts_for, period_kind, period_from, period_to, due_on, state, days_late, known_at));

ALTER TABLE api_v1.expected_data OWNER TO thidua_owner;

CREATE VIEW api_v1.figures AS
 SELECT m.name AS metric,
    u.code AS unit,
    t.kind AS period_kind,
    t.calendar,
    t.cumulative,
    o.period_from,
    o.period_to,
    o.value,
    o.observed_at,
    o.quality,
    o.evidence,
    o.known_at,
    (l.known_at IS NOT NULL) AS is_newest,
    r.connector,
    r.stream,
    r.run,
    o.request_seq,
    o.record_no,
    encode(q.sha256, 'hex'::text) AS payload_sha256
   FROM ((((((fact.observation o
     JOIN registry.metric m ON ((m.metric_id = o.metric_id)))
     JOIN registry.unit u ON ((u.unit_id = o.unit_id)))
     JOIN registry.period_type t ON ((t.period_type = o.period_type)))
     LEFT JOIN fact.latest l ON (((l.metric_id = o.metric_id) AND (l.unit_id = o.unit_id) AND (l.period_to = o.period_to) AND (l.period_from = o.period_from) AND (l.period_type = o.period_type) AND (l.known_at = o.known_at))))
     LEFT JOIN ingest.run r ON ((r.run_id = o.run_id)))
     LEFT JOIN ingest.request q ON (((q.run_id = o.run_id) AND (q.seq = o.request_seq))));

ALTER TABLE api_v1.figures OWNER TO thidua_owner;

CREATE VIEW api_v1.outlook AS
 SELECT o.campaign,
    o.as_of,
    o.criterion,
    o.unit,
    o.level,
    o.review_on,
    o.status,
    o.no_outlook,
    o.trend,
    o.numerator,
    o.denominator,
    o.target,
    o.more_expected,
    o.missing,
    o.is_out_of_reach,
    o.expected_value,
    o.expected_low,
    o.expected_high,
    o.steps
   FROM (api_v1.campaigns g
     CROSS JOIN LATERAL api_v1.outlook_as_of(g.campaign) o(campaign, as_of, criterion, unit, level, review_on, status, no_outlook, trend, numerator, denominator, target, more_expected, missing, is_out_of_reach, expected_value, expected_low, expected_high, steps));

ALTER TABLE api_v1.outlook OWNER TO thidua_owner;

CREATE VIEW api_v1.rejects AS
 SELECT j.reject_id,
    j.known_at,
    r.connector,
    r.stream,
    r.run,
    j.request_seq,
    j.record_no,
    j.reason,
    j.field,
    j.detail,
    j.excerpt,
    j.unit_code,
    j.system,
    j.outcome,
    j.settled_at,
    j.settled_by,
    j.settled_run
   FROM (ingest.reject j
     LEFT JOIN ingest.run r ON ((r.run_id = j.run_id)));

ALTER TABLE api_v1.rejects OWNER TO thidua_owner;

CREATE VIEW api_v1.restatements AS
 SELECT r.restated_id,
    r.noticed_at,
    m.name AS metric,
    u.code AS unit,
    t.kind AS period_kind,
    t.calendar,
    t.cumulative,
    r.period_from,
    r.period_to,
    r.value_before,
    r.value,
    r.known_before,
    r.known_at,
    n.connector,
    n.stream,
    n.run
   FROM ((((comply.restated r
     JOIN registry.metric m ON ((m.metric_id = r.metric_id)))
     JOIN registry.unit u ON ((u.unit_id = r.unit_id)))
     JOIN registry.period_type t ON ((t.period_type = r.period_type)))
     LEFT JOIN ingest.run n ON ((n.run_id = r.run_id)));

ALTER TABLE api_v1.restatements OWNER TO thidua_owner;

CREATE VIEW api_v1.review_results AS
 SELECT g.code AS campaign,
    r.on_day,
    v.version,
    c.code AS criterion,
    x.scope,
    x.level,
    u.code AS unit,
    x.status,
    x.reason,
    x.numerator,
    x.denominator,
    x.value,
    x.target,
    x.units_bound,
    x.units_counted,
    x.units_passed,
    x.periods_due,
    x.periods_missing,
    x.period_from,
    x.period_to,
    x.observed_at,
    x.known_at
   FROM (((((comply.review r
     JOIN registry.campaign g ON ((g.campaign_id = r.campaign_id)))
     JOIN registry.campaign_version v ON ((v.version_id = r.version_id)))
     JOIN comply.review_result x ON ((x.review_id = r.review_id)))
     JOIN registry.criterion c ON ((c.criterion_id = x.criterion_id)))
     LEFT JOIN registry.unit u ON ((u.unit_id = x.unit_id)));

ALTER TABLE api_v1.review_results OWNER TO thidua_owner;

CREATE VIEW api_v1.reviews AS
 SELECT g.code AS campaign,
    COALESCE(w.on_day, r.on_day) AS on_day,
    w.name,
    w.basis,
    (r.frozen_at IS NOT NULL) AS is_frozen,
    z.version,
    r.known_at,
    r.frozen_at,
    r.frozen_by,
    ( SELECT count(*) AS count
           FROM comply.review_result x
          WHERE ((x.review_id = r.review_id) AND (x.scope = 'unit'::text) AND (x.status = 'met'::text))) AS met,
    ( SELECT count(*) AS count
           FROM comply.review_result x
          WHERE ((x.review_id = r.review_id) AND (x.scope = 'unit'::text) AND (x.status = 'not_met'::text))) AS not_met,
    ( SELECT count(*) AS count
           FROM comply.review_result x
          WHERE (x.review_id = r.review_id)) AS results
   FROM (((((registry.campaign g
     JOIN registry.campaign_version v ON (((v.campaign_id = g.campaign_id) AND (v.version = ( SELECT max(n.version) AS max
           FROM registry.campaign_version n
          WHERE (n.campaign_id = g.campaign_id))))))
     CROSS JOIN LATERAL ( SELECT w_1.on_day
           FROM registry.review w_1
          WHERE (w_1.version_id = v.version_id)
        UNION
         SELECT r_1.on_day
           FROM comply.review r_1
          WHERE (r_1.campaign_id = g.campaign_id)) d)
     LEFT JOIN registry.review w ON (((w.version_id = v.version_id) AND (w.on_day = d.on_day))))
     LEFT JOIN comply.review r ON (((r.campaign_id = g.campaign_id) AND (r.on_day = d.on_day))))
     LEFT JOIN registry.campaign_version z ON ((z.version_id = r.version_id)));

ALTER TABLE api_v1.reviews OWNER TO thidua_owner;

CREATE VIEW api_v1.runs AS
 SELECT r.run,
    r.connector,
    r.stream,
    r.slot_at,
    r.started_at,
    r.ended_at,
    r.state,
    r.pages,
    r.records,
    r.samples,
    r.rejects,
    r.failure_class,
    r.failure_retryable,
    r.failure_http_status,
    r.failure_sqlstate,
    r.failure_story,
    r.instance,
    r.setup,
    r.cause,
    COALESCE(r.stated_at, r.started_at) AS stated_at,
    r.replays,
    r.fence,
    r.is_late
   FROM ingest.run r;

ALTER TABLE api_v1.runs OWNER TO thidua_owner;

CREATE VIEW api_v1.standings AS
 SELECT g.code AS campaign,
    v.version,
    p.as_of,
    u.code AS unit,
    u.name AS unit_name,
    s.level,
    s.bound,
    s.met,
    s.not_met,
    s.criteria,
    p.computed_at
   FROM (((((comply.standing s
     JOIN registry.campaign g ON ((g.campaign_id = s.campaign_id)))
     JOIN comply.current n ON ((n.campaign_id = s.campaign_id)))
     JOIN comply.snapshot p ON ((p.snapshot_id = n.snapshot_id)))
     JOIN registry.campaign_version v ON ((v.version_id = p.version_id)))
     JOIN registry.unit u ON ((u.unit_id = s.unit_id)));

ALTER TABLE api_v1.standings OWNER TO thidua_owner;

CREATE VIEW api_v1.successions AS
 SELECT p.code AS predecessor,
    s.code AS successor,
    x.effective_on,
    x.legal_basis,
    x.note
   FROM ((registry.succession x
     JOIN registry.unit p ON ((p.unit_id = x.predecessor_id)))
     LEFT JOIN registry.unit s ON ((s.unit_id = x.successor_id)));

ALTER TABLE api_v1.successions OWNER TO thidua_owner;

CREATE VIEW api_v1.unit_codes AS
 SELECT c.system,
    c.code,
    u.code AS unit,
    lower(c.valid) AS valid_from,
    (upper(c.valid) - 1) AS valid_to,
    c.note
   FROM (registry.unit_code c
     JOIN registry.unit u ON ((u.unit_id = c.unit_id)));

ALTER TABLE api_v1.unit_codes OWNER TO thidua_owner;

CREATE VIEW api_v1.units AS
 SELECT u.code AS unit,
    u.name,
    u.kind,
    u.level,
    p.code AS parent,
    u.gso_code,
    lower(u.valid) AS valid_from,
    (upper(u.valid) - 1) AS valid_to,
    u.note
   FROM (registry.unit u
     LEFT JOIN registry.unit p ON ((p.unit_id = u.parent_id)));

ALTER TABLE api_v1.units OWNER TO thidua_owner;

CREATE VIEW api_v1.unknown_units AS
 WITH seen AS (
         SELECT j.system,
            j.unit_code,
            r.connector,
            count(*) AS records,
            min(j.known_at) AS first_seen_at,
            max(j.known_at) AS last_seen_at,
            (array_agg(j.excerpt ORDER BY j.known_at DESC))[1] AS excerpt
           FROM (ingest.reject j
             LEFT JOIN ingest.run r ON ((r.run_id = j.run_id)))
          WHERE ((j.reason = 'unknown_unit'::text) AND (j.unit_code IS NOT NULL) AND (NOT (EXISTS ( SELECT
                   FROM registry.unit_code c
                  WHERE ((c.system = j.system) AND (c.code = j.unit_code))))))
          GROUP BY j.system, j.unit_code, r.connector
        ), named AS (
         SELECT s.system,
            s.unit_code,
            s.connector,
            s.records,
            s.first_seen_at,
            s.last_seen_at,
            s.excerpt,
            "substring"(s.excerpt, '"name" ?: ?"(([^"\\]|\\.)*)"'::text) AS name,
            "substring"(s.excerpt, '"code" ?: ?"([A-Za-z0-9.-]+)"'::text) AS short_code,
                CASE "substring"(s.excerpt, '"group" ?: ?"([A-Z_]+)"'::text)
                    WHEN 'AGENCY'::text THEN 'so_ban_nganh'::text
                    WHEN 'COMMUNE'::text THEN 'ubnd_xa'::text
                    ELSE NULL::text
                END AS kind
           FROM seen s
        )
 SELECT n.connector,
    n.system,
    n.unit_code,
    n.name,
    n.kind,
    n.records,
    n.first_seen_at,
    n.last_seen_at,
    concat_ws(','::text, COALESCE(n.short_code, ''::text),
        CASE
            WHEN (n.name ~ '[",]'::text) THEN (('"'::text || replace(n.name, '"'::text, '""'::text)) || '"'::text)
            ELSE COALESCE(n.name, ''::text)
        END, COALESCE(n.kind, ''::text),
        CASE n.kind
            WHEN 'ubnd_xa'::text THEN 'commune'::text
            WHEN 'so_ban_nganh'::text THEN 'province'::text
            ELSE ''::text
        END, COALESCE(split_part(n.short_code, '.'::text, 1), ''::text), '', '', '', ('learned from '::text || n.connector), '') AS unit_row,
    concat_ws(','::text, n.system,
        CASE
            WHEN (n.unit_code ~ '[",]'::text) THEN (('"'::text || replace(n.unit_code, '"'::text, '""'::text)) || '"'::text)
            ELSE n.unit_code
        END, COALESCE(n.short_code, ''::text), '', '', ('learned from '::text || n.connector)) AS code_row
   FROM named n;

ALTER TABLE api_v1.unknown_units OWNER TO thidua_owner;

GRANT USAGE ON SCHEMA api_v1 TO thidua_writer;
GRANT USAGE ON SCHEMA api_v1 TO thidua_reader;

GRANT USAGE ON SCHEMA comply TO thidua_writer;

GRANT USAGE ON SCHEMA ingest TO thidua_writer;

GRANT USAGE ON SCHEMA meta TO thidua_writer;

GRANT USAGE ON SCHEMA registry TO thidua_writer;

GRANT SELECT ON TABLE api_v1.blocks TO thidua_reader;
GRANT SELECT ON TABLE api_v1.blocks TO thidua_writer;

GRANT SELECT ON TABLE api_v1.campaigns TO thidua_reader;
GRANT SELECT ON TABLE api_v1.campaigns TO thidua_writer;

GRANT SELECT ON TABLE api_v1.changes TO thidua_reader;
GRANT SELECT ON TABLE api_v1.changes TO thidua_writer;

GRANT SELECT ON TABLE api_v1.compliance TO thidua_reader;
GRANT SELECT ON TABLE api_v1.compliance TO thidua_writer;

GRANT SELECT ON TABLE api_v1.compliance_levels TO thidua_reader;
GRANT SELECT ON TABLE api_v1.compliance_levels TO thidua_writer;

GRANT SELECT ON TABLE api_v1.connectors TO thidua_reader;
GRANT SELECT ON TABLE api_v1.connectors TO thidua_writer;

GRANT SELECT ON TABLE api_v1.criteria TO thidua_reader;
GRANT SELECT ON TABLE api_v1.criteria TO thidua_writer;

GRANT SELECT ON TABLE api_v1.dominance TO thidua_reader;
GRANT SELECT ON TABLE api_v1.dominance TO thidua_writer;

GRANT SELECT ON TABLE api_v1.expected_data TO thidua_reader;
GRANT SELECT ON TABLE api_v1.expected_data TO thidua_writer;

GRANT SELECT ON TABLE api_v1.figures TO thidua_reader;
GRANT SELECT ON TABLE api_v1.figures TO thidua_writer;

GRANT SELECT ON TABLE api_v1.outlook TO thidua_reader;
GRANT SELECT ON TABLE api_v1.outlook TO thidua_writer;

GRANT SELECT ON TABLE api_v1.rejects TO thidua_reader;
GRANT SELECT ON TABLE api_v1.rejects TO thidua_writer;

GRANT SELECT ON TABLE api_v1.restatements TO thidua_reader;
GRANT SELECT ON TABLE api_v1.restatements TO thidua_writer;

GRANT SELECT ON TABLE api_v1.review_results TO thidua_reader;
GRANT SELECT ON TABLE api_v1.review_results TO thidua_writer;

GRANT SELECT ON TABLE api_v1.reviews TO thidua_reader;
GRANT SELECT ON TABLE api_v1.reviews TO thidua_writer;

GRANT SELECT ON TABLE api_v1.runs TO thidua_reader;
GRANT SELECT ON TABLE api_v1.runs TO thidua_writer;

GRANT SELECT ON TABLE api_v1.standings TO thidua_reader;
GRANT SELECT ON TABLE api_v1.standings TO thidua_writer;

GRANT SELECT ON TABLE api_v1.successions TO thidua_reader;
GRANT SELECT ON TABLE api_v1.successions TO thidua_writer;

GRANT SELECT ON TABLE api_v1.unit_codes TO thidua_reader;
GRANT SELECT ON TABLE api_v1.unit_codes TO thidua_writer;

GRANT SELECT ON TABLE api_v1.units TO thidua_reader;
GRANT SELECT ON TABLE api_v1.units TO thidua_writer;

GRANT SELECT ON TABLE api_v1.unknown_units TO thidua_reader;
GRANT SELECT ON TABLE api_v1.unknown_units TO thidua_writer;

GRANT SELECT ON TABLE meta.applied TO thidua_writer;

ALTER DEFAULT PRIVILEGES FOR ROLE thidua_owner REVOKE ALL ON FUNCTIONS  FROM PUBLIC;

