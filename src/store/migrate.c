/* Schema scripts: reads sql/manifest, compares with meta.applied, applies. The order and the roles are explained in sql/README.md. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "base/err.h"
#include "base/file.h"
#include "base/map.h"
#include "base/vec.h"
#include "store/migrate.h"
#include "store/pg.h"

enum { SCRIPT_LIMIT = 8 << 20, PATH_LIMIT = 4096 };

typedef struct Script {
        bool is_once;
        char *name;
        Text content;
        char sha256[65];
} Script;

typedef struct Scripts {
        VEC(Script) list;
} Scripts;

static void scripts_done(Scripts *s) {
        VEC_EACH(i, &s->list) {
                (void) xfree(i->name);
                text_done(&i->content);
        }
        vec_done(&s->list);
}

/* ---- scripts ---- */

static int load_script(Scripts *s, const char *sql_dir, Bytes kind, Bytes name) {
        _cleanup_(text_done) Text path = TEXT_INIT(PATH_LIMIT), hex = TEXT_INIT(64);
        Script script = { .is_once = bytes_equal_str(kind, "once"), .content = TEXT_INIT(SCRIPT_LIMIT) };
        Sha256 digest;
        int r;

        if (!script.is_once && !bytes_equal_str(kind, "always"))
                return err(-EINVAL, "\"%s/manifest\": a line must begin with \"once\" or \"always\"", sql_dir);
        (void) text_printf(&path, "%s/%.*s/%.*s", sql_dir, (int) kind.len, kind.data, (int) name.len, name.data);
        r = file_read(text_str(&path), &script.content);
        if (r < 0) {
                text_done(&script.content);
                return r;
        }
        digest = sha256_of(text_bytes(&script.content));
        (void) hex_add(&hex, (Bytes){ (const char *) digest.byte, sizeof(digest.byte) });
        (void) snprintf(script.sha256, sizeof(script.sha256), "%s", text_str(&hex));
        script.name = bytes_dup(name);
        vec_push(&s->list, script);
        return 0;
}

static int load_line(Scripts *s, const char *sql_dir, Bytes line) {
        size_t space;

        line = bytes_trim(line);
        if (!line.len || line.data[0] == '#')
                return 0;
        if (!bytes_find(line, BYTES_LIT(" "), &space))
                return err(-EINVAL, "\"%s/manifest\": a line must be \"once FILE\" or \"always FILE\"", sql_dir);
        return load_script(s, sql_dir, (Bytes){ line.data, space }, bytes_trim((Bytes){ line.data + space, line.len - space }));
}

static int load_scripts(Scripts *s, const char *sql_dir) {
        _cleanup_(text_done) Text path = TEXT_INIT(PATH_LIMIT), manifest = TEXT_INIT(SCRIPT_LIMIT);
        Bytes rest;
        int r;

        (void) text_printf(&path, "%s/manifest", sql_dir);
        r = file_read(text_str(&path), &manifest);
        if (r < 0)
                return err_add(r, "the database scripts are not where \"database: sql_dir\" says");
        rest = text_bytes(&manifest);
        while (rest.len) {
                size_t end = rest.len;

                (void) bytes_find(rest, BYTES_LIT("\n"), &end);
                r = load_line(s, sql_dir, (Bytes){ rest.data, end });
                if (r < 0)
                        return r;
                rest = end < rest.len ? (Bytes){ rest.data + end + 1, rest.len - end - 1 } : BYTES_NULL;
        }
        return 0;
}

/* ---- the database ---- */

static void take_applied(void *userdata, const PgReply *reply) {
        Map *applied = userdata;

        for (size_t i = 0; reply->is_ok && i < reply->n_rows; i++)
                (void) xfree(map_put(applied, bytes_of(pg_text(reply, i, 0)), xstrdup(pg_text(reply, i, 1))));
}

static void take_flag(void *userdata, const PgReply *reply) {
        bool *flag = userdata;
        const char *text = reply->is_ok ? pg_text(reply, 0, 0) : NULL;

        *flag = text && text[0] == 't';
}

/* Names and digests of what the database has; *ret_exists: whether it has the schema at all. */
static int read_applied(Pg *pg, Map *applied, bool *ret_exists) {
        int r;

        r = pg_run(pg, "select to_regclass('meta.applied') is not null", NULL, 0, take_flag, ret_exists);
        if (r < 0 || !*ret_exists)
                return r;
        return pg_run(pg, "select name, sha256 from meta.applied", NULL, 0, take_applied, applied);
}

static const Script *find_script(const Scripts *s, Bytes name) {
        VEC_EACH(i, &s->list)
                if (i->is_once && bytes_equal_str(name, i->name))
                        return i;
        return NULL;
}

static MigrateState compare(const Scripts *s, const Map *applied, bool exists, Text *words) {
        MigrateState state = MIGRATE_CURRENT;
        Bytes name;
        void *sha256;

        if (!exists) {
                (void) text_add_str(words, "the database has no schema of this program: run \"thiduad db init\"");
                return MIGRATE_MISSING;
        }
        for (size_t i = 0; map_walk(applied, &i, &name, &sha256);) {
                const Script *script = find_script(s, name);

                if (!script) {
                        (void) text_printf(words, "the database knows \"%.*s\", which this program does not have: it was upgraded by a newer one", (int) name.len, name.data);
                        return MIGRATE_NEWER;
                }
                if (strcmp(script->sha256, sha256) != 0) {
                        (void) text_printf(words, "script \"%s\" is not the one that was applied: restore the scripts of this version", script->name);
                        return MIGRATE_CHANGED;
                }
        }
        VEC_EACH(i, &s->list)
                if (i->is_once && !map_has(applied, bytes_of(i->name))) {
                        (void) text_printf(words, "%s\"%s\"", state == MIGRATE_OLD ? ", " : "these scripts have not been applied, run \"thiduad db upgrade\": ", i->name);
                        state = MIGRATE_OLD;
                }
        if (state == MIGRATE_CURRENT)
                (void) text_printf(words, "the schema is current: %zu scripts applied", map_len(applied));
        return state;
}

static int open_both(const char *conninfo, const char *sql_dir, Pg **ret_pg, Scripts *scripts, Map *applied, bool *ret_exists) {
        int r;

        r = load_scripts(scripts, sql_dir);
        if (r < 0)
                return r;
        r = pg_new(ret_pg, conninfo, "thiduad-db", NULL, NULL, NULL);
        if (r < 0)
                return r;
        return read_applied(*ret_pg, applied, ret_exists);
}

int migrate_state(const char *conninfo, const char *sql_dir, MigrateState *ret, Text *ret_words) {
        _cleanup_(scripts_done) Scripts scripts = {};
        _cleanup_(map_freep) Map *applied = map_new(xfree);
        _cleanup_(pg_freep) Pg *pg = NULL;
        bool exists = false;
        int r;

        r = open_both(conninfo, sql_dir, &pg, &scripts, applied, &exists);
        if (r < 0)
                return r;
        *ret = compare(&scripts, applied, exists, ret_words);
        return 0;
}

/* ---- applying ---- */

typedef struct Work {
        Pg *pg;
        const MigrateEvents *events;
        void *userdata;
        const char *script;
        size_t nth, n;
} Work;

static void tick(void *userdata, unsigned seconds) {
        const Work *w = userdata;

        w->events->working(w->userdata, w->script, w->nth, w->n, seconds);
}

static void begin_script(Work *w, const char *script) {
        w->script = script;
        w->nth++;
        tick(w, 0);
}

static int run(Pg *pg, const char *what, const char *sql) {
        int r = pg_run(pg, sql, NULL, 0, NULL, NULL);

        return r < 0 ? err_add(r, "%s", what) : 0;
}

static int note_applied(Pg *pg, const Script *s) {
        PgParam params[] = { { .value = bytes_of(s->name) }, { .value = bytes_of(s->sha256) } };
        int r = pg_run(pg, "insert into meta.applied (name, sha256) values ($1, $2)", params, ELEMENTS(params), NULL, NULL);

        return r < 0 ? err_add(r, "%s", s->name) : 0;
}

/* The first script makes meta.applied itself, so its row goes in last; of the others it goes in first, and a second runner fails on the key. */
static int apply_once(Pg *pg, const Script *s, bool is_first) {
        int r;

        r = run(pg, s->name, "begin");
        if (r == 0 && !is_first)
                r = run(pg, s->name, "set local role thidua_owner");
        if (r == 0 && !is_first)
                r = note_applied(pg, s);
        if (r == 0)
                r = run(pg, s->name, text_str(&s->content));
        if (r == 0 && is_first)
                r = note_applied(pg, s);
        return r == 0 ? run(pg, s->name, "commit") : r;
}

static int apply_always(Work *w, const Scripts *scripts) {
        int r;

        r = run(w->pg, "always", "begin; set local search_path = pg_catalog; set local role thidua_owner");
        VEC_EACH(s, &scripts->list)
                if (r == 0 && !s->is_once) {
                        begin_script(w, s->name);
                        r = run(w->pg, s->name, text_str(&s->content));
                }
        return r == 0 ? run(w->pg, "always", "commit") : r;
}

static bool is_wanted(const Script *s, const Map *applied) {
        return !s->is_once || !map_has(applied, bytes_of(s->name));
}

static int apply_missing(Work *w, const Scripts *scripts, const Map *applied, bool exists) {
        bool is_first = !exists;
        int r;

        VEC_EACH(s, &scripts->list)
                w->n += is_wanted(s, applied);
        VEC_EACH(s, &scripts->list) {
                _cleanup_(text_done) Text line = TEXT_INIT(PATH_LIMIT);

                if (!s->is_once || !is_wanted(s, applied))
                        continue;
                begin_script(w, s->name);
                r = apply_once(w->pg, s, is_first);
                if (r < 0)
                        return r;
                is_first = false;
                (void) text_printf(&line, "applied %s", s->name);
                w->events->done(w->userdata, text_str(&line));
        }
        r = apply_always(w, scripts);
        if (r == 0)
                w->events->done(w->userdata, "views, functions and rights are those of this version");
        return r;
}

int migrate_apply(const char *conninfo, const char *sql_dir, bool must_be_new, const MigrateEvents *events, void *userdata) {
        _cleanup_(scripts_done) Scripts scripts = {};
        _cleanup_(map_freep) Map *applied = map_new(xfree);
        _cleanup_(text_done) Text words = TEXT_INIT(65536);
        _cleanup_(pg_freep) Pg *pg = NULL;
        Work work = { .events = events, .userdata = userdata };
        bool exists = false;
        MigrateState state;
        int r;

        r = open_both(conninfo, sql_dir, &pg, &scripts, applied, &exists);
        if (r < 0)
                return r;
        state = compare(&scripts, applied, exists, &words);
        if (must_be_new && state != MIGRATE_MISSING)
                return err(-EEXIST, "the database has the schema already: \"thiduad db upgrade\" brings it up to date, \"thiduad db check\" tells its state");
        if (!must_be_new && state == MIGRATE_MISSING)
                return err(-ENOENT, "%s", text_str(&words));
        if (state == MIGRATE_CHANGED || state == MIGRATE_NEWER)
                return err(-ESTALE, "%s", text_str(&words));
        work.pg = pg;
        pg_while_waiting(pg, tick, &work);
        return apply_missing(&work, &scripts, applied, exists);
}
