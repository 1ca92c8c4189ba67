/* Claims.
 *
 *   spool   ──▶ | done | taken by 0 | done | free | taken by 1 |◀── cursor: not looked at so far
 *                  └ acknowledged as soon as it is first
 *
 * Parcels are acknowledged by one number, in order. Two connections end in any order: what is done early waits here. After a crash it is delivered again, which
 * the database knows to be nothing new. */

#include <string.h>

#include "store/claims.h"

static Claim *find(Claims *c, uint64_t from) {
        VEC_EACH(claim, &c->list)
                if (claim->from == from)
                        return claim;
        return NULL;
}

static const Claim *first_free(const Claims *c) {
        VEC_EACH(claim, &c->list)
                if (claim->state == CLAIM_FREE)
                        return claim;
        return NULL;
}

void claims_done(Claims *c) {
        vec_done(&c->list);
        c->at = 0;
}

void claims_next(const Claims *c, uint64_t *ret_at, uint64_t *ret_upto) {
        const Claim *claim = first_free(c);

        *ret_at = claim ? claim->at : c->at;
        *ret_upto = claim ? claim->upto : UINT64_MAX;
}

static void insert(Claims *c, size_t i, Claim claim) {
        vec_push(&c->list, claim);
        memmove(&c->list.items[i + 1], &c->list.items[i], (c->list.len - 1 - i) * sizeof(claim));
        c->list.items[i] = claim;
}

void claims_take(Claims *c, uint64_t from, uint64_t upto, size_t n, uint64_t at) {
        Claim taken = { .at = c->at, .from = from, .upto = upto, .n = n, .state = CLAIM_TAKEN };
        const Claim *claim = first_free(c);
        size_t i = claim ? (size_t) (claim - c->list.items) : c->list.len;

        if (!claim) {
                vec_push(&c->list, taken);
                c->at = at;
                return;
        }
        taken.at = claim->at;
        if (upto >= claim->upto) {
                c->list.items[i] = taken;
                return;
        }
        insert(c, i, taken);
        c->list.items[i + 1].at = at;
        c->list.items[i + 1].from = upto + 1;
        c->list.items[i + 1].n -= n < c->list.items[i + 1].n ? n : c->list.items[i + 1].n;
}

/* What is done at the beginning goes, and the cursor takes the place of what is free at the end. */
static uint64_t trim(Claims *c) {
        uint64_t upto = 0;
        size_t n = 0;

        while (n < c->list.len && c->list.items[n].state == CLAIM_DONE)
                upto = c->list.items[n++].upto;
        if (n) {
                memmove(c->list.items, c->list.items + n, (c->list.len - n) * sizeof(c->list.items[0]));
                c->list.len -= n;
        }
        while (c->list.len && c->list.items[c->list.len - 1].state == CLAIM_FREE)
                c->at = c->list.items[--c->list.len].at;
        /* From the oldest: a damaged place at the end is then passed by when nothing lies before it. */
        if (!c->list.len)
                c->at = 0;
        return upto;
}

void claims_release(Claims *c, uint64_t from) {
        Claim *claim = find(c, from);

        if (claim)
                claim->state = CLAIM_FREE;
        (void) trim(c);
}

uint64_t claims_finish(Claims *c, uint64_t from) {
        Claim *claim = find(c, from);

        if (claim)
                claim->state = CLAIM_DONE;
        return trim(c);
}

size_t claims_n_parcels(const Claims *c) {
        size_t n = 0;

        VEC_EACH(claim, &c->list)
                n += claim->state == CLAIM_FREE ? 0 : claim->n;
        return n;
}

bool claims_have_free(const Claims *c) {
        return first_free(c) != NULL;
}
