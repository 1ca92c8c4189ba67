/* Findings, collected and sorted by place. */

#include <stdarg.h>
#include <stdlib.h>

#include "base/json_out.h"
#include "base/vec.h"
#include "config/diag.h"
#include "config/yaml.h"

enum { MESSAGE_MAX = 2048 };

struct Diag {
        VEC(Finding) findings;
        size_t n_errors;
        bool is_sorted;
};

Diag *diag_new(void) {
        return NEW(Diag);
}

Diag *diag_free(Diag *d) {
        if (!d)
                return NULL;
        VEC_EACH(f, &d->findings) {
                (void) xfree(f->file);
                (void) xfree(f->message);
        }
        vec_done(&d->findings);
        return xfree(d);
}

static void add(Diag *d, DiagSeverity severity, const char *file, unsigned line, unsigned col, const char *format, va_list ap) __attribute__((format(printf, 6, 0)));
static void add(Diag *d, DiagSeverity severity, const char *file, unsigned line, unsigned col, const char *format, va_list ap) {
        _cleanup_(text_done) Text message = TEXT_INIT(MESSAGE_MAX);

        if (text_vprintf(&message, format, ap) < 0) {
                text_clear(&message);
                (void) text_add_str(&message, "a finding too long to print");
        }
        vec_push(&d->findings, ((Finding){ .severity = severity, .file = xstrdup(file ? file : ""), .line = line, .col = col, .message = text_take(&message) }));
        d->n_errors += severity == DIAG_ERROR;
        d->is_sorted = false;
}

void diag_error(Diag *d, const ConfNode *node, const char *format, ...) {
        va_list ap;

        va_start(ap, format);
        add(d, DIAG_ERROR, node ? node->file : NULL, node ? node->line : 0, node ? node->col : 0, format, ap);
        va_end(ap);
}

void diag_warn(Diag *d, const ConfNode *node, const char *format, ...) {
        va_list ap;

        va_start(ap, format);
        add(d, DIAG_WARNING, node ? node->file : NULL, node ? node->line : 0, node ? node->col : 0, format, ap);
        va_end(ap);
}

void diag_error_at(Diag *d, const char *file, unsigned line, unsigned col, const char *format, ...) {
        va_list ap;

        va_start(ap, format);
        add(d, DIAG_ERROR, file, line, col, format, ap);
        va_end(ap);
}

size_t diag_errors(const Diag *d) {
        return d->n_errors;
}

size_t diag_warnings(const Diag *d) {
        return d->findings.len - d->n_errors;
}

size_t diag_len(const Diag *d) {
        return d->findings.len;
}

static int compare(const void *a, const void *b) {
        const Finding *fa = a, *fb = b;
        int r = strcmp(fa->file, fb->file);

        if (r == 0)
                r = (fa->line > fb->line) - (fa->line < fb->line);
        if (r == 0)
                r = (fa->col > fb->col) - (fa->col < fb->col);
        return r ? r : strcmp(fa->message, fb->message);
}

const Finding *diag_get(const Diag *d, size_t i) {
        Diag *mutable = (Diag *) (uintptr_t) d;         /* order is not part of its value */

        if (!mutable->is_sorted && mutable->findings.len)
                qsort(mutable->findings.items, mutable->findings.len, sizeof(Finding), compare);
        mutable->is_sorted = true;
        return &d->findings.items[i];
}

void diag_render(const Diag *d, Text *ret) {
        for (size_t i = 0; i < d->findings.len; i++) {
                const Finding *f = diag_get(d, i);

                if (f->file[0])
                        (void) text_printf(ret, "%s:", f->file);
                if (f->line)
                        (void) text_printf(ret, "%u:%u:", f->line, f->col);
                (void) text_printf(ret, "%s%s%s\n", f->file[0] || f->line ? " " : "", f->severity == DIAG_WARNING ? "warning: " : "", f->message);
        }
}

void diag_render_json(const Diag *d, Text *ret) {
        JsonOut j = JSON_OUT(ret);

        json_array(&j);
        for (size_t i = 0; i < d->findings.len; i++) {
                const Finding *f = diag_get(d, i);

                json_object(&j);
                json_pair_str(&j, "severity", f->severity == DIAG_WARNING ? "warning" : "error");
                json_pair_str(&j, "file", f->file);
                json_pair_int(&j, "line", f->line);
                json_pair_int(&j, "col", f->col);
                json_pair_str(&j, "message", f->message);
                json_object_end(&j);
        }
        json_array_end(&j);
        (void) text_add_char(ret, '\n');
}
