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
        n->list.len = 0;
        n->last = NULL;
}

void batch_clear(Batch *b) {
        VEC_EACH(p, &b->parcels)
                (void) xfree(p->data);
        VEC_EACH(row, &b->rows)
                (void) xfree(row->refused);
        b->parcels.len = b->rows.len = b->runs.len = b->bodies.len = b->periods.len = 0;
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
        vec_done(&b->metrics.list);
        vec_done(&b->units.list);
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

static uint32_t name_number(Names *n, const char *name) {
        if (n->last == name)
                return n->last_number;
        n->last = name;
        n->last_number = number_of(n->numbers, bytes_of(name), n->list.len);
        if (n->last_number == n->list.len)
                vec_push(&n->list, name);
        return n->last_number;
}

static uint32_t period_number(Batch *b, const Period *p) {
        const Period *newest = b->periods.len ? &b->periods.items[b->periods.len - 1] : NULL;
        PeriodKey key = period_key(p);
        uint32_t number;

        if (newest && period_equal(newest, p))
                return (uint32_t) b->periods.len - 1;
        number = number_of(b->period_numbers, (Bytes){ (const char *) &key, sizeof(key) }, b->periods.len);
        if (number == b->periods.len)
                vec_push(&b->periods, *p);
        return number;
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

static void add_sample(Batch *b, uint32_t run, const Sample *s) {
        Row row = {
                .parcel = (uint32_t) b->parcels.len - 1,
                .run = run,
                .metric = name_number(&b->metrics, s->metric),
                .unit = name_number(&b->units, s->unit),
                .period = period_number(b, &s->period),
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

/* Whether every item can be read, before the first is taken. */
static int check(Bytes parcel) {
        _cleanup_(parcel_reader_freep) ParcelReader *r = NULL;
        ParcelItem item;
        uint8_t id[16];
        int code;

        code = parcel_reader_new(&r, parcel);
        if (code < 0)
                return code;
        if (pg_uuid_parse(parcel_run(r)->id, id) < 0)
                return err(-EBADMSG, "not a sound parcel: the run's id is not a UUID");
        do
                code = parcel_next(r, &item);
        while (code == 1);
        return code;
}

static void add_item(Batch *b, const RunRecord *run, uint32_t number, const ParcelItem *item) {
        switch (item->kind) {
        case PARCEL_SAMPLE:
                add_sample(b, number, &item->sample);
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

int batch_add(Batch *b, uint64_t seq, Bytes parcel) {
        _cleanup_(parcel_reader_freep) ParcelReader *r = NULL;
        Parcel p = { .seq = seq, .len = parcel.len };
        const RunRecord *run;
        ParcelItem item;
        uint32_t number;
        int code;

        code = check(parcel);
        if (code < 0)
                return code;
        p.data = bytes_dup(parcel);
        code = parcel_reader_new(&r, (Bytes){ p.data, p.len });
        if (code < 0) {
                (void) xfree(p.data);
                return code;
        }
        vec_push(&b->parcels, p);
        b->size += p.len;
        b->metrics.last = b->units.last = NULL;
        run = parcel_run(r);
        number = run_number(b, run);
        (void) map_put(b->connectors, bytes_of(run->connector), b);
        batch_json_run(&b->runs_json, b->parcels.len, run, &b->cause);
        while (parcel_next(r, &item) == 1)
                add_item(b, run, number, &item);
        return 0;
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
