/* Batch: parcels to the arrays of ingest.deliver(). Metrics, units, periods and runs become dictionaries; samples are rows of numbers into them. */

#include <errno.h>
#include <stdio.h>

#include "base/err.h"
#include "base/num.h"
#include "store/batch_priv.h"
#include "store/pg_array.h"

/* ---- birth and end ---- */

Batch *batch_new(void) {
        Batch *b = NEW(Batch);
        Text *texts[] = { &b->runs_json, &b->requests_json, &b->rejects_json, &b->cursors_json };

        for (size_t i = 0; i < ELEMENTS(texts); i++)
                *texts[i] = TEXT_INIT(PARAM_MAX);
        for (size_t i = 0; i < _N_PARAMS; i++)
                b->out[i] = TEXT_INIT(PARAM_MAX);
        b->metrics.numbers = map_new(NULL);
        b->units.numbers = map_new(NULL);
        b->period_numbers = map_new(NULL);
        b->connectors = map_new(NULL);
        b->show_to = SIZE_MAX;
        return b;
}

static void names_clear(Names *n) {
        map_clear(n->numbers);
        n->list.len = n->of_parcel.len = 0;
}

void batch_clear(Batch *b) {
        VEC_EACH(p, &b->parcels)
                (void) xfree(p->data);
        VEC_EACH(row, &b->rows)
                (void) xfree(row->refused);
        b->parcels.len = b->rows.len = b->runs.len = b->bodies.len = b->periods.len = b->periods_of_parcel.len = 0;
        map_clear(b->period_numbers);
        map_clear(b->connectors);
        names_clear(&b->metrics);
        names_clear(&b->units);
        text_clear(&b->runs_json);
        text_clear(&b->requests_json);
        text_clear(&b->rejects_json);
        text_clear(&b->cursors_json);
        b->show_from = 0;
        b->show_to = SIZE_MAX;
        b->n_refused = b->size = 0;
}

Batch *batch_free(Batch *b) {
        if (!b)
                return NULL;
        batch_clear(b);
        vec_done(&b->parcels);
        vec_done(&b->rows);
        vec_done(&b->runs);
        vec_done(&b->bodies);
        vec_done(&b->periods);
        vec_done(&b->periods_of_parcel);
        vec_done(&b->metrics.list);
        vec_done(&b->metrics.of_parcel);
        vec_done(&b->units.list);
        vec_done(&b->units.of_parcel);
        vec_done(&b->used_metrics.to_new);
        vec_done(&b->used_units.to_new);
        vec_done(&b->used_periods.to_new);
        (void) map_free(b->period_numbers);
        (void) map_free(b->connectors);
        (void) map_free(b->metrics.numbers);
        (void) map_free(b->units.numbers);
        text_done(&b->runs_json);
        text_done(&b->requests_json);
        text_done(&b->rejects_json);
        text_done(&b->cursors_json);
        for (size_t i = 0; i < _N_PARAMS; i++)
                text_done(&b->out[i]);
        return xfree(b);
}

/* ---- adding ---- */

static uint32_t number_of(Map *numbers, Bytes key, size_t next) {
        uintptr_t known = (uintptr_t) map_get(numbers, key);

        if (known)
                return (uint32_t) (known - 1);
        (void) map_put(numbers, key, (void *) (uintptr_t) (next + 1));
        return (uint32_t) next;
}

static uint32_t *number_here(OfParcel *of_parcel, uint32_t number) {
        while (of_parcel->len <= number)
                vec_push(of_parcel, 0);
        return &of_parcel->items[number];
}

static uint32_t name_number(Names *n, uint32_t of_parcel, const char *name) {
        uint32_t *number = number_here(&n->of_parcel, of_parcel);

        if (*number)
                return *number - 1;
        *number = number_of(n->numbers, bytes_of(name), n->list.len) + 1;
        if (*number > n->list.len)
                vec_push(&n->list, name);
        return *number - 1;
}

static uint32_t period_number(Batch *b, uint32_t of_parcel, const Period *p) {
        uint32_t *number = number_here(&b->periods_of_parcel, of_parcel);
        PeriodKey key = period_key(p);

        if (*number)
                return *number - 1;
        *number = number_of(b->period_numbers, (Bytes){ (const char *) &key, sizeof(key) }, b->periods.len) + 1;
        if (*number > b->periods.len)
                vec_push(&b->periods, *p);
        return *number - 1;
}

static uint32_t run_number(Batch *b, const RunRecord *run) {
        RunId id = {};

        (void) pg_uuid_parse(run->id, id.byte);
        memcpy(id.text, run->id, sizeof(id.text));
        for (size_t i = 0; i < b->runs.len; i++)
                if (memcmp(b->runs.items[i].byte, id.byte, sizeof(id.byte)) == 0)
                        return (uint32_t) i;
        vec_push(&b->runs, id);
        return (uint32_t) b->runs.len - 1;
}

static void add_sample(Batch *b, uint32_t run, const ParcelItem *item) {
        const Sample *s = &item->sample;
        Row row = {
                .parcel = (uint32_t) b->parcels.len - 1,
                .run = run,
                .metric = name_number(&b->metrics, item->metric, s->metric),
                .unit = name_number(&b->units, item->unit, s->unit),
                .period = period_number(b, item->period, &s->period),
                .request = s->request,
                .record = s->record,
                .observed_at = s->observed_at,
                .value = s->value,
                .quality = s->quality,
                .evidence = s->evidence,
        };

        vec_push(&b->rows, row);
        if (s->value.data && !num_is_decimal(s->value))
                batch_refuse(b, b->rows.len - 1, "the value is not a number");
}

static void add_item(Batch *b, const RunRecord *run, uint32_t number, const ParcelItem *item) {
        switch (item->kind) {
        case PARCEL_SAMPLE:
                add_sample(b, number, item);
                break;
        case PARCEL_REJECT:
                batch_json_reject(&b->rejects_json, b->parcels.len, run->id, &item->reject);
                break;
        case PARCEL_REQUEST:
                batch_json_request(&b->requests_json, b->parcels.len, run, &item->request);
                break;
        case PARCEL_BODY:
                vec_push(&b->bodies, item->body);
                break;
        case PARCEL_CURSOR:
                batch_json_cursor(&b->cursors_json, b->parcels.len, &item->cursor);
                break;
        case PARCEL_CLAIM:
                batch_json_claim(&b->cursors_json, b->parcels.len, &item->claim);
                break;
        case PARCEL_END:
                break;
        }
}

void batch_set_cause(Batch *b, const char *cause, usec_t stated_at, const char *replays) {
        b->cause = (BatchCause){ .stated_at = stated_at };
        (void) snprintf(b->cause.cause, sizeof(b->cause.cause), "%s", cause);
        (void) snprintf(b->cause.replays, sizeof(b->cause.replays), "%s", replays);
}

void batch_set_late(Batch *b) {
        b->cause.is_late = true;
}

static void set_mark(Batch *b, const char *connector) {
        b->mark = (BatchMark){
                .rows = b->rows.len, .runs = b->runs.len, .bodies = b->bodies.len, .periods = b->periods.len, .metrics = b->metrics.list.len, .units = b->units.list.len,
                .runs_json = b->runs_json.len, .requests_json = b->requests_json.len, .rejects_json = b->rejects_json.len, .cursors_json = b->cursors_json.len,
                .is_connector_new = !map_has(b->connectors, bytes_of(connector)),
        };
        b->metrics.of_parcel.len = b->units.of_parcel.len = b->periods_of_parcel.len = 0;
}

static void cut_text(Text *t, size_t len) {
        t->len = len;
        t->is_full = false;
        if (t->data)
                t->data[len] = '\0';
}

static void cut_names(Names *n, size_t len) {
        while (n->list.len > len)
                (void) map_take(n->numbers, bytes_of(n->list.items[--n->list.len]));
        n->of_parcel.len = 0;
}

void batch_drop_last(Batch *b) {
        Parcel *p = &b->parcels.items[b->parcels.len - 1];

        for (size_t i = b->mark.rows; i < b->rows.len; i++) {
                b->n_refused -= b->rows.items[i].refused != NULL;
                (void) xfree(b->rows.items[i].refused);
        }
        if (b->mark.is_connector_new)
                (void) map_take(b->connectors, bytes_of(p->connector));
        cut_names(&b->metrics, b->mark.metrics);
        cut_names(&b->units, b->mark.units);
        while (b->periods.len > b->mark.periods) {
                PeriodKey key = period_key(&b->periods.items[--b->periods.len]);

                (void) map_take(b->period_numbers, (Bytes){ (const char *) &key, sizeof(key) });
        }
        b->periods_of_parcel.len = 0;
        b->rows.len = b->mark.rows;
        b->runs.len = b->mark.runs;
        b->bodies.len = b->mark.bodies;
        cut_text(&b->runs_json, b->mark.runs_json);
        cut_text(&b->requests_json, b->mark.requests_json);
        cut_text(&b->rejects_json, b->mark.rejects_json);
        cut_text(&b->cursors_json, b->mark.cursors_json);
        b->size -= p->len;
        (void) xfree(p->data);
        b->parcels.len--;
}

int batch_add(Batch *b, uint64_t seq, Bytes parcel) {
        _cleanup_(parcel_reader_freep) ParcelReader *r = NULL;
        Parcel p = { .seq = seq, .len = parcel.len };
        const RunRecord *run;
        uint8_t id[16];
        ParcelItem item;
        uint32_t number;
        int code;

        p.data = bytes_dup(parcel);
        code = parcel_reader_new(&r, (Bytes){ p.data, p.len });
        if (code >= 0 && pg_uuid_parse(parcel_run(r)->id, id) < 0)
                code = err(-EBADMSG, "not a sound parcel: the run's id is not a UUID");
        if (code < 0) {
                (void) xfree(p.data);
                return code;
        }
        run = parcel_run(r);
        p.connector = run->connector;
        set_mark(b, run->connector);
        vec_push(&b->parcels, p);
        b->size += p.len;
        number = run_number(b, run);
        (void) map_put(b->connectors, bytes_of(run->connector), b);
        batch_json_run(&b->runs_json, b->parcels.len, run, &b->cause);
        while ((code = parcel_next(r, &item)) == 1)
                add_item(b, run, number, &item);
        if (code < 0)
                batch_drop_last(b);
        return code;
}

size_t batch_n_parcels(const Batch *b) {
        return b->parcels.len;
}

size_t batch_n_samples(const Batch *b) {
        return b->rows.len;
}

size_t batch_n_refused(const Batch *b) {
        return b->n_refused;
}

size_t batch_size(const Batch *b) {
        return b->size;
}

uint64_t batch_seq(const Batch *b, size_t i) {
        return b->parcels.items[i].seq;
}

Bytes batch_parcel(const Batch *b, size_t i) {
        return (Bytes){ b->parcels.items[i].data, b->parcels.items[i].len };
}

void batch_show(Batch *b, size_t from, size_t to) {
        b->show_from = from;
        b->show_to = to;
}

void batch_show_all(Batch *b) {
        batch_show(b, 0, SIZE_MAX);
}

void batch_refuse(Batch *b, size_t i, const char *story) {
        Row *row = &b->rows.items[i];

        b->n_refused += row->refused == NULL;
        row->refused = xfree(row->refused);
        row->refused = xstrdup(story);
}
