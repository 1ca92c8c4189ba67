/* Judges the head of a response, and names the usual impostors (login page, HTML, rejection wall) from its
 * first bytes. Pure. */
#pragma once

#include "base/failure.h"
#include "config/field.h"
#include "fetch/message.h"

typedef enum Verdict {
        VERDICT_OK,             /* decode it */
        VERDICT_UNCHANGED,      /* 304 */
        /* the source's way of saying "no records": a valid empty answer, counts are a real 0 */
        VERDICT_EMPTY,
        VERDICT_ABSENT,         /* the source does not know what was asked for: no figure, and no error */
        VERDICT_RETRY,
        VERDICT_LIMITED,        /* wait as long as Retry-After says */
        VERDICT_LOGIN,          /* the token was refused */
        VERDICT_FAIL,
} Verdict;

typedef struct JudgeRule {      /* accept.rules: first match wins, before the built-in ones */
        ConfStrings status;     /* "201", "4xx", "500-599" */
        char *content_type;     /* prefix, without case */
        char *header;           /* "Name: text that the value contains" */
        /* index into verdict words: ok unchanged empty absent retry limited login fail */
        int then;
        char *because;          /* words for the operator */
} JudgeRule;

typedef struct JudgeSpec {
        ConfStrings status;     /* accepted as data; default 200 */
        ConfStrings content_type;       /* accepted prefixes; default by format */
        ConfItems rules;        /* JudgeRule */
        /* envelope field -> expected text, checked by the run when the page has been decoded */
        ConfPairs require;
        ConfPairs login_if;     /* envelope field -> text: the token was refused */
        ConfPairs empty_if;     /* envelope field -> text: a valid empty answer */
        ConfPairs absent_if;    /* envelope field -> text: the source does not know what was asked for */
} JudgeSpec;

extern const ConfField judge_fields[];

/* Rules over several fields: status patterns, header rules, words of content types. */
void judge_verify(const JudgeSpec *spec, const ConfNode *at, Diag *diag);

/* "ok", "unchanged", "empty", "absent", "retry", "limited", "login", "fail". */
const char *verdict_name(Verdict v);

/* The first rule that matches; NULL: the built-in ones decide. */
const JudgeRule *judge_rule(const JudgeSpec *spec, const HttpResponse *resp);

/* The verdict on the head. failure is filled for RETRY, LIMITED, LOGIN, FAIL. 5xx RETRY, 408 RETRY, 429
 * LIMITED, 401 LOGIN, 403 FAIL, 404 FAIL unless a rule says otherwise. */
Verdict judge_head(const JudgeSpec *spec, const char *const *default_content_types, const HttpResponse *resp,
                Failure *failure);

/* Looks at the first bytes of a body (up to 4 KiB) where the head was not OK, or where data was declared
 * and HTML came. Names the likely cause in failure (a login page, a rejection wall, the error text of the
 * source) and mends its class: a login page or a WSO2 code 90090x means LOGIN, a throttling code 9008xx
 * LIMITED. */
void judge_body_head(const HttpResponse *resp, Bytes head, Failure *failure);

/* The verdict that a failure of that class leads to. */
Verdict judge_of_class(const Failure *failure);

/* HTML by its first bytes, whatever the header says. */
bool judge_is_html(Bytes head);

/* Retry-After in both forms, as a span from now (wall clock); 0: none or in the past; capped. */
usec_t judge_retry_after(const HttpResponse *resp, usec_t now, usec_t cap);
