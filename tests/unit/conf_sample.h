/* A table of options with every type, and the struct that it fills: for the tests of bind and describe. */
#pragma once

#include "config/field.h"

typedef struct Inner {
        char *host;
        unsigned port;
} Inner;

static const ConfField inner_fields[] = {
        FIELD(Inner, host, CONF_REQUIRED, NULL, "Name of the host."),
        FIELD_RANGE(Inner, port, 0, "443", 1, 65535, "Port."),
        {}
};

typedef struct PlainKind {
        char *word;
} PlainKind;

typedef struct SecretKind {
        ConfSecret key;
        char *header;
} SecretKind;

static const ConfField plain_kind_fields[] = { FIELD(PlainKind, word, 0, "x", "A word."), {} };
static const ConfField secret_kind_fields[] = {
        FIELD(SecretKind, key, CONF_REQUIRED, NULL, "Where the key is read from."),
        FIELD(SecretKind, header, CONF_NONEMPTY, "X-Key", "Header."),
        {}
};
static const ConfKindInfo plain_kind = { "plain", "Nothing is asked.", plain_kind_fields, sizeof(PlainKind) };
static const ConfKindInfo secret_kind = { "secret", "A key is sent.", secret_kind_fields, sizeof(SecretKind) };
static const ConfKindInfo *const sample_kinds[] = { &plain_kind, &secret_kind, NULL };
static const char *const sample_words[] = { "skip", "queue", "stop", NULL };

typedef struct Sample {
        char *title;
        bool enabled;
        unsigned pages;
        int64_t shift;
        uint64_t size;
        usec_t every;
        Day from;
        char *factor;
        int overlap;
        ConfStrings names;
        ConfPairs headers;
        Inner server;
        ConfItems hosts;
        ConfKindOf auth;
        const ConfNode *body;
        char *old;
} Sample;

static const ConfField sample_fields[] = {
        FIELD(Sample, title, CONF_REQUIRED | CONF_NONEMPTY, NULL, "Title."),
        FIELD(Sample, enabled, 0, "yes", "Whether it is used."),
        FIELD_RANGE(Sample, pages, 0, "10", 1, 1000, "Most pages."),
        FIELD(Sample, shift, 0, NULL, "A shift."),
        FIELD_SIZE(Sample, size, 0, "64 KiB", 1024, (uint64_t) 1 << 30, "A size."),
        FIELD_RANGE(Sample, every, 0, "15 min", USEC_SEC, USEC_DAY, "Interval."),
        FIELD(Sample, from, 0, NULL, "First day."),
        FIELD_DECIMAL(Sample, factor, 0, "1", "A factor."),
        FIELD_WORD(Sample, overlap, 0, "queue", sample_words, "What overlaps."),
        FIELD(Sample, names, 0, "a", "Names."),
        FIELD(Sample, headers, 0, NULL, "Headers."),
        FIELD_MAP(Sample, server, 0, inner_fields, "The server."),
        FIELD_LIST(Sample, hosts, 0, Inner, inner_fields, "Hosts."),
        FIELD_KIND(Sample, auth, 0, "plain", sample_kinds, "How one is known."),
        FIELD(Sample, body, 0, NULL, "Anything."),
        FIELD(Sample, old, CONF_DEPRECATED, NULL, "Write \"title\"."),
        {}
};
