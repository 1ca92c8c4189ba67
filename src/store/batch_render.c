/* Batch: the rows that are shown, as arrays.
 *
 * The dictionaries are made at each rendering from the rows that are in it: a probe must not carry the name that a held-back row is at fault for. */

#include "base/json_out.h"
#include "store/batch_priv.h"
#include "store/pg_array.h"

enum { EXCERPT_MAX = 2048 };

_Static_assert((int) _N_PARAMS == (int) BATCH_PARAMS, "as many as ingest.deliver() takes");

const char batch_sql[] =
        "select d.parcel, d.outcome, d.observations, d.unchanged from ingest.deliver("
        "$1::uuid, $2::timestamptz, $3::bigint[], $4::jsonb, $5::jsonb, $6::bytea[], $7::bytea[], $8::bigint[], "
        "$9::text[], $10::text[], $11::text[], $12::text[], $13::date[], $14::date[], $15::boolean[], "
        "$16::uuid[], "
        "$17::int[], $18::int[], $19::int[], $20::int[], $21::int[], $22::numeric[], $23::timestamptz[], $24::text[], $25::text[], $26::int[], $27::bigint[], "
        "$28::jsonb, $29::jsonb) d";

/* The arrays that samples fill, by parameter. */
typedef struct Arrays {
        PgArray at[_N_PARAMS];
} Arrays;

static const PgType types[_N_PARAMS] = {
        [P_PARCELS] = PG_INT8, [P_BODY_SHA256] = PG_BYTEA, [P_BODY] = PG_BYTEA, [P_BODY_SIZE] = PG_INT8,
        [P_METRIC] = PG_TEXT, [P_UNIT] = PG_TEXT, [P_PERIOD_KIND] = PG_TEXT, [P_CALENDAR] = PG_TEXT,
        [P_PERIOD_FROM] = PG_DATE, [P_PERIOD_TO] = PG_DATE, [P_CUMULATIVE] = PG_BOOL, [P_RUN] = PG_UUID,
        [S_PARCEL] = PG_INT4, [S_RUN] = PG_INT4, [S_METRIC] = PG_INT4, [S_UNIT] = PG_INT4, [S_PERIOD] = PG_INT4,
        [S_OBSERVED_AT] = PG_TIMESTAMPTZ, [S_QUALITY] = PG_TEXT, [S_EVIDENCE] = PG_TEXT, [S_REQUEST] = PG_INT4, [S_RECORD] = PG_INT8,
};

static void used_clear(Used *u, size_t n) {
        u->n = 0;
        u->to_new.len = 0;
        for (size_t i = 0; i < n; i++)
                vec_push(&u->to_new, 0);
}

/* The number, from 1, in this rendering; *ret_is_new: it is to be put into the dictionary. */
static int32_t use(Used *u, uint32_t number, bool *ret_is_new) {
        uint32_t *n = &u->to_new.items[number];

        *ret_is_new = *n == 0;
        if (!*n)
                *n = ++u->n;
        return (int32_t) *n;
}

static int32_t use_name(Used *u, const Names *names, uint32_t number, PgArray *dictionary) {
        bool is_new;
        int32_t n = use(u, number, &is_new);

        if (is_new)
                pg_array_bytes(dictionary, bytes_of(names->list.items[number]));
        return n;
}

static int32_t use_period(Batch *b, uint32_t number, Arrays *a) {
        const Period *p = &b->periods.items[number];
        bool is_new;
        int32_t n = use(&b->used_periods, number, &is_new);

        if (!is_new)
                return n;
        pg_array_bytes(&a->at[P_PERIOD_KIND], bytes_of(period_kind_name(p->kind)));
        pg_array_bytes(&a->at[P_CALENDAR], bytes_of(calendar_kind_name(p->calendar)));
        pg_array_date(&a->at[P_PERIOD_FROM], p->from);
        pg_array_date(&a->at[P_PERIOD_TO], p->to);
        pg_array_bool(&a->at[P_CUMULATIVE], p->is_cumulative);
        return n;
}

static void text_or_null(PgArray *a, Bytes b) {
        if (b.data)
                pg_array_bytes(a, b);
        else
                pg_array_null(a);
}

/* numeric[] travels as text: '{1,NULL,2.5}'. Only what num_is_decimal() passed comes here, so nothing needs quotes. */
static void put_value(Text *to, Bytes value) {
        if (to->len > 1)
                (void) text_add_char(to, ',');
        (void) text_add(to, value.data ? value : BYTES_LIT("NULL"));
}

static void put_row(Batch *b, const Row *row, Arrays *a) {
        pg_array_int4(&a->at[S_PARCEL], (int32_t) row->parcel + 1);
        pg_array_int4(&a->at[S_RUN], (int32_t) row->run + 1);
        pg_array_int4(&a->at[S_METRIC], use_name(&b->used_metrics, &b->metrics, row->metric, &a->at[P_METRIC]));
        pg_array_int4(&a->at[S_UNIT], use_name(&b->used_units, &b->units, row->unit, &a->at[P_UNIT]));
        pg_array_int4(&a->at[S_PERIOD], use_period(b, row->period, a));
        put_value(&b->out[S_VALUE], row->value);
        if (row->observed_at)
                pg_array_timestamptz(&a->at[S_OBSERVED_AT], row->observed_at);
        else
                pg_array_null(&a->at[S_OBSERVED_AT]);
        text_or_null(&a->at[S_QUALITY], row->quality);
        text_or_null(&a->at[S_EVIDENCE], row->evidence);
        if (row->request)
                pg_array_int4(&a->at[S_REQUEST], (int32_t) row->request);
        else
                pg_array_null(&a->at[S_REQUEST]);
        if (row->record)
                pg_array_int8(&a->at[S_RECORD], (int64_t) row->record);
        else
                pg_array_null(&a->at[S_RECORD]);
}

/* A refused sample as a reject: its whole content stands in the excerpt, so that it can be taken in later. */
static void put_refused(Batch *b, const Row *row, Text *to) {
        _cleanup_(text_done) Text excerpt = TEXT_INIT(PARAM_MAX), period = TEXT_INIT(128), observed = TEXT_INIT(64);
        JsonOut j = JSON_OUT(&excerpt);

        period_render(&b->periods.items[row->period], &period);
        if (row->observed_at)
                usec_render_utc(row->observed_at, &observed);
        json_object(&j);
        json_pair_str(&j, "metric", b->metrics.list.items[row->metric]);
        json_pair_str(&j, "unit", b->units.list.items[row->unit]);
        json_pair_str(&j, "period", text_str(&period));
        json_key(&j, "value");
        if (row->value.data)
                json_bytes(&j, (Bytes){ row->value.data, row->value.len < EXCERPT_MAX ? row->value.len : EXCERPT_MAX });
        else
                json_null(&j);
        json_pair_str(&j, "observed_at", observed.len ? text_str(&observed) : NULL);
        json_key(&j, "quality");
        json_bytes(&j, (Bytes){ row->quality.data ? row->quality.data : "", row->quality.len < EXCERPT_MAX ? row->quality.len : EXCERPT_MAX });
        json_key(&j, "evidence");
        json_bytes(&j, (Bytes){ row->evidence.data ? row->evidence.data : "", row->evidence.len < EXCERPT_MAX ? row->evidence.len : EXCERPT_MAX });
        json_object_end(&j);
        batch_json_reject(to, row->parcel + 1, b->runs.items[row->run].text, &(Reject){
                .reason = REJECT_DATABASE,
                .request = row->request,
                .record = row->record,
                .metric = b->metrics.list.items[row->metric],
                .field = bytes_of(b->metrics.list.items[row->metric]),
                .code = bytes_of(b->units.list.items[row->unit]),
                .detail = bytes_of(row->refused),
                .excerpt = text_bytes(&excerpt),
        });
}

static void put_rows(Batch *b, Arrays *a, Text *refused) {
        used_clear(&b->used_metrics, b->metrics.list.len);
        used_clear(&b->used_units, b->units.list.len);
        used_clear(&b->used_periods, b->periods.len);
        text_clear(&b->out[S_VALUE]);
        (void) text_add_char(&b->out[S_VALUE], '{');
        for (size_t i = 0; i < b->rows.len; i++) {
                const Row *row = &b->rows.items[i];

                if (row->refused)
                        put_refused(b, row, refused);
                else if (i >= b->show_from && i < b->show_to)
                        put_row(b, row, a);
        }
        (void) text_add_char(&b->out[S_VALUE], '}');
}

static void put_parcels(Batch *b, Arrays *a, BatchPart part) {
        VEC_EACH(p, &b->parcels)
                pg_array_int8(&a->at[P_PARCELS], (int64_t) p->seq);
        VEC_EACH(run, &b->runs)
                pg_array_bytes(&a->at[P_RUN], (Bytes){ (const char *) run->byte, sizeof(run->byte) });
        if (part == BATCH_PROBE)
                return;
        VEC_EACH(body, &b->bodies) {
                pg_array_bytes(&a->at[P_BODY_SHA256], (Bytes){ (const char *) body->sha256.byte, sizeof(body->sha256.byte) });
                pg_array_bytes(&a->at[P_BODY], body->deflated);
                pg_array_int8(&a->at[P_BODY_SIZE], (int64_t) body->size);
        }
}

static void put_json(Text *to, const Text *objects, const Text *more) {
        text_clear(to);
        (void) text_add_char(to, '[');
        (void) text_add(to, text_bytes(objects));
        if (more && more->len) {
                (void) text_add_str(to, objects->len ? "," : "");
                (void) text_add(to, text_bytes(more));
        }
        (void) text_add_char(to, ']');
}

void batch_render(Batch *b, const char *spool_id, usec_t known_at, BatchPart part, PgParam ret[BATCH_PARAMS]) {
        _cleanup_(text_done) Text refused = TEXT_INIT(PARAM_MAX);
        Arrays a;

        for (size_t i = 0; i < _N_PARAMS; i++)
                if (types[i])
                        pg_array_begin(&a.at[i], &b->out[i], types[i]);
        put_parcels(b, &a, part);
        put_rows(b, &a, &refused);
        for (size_t i = 0; i < _N_PARAMS; i++)
                if (types[i])
                        pg_array_end(&a.at[i]);
        text_clear(&b->out[P_SPOOL]);
        (void) text_add_str(&b->out[P_SPOOL], spool_id);
        text_clear(&b->out[P_KNOWN_AT]);
        usec_render_utc(known_at, &b->out[P_KNOWN_AT]);
        put_json(&b->out[P_RUNS], &b->runs_json, NULL);
        put_json(&b->out[P_REQUESTS], &b->requests_json, NULL);
        put_json(&b->out[P_REJECTS], &b->rejects_json, &refused);
        put_json(&b->out[P_CURSORS], &b->cursors_json, NULL);
        for (size_t i = 0; i < _N_PARAMS; i++)
                ret[i] = (PgParam){ .value = text_bytes(&b->out[i]), .is_binary = types[i] != 0 };
}
