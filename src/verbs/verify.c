/* thiduad verify: walks the chain over run records, and hashes every stored body anew. */

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/digest.h"
#include "base/err.h"
#include "base/json_out.h"
#include "base/num.h"
#include "store/archive.h"
#include "store/pg.h"
#include "verbs/terminal.h"
#include "verbs/verb.h"

enum {
        BODIES_AT_ONCE = 16,
        BREAKS_MAX = 20,                /* that are listed */
};

#define BODY_MAX ((size_t) 1 << 30)

typedef struct Verify {
        Pg *pg;
        uint64_t n_links, n_bodies, n_bytes, n_breaks, n_withheld;
        bool is_head_unknown;
        char head[65];
        char sha256[65], month[16];     /* of the last body that was looked at */
        size_t n_rows;
        Text *told;                     /* the breaks in words, a line each */
        Text *broken;                   /* hashes of broken bodies and their stories, a line each */
} Verify;

static void take_chain(void *userdata, const PgReply *reply) {
        Verify *v = userdata;

        for (size_t i = 0; reply->is_ok && i < reply->n_rows; i++) {
                const char *link = pg_text(reply, i, 0), *problem = pg_text(reply, i, 2);

                v->n_breaks++;
                (void) text_printf(v->told, "%s%s%s%s\n", link ? "link " : "", link ? link : "", link ? ": " : "", problem ? problem : "");
        }
}

static void take_head(void *userdata, const PgReply *reply) {
        Verify *v = userdata;
        const char *link = pg_text(reply, 0, 0), *hash = pg_text(reply, 0, 1), *is_known = pg_text(reply, 0, 2);

        if (!reply->is_ok || !link || !hash || !is_known)
                return;
        (void) num_parse_u64(bytes_of(link), &v->n_links);
        (void) snprintf(v->head, sizeof(v->head), "%s", hash);
        v->is_head_unknown = strcmp(is_known, "t") != 0;
}

/* NULL: the body is the one that its hash names. */
static const char *check_body(Verify *v, const char *sha256, const char *size, const char *hex) {
        _cleanup_(text_done) Text deflated = TEXT_INIT(BODY_MAX), body = TEXT_INIT(BODY_MAX), got = TEXT_INIT(64);
        uint64_t want;
        Sha256 digest;

        if (hex_parse(bytes_of(hex), &deflated) < 0 || archive_inflate(text_bytes(&deflated), BODY_MAX, &body) < 0)
                return "cannot be inflated";
        digest = sha256_of(text_bytes(&body));
        (void) hex_add(&got, (Bytes){ (const char *) digest.byte, sizeof(digest.byte) });
        v->n_bytes += body.len;
        if (strcmp(text_str(&got), sha256) != 0)
                return "was changed: its hash is another";
        return num_parse_u64(bytes_of(size), &want) == 0 && want == body.len ? NULL : "has another size than was noted";
}

static void take_bodies(void *userdata, const PgReply *reply) {
        Verify *v = userdata;

        v->n_rows = reply->is_ok ? reply->n_rows : 0;
        for (size_t i = 0; i < v->n_rows; i++) {
                const char *sha256 = pg_text(reply, i, 0), *month = pg_text(reply, i, 1), *size = pg_text(reply, i, 2), *hex = pg_text(reply, i, 3), *problem;

                if (!sha256 || !month || !size || !hex)
                        continue;
                v->n_bodies++;
                (void) snprintf(v->sha256, sizeof(v->sha256), "%s", sha256);
                (void) snprintf(v->month, sizeof(v->month), "%s", month);
                problem = check_body(v, sha256, size, hex);
                if (problem && v->n_breaks++ < BREAKS_MAX)
                        (void) text_printf(v->broken, "%s %s\n", sha256, problem);
        }
}

static void take_user(void *userdata, const PgReply *reply) {
        const char *text = reply->is_ok ? pg_text(reply, 0, 0) : NULL;

        (void) text_add_str(userdata, text ? text : "no request that is left");
}

static int walk_chain(Verify *v, const char *noted) {
        PgParam param = { .value = bytes_of(noted) };
        int r;

        terminal_waits(v->pg, "walking the chain of runs");
        r = pg_run(v->pg, "select link, run, problem from ingest.verify_chain(20)", NULL, 0, take_chain, v);
        terminal_waits(v->pg, NULL);
        if (r >= 0)
                r = pg_run(v->pg, "select link, hash, is_known from ingest.chain_state($1::text)", &param, 1, take_head, v);
        return r;
}

static void take_number(void *userdata, const PgReply *reply) {
        if (reply->is_ok && pg_text(reply, 0, 0))
                (void) num_parse_u64(bytes_of(pg_text(reply, 0, 0)), userdata);
}

static int count_withheld(Verify *v) {
        return pg_run(v->pg, "select ingest.withheld_replies()", NULL, 0, take_number, &v->n_withheld);
}

static int walk_bodies(Verify *v) {
        uint64_t total = 0;
        int r;

        /* An estimate: counting them would read what is read next anyway. */
        r = pg_run(v->pg, "select ingest.about_bodies()", NULL, 0, take_number, &total);
        if (r < 0)
                return r;
        do {
                terminal_progress("bodies hashed", v->n_bodies, total > v->n_bodies ? total : v->n_bodies + 1);
                PgParam params[2] = { { .value = bytes_of(v->n_bodies ? v->sha256 : NULL) }, { .value = bytes_of(v->n_bodies ? v->month : NULL) } };

                r = pg_run(v->pg, "select sha256, stored_month::text, size, body from ingest.stored_bodies($1::text, $2::date, 16)", params, 2, take_bodies, v);
        } while (r >= 0 && v->n_rows == BODIES_AT_ONCE);
        terminal_over();
        return r;
}

static int print_broken_bodies(Verify *v) {
        Bytes rest = text_bytes(v->broken);

        while (rest.len) {
                _cleanup_(text_done) Text user = TEXT_INIT(1024);
                const char *end = memchr(rest.data, '\n', rest.len);
                size_t len = end ? (size_t) (end - rest.data) : rest.len;
                _free_ char *sha256 = bytes_dup((Bytes){ rest.data, 64 });
                PgParam param = { .value = bytes_of(sha256) };
                int r;

                r = pg_run(v->pg, "select ingest.body_user($1::text)", &param, 1, take_user, &user);
                if (r < 0)
                        return r;
                (void) text_printf(v->told, "body %.*s; it answered %s\n", (int) len, rest.data, text_str(&user));
                rest = (Bytes){ rest.data + len + (end != NULL), rest.len - len - (end != NULL) };
        }
        return 0;
}

static void print_outcome(const Verify *v, bool is_json, bool is_quiet) {
        _cleanup_(text_done) Text out = TEXT_INIT(1 << 20);
        JsonOut j = JSON_OUT(&out);
        Bytes rest = text_bytes(v->told), line;

        if (!is_json) {
                while (bytes_line(&rest, &line))
                        (void) text_printf(&out, "broken: %.*s\n", (int) line.len, line.data);
                if (!v->n_breaks && !is_quiet)
                        (void) text_printf(&out, "whole: %" PRIu64 " runs in the chain, %" PRIu64 " bodies with %" PRIu64 " bytes\n", v->n_links, v->n_bodies, v->n_bytes);
                if (!v->n_breaks && !is_quiet && v->n_withheld)
                        (void) text_printf(&out, "withheld: %" PRIu64 " replies of confidential streams (secret fields or documents); of them hash and size are in the chain, the bodies were never stored\n", v->n_withheld);
                if (!v->n_breaks && !is_quiet)
                        (void) text_printf(&out, "head: %s\n", v->head);
                verb_print(&out);
                return;
        }
        json_object(&j);
        json_pair_bool(&j, "is_whole", v->n_breaks == 0);
        json_pair_int(&j, "runs", (int64_t) v->n_links);
        json_pair_int(&j, "bodies", (int64_t) v->n_bodies);
        json_pair_int(&j, "bytes", (int64_t) v->n_bytes);
        json_pair_int(&j, "withheld", (int64_t) v->n_withheld);
        json_pair_str(&j, "head", v->head);
        json_key(&j, "breaks");
        json_array(&j);
        while (bytes_line(&rest, &line))
                json_bytes(&j, line);
        json_array_end(&j);
        json_object_end(&j);
        (void) text_add_char(&out, '\n');
        verb_print(&out);
}

static int verify_main(const VerbArgs *args) {
        _cleanup_(setup_unrefp) Setup *setup = NULL;
        _cleanup_(pg_freep) Pg *pg = NULL;
        _cleanup_(text_done) Text broken = TEXT_INIT(64 << 10), told = TEXT_INIT(256 << 10);
        const char *noted = args->n_words == 1 ? args->words[0] : NULL;
        Verify v = { .told = &told, .broken = &broken };
        bool is_json;
        int r;

        if (args->n_words > 1)
                return verb_fail(EX_USAGE, "verify takes one hash that was noted before, or none; see \"thiduad verify --help\"");
        r = verb_format(args, "text", &is_json);
        if (r == 0)
                r = verb_load(args, &setup);
        if (r != 0)
                return r;
        r = pg_new(&pg, setup_main(setup)->database.conninfo, "thiduad verify", NULL, NULL, NULL);
        v.pg = pg;
        if (r >= 0)
                r = walk_chain(&v, noted);
        if (r >= 0)
                r = walk_bodies(&v);
        if (r >= 0)
                r = count_withheld(&v);
        if (r >= 0)
                r = print_broken_bodies(&v);
        if (r < 0)
                return verb_fail(EX_UNAVAILABLE, "%s", err_story(r));
        if (noted && v.is_head_unknown) {
                v.n_breaks++;
                (void) text_printf(v.told, "the noted hash %s is not one of the chain\n", noted);
        }
        print_outcome(&v, is_json, args->is_quiet);
        if (v.n_breaks)
                return verb_fail(EX_DATAERR, "the evidence is broken; the first break stands first");
        return EX_OK;
}

const Verb verb_verify = {
        .name = "verify",
        .synopsis = "[HASH] [--quiet] [--format text|json]",
        .summary = "Checks the evidence: the chain over run records, and the hash of every stored reply",
        .options = "config quiet format",
        .help = "Each run that ended is a link of a chain; a link holds a digest of the run record, its requests and the hashes of their replies, and\n"
                "the hash of the link before. Whatever is changed or removed later is named, the first break first. Exit code 0: whole, 65: broken.\n"
                "Note the head from time to time outside the database: with HASH, verify also says whether that link is still one of the chain.\n"
                "What retention dropped is no break, nor are the bodies of confidential streams, which were never stored: they are counted.\n\n"
                "Example:\n  thiduad verify\n",
        .main = verify_main,
};
