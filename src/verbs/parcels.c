/* thiduad parcels: what the database refused as a whole and the daemon kept as files: look, and deliver once the reason is mended. */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"
#include "base/json_out.h"
#include "base/num.h"
#include "base/vec.h"
#include "loop.h"
#include "observe/table.h"
#include "store/batch.h"
#include "verbs/verb.h"

enum { SPOOL_ID = 36 };

typedef struct Kept {
        uint64_t seq;
        char spool[SPOOL_ID + 1];
        char *path, *reason_path, *why;
} Kept;

typedef struct KeptList {
        VEC(Kept) items;
} KeptList;

static void kept_list_done(KeptList *list) {
        VEC_EACH(k, &list->items) {
                (void) xfree(k->path);
                (void) xfree(k->reason_path);
                (void) xfree(k->why);
        }
        vec_done(&list->items);
}

/* "parcel 17 of spool UUID: reason", as spool_set_aside() writes it. */
static void read_reason(Kept *k) {
        _cleanup_(text_done) Text words = TEXT_INIT(8192);
        const char *id, *why;

        if (file_read(k->reason_path, &words) < 0)
                return;
        id = strstr(text_str(&words), " of spool ");
        why = id ? strstr(id, ": ") : NULL;
        if (!why || (size_t) (why - id) != strlen(" of spool ") + SPOOL_ID)
                return;
        memcpy(k->spool, id + strlen(" of spool "), SPOOL_ID);
        k->why = bytes_dup(bytes_trim(bytes_of(why + 2)));
}

static int list_kept(const char *spool, KeptList *ret) {
        _cleanup_(strv_freep) char **names = NULL;
        _cleanup_(text_done) Text dir = TEXT_INIT(4096);
        int r;

        (void) text_printf(&dir, "%s/damaged", spool);
        r = dir_list(text_str(&dir), ".parcel", &names);
        if (r == -ENOENT)
                return 0;
        if (r < 0)
                return verb_fail(r == -EACCES ? EX_NOPERM : EX_IOERR, "cannot read %s: %s%s", text_str(&dir), strerror(-r), r == -EACCES ? "; run it as the user of the daemon" : "");
        for (char **name = names; *name; name++) {
                Text path = TEXT_INIT(8192), reason = TEXT_INIT(8192);
                size_t len = strlen(*name) - strlen(".parcel");
                Kept k = {};

                if (num_parse_u64((Bytes){ *name, len }, &k.seq) < 0)
                        continue;
                (void) text_printf(&path, "%s/%s", text_str(&dir), *name);
                (void) text_printf(&reason, "%s/%.*s.txt", text_str(&dir), (int) len, *name);
                k.path = text_take(&path);
                k.reason_path = text_take(&reason);
                read_reason(&k);
                vec_push(&ret->items, k);
        }
        return 0;
}

static void describe(Table *t, const Kept *k) {
        _cleanup_(text_done) Text content = TEXT_INIT(PARCEL_MAX);
        _cleanup_(parcel_reader_freep) ParcelReader *reader = NULL;
        bool is_readable = file_read(k->path, &content) >= 0 && parcel_reader_new(&reader, text_bytes(&content)) >= 0;
        _cleanup_(text_done) Text began = TEXT_INIT(64);

        if (is_readable)
                usec_render_utc(parcel_run(reader)->started_at, &began);
        table_cell(t, TABLE_PLAIN, "%" PRIu64, k->seq);
        table_cell(t, TABLE_PLAIN, "%s%s%s", is_readable ? parcel_run(reader)->connector : "(unreadable)", is_readable ? "/" : "", is_readable ? parcel_run(reader)->stream : "");
        table_cell(t, TABLE_PLAIN, "%s", text_str(&began));
        table_cell(t, TABLE_PLAIN, "%zu B", content.len);
        table_cell(t, TABLE_PLAIN, "%s", k->why ? k->why : "");
}

static void describe_json(JsonOut *j, const Kept *k) {
        _cleanup_(text_done) Text content = TEXT_INIT(PARCEL_MAX), began = TEXT_INIT(64);
        _cleanup_(parcel_reader_freep) ParcelReader *reader = NULL;
        bool is_readable = file_read(k->path, &content) >= 0 && parcel_reader_new(&reader, text_bytes(&content)) >= 0;

        if (is_readable)
                usec_render_utc(parcel_run(reader)->started_at, &began);
        json_object(j);
        json_pair_int(j, "number", (int64_t) k->seq);
        json_pair_str(j, "spool", k->spool[0] ? k->spool : NULL);
        json_pair_str(j, "connector", is_readable ? parcel_run(reader)->connector : NULL);
        json_pair_str(j, "stream", is_readable ? parcel_run(reader)->stream : NULL);
        json_pair_str(j, "polled_at", is_readable ? text_str(&began) : NULL);
        json_pair_int(j, "bytes", (int64_t) content.len);
        json_pair_str(j, "why", k->why);
        json_object_end(j);
}

static int list_json(const KeptList *kept) {
        _cleanup_(text_done) Text out = TEXT_INIT((size_t) 16 << 20);
        JsonOut j = JSON_OUT(&out);

        json_array(&j);
        VEC_EACH(k, &kept->items)
                describe_json(&j, k);
        json_array_end(&j);
        (void) text_add_char(&out, '\n');
        verb_print(&out);
        return EX_OK;
}

static int list(const VerbArgs *args, const KeptList *kept) {
        static const TableColumn columns[] = { { .head = "NUMBER", .is_right = true }, { .head = "STREAM" }, { .head = "POLLED" }, { .head = "SIZE", .is_right = true }, { .head = "WHY IT WAS REFUSED", .max_width = 120 } };
        _cleanup_(table_freep) Table *t = table_new(columns, ELEMENTS(columns));
        _cleanup_(text_done) Text text = TEXT_INIT((size_t) 16 << 20);

        VEC_EACH(k, &kept->items)
                describe(t, k);
        if (!kept->items.len) {
                (void) printf("no parcel was refused\n");
                return EX_OK;
        }
        table_render(t, args->has_colour, &text);
        verb_print(&text);
        return EX_OK;
}

typedef struct Outcome {
        bool was_there;
        uint64_t n_new, n_same;
} Outcome;

static void take_outcome(void *userdata, const PgReply *reply) {
        Outcome *o = userdata;

        for (size_t i = 0; reply->is_ok && i < reply->n_rows; i++) {
                o->was_there = strcmp(pg_text(reply, i, 1), "already") == 0;
                (void) num_parse_u64(bytes_of(pg_text(reply, i, 2)), &o->n_new);
                (void) num_parse_u64(bytes_of(pg_text(reply, i, 3)), &o->n_same);
        }
}

/* Under the number and spool it had: what is in the database after all counts once. */
static int deliver(Pg *pg, const Kept *k, usec_t now, Outcome *ret) {
        _cleanup_(batch_freep) Batch *batch = batch_new();
        _cleanup_(text_done) Text content = TEXT_INIT(PARCEL_MAX);
        PgParam params[BATCH_PARAMS];
        int r;

        if (!k->spool[0])
                return err(-EINVAL, "%s does not say which spool the parcel is of", k->reason_path);
        r = file_read(k->path, &content);
        if (r < 0)
                return err(r, "cannot read %s: %s", k->path, strerror(-r));
        batch_set_late(batch);
        r = batch_add(batch, k->seq, text_bytes(&content));
        if (r < 0)
                return r;
        batch_render(batch, k->spool, now, BATCH_WHOLE, params);
        return pg_run(pg, batch_sql, params, BATCH_PARAMS, take_outcome, ret);
}

/* stays: why it is not delivered; NULL: it is. */
static void tell_outcome(JsonOut *j, uint64_t seq, const Outcome *o, const char *stays) {
        if (j) {
                json_object(j);
                json_pair_int(j, "number", (int64_t) seq);
                json_pair_str(j, "outcome", stays ? "stays" : o->was_there ? "already" : "delivered");
                json_pair_int(j, "new", (int64_t) o->n_new);
                json_pair_int(j, "same", (int64_t) o->n_same);
                json_pair_str(j, "why", stays);
                json_object_end(j);
        } else if (stays)
                (void) fprintf(stderr, "parcel %" PRIu64 " stays: %s\n", seq, stays);
        else if (o->was_there)
                (void) printf("parcel %" PRIu64 ": was in the database already\n", seq);
        else
                (void) printf("parcel %" PRIu64 ": %" PRIu64 " new figures, %" PRIu64 " that nothing follows from\n", seq, o->n_new, o->n_same);
}

static bool is_meant(const VerbArgs *args, uint64_t seq) {
        for (int i = 1; i < args->n_words; i++) {
                uint64_t wanted;

                if (num_parse_u64(bytes_of(args->words[i]), &wanted) == 0 && wanted == seq)
                        return true;
        }
        return args->n_words < 2;
}

static int retry(const VerbArgs *args, bool is_json, const Setup *setup, const KeptList *kept) {
        static const LoopEvents no_events = {};
        _cleanup_(loop_freep) Loop *loop = NULL;
        _cleanup_(pg_freep) Pg *pg = NULL;
        _cleanup_(text_done) Text out = TEXT_INIT((size_t) 16 << 20);
        JsonOut json = JSON_OUT(&out), *j = is_json ? &json : NULL;
        uint64_t n = 0, n_left = 0;
        int r;

        r = loop_new(&loop, &no_events, NULL);
        if (r >= 0)
                r = pg_new(&pg, setup_main(setup)->database.conninfo, "thiduad parcels", NULL, NULL, NULL);
        if (r < 0)
                return verb_fail(EX_UNAVAILABLE, "%s", err_story(r));
        if (j)
                json_array(j);
        VEC_EACH(k, &kept->items) {
                Outcome o = {};

                if (!is_meant(args, k->seq))
                        continue;
                n++;
                r = deliver(pg, k, loop_now_real(loop), &o);
                if (r < 0) {
                        n_left++;
                        tell_outcome(j, k->seq, &o, err_story(r));
                        continue;
                }
                if (unlink(k->path) < 0)
                        (void) fprintf(stderr, "parcel %" PRIu64 " is delivered, but its file cannot be removed: %s\n", k->seq, strerror(errno));
                (void) unlink(k->reason_path);
                tell_outcome(j, k->seq, &o, NULL);
        }
        if (j) {
                json_array_end(j);
                (void) text_add_char(&out, '\n');
                verb_print(&out);
        }
        if (!n)
                return verb_fail(EX_DATAERR, "%s", args->n_words > 1 ? "no parcel of that number was refused; \"thiduad parcels list\" tells them" : "no parcel was refused");
        return n_left ? EX_DATAERR : EX_OK;
}

static int parcels_main(const VerbArgs *args) {
        _cleanup_(setup_unrefp) Setup *setup = NULL;
        _cleanup_(kept_list_done) KeptList kept = {};
        const char *what = args->n_words ? args->words[0] : "list";
        bool is_retry = strcmp(what, "retry") == 0, is_json;
        int r;

        if (!is_retry && (strcmp(what, "list") != 0 || args->n_words > 1))
                return verb_fail(EX_USAGE, "parcels wants list, or retry [NUMBER...]; see \"thiduad parcels --help\"");
        r = verb_format(args, "table", &is_json);
        if (r == 0)
                r = verb_load_main(args, &setup);
        if (r == 0)
                r = list_kept(setup_main(setup)->spool.dir, &kept);
        if (r != 0)
                return r;
        return is_retry ? retry(args, is_json, setup, &kept) : is_json ? list_json(&kept) : list(args, &kept);
}

const Verb verb_parcels = {
        .name = "parcels",
        .synopsis = "list|retry [NUMBER...] [--format table|json]",
        .summary = "Parcels that the database refused as a whole: shows them, or delivers them once the reason is mended",
        .options = "config format",
        .help = "A parcel is what a run left behind. One that the database refuses although no single record is at fault is kept in the folder damaged/ of the spool, so that\n"
                "it stands in nobody's way. retry delivers it under the number it had: nothing counts twice. Its figures are those of the day on which they were polled and\n"
                "overrule nothing that was stated later. A file is removed once the database has it. Run it as the user of the daemon.\n\n"
                "Examples:\n  runuser -u thiduad -- thiduad parcels list\n  runuser -u thiduad -- thiduad parcels retry 17\n",
        .main = parcels_main,
};
