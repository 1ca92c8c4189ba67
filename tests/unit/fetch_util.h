/* What the tests of fetch share: a struct filled from YAML as an operator writes it, and a response made
 * in one line. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/err.h"
#include "config/bind.h"
#include "config/diag.h"
#include "config/yaml.h"
#include "fetch/message.h"

typedef struct Conf {
        Arena *arena;
        Diag *diag;
        const ConfNode *root;
} Conf;

static inline void conf_done(Conf *c) {
        c->diag = diag_free(c->diag);
        c->arena = arena_free(c->arena);
}

static inline Conf conf_parse(const char *yaml) {
        Conf c = { .arena = arena_new(1 << 20), .diag = diag_new() };

        assert_int_equal(yaml_parse("t.yaml", bytes_of(yaml), c.arena, c.diag, &c.root), 0);
        return c;
}

/* Fills *ret and fails the test when there are findings. */
static inline Conf conf_fill(const char *yaml, const ConfField *fields, void *ret) {
        Conf c = conf_parse(yaml);

        if (conf_bind(fields, c.root, c.arena, c.diag, ret) != 0)
                fail_msg("%s: %s", yaml, diag_get(c.diag, 0)->message);
        return c;
}

/* All findings as one text, without file names. */
static inline void conf_findings(const Conf *c, Text *ret) {
        for (size_t i = 0; i < diag_len(c->diag); i++)
                (void) text_printf(ret, "%s%s", i > 0 ? "; " : "", diag_get(c->diag, i)->message);
}

/* The kind of that name out of a registry, its struct filled from YAML. */
static inline Conf kind_fill(
                const ConfKindInfo *const *registry, const char *kind, const char *yaml, ConfKindOf *ret) {
        *ret = (ConfKindOf){};
        for (; *registry; registry++)
                if (strcmp((*registry)->kind, kind) == 0) {
                        Conf c = conf_parse(yaml);

                        ret->info = *registry;
                        ret->spec = arena_alloc(c.arena, (*registry)->spec_size);
                        ret->node = c.root;
                        if (conf_bind((*registry)->fields, c.root, c.arena, c.diag, ret->spec) != 0)
                                fail_msg("%s: %s", yaml, diag_get(c.diag, 0)->message);
                        return c;
                }
        fail_msg("no kind %s", kind);
        return (Conf){};
}

/* Headers as "Name: value\n" lines. */
static inline HttpResponse response(int status, const char *headers) {
        HttpResponse r = { .status = status };

        while (headers && *headers) {
                size_t colon = strcspn(headers, ":"), end = strcspn(headers, "\n");

                assert_int_equal(http_response_add(&r, (Bytes){ headers, colon },
                                                 (Bytes){ headers + colon + 1, end - colon - 1 }),
                                0);
                headers += end + (headers[end] == '\n');
        }
        return r;
}

#define assert_text(t, expected) assert_string_equal(text_str(&(t)), (expected))
