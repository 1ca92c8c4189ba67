/* The request section of a stream: templates compiled once, filled for each ask. */

#include "fetch/request.h"

#include <ctype.h>
#include <errno.h>
#include <strings.h>

#include "base/err.h"
#include "base/vec.h"

#define URL_MAX (16 * 1024)
#define BODY_MAX (1024 * 1024)
#define HEADER_MAX (16 * 1024)

static const char *const request_methods[] = { "GET", "POST", NULL };

const ConfField request_fields[] = {
        FIELD_WORD(RequestSpec, method, 0, "GET", request_methods, "HTTP method."),
        FIELD(RequestSpec, path, 0, "",
              "Path behind the connector's base_url, or an absolute URL; a template."),
        FIELD(RequestSpec, query, 0, NULL,
              "Query parameters; the values are templates and are encoded when sent."),
        FIELD(RequestSpec, headers, 0, NULL,
              "Request headers; the values are templates. Credentials belong under \"auth:\"."),
        FIELD(RequestSpec, form, 0, NULL,
              "Form fields, sent as application/x-www-form-urlencoded; the values are templates."),
        FIELD(RequestSpec, json, 0, NULL,
              "JSON body written as YAML; strings are templates, {{window.year|number}} alone is "
              "sent as a number."),
        FIELD(RequestSpec, body, 0, NULL,
              "Body as text; a template, whose texts are escaped by {{item|xml}} or {{item|json}}. Say what it is "
              "with a Content-Type header."),
        {}
};

typedef struct Pair {
        char *name;
        Template *value;
} Pair;

typedef VEC(Pair) Pairs;

struct RequestPlan {
        const char *method;
        char *base_url;         /* without a slash at its end */
        Template *path;
        Pairs query, headers, form;
        JsonTemplate *json;
        Template *body;
};

static void pairs_done(Pairs *pairs) {
        VEC_EACH(p, pairs) {
                xfree(p->name);
                template_free(p->value);
        }
        vec_done(pairs);
}

RequestPlan *request_plan_free(RequestPlan *p) {
        if (!p)
                return NULL;
        xfree(p->base_url);
        template_free(p->path);
        pairs_done(&p->query);
        pairs_done(&p->headers);
        pairs_done(&p->form);
        json_template_free(p->json);
        template_free(p->body);
        return xfree(p);
}

static int compile_pairs(Pairs *ret, const ConfPairs *from, Diag *diag) {
        int n_bad = 0;

        for (size_t i = 0; i < from->len; i++) {
                const ConfPair *pair = &from->items[i];
                Template *t = NULL;

                if (template_compile(pair->value ? pair->value : "", pair->node, diag, &t) != 0)
                        n_bad++;
                else
                        vec_push(ret, ((Pair){ .name = xstrdup(pair->key), .value = t }));
        }
        vec_fit(ret);
        return n_bad;
}

/* Headers that the transport writes itself, or that would carry a credential in clear text. */
static int verify_headers(const ConfPairs *headers, Diag *diag) {
        static const char *const own[] = { "Host", "Content-Length", "Transfer-Encoding", "Connection",
                "Accept-Encoding", "Expect" };
        _cleanup_(http_request_freep) HttpRequest *probe = NULL;
        int n_bad = 0;

        if (headers->len)
                probe = http_request_new("GET", "http://localhost/");
        for (size_t i = 0; i < headers->len; i++) {
                const ConfPair *h = &headers->items[i];

                if (http_request_set(probe, h->key, h->value ? h->value : "") < 0) {
                        diag_error(diag, h->node, "%s", err_story(-EINVAL));
                        n_bad++;
                }
                for (size_t k = 0; k < ELEMENTS(own); k++)
                        if (strcasecmp(h->key, own[k]) == 0) {
                                diag_error(diag, h->node,
                                                "header \"%s\" is written by the program and cannot be set",
                                                own[k]);
                                n_bad++;
                        }
                if (strcasecmp(h->key, "Authorization") == 0 || strcasecmp(h->key, "Cookie") == 0) {
                        diag_error(diag, h->node,
                                        "header \"%s\" would carry a credential in clear text; use \"auth:\"",
                                        h->key);
                        n_bad++;
                }
        }
        return n_bad;
}

static int verify_body(const RequestSpec *spec, const ConfNode *at, Diag *diag) {
        int n = (spec->json != NULL) + (spec->form.len > 0) + (spec->body != NULL);

        if (n > 1) {
                diag_error(diag, at,
                                "a request has one body: give only one of \"json\", \"form\" and \"body\"");
                return 1;
        }
        if (n == 1 && spec->method == 0) {
                diag_error(diag, at, "a body needs \"method: POST\"");
                return 1;
        }
        return 0;
}

static int verify_url(const RequestSpec *spec, const char *base_url, const ConfNode *at, Diag *diag) {
        _cleanup_(text_done) Text origin = TEXT_INIT(URL_MAX);

        if (url_origin(base_url, &origin) < 0) {
                diag_error(diag, NULL, "base_url: %s", err_story(-EINVAL));
                return 1;
        }
        if (strpbrk(base_url, "?#")) {
                diag_error(diag, NULL, "base_url must not have a query; put it under \"request: query:\"");
                return 1;
        }
        if (spec->path && strchr(spec->path, '#')) {
                diag_error(diag, conf_child(at, "path"),
                                "\"#\" begins a fragment, which is never sent; write %%23");
                return 1;
        }
        return 0;
}

static char *without_slash(const char *url) {
        size_t n = strlen(url);

        while (n > 0 && url[n - 1] == '/')
                n--;
        return xstrndup(url, n);
}

static const ConfNode *place(const ConfNode *at, const char *key) {
        const ConfNode *child = conf_child(at, key);

        return child ? child : at;
}

int request_plan_new(RequestPlan **ret, const RequestSpec *spec, const char *base_url, const ConfNode *at,
                Diag *diag) {
        _cleanup_(request_plan_freep) RequestPlan *p = NEW(RequestPlan);
        int n_bad = 0;

        p->method = request_methods[spec->method];
        p->base_url = without_slash(base_url);
        n_bad += verify_url(spec, base_url, at, diag);
        n_bad += verify_body(spec, at, diag);
        n_bad += verify_headers(&spec->headers, diag);
        n_bad += template_compile(spec->path ? spec->path : "", place(at, "path"), diag, &p->path) != 0;
        n_bad += compile_pairs(&p->query, &spec->query, diag);
        n_bad += compile_pairs(&p->headers, &spec->headers, diag);
        n_bad += compile_pairs(&p->form, &spec->form, diag);
        if (spec->json)
                n_bad += json_template_compile(spec->json, diag, &p->json) != 0;
        if (spec->body)
                n_bad += template_compile(spec->body, place(at, "body"), diag, &p->body) != 0;
        if (n_bad > 0)
                return 1;
        *ret = TAKE(p);
        return 0;
}

static bool pairs_use(const Pairs *pairs, const char *prefix) {
        VEC_EACH(p, pairs)
                if (template_uses(p->value, prefix))
                        return true;
        return false;
}

bool request_plan_uses(const RequestPlan *p, const char *prefix) {
        return template_uses(p->path, prefix) || pairs_use(&p->query, prefix) ||
               pairs_use(&p->headers, prefix) || pairs_use(&p->form, prefix) ||
               (p->json && json_template_uses(p->json, prefix)) ||
               (p->body && template_uses(p->body, prefix));
}

/* What an operator writes as it reads (spaces, Vietnamese letters) is encoded; what is encoded already
 * stays. */
static void add_encoding_rest(Bytes raw, Text *ret) {
        for (size_t i = 0; i < raw.len; i++) {
                unsigned char c = (unsigned char) raw.data[i];

                if (c <= 0x20 || c >= 0x7f || strchr("\"<>\\^`{|}", c))
                        (void) text_printf(ret, "%%%02X", c);
                else
                        (void) text_add_char(ret, (char) c);
        }
}

static int add_pairs(const Pairs *pairs, const TemplateVars *vars, char before, Text *ret) {
        int r;

        VEC_EACH(p, pairs) {
                _cleanup_(text_done) Text value = TEXT_INIT(BODY_MAX);

                r = template_fill(p->value, vars, TEMPLATE_TEXT, &value);
                if (r < 0)
                        return r;
                if (before)
                        (void) text_add_char(ret, before);
                url_encode(bytes_of(p->name), ret);
                (void) text_add_char(ret, '=');
                url_encode(text_bytes(&value), ret);
                before = '&';
        }
        return 0;
}

static bool is_absolute(Bytes path) {
        return bytes_starts(path, "http://") || bytes_starts(path, "https://");
}

static int make_url(const RequestPlan *p, const TemplateVars *vars, Text *ret) {
        _cleanup_(text_done) Text path = TEXT_INIT(URL_MAX), origin = TEXT_INIT(URL_MAX);
        int r;

        r = template_fill(p->path, vars, TEMPLATE_URL, &path);
        if (r < 0)
                return r;
        if (!is_absolute(text_bytes(&path))) {
                (void) text_add_str(ret, p->base_url);
                if (path.len > 0 && path.data[0] != '/' && path.data[0] != '?')
                        (void) text_add_char(ret, '/');
        }
        add_encoding_rest(text_bytes(&path), ret);
        r = add_pairs(&p->query, vars, strchr(text_str(ret), '?') ? '&' : '?', ret);
        if (r < 0)
                return r;
        if (ret->is_full)
                return err(-E2BIG, "the URL is longer than %d bytes", URL_MAX);
        return url_origin(text_str(ret), &origin);
}

static int make_headers(const RequestPlan *p, const TemplateVars *vars, HttpRequest *req) {
        int r;

        VEC_EACH(h, &p->headers) {
                _cleanup_(text_done) Text value = TEXT_INIT(HEADER_MAX);

                r = template_fill(h->value, vars, TEMPLATE_HEADER, &value);
                if (r >= 0)
                        r = http_request_set(req, h->name, text_str(&value));
                if (r < 0)
                        return r;
        }
        return 0;
}

static int make_body(const RequestPlan *p, const TemplateVars *vars, HttpRequest *req) {
        _cleanup_(text_done) Text body = TEXT_INIT(BODY_MAX);
        const char *type;
        int r;

        if (p->json) {
                type = "application/json";
                r = json_template_fill(p->json, vars, &body);
        } else if (p->form.len > 0) {
                type = "application/x-www-form-urlencoded";
                r = add_pairs(&p->form, vars, '\0', &body);
        } else if (p->body) {
                type = "text/plain; charset=utf-8";
                r = template_fill(p->body, vars, TEMPLATE_TEXT, &body);
        } else {
                return 0;
        }
        if (r < 0)
                return r;
        if (body.is_full)
                return err(-E2BIG, "the request body is longer than %d bytes", BODY_MAX);
        http_request_set_body(req, (Bytes){ text_str(&body), body.len });
        return http_request_header(req, "Content-Type") ? 0 : http_request_set(req, "Content-Type", type);
}

int request_plan_make(const RequestPlan *p, const TemplateVars *vars, HttpRequest **ret) {
        _cleanup_(http_request_freep) HttpRequest *req = NULL;
        _cleanup_(text_done) Text url = TEXT_INIT(URL_MAX);
        int r;

        r = make_url(p, vars, &url);
        if (r < 0)
                return r;
        req = http_request_new(p->method, text_str(&url));
        r = make_headers(p, vars, req);
        if (r < 0)
                return r;
        r = make_body(p, vars, req);
        if (r < 0)
                return r;
        *ret = TAKE(req);
        return 0;
}
