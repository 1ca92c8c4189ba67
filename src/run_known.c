/* Run: what each ask was answered last time, so that the same answer again is known without being read: by the word of the source (304), or by its hash.
 *
 * Remembered beside the figures, in the same parcel, as a cursor whose partition is the ask. Only an ask of one page is remembered: of several pages a single one
 * says nothing about the others. The basis is everything besides the body that figures follow from: connector file, unit tables, version of the program, the day
 * where the mapping makes it the period, and the month, so that every month of the archive holds the evidence of its own. Another basis: everything is read again.
 *
 * Of an answer that is another one, the figures that are the same do not travel again (store/sift.h). That holds on the same terms: only while what is remembered
 * of the ask is what was remembered with those figures. What leaves something out says so in its parcel, with what it relies on; the database refuses to believe it
 * where it has no longer just that: it was restored from a copy, or what it believes was changed by another way than this ask. Then all is read again.
 *
 * A page that may be the one known is held back until it turns out longer, or at its end another; then it is read like any other. A page larger than HOLD_MAX is
 * never held. */

#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "run_priv.h"

enum { BASIS_BYTES = 16 };

static bool is_off(const Run *r) {
        return !r->env.known || r->env.stored || strlen(r->label) + 2 >= LABEL_MAX;
}

static void make_partition(const Run *r, Text *ret) {
        (void) text_printf(ret, CURSOR_ASK "%s", r->label);
}

static void make_basis(const Run *r, Text *ret) {
        _cleanup_(text_done) Text all = TEXT_INIT(1024);
        const Sha256 *units = setup_units_digest(r->setup);
        Day utc = (Day) (r->now_real / USEC_DAY);
        unsigned month, day;
        int year;
        Sha256 basis;

        day_split(utc, &year, &month, &day);

        (void) text_add(&all, (Bytes){ (const char *) r->stream->connector->digest.byte, sizeof(Sha256) });
        (void) text_add(&all, (Bytes){ (const char *) units->byte, sizeof(Sha256) });
        (void) text_printf(&all, "%s|%s|%04d-%02u|", THIDUAD_VERSION, r->stream->spec->name, year, month);
        if (mapping_is_of_today(r->stream->mapping))
                day_render(r->today, &all);
        basis = sha256_of(text_bytes(&all));
        (void) hex_add(ret, (Bytes){ (const char *) basis.byte, BASIS_BYTES });
}

/* Cuts off and returns what stands before the separator. */
static Bytes take_word(Bytes *rest, char separator) {
        const char *end = rest->len ? memchr(rest->data, separator, rest->len) : NULL;
        Bytes word = { rest->data, end ? (size_t) (end - rest->data) : rest->len };

        rest->data += word.len + (end ? 1 : 0);
        rest->len -= word.len + (end ? 1 : 0);
        return word;
}

static bool read_known(Known *ret, Bytes value, Bytes basis) {
        _cleanup_(text_done) Text hash = TEXT_INIT(sizeof(Sha256) + 1);
        Bytes etag, modified;

        if (!bytes_equal(take_word(&value, ' '), basis))
                return false;
        if (hex_parse(take_word(&value, ' '), &hash) < 0 || hash.len != sizeof(Sha256))
                return false;
        memcpy(ret->sha256.byte, text_str(&hash), sizeof(Sha256));
        if (num_parse_u64(take_word(&value, ' '), &ret->size) < 0)
                return false;
        ret->is_stored = bytes_equal_str(take_word(&value, '\n'), "1");
        etag = take_word(&value, '\n');
        modified = value;
        if (etag.len >= sizeof(ret->etag) || modified.len >= sizeof(ret->modified))
                return false;
        memcpy(ret->etag, etag.data, etag.len);
        memcpy(ret->modified, modified.data, modified.len);
        return true;
}

void known_begin_ask(Run *r) {
        _cleanup_(text_done) Text partition = TEXT_INIT(2 * LABEL_MAX), basis = TEXT_INIT(2 * BASIS_BYTES + 1);
        const char *value;

        r->known = (Known){};
        r->is_known = r->is_holding = r->is_ask_unchanged = false;
        r->ask_pages = 0;
        r->ask_parcels = r->n_parcels;
        r->ask_mark = parcel_mark(r->parcel);
        text_clear(&r->held);
        if (is_off(r))
                return;
        make_partition(r, &partition);
        value = cursors_get(r->env.known, r->record.connector, r->record.stream, text_str(&partition));
        if (!value)
                return;
        make_basis(r, &basis);
        r->is_known = read_known(&r->known, bytes_of(value), text_bytes(&basis));
        text_clear(&r->known_value);
        (void) text_add_str(&r->known_value, value);
        r->is_known = r->is_known && !r->known_value.is_full;
}

const char *known_etag(const Run *r) {
        return r->is_known && r->known.etag[0] ? r->known.etag : NULL;
}

const char *known_modified(const Run *r) {
        return r->is_known && r->known.modified[0] ? r->known.modified : NULL;
}

static void keep_header(char *ret, size_t size, const char *value) {
        ret[0] = '\0';
        if (value && strlen(value) < size && !strchr(value, '\n'))
                (void) snprintf(ret, size, "%s", value);
}

void known_begin_page(Run *r, const HttpResponse *head, unsigned page) {
        text_clear(&r->held);
        r->is_holding = r->is_known && page == 1 && r->known.size > 0 && r->known.size <= HOLD_MAX;
        if (r->is_holding)
                (void) text_reserve(&r->held, r->known.size);
        keep_header(r->etag, sizeof(r->etag), http_response_header(head, "ETag"));
        keep_header(r->modified, sizeof(r->modified), http_response_header(head, "Last-Modified"));
}

bool known_hold(Run *r, Bytes chunk) {
        if (!r->is_holding)
                return false;
        if (r->held.len + chunk.len > r->known.size) {
                r->is_holding = false;
                return false;
        }
        (void) text_add(&r->held, chunk);
        return true;
}

Bytes known_held(const Run *r) {
        return text_bytes(&r->held);
}

bool known_is_same(Run *r) {
        Sha256 sha256;

        if (!r->is_holding)
                return false;
        r->is_holding = false;
        if (r->held.len != r->known.size)
                return false;
        sha256 = sha256_of(text_bytes(&r->held));
        return sha256_equal(&sha256, &r->known.sha256);
}

static void make_value(const Run *r, Text *ret) {
        const Known *k = &r->page_known;

        make_basis(r, ret);
        (void) text_add_char(ret, ' ');
        (void) hex_add(ret, (Bytes){ (const char *) k->sha256.byte, sizeof(Sha256) });
        (void) text_printf(ret, " %" PRIu64 " %d\n%s\n%s", k->size, k->is_stored, r->etag, r->modified);
}

void known_claim(Run *r) {
        _cleanup_(text_done) Text partition = TEXT_INIT(2 * LABEL_MAX);

        make_partition(r, &partition);
        (void) parcel_add_claim(r->parcel, &(ClaimRecord){
                        .connector = r->record.connector, .stream = r->record.stream, .partition = text_str(&partition), .value = text_str(&r->known_value) });
}

void known_forget(Run *r) {
        _cleanup_(text_done) Text partition = TEXT_INIT(2 * LABEL_MAX);
        const char *value;

        if (is_off(r))
                return;
        make_partition(r, &partition);
        value = cursors_get(r->env.known, r->record.connector, r->record.stream, text_str(&partition));
        if (value && *value)
                (void) parcel_add_cursor(r->parcel, &(CursorRecord){
                                .connector = r->record.connector, .stream = r->record.stream, .partition = text_str(&partition), .value = "" });
}

void known_forget_stated(Run *r) {
        if (parcel_has_samples(r->parcel, r->ask_mark))
                known_forget(r);
}

/* What the answer says as the known one did need not travel again. Checks compare figures with each other, so they must see all. */
static void sift(Run *r, Bytes value) {
        _cleanup_(text_done) Text ask = TEXT_INIT(4 * LABEL_MAX);
        Sha256 now = sha256_of(value), last = sha256_of(text_bytes(&r->known_value));
        size_t n;

        if (!r->env.sift || r->record.checks)
                return;
        (void) text_printf(&ask, "%s/%s/%s", r->record.connector, r->record.stream, r->label);
        if (ask.is_full)
                return;
        n = sift_answer(r->env.sift, text_bytes(&ask), r->is_known ? &last : NULL, &now, r->parcel, r->ask_mark);
        if (n)
                known_claim(r);
        r->record.n_known += n;
}

void known_end_ask(Run *r) {
        _cleanup_(text_done) Text partition = TEXT_INIT(2 * LABEL_MAX), value = TEXT_INIT(KNOWN_MAX);
        const Known *k = &r->page_known;

        /* Of several pages, or none. A parcel that has left with a part of the figures may still be refused as a whole: then the answer must not count as known. */
        if (is_off(r))
                return;
        if (r->ask_pages != 1 || r->n_parcels != r->ask_parcels) {
                known_forget(r);
                return;
        }
        make_value(r, &value);
        sift(r, text_bytes(&value));
        if (r->is_known && sha256_equal(&k->sha256, &r->known.sha256) && strcmp(r->etag, r->known.etag) == 0 && strcmp(r->modified, r->known.modified) == 0)
                return;
        make_partition(r, &partition);
        (void) parcel_add_cursor(r->parcel, &(CursorRecord){
                        .connector = r->record.connector, .stream = r->record.stream, .partition = text_str(&partition), .value = text_str(&value) });
}
