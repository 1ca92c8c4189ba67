/* Search: which samples of a parcel the database refuses.
 *
 *   without samples ─┬─ refused ──▶ it is not a sample that is at fault: the whole parcel is set aside
 *                    └─ taken ────▶ halves, halves of halves ──▶ single bad samples become rejects ──▶ final delivery
 *
 * A probe is a transaction of its own that is rolled back whatever comes of it, so a good half is not committed under the parcel's number
 * while the other half is still in doubt. Each bad sample costs two probes per halving: 30 for one among 10,000. */

#include "store/sqlstate.h"
#include "store/writer_priv.h"

void search_done(Search *s) {
        vec_done(&s->todo);
        *s = (Search){};
}

static void next_probe(Lane *l) {
        Search *s = &l->search;

        if (!s->todo.len) {
                s->is_over = true;
                batch_show_all(l->batch);
                lane_deliver(l, STEP_DELIVER);
                return;
        }
        s->range = s->todo.items[--s->todo.len];
        batch_show(l->batch, s->range.from, s->range.to);
        /* What a probe locks, other deliveries wait for: this program may be frozen between two steps, and it may itself wait for somebody. */
        (void) lane_send(l, STEP_PROBE_BEGIN, "begin; set local idle_in_transaction_session_timeout = '10s'; set local lock_timeout = '10s'", NULL, 0);
}

void search_begin(Lane *l, const Failure *why) {
        search_done(&l->search);
        l->search.refusal = *why;
        vec_push(&l->search.todo, ((Range){ 0, 0 }));
        next_probe(l);
}

/* What the probe that was just rolled back says. */
static void judge(Lane *l) {
        Search *s = &l->search;
        Range r = s->range;

        if (r.from == r.to) {
                if (s->is_range_bad) {
                        Failure f = s->failure;

                        lane_give_up_parcel(l, &f);
                        return;
                }
                vec_push(&s->todo, ((Range){ 0, batch_n_samples(l->batch) }));
        } else if (s->is_range_bad && r.to - r.from == 1) {
                batch_refuse(l->batch, r.from, s->failure.story);
                s->refusal = s->failure;
        } else if (s->is_range_bad) {
                size_t middle = r.from + (r.to - r.from) / 2;

                vec_push(&s->todo, ((Range){ middle, r.to }));
                vec_push(&s->todo, ((Range){ r.from, middle }));
        }
        next_probe(l);
}

/* Something else than the data got in between: the connection, with its open transaction, is dropped, and all begins anew later. */
static void abandon(Lane *l, const Failure *f) {
        Failure copy = *f;

        pg_disconnect(l->pg);
        lane_fail(l, &copy);
}

void search_reply(Lane *l, const PgReply *reply) {
        Search *s = &l->search;

        switch (l->step) {
        case STEP_PROBE_BEGIN:
                if (!reply->is_ok)
                        abandon(l, &reply->failure);
                else
                        lane_deliver(l, STEP_PROBE);
                return;
        case STEP_PROBE:
                if (!reply->is_ok && sqlstate_verdict(reply->failure.sqlstate) != SQL_REJECT) {
                        abandon(l, &reply->failure);
                        return;
                }
                s->is_range_bad = !reply->is_ok;
                s->failure = reply->failure;
                (void) lane_send(l, STEP_PROBE_END, "rollback", NULL, 0);
                return;
        default:
                if (!reply->is_ok)
                        abandon(l, &reply->failure);
                else
                        judge(l);
        }
}
