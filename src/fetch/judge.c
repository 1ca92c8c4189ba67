/* Judges the head of a response: the operator's rules first, then status, then content type. What the body
 * of a refusal says is read in impostor.c. */

#include "fetch/judge.h"

#include <errno.h>
#include <strings.h>

#include "base/err.h"
#include "base/num.h"

static const char *const verdict_words[] = { "ok", "unchanged", "empty", "absent", "retry", "limited",
        "login", "fail", NULL };

static const ConfField rule_fields[] = {
        FIELD(JudgeRule, status, 0, NULL, "HTTP status: 406, 4xx or 500-599."),
        FIELD(JudgeRule, content_type, 0, NULL, "Beginning of the content type."),
        FIELD(JudgeRule, header, 0, NULL, "\"Name: text\": the header must be there and contain the text."),
        FIELD_WORD(JudgeRule, then, CONF_REQUIRED, NULL, verdict_words, "What the reply then is."),
        FIELD(JudgeRule, because, 0, NULL, "Words for the operator, shown with the failure."),
        {}
};

const ConfField judge_fields[] = {
        FIELD(JudgeSpec, status, 0, "200", "HTTP status accepted as data."),
        FIELD(JudgeSpec, content_type, 0, NULL,
              "Content types accepted as data (their beginning is enough); those of the format "
              "when absent."),
        FIELD_LIST(JudgeSpec, rules, 0, JudgeRule, rule_fields,
              "Rules that come before the built-in ones; the first that matches decides."),
        FIELD(JudgeSpec, require, 0, NULL,
              "Fields of the reply and the text they must have; anything else is an error, never "
              "\"no data\"."),
        FIELD(JudgeSpec, login_if, 0, NULL,
              "Fields of the reply and the text that means: the token was refused."),
        FIELD(JudgeSpec, empty_if, 0, NULL,
              "Fields of the reply and the texts that together mean: there are no records; counts are "
              "a real 0."),
        FIELD(JudgeSpec, absent_if, 0, NULL,
              "Fields of the reply and the texts (\"null\" for null) that together mean: the source does "
              "not know what was asked for. No figure, and no error."),
        {}
};

const char *verdict_name(Verdict v) {
        return verdict_words[v];
}

static int status_number(Bytes b, uint64_t *ret) {
        int r = b.len == 3 ? num_parse_u64(b, ret) : -EINVAL;

        return r == 0 && *ret >= 100 && *ret <= 599 ? 0 : -EINVAL;
}

/* "201", "4xx", "500-599". */
static int status_range(Bytes pattern, uint64_t *ret_from, uint64_t *ret_to) {
        size_t dash;

        if (pattern.len == 3 && (bytes_ends(pattern, "xx") || bytes_ends(pattern, "XX"))) {
                if (pattern.data[0] < '1' || pattern.data[0] > '5')
                        return -EINVAL;
                *ret_from = (uint64_t) (pattern.data[0] - '0') * 100;
                *ret_to = *ret_from + 99;
                return 0;
        }
        if (bytes_find(pattern, BYTES_LIT("-"), &dash)) {
                Bytes upper = { pattern.data + dash + 1, pattern.len - dash - 1 };

                if (status_number((Bytes){ pattern.data, dash }, ret_from) < 0 ||
                                status_number(upper, ret_to) < 0)
                        return -EINVAL;
                return *ret_from <= *ret_to ? 0 : -EINVAL;
        }
        if (status_number(pattern, ret_from) < 0)
                return -EINVAL;
        *ret_to = *ret_from;
        return 0;
}

static bool status_matches(const ConfStrings *patterns, int status) {
        for (size_t i = 0; i < patterns->len; i++) {
                uint64_t from, to;

                if (status_range(bytes_of(patterns->items[i]), &from, &to) == 0 &&
                                (uint64_t) status >= from && (uint64_t) status <= to)
                        return true;
        }
        return false;
}

static void verify_status(const ConfStrings *patterns, const ConfNode *at, Diag *diag) {
        for (size_t i = 0; i < patterns->len; i++) {
                uint64_t from, to;

                if (status_range(bytes_of(patterns->items[i]), &from, &to) < 0)
                        diag_error(diag, patterns->nodes && patterns->nodes[i] ? patterns->nodes[i] : at,
                                   "\"%s\" is not a status; write 201, 4xx or 500-599", patterns->items[i]);
        }
}

void judge_verify(const JudgeSpec *spec, const ConfNode *at, Diag *diag) {
        const JudgeRule *rules = spec->rules.items;

        verify_status(&spec->status, at, diag);
        for (size_t i = 0; i < spec->rules.len; i++) {
                const ConfNode *node = spec->rules.nodes ? spec->rules.nodes[i] : at;

                verify_status(&rules[i].status, node, diag);
                if (rules[i].status.len == 0 && !rules[i].content_type && !rules[i].header)
                        diag_error(diag, node,
                                        "a rule needs at least one of \"status\", \"content_type\" and "
                                        "\"header\"");
                if (rules[i].header && !strchr(rules[i].header, ':'))
                        diag_error(diag, node, "\"%s\" is not \"Name: text\"", rules[i].header);
        }
}

static bool header_matches(const char *rule, const HttpResponse *resp) {
        const char *colon = strchr(rule, ':');
        _free_ char *name = colon ? xstrndup(rule, (size_t) (colon - rule)) : NULL;
        const char *value = name ? http_response_header(resp, name) : NULL;
        Bytes wanted;

        if (!value)
                return false;
        wanted = bytes_trim(bytes_of(colon + 1));
        return wanted.len == 0 || bytes_find(bytes_of(value), wanted, NULL);
}

static bool type_begins(const HttpResponse *resp, const char *prefix) {
        const char *type = http_response_header(resp, "Content-Type");

        return type && strncasecmp(type, prefix, strlen(prefix)) == 0;
}

static bool rule_matches(const JudgeRule *rule, const HttpResponse *resp) {
        if (rule->status.len > 0 && !status_matches(&rule->status, resp->status))
                return false;
        if (rule->content_type && !type_begins(resp, rule->content_type))
                return false;
        return !rule->header || header_matches(rule->header, resp);
}

const JudgeRule *judge_rule(const JudgeSpec *spec, const HttpResponse *resp) {
        const JudgeRule *rules = spec->rules.items;

        for (size_t i = 0; i < spec->rules.len; i++)
                if (rule_matches(&rules[i], resp))
                        return &rules[i];
        return NULL;
}

static void fail(Failure *f, FailureClass class, bool is_retryable, const HttpResponse *resp,
                const char *what) {
        failure_set(f, class, is_retryable, "HTTP %d: %s", resp->status, what);
        f->http_status = resp->status;
}

static Verdict apply_rule(const JudgeRule *rule, const HttpResponse *resp, Failure *f) {
        const char *because = rule->because ? rule->because : "a rule of the connector says so";

        switch ((Verdict) rule->then) {
        case VERDICT_RETRY:
                fail(f, FAILURE_HTTP, true, resp, because);
                break;
        case VERDICT_LIMITED:
                fail(f, FAILURE_LIMITED, true, resp, because);
                break;
        case VERDICT_LOGIN:
                fail(f, FAILURE_LOGIN, false, resp, because);
                break;
        case VERDICT_FAIL:
                fail(f, FAILURE_HTTP, false, resp, because);
                break;
        default:
                break;
        }
        return (Verdict) rule->then;
}

static bool is_type_accepted(const JudgeSpec *spec, const char *const *defaults, const HttpResponse *resp) {
        /* A reply without a content type is left to the decoder: sources forget it now and then. */
        if (!http_response_header(resp, "Content-Type"))
                return true;
        if (spec->content_type.len > 0) {
                for (size_t i = 0; i < spec->content_type.len; i++)
                        if (type_begins(resp, spec->content_type.items[i]))
                                return true;
                return false;
        }
        if (!defaults || !*defaults)
                return true;
        for (; *defaults; defaults++)
                if (type_begins(resp, *defaults))
                        return true;
        return false;
}

static void wrong_type(
                const JudgeSpec *spec, const char *const *defaults, const HttpResponse *resp, Failure *f) {
        const char *declared = spec->content_type.len > 0 ? spec->content_type.items[0] : defaults[0];

        failure_set(f, FAILURE_REPLY, false,
                        "HTTP %d with content type \"%.80s\" where \"%s\" was declared; if this is data, "
                        "list it under \"accept: content_type:\"",
                        resp->status, http_response_header(resp, "Content-Type"), declared);
        f->http_status = resp->status;
}

static Verdict judge_redirect(const HttpResponse *resp, Failure *f) {
        const char *to = http_response_header(resp, "Location");

        failure_set(f, FAILURE_HTTP, false,
                        "HTTP %d: the source points to another address, \"%.*s\", which is not followed",
                        resp->status, to ? (int) (strcspn(to, "?") < 200 ? strcspn(to, "?") : 200) : 0, to ? to : "");
        f->http_status = resp->status;
        return VERDICT_FAIL;
}

static Verdict judge_refusal(const HttpResponse *resp, Failure *f) {
        switch (resp->status) {
        case 401:
                fail(f, FAILURE_LOGIN, false, resp, "the source did not accept the credentials");
                return VERDICT_LOGIN;
        case 403:
                fail(f, FAILURE_HTTP, false, resp, "the source forbids this request");
                return VERDICT_FAIL;
        case 404:
                fail(f, FAILURE_HTTP, false, resp, "the source knows no such address");
                return VERDICT_FAIL;
        case 407:
                fail(f, FAILURE_HTTP, false, resp,
                                "the proxy wants a login, or refuses the one it got: see \"http: proxy_user\" and "
                                "\"proxy_password\"");
                return VERDICT_FAIL;
        case 408:
                fail(f, FAILURE_HTTP, true, resp, "the source gave up waiting for the request");
                return VERDICT_RETRY;
        case 429:
                fail(f, FAILURE_LIMITED, true, resp, "the source wants fewer requests");
                return VERDICT_LIMITED;
        default:
                break;
        }
        if (resp->status >= 500) {
                fail(f, FAILURE_HTTP, true, resp, "the source has an error of its own");
                return VERDICT_RETRY;
        }
        fail(f, FAILURE_HTTP, false, resp,
                        resp->status < 300 ? "this status is not listed under \"accept: status:\""
                                           : "the source refuses the request");
        return VERDICT_FAIL;
}

Verdict judge_head(const JudgeSpec *spec, const char *const *default_content_types, const HttpResponse *resp,
                Failure *failure) {
        const JudgeRule *rule = judge_rule(spec, resp);

        if (rule)
                return apply_rule(rule, resp, failure);
        if (resp->status == 304)
                return VERDICT_UNCHANGED;
        if (spec->status.len > 0 ? status_matches(&spec->status, resp->status) : resp->status == 200) {
                if (is_type_accepted(spec, default_content_types, resp))
                        return VERDICT_OK;
                wrong_type(spec, default_content_types, resp, failure);
                return VERDICT_FAIL;
        }
        if (resp->status >= 300 && resp->status < 400)
                return judge_redirect(resp, failure);
        return judge_refusal(resp, failure);
}

Verdict judge_of_class(const Failure *failure) {
        if (failure->class == FAILURE_LOGIN)
                return VERDICT_LOGIN;
        if (failure->class == FAILURE_LIMITED)
                return VERDICT_LIMITED;
        return failure->is_retryable ? VERDICT_RETRY : VERDICT_FAIL;
}

usec_t judge_retry_after(const HttpResponse *resp, usec_t now, usec_t cap) {
        const char *value = http_response_header(resp, "Retry-After");
        usec_t span = 0;
        uint64_t seconds;
        int64_t at;

        if (!value)
                return 0;
        if (num_parse_u64(bytes_of(value), &seconds) == 0)
                span = seconds > USEC_NEVER / USEC_SEC - 1 ? cap : seconds * USEC_SEC;
        else if (http_date_parse(bytes_of(value), &at) == 0 && at > 0 && (usec_t) at * USEC_SEC > now)
                span = (usec_t) at * USEC_SEC - now;
        return span < cap ? span : cap;
}
