/* The streaming JSON reader: plain selectors run on the stream of tokens, programs on one record at a time.
 *
 * Every open list or object is a frame. A frame carries its place: where the selectors of the envelope and of
 * each level of lists have got to, and how far the way to the list of records has been gone. So no document
 * is ever held, only values that are wanted. */

#include <errno.h>
#include <stdio.h>
#include <yajl/yajl_parse.h>

#include "base/err.h"
#include "decode/json.h"
#include "decode/json_write.h"

enum { OFF_THE_WAY = -1 };

typedef struct Place {
        const JsonNode *envelope;
        const JsonNode *scope[JSON_LEVELS + 1];
        size_t level;   /* on the way to plan->lists[level] ... */
        int step;       /* ... of which so many steps are done, or OFF_THE_WAY */
        size_t element; /* level of which this value is an element; 0: none */
        bool is_wanted; /* something of the above is there: most values are passed over */
        const JsonNode *leaf; /* nothing but the fields of this node, of level leaf_level, and nothing below it */
        size_t leaf_level;
} Place;

typedef struct Frame {
        Place place;
        bool is_array;
        bool is_list; /* the list that place is the way to */
        size_t next_index;
        size_t first_key; /* of this object among d->keys */
        const JsonNode *only; /* an object in which nothing but members of this node, of level only_level, is looked for: most records are that */
        size_t only_level;
} Frame;

/* JSON text of a value that is wanted whole. */
typedef struct Capture {
        Text text;
        size_t depth;         /* number of frames when it began */
        const JsonNode *node; /* whose fields it is for */
        size_t level;
        bool is_active, has_lost, has_twice;
} Capture;

typedef struct JsonDecoder {
        DecoderBase base; /* begins with a Decoder */
        const JsonPlan *plan;
        yajl_handle yajl;
        Frame *frames;
        size_t depth;
        Place next; /* of the value behind the key that was read */
        Slot *now;  /* fields of the elements under way, in work[level] */
        Text work[JSON_LEVELS + 1];
        size_t first_row[JSON_LEVELS + 1]; /* of the element under way, counted from the ready rows on */
        bool has_seen_list[JSON_LEVELS + 1];
        Capture records[JSON_LEVELS + 1]; /* for programs */
        VEC(uint64_t) keys; /* hashes, of the open objects of records for programs */
        VEC(Capture) captures;
        size_t n_captures; /* in use */
        size_t n_active;   /* captures of both sorts */
        uint64_t quiet;    /* bytes since the last token */
        uint64_t n_documents;
        bool has_token;
        char first; /* first byte that is no white space */
        int code;   /* why a callback stopped */
        bool has_shape;
        char shape[200];
} JsonDecoder;

/* ---- captures ---- */

static void write_scalar(Capture *c, ValueKind kind, Bytes text) {
        json_write_comma(&c->text);
        if (kind == VALUE_TEXT)
                json_write_text(&c->text, text);
        else
                (void) text_add(&c->text, kind == VALUE_NULL ? BYTES_LIT("null") : text);
        if (kind == VALUE_NUMBER && !c->node && !c->has_lost)
                c->has_lost = !jq_number_survives(text);
}

/* Runs a statement on each capture c that is being written. */
#define EACH_CAPTURE(d, statement)                                                                           \
        do {                                                                                                 \
                if (!(d)->n_active)                                                                          \
                        break;                                                                               \
                for (size_t e_ = 1; e_ <= (d)->plan->n_levels; e_++) {                                       \
                        Capture *c = &(d)->records[e_];                                                      \
                        if (c->is_active)                                                                    \
                                statement;                                                                   \
                }                                                                                            \
                for (size_t e_ = 0; e_ < (d)->n_captures; e_++) {                                            \
                        Capture *c = &(d)->captures.items[e_];                                               \
                        statement;                                                                           \
                }                                                                                            \
        } while (0)

static int stop(JsonDecoder *d, int code) {
        d->code = code;
        return 0;
}

static int too_long(JsonDecoder *d) {
        return stop(d, decoder_fail(&d->base, DECODE_E_LIMIT,
                                       "a value or record is longer than %llu bytes: raise `max_value` if "
                                       "that is right",
                                       (unsigned long long) d->base.common->max_value));
}

static void begin_capture(JsonDecoder *d, const JsonNode *node, size_t level) {
        Capture *c;

        if (d->n_captures == d->captures.len)
                vec_push(&d->captures, ((Capture){ .text = TEXT_INIT(d->base.common->max_value) }));
        c = &d->captures.items[d->n_captures++];
        text_clear(&c->text);
        c->text.is_full = false;
        c->depth = d->depth;
        c->node = node;
        c->level = level;
        d->n_active++;
}

static void begin_record_capture(JsonDecoder *d, size_t level) {
        Capture *c = &d->records[level];

        text_clear(&c->text);
        c->text.is_full = false;
        c->has_lost = c->has_twice = false;
        c->is_active = true;
        d->n_active++;
}

/* ---- fields ---- */

/* Once more, without the zeroes in it. */
static int set_cleaned(JsonDecoder *d, size_t level, int field, ValueKind kind, Bytes text) {
        _cleanup_(text_done) Text scratch = TEXT_INIT(d->base.common->max_value * 3);

        text = decoder_clean(text, &scratch);
        d->now[field] = (Slot){ .kind = kind, .at = d->work[level].len, .len = text.len };
        return text_add(&d->work[level], text) < 0 ? too_long(d) : 1;
}

static int set_field(JsonDecoder *d, size_t level, int field, ValueKind kind, Bytes text) {
        Text *work = &d->work[level];

        if (text.len > d->base.common->max_value)
                return too_long(d);
        if (kind != VALUE_NUMBER && text.len && memchr(text.data, '\0', text.len))
                return set_cleaned(d, level, field, kind, text);
        d->now[field] = (Slot){ .kind = kind, .at = work->len, .len = text.len };
        if (text.len && text_add(work, text) < 0)
                return too_long(d);
        return 1;
}

/* Two equal keys in one object: which of them the source means is not said (RFC 8259 part 4), and nothing is
 * guessed. */
#define TWICE "its key stands twice in one object, and nothing says which one counts"

static int fail_twice(JsonDecoder *d, size_t level, int field) {
        return set_field(d, level, field, VALUE_FAILED, BYTES_LIT(TWICE));
}

/* Below null everything is null, as in jq. What is there already came with an equal key before. */
static int begin_fields(JsonDecoder *d, size_t level, const JsonNode *node, ValueKind kind) {
        for (const JsonNode *n = node->first; n; n = n->next) {
                for (size_t i = 0; i < n->n_slots; i++)
                        if (d->now[n->slots[i]].kind == VALUE_MISSING)
                                d->now[n->slots[i]] = (Slot){ .kind = kind };
                        else if (!fail_twice(d, level, n->slots[i]))
                                return 0;
                if (!begin_fields(d, level, n, kind))
                        return 0;
        }
        return 1;
}

/* With several documents each has its envelope, and the last one's counts. */
static int set_envelope(JsonDecoder *d, const JsonNode *node, ValueKind kind, Bytes text) {
        for (size_t i = 0; i < node->n_slots; i++) {
                size_t at = (size_t) node->slots[i];

                if (d->n_documents == 1 && d->base.pub.envelope[at].kind != VALUE_MISSING)
                        return stop(d, decoder_fail(&d->base, DECODE_E_SYNTAX,
                                                       "the key of \"%s\" stands twice in the document, and "
                                                       "nothing says which one counts",
                                                       d->base.common->envelope.items[at].key));
                decoder_set_envelope(&d->base, at, kind, text);
        }
        return 1;
}

static int begin_envelope(JsonDecoder *d, const JsonNode *node, ValueKind kind) {
        for (const JsonNode *n = node->first; n; n = n->next)
                if (!set_envelope(d, n, kind, BYTES_NULL) || !begin_envelope(d, n, kind))
                        return 0;
        return 1;
}

static int visit_envelope(JsonDecoder *d, const JsonNode *node, ValueKind kind, Bytes text) {
        if (node->first && !begin_envelope(d, node, kind == VALUE_NULL ? VALUE_NULL : VALUE_MISSING))
                return 0;
        return set_envelope(d, node, kind, text);
}

static int visit_scope(JsonDecoder *d, size_t level, const JsonNode *node, ValueKind kind, Bytes text) {
        bool is_fresh = node == d->plan->scopes[level]; /* an element that has just begun: all of it is missing already */

        if (node->first && (!is_fresh || kind == VALUE_NULL) && !begin_fields(d, level, node, kind == VALUE_NULL ? VALUE_NULL : VALUE_MISSING))
                return 0;
        if (node->n_slots && d->now[node->slots[0]].kind != VALUE_MISSING) {
                for (size_t i = 0; i < node->n_slots; i++)
                        if (!fail_twice(d, level, node->slots[i]))
                                return 0;
                return 1;
        }
        if (kind == VALUE_JSON && node->n_slots)
                begin_capture(d, node, level);
        for (size_t i = 0; kind != VALUE_JSON && i < node->n_slots; i++)
                if (!set_field(d, level, node->slots[i], kind, text))
                        return 0;
        return 1;
}

/* Every value that is looked for passes here; text of a list or object is "[]" or "{}". */
static int visit(JsonDecoder *d, const Place *place, ValueKind kind, Bytes text) {
        if (place->envelope) {
                if (text.len > d->base.common->max_value && place->envelope->n_slots)
                        return too_long(d);
                if (!visit_envelope(d, place->envelope, kind, text))
                        return 0;
        }
        for (size_t level = 1; level <= d->plan->n_levels; level++)
                if (place->scope[level] && !visit_scope(d, level, place->scope[level], kind, text))
                        return 0;
        return 1;
}

/* ---- records ---- */

static void begin_element(JsonDecoder *d, Place *place) {
        size_t level = place->element;

        place->scope[level] = d->plan->scopes[level];
        text_clear(&d->work[level]);
        for (size_t i = 0; i < d->base.rows.n_fields; i++)
                if (d->plan->level_of[i] == level)
                        d->now[i].kind = VALUE_MISSING, d->now[i].len = 0;
        d->first_row[level] = d->base.rows.n_rows - d->base.rows.n_ready;
        d->has_seen_list[level] = false;
        if (d->plan->programs[level].set)
                begin_record_capture(d, level);
}

/* The values of an element lie in one piece and are taken over as such. */
static int commit_row(JsonDecoder *d) {
        size_t level = d->plan->n_levels, row, at = d->base.rows.bytes.len, n = d->base.rows.n_fields;
        int r = decoder_add_row(&d->base, &row);
        Slot piece, *to;

        if (r != 0)
                return r;
        if (rows_store(&d->base.rows, VALUE_TEXT, text_bytes(&d->work[level]), &piece) < 0)
                return decoder_too_much(&d->base);
        to = rows_slots(&d->base.rows, row);
        for (size_t i = 0; i < n; i++)
                if (d->plan->level_of[i] == level)
                        to[i] = (Slot){ d->now[i].kind, d->now[i].at + at, d->now[i].len };
        return 0;
}

/* The fields of an outer element go into all rows that came out of it. */
static int complete_rows(JsonDecoder *d, size_t level) {
        Rows *rows = &d->base.rows;
        size_t at = rows->bytes.len;
        Slot piece;

        if (rows_store(rows, VALUE_TEXT, text_bytes(&d->work[level]), &piece) < 0)
                return decoder_too_much(&d->base);
        for (size_t i = 0; i < rows->n_fields; i++)
                for (size_t row = rows->n_ready + d->first_row[level];
                                d->plan->level_of[i] == level && row < rows->n_rows; row++)
                        rows_set(rows, row, i, (Slot){ d->now[i].kind, d->now[i].at + at, d->now[i].len });
        return 0;
}

typedef struct ProgramRun {
        JsonDecoder *d;
        size_t level;
} ProgramRun;

/* The words of a program that failed quote the record. */
static Bytes told(const JsonDecoder *d, const Value *v) {
        return v->kind == VALUE_FAILED && d->base.is_withheld ? BYTES_LIT("what it says is withheld like the rest of the answer") : v->text;
}

static int on_program_row(void *userdata, const Value *values) {
        ProgramRun *run = userdata;
        const JsonPrograms *p = &run->d->plan->programs[run->level];

        /* Where a record becomes several, all fields are programs, and those of the row before are out. */
        if (run->d->plan->spec->expand && run->level == run->d->plan->n_levels)
                text_clear(&run->d->work[run->level]);
        for (size_t i = 0; i < p->n; i++)
                if (!set_field(run->d, run->level, p->slots[i], values[i].kind, told(run->d, &values[i])))
                        return run->d->code;
        return run->level == run->d->plan->n_levels ? commit_row(run->d) : 0;
}

/* A program would see the last of two equal keys and know nothing of the first. */
static int fail_programs(JsonDecoder *d, size_t level) {
        const JsonPrograms *p = &d->plan->programs[level];

        for (size_t i = 0; i < p->n; i++)
                if (!fail_twice(d, level, p->slots[i]))
                        return d->code;
        return level == d->plan->n_levels ? commit_row(d) : 0;
}

static int finish_level(JsonDecoder *d, size_t level) {
        const JsonPrograms *p = &d->plan->programs[level];
        Capture *c = &d->records[level];

        if (!p->set)
                return level == d->plan->n_levels ? commit_row(d) : 0;
        c->is_active = false;
        d->n_active--;
        if (c->text.is_full)
                return too_long(d), d->code;
        if (c->has_twice)
                return fail_programs(d, level);
        return jq_set_run(
                        p->set, text_bytes(&c->text), c->has_lost, on_program_row, &(ProgramRun){ d, level });
}

static int end_element(JsonDecoder *d, size_t level) {
        int r = finish_level(d, level);

        if (r == 0 && level < d->plan->n_levels)
                r = complete_rows(d, level);
        if (r != 0)
                return stop(d, r);
        if (level == d->plan->outermost)
                rows_make_ready(&d->base.rows);
        return 1;
}

/* ---- the way to the records ---- */

static void note_shape(
                JsonDecoder *d, const Place *place, ValueKind kind, bool is_array, const char *wanted) {
        _cleanup_(text_done) Text path = TEXT_INIT(100);

        if (d->has_shape)
                return;
        d->has_shape = true;
        path_render(d->plan->lists[place->level].steps, (size_t) place->step, &path);
        (void) snprintf(d->shape, sizeof(d->shape), "%s%s is %s where %s was expected",
                        place->step    ? text_str(&path)
                        : place->level ? "an element"
                                       : "the document",
                        place->level && place->step ? " of an element" : "", json_kind_words(kind, is_array),
                        wanted);
}

/* A value on the way to a list of records. *ret_is_list: it is that list. */
static int walk(JsonDecoder *d, const Place *place, ValueKind kind, bool is_array, bool *ret_is_list) {
        const Path *way = &d->plan->lists[place->level];
        bool is_last = (size_t) place->step == way->n_steps, wants_array;

        /* jq would take the last of two equal keys, but the records of the first one are out already. */
        if (place->step && d->has_seen_list[place->level])
                return stop(d, decoder_fail(&d->base, DECODE_E_SYNTAX,
                                               "a key on the way to the records stands twice in one object, "
                                               "and the records came with the first"));
        wants_array = is_last || way->steps[place->step].kind == PATH_INDEX;
        if (kind == VALUE_JSON && is_array == wants_array) {
                *ret_is_list = is_last;
                if (!is_last)
                        return 1;
                d->has_seen_list[place->level] = true;
                if (place->level == 0) {
                        d->base.pub.has_seen_records = true;
                        d->has_shape = false;
                }
                return 1;
        }
        if (place->level == 0 || kind != VALUE_NULL)
                note_shape(d, place, kind, is_array, wants_array ? "a list" : "an object");
        return 1;
}

static void root_place(JsonDecoder *d, ValueKind kind, bool is_array, Place *ret) {
        bool is_record = d->plan->is_whole || (d->plan->is_auto && !is_array);

        *ret = (Place){ .envelope = d->base.pub.n_envelope ? d->plan->envelope : NULL, .is_wanted = true };
        d->n_documents++;
        d->has_seen_list[0] = false;
        if (!is_record)
                return;
        if (kind == VALUE_JSON) {
                ret->element = 1;
                d->base.pub.has_seen_records = true;
                d->has_seen_list[0] = true;
        } else
                note_shape(d, ret, kind, is_array, d->plan->is_auto ? "a list or an object" : "a record");
        ret->step = OFF_THE_WAY;
}

/* To the member of that name, or to the element of that index. */
static void step_into(JsonDecoder *d, const Frame *frame, PathStepKind kind, Bytes name, size_t index) {
        Place *ret = &d->next;
        const Place *from = &frame->place;
        const Path *way = &d->plan->lists[from->level];
        bool is_name = kind == PATH_NAME, is_found;

        ret->envelope = !from->envelope ? NULL
                        : is_name       ? json_node_named(from->envelope, name)
                                        : json_node_at(from->envelope, index);
        is_found = ret->envelope;
        for (size_t level = 1; level <= d->plan->n_levels; level++) {
                ret->scope[level] = !from->scope[level] ? NULL
                                    : is_name           ? json_node_named(from->scope[level], name)
                                                        : json_node_at(from->scope[level], index);
                is_found |= ret->scope[level] != NULL;
        }
        ret->leaf = NULL;
        ret->element = 0;
        ret->level = from->level;
        ret->step = OFF_THE_WAY;
        if (frame->is_list) {
                ret->level = ret->element = from->level + 1;
                ret->step = ret->element < d->plan->n_levels ? 0 : OFF_THE_WAY;
                is_found = true;
        } else if (from->step != OFF_THE_WAY && (size_t) from->step != way->n_steps &&
                        path_step_is(&way->steps[from->step], kind, name, index)) {
                ret->step = from->step + 1;
                is_found = true;
        }
        ret->is_wanted = is_found;
}

/* The same for a member of an object in which only members of one node are looked for. Of a leaf no more is noted than a scalar needs. */
static void step_into_only(JsonDecoder *d, const Frame *frame, Bytes name) {
        const JsonNode *node = json_node_named(frame->only, name);

        d->next.is_wanted = node;
        d->next.leaf = NULL;
        d->next.element = 0;
        if (!node)
                return;
        if (node->first) {
                step_into(d, frame, PATH_NAME, name, 0);
                return;
        }
        d->next.leaf = node;
        d->next.leaf_level = frame->only_level;
}

/* The whole place of a leaf that is no mere scalar. */
static void place_leaf(JsonDecoder *d, const Frame *frame) {
        Place leaf = { .level = frame->place.level, .step = OFF_THE_WAY, .is_wanted = true };

        leaf.scope[d->next.leaf_level] = d->next.leaf;
        d->next = leaf;
}

static void find_only(const JsonDecoder *d, Frame *frame) {
        const Place *place = &frame->place;
        size_t n = 0;

        if (frame->is_array || !place->is_wanted || place->envelope || place->step != OFF_THE_WAY)
                return;
        for (size_t level = 1; level <= d->plan->n_levels; level++)
                if (place->scope[level])
                        n++, frame->only_level = level;
        frame->only = n == 1 ? place->scope[frame->only_level] : NULL;
}

/* Where the value that begins now is: in d->next. Where nothing is looked for below a list or object, that goes for all in it. */
static Place *find_place(JsonDecoder *d, ValueKind kind, bool is_array) {
        Frame *frame = d->depth ? &d->frames[d->depth - 1] : NULL;

        if (!frame)
                root_place(d, kind, is_array, &d->next);
        else if (!frame->place.is_wanted)
                d->next.is_wanted = false;
        else if (frame->is_array)
                step_into(d, frame, PATH_INDEX, BYTES_NULL, frame->next_index++);
        else if (d->next.leaf)
                place_leaf(d, frame);
        return &d->next;
}

/* ---- tokens ---- */

static void end_document(JsonDecoder *d) {
        if (d->has_seen_list[0] || d->has_shape)
                return;
        d->has_shape = true;
        (void) snprintf(d->shape, sizeof(d->shape), "there is no %s in the document",
                        d->plan->spec->common.records ? d->plan->spec->common.records : "record");
}

/* A member of an object: the key before it has said whether it is looked for. */
static bool is_member(const JsonDecoder *d) {
        return d->depth && !d->frames[d->depth - 1].is_array;
}

static int any_scalar(JsonDecoder *d, ValueKind kind, Bytes text) {
        Place *place = find_place(d, kind, false);
        bool is_list = false;

        if (!place->is_wanted) {
                EACH_CAPTURE(d, write_scalar(c, kind, text));
                return 1;
        }
        if (place->step != OFF_THE_WAY && !walk(d, place, kind, false, &is_list))
                return 0;
        if (place->element)
                begin_element(d, place);
        EACH_CAPTURE(d, write_scalar(c, kind, text));
        if (!visit(d, place, kind, text))
                return 0;
        if (place->element && !end_element(d, place->element))
                return 0;
        if (!d->depth)
                end_document(d);
        return 1;
}

static int set_leaf(JsonDecoder *d, const JsonNode *leaf, ValueKind kind, Bytes text) {
        if (leaf->n_slots == 1 && d->now[leaf->slots[0]].kind == VALUE_MISSING)
                return set_field(d, d->next.leaf_level, leaf->slots[0], kind, text);
        return visit_scope(d, d->next.leaf_level, leaf, kind, text);
}

/* Most values are of members that nobody looks for, and most of the others are leaves. */
static inline int scalar(JsonDecoder *d, ValueKind kind, Bytes text) {
        d->has_token = true;
        if (d->n_active || !is_member(d))
                return any_scalar(d, kind, text);
        if (!d->next.is_wanted)
                return 1;
        return d->next.leaf ? set_leaf(d, d->next.leaf, kind, text) : any_scalar(d, kind, text);
}

static int open_container(JsonDecoder *d, bool is_array) {
        Frame *frame;
        Place *place;
        bool is_list = false;

        d->has_token = true;
        if (d->depth == d->base.common->max_depth)
                return stop(d, decoder_fail(&d->base, DECODE_E_LIMIT,
                                               "nested deeper than %u: raise `max_depth` if that is right",
                                               d->base.common->max_depth));
        place = find_place(d, VALUE_JSON, is_array);
        if (place->is_wanted) {
                if (place->step != OFF_THE_WAY && !walk(d, place, VALUE_JSON, is_array, &is_list))
                        return 0;
                if (place->element)
                        begin_element(d, place);
                if (!visit(d, place, VALUE_JSON, is_array ? BYTES_LIT("[]") : BYTES_LIT("{}")))
                        return 0;
        }
        EACH_CAPTURE(d, (json_write_comma(&c->text), (void) text_add_char(&c->text, is_array ? '[' : '{')));
        frame = &d->frames[d->depth++];
        frame->place = *place;
        frame->is_array = is_array;
        frame->is_list = is_list;
        frame->next_index = 0;
        frame->first_key = d->keys.len;
        frame->only = NULL;
        find_only(d, frame);
        return 1;
}

static int end_captures(JsonDecoder *d) {
        while (d->n_captures && d->captures.items[d->n_captures - 1].depth == d->depth) {
                Capture *c = &d->captures.items[--d->n_captures];

                d->n_active--;
                if (c->text.is_full)
                        return too_long(d);
                for (size_t i = 0; i < c->node->n_slots; i++)
                        if (!set_field(d, c->level, c->node->slots[i], VALUE_JSON, text_bytes(&c->text)))
                                return 0;
        }
        return 1;
}

static void check_keys(JsonDecoder *d, const Frame *frame) {
        size_t n = d->keys.len - frame->first_key;

        if (n && json_keys_repeat(d->keys.items + frame->first_key, n))
                EACH_CAPTURE(d, c->has_twice = true);
        d->keys.len = frame->first_key;
}

static int close_container(JsonDecoder *d) {
        Frame *frame = &d->frames[--d->depth];

        d->has_token = true;
        check_keys(d, frame);
        EACH_CAPTURE(d, (void) text_add_char(&c->text, frame->is_array ? ']' : '}'));
        if (!end_captures(d))
                return 0;
        if (frame->place.element && !end_element(d, frame->place.element))
                return 0;
        if (!d->depth)
                end_document(d);
        return 1;
}

static int on_null(void *ctx) {
        return scalar(ctx, VALUE_NULL, BYTES_NULL);
}

static int on_boolean(void *ctx, int value) {
        return scalar(ctx, VALUE_BOOL, value ? BYTES_LIT("true") : BYTES_LIT("false"));
}

static int on_number(void *ctx, const char *text, size_t len) {
        return scalar(ctx, VALUE_NUMBER, (Bytes){ text, len });
}

static int on_string(void *ctx, const unsigned char *text, size_t len) {
        return scalar(ctx, VALUE_TEXT, (Bytes){ (const char *) text, len });
}

_cold_ static void write_key(JsonDecoder *d, Bytes key) {
        vec_push(&d->keys, bytes_hash(key));
        EACH_CAPTURE(d, (json_write_comma(&c->text), json_write_text(&c->text, key),
                                        (void) text_add_char(&c->text, ':')));
}

static int on_map_key(void *ctx, const unsigned char *text, size_t len) {
        JsonDecoder *d = ctx;
        Bytes key = { (const char *) text, len };
        const Frame *frame = &d->frames[d->depth - 1];

        d->has_token = true;
        if (d->n_active)
                write_key(d, key);
        if (frame->only)
                step_into_only(d, frame, key);
        else if (frame->place.is_wanted)
                step_into(d, frame, PATH_NAME, key, 0);
        return 1;
}

static int on_start_map(void *ctx) {
        return open_container(ctx, false);
}

static int on_start_array(void *ctx) {
        return open_container(ctx, true);
}

static int on_end(void *ctx) {
        return close_container(ctx);
}

static const yajl_callbacks callbacks = {
        .yajl_null = on_null,
        .yajl_boolean = on_boolean,
        .yajl_number = on_number,
        .yajl_string = on_string,
        .yajl_map_key = on_map_key,
        .yajl_start_map = on_start_map,
        .yajl_end_map = on_end,
        .yajl_start_array = on_start_array,
        .yajl_end_array = on_end,
};

/* ---- the decoder ---- */

static int syntax_error(JsonDecoder *d, Bytes slice) {
        unsigned char *words = yajl_get_error(d->yajl, 0, NULL, 0);
        Bytes story = bytes_of(words ? (const char *) words : "no JSON");
        size_t at = yajl_get_bytes_consumed(d->yajl);
        char place[64], before[48];

        while (story.len && story.data[story.len - 1] == '\n')
                story.len--;
        if (at > slice.len)
                at = slice.len;
        if (d->first == '<')
                (void) decoder_fail(&d->base, DECODE_E_SYNTAX,
                                "the body begins with \"<\": a web page or XML, not JSON");
        else
                (void) decoder_fail(&d->base, DECODE_E_SYNTAX, "%s: %.*s; behind \"%s\"",
                                decoder_place(&d->base, slice, at, place, sizeof(place)), (int) story.len,
                                story.data, decoder_before(&d->base, slice, at, before, sizeof(before)));
        if (words)
                yajl_free_error(d->yajl, words);
        return DECODE_E_SYNTAX;
}

static void note_first(JsonDecoder *d, Bytes slice) {
        for (size_t i = 0; !d->first && i < slice.len; i++)
                if (!memchr(" \t\r\n", slice.data[i], 4))
                        d->first = slice.data[i];
}

static int json_consume(DecoderBase *base, Bytes slice) {
        JsonDecoder *d = (JsonDecoder *) base;
        yajl_status status;

        note_first(d, slice);
        d->has_token = false;
        status = yajl_parse(d->yajl, (const unsigned char *) slice.data, slice.len);
        if (status == yajl_status_client_canceled)
                return d->code;
        if (status != yajl_status_ok)
                return syntax_error(d, slice);
        /* libyajl gathers a token that spans slices in memory: that is bounded, too. */
        d->quiet = d->has_token ? 0 : d->quiet + slice.len;
        if (d->quiet > base->common->max_value + 65536)
                return too_long(d), d->code;
        return 0;
}

static int json_finish(DecoderBase *base) {
        JsonDecoder *d = (JsonDecoder *) base;
        yajl_status status;

        if (!d->first)
                return decoder_fail(base, DECODE_E_SHAPE, "the body is empty: nothing but white space");
        status = yajl_complete_parse(d->yajl);
        if (status == yajl_status_client_canceled)
                return d->code;
        if (status != yajl_status_ok)
                return syntax_error(d, BYTES_NULL);
        return d->has_shape ? decoder_fail(base, DECODE_E_SHAPE, "%s", d->shape) : 0;
}

static const DecoderWork json_work = { .consume = json_consume, .finish = json_finish };

Decoder *json_decoder_free(Decoder *dec) {
        JsonDecoder *d = (JsonDecoder *) dec;

        if (!d)
                return NULL;
        if (d->yajl)
                yajl_free(d->yajl);
        for (size_t i = 0; i <= JSON_LEVELS; i++) {
                text_done(&d->work[i]);
                text_done(&d->records[i].text);
        }
        VEC_EACH(c, &d->captures)
                text_done(&c->text);
        vec_done(&d->captures);
        vec_done(&d->keys);
        xfree(d->frames);
        xfree(d->now);
        decoder_base_done(&d->base);
        return xfree(d);
}

int json_decoder_new(Decoder **ret, const FormatOps *ops, const JsonSpec *spec, const JsonPlan *plan,
                bool is_lines) {
        JsonDecoder *d = NEW(JsonDecoder);
        uint64_t max_value = spec->common.max_value;
        int r = decoder_base_init(&d->base, ops, &spec->common, &json_work);

        d->plan = plan;
        d->frames = NEW_N(Frame, spec->common.max_depth + 1);
        d->now = NEW_N(Slot, spec->common.fields.len + 1);
        for (size_t i = 0; i <= JSON_LEVELS; i++) {
                /* Fields of one record together; each of them is bounded by max_value. */
                d->work[i] = TEXT_INIT(max_value * 8);
                d->records[i].text = TEXT_INIT(max_value);
        }
        d->yajl = yajl_alloc(&callbacks, NULL, d);
        if (r < 0 || !d->yajl) {
                (void) json_decoder_free(&d->base.pub);
                return r < 0 ? r : err(-ENOMEM, "libyajl did not start");
        }
        /* The character set has been checked on the way in. */
        (void) yajl_config(d->yajl, yajl_dont_validate_strings, 1);
        if (is_lines)
                (void) yajl_config(d->yajl, yajl_allow_multiple_values, 1);
        *ret = &d->base.pub;
        return 0;
}
