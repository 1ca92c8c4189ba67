/* Reads the first bytes of a reply that is no data: login pages, rejection walls, and the error texts of
 * the systems that provinces run. */

#include <errno.h>
#include <stdio.h>
#include <strings.h>

#include "base/num.h"
#include "fetch/json_text.h"
#include "fetch/judge.h"

#define QUOTE_MAX 160

bool judge_is_html(Bytes head) {
        if (bytes_starts(head, "\xef\xbb\xbf"))
                head = (Bytes){ head.data + 3, head.len - 3 };
        head = bytes_trim(head);
        return (head.len >= 14 && strncasecmp(head.data, "<!doctype html", 14) == 0) ||
               (head.len >= 5 && strncasecmp(head.data, "<html", 5) == 0);
}

/* Marks of a login form: the password field, or the form of an identity provider. */
static bool is_login_page(Bytes head) {
        static const char *const marks[] = { "type=\"password\"", "type='password'", "type=password",
                "kc-form-login", "j_security_check", "/oauth2/authorize" };

        for (size_t i = 0; i < ELEMENTS(marks); i++)
                if (bytes_contains_nocase(head, marks[i]))
                        return true;
        return false;
}

static bool is_wall(Bytes head) {
        static const char *const marks[] = { "request rejected", "the requested url was rejected",
                "access denied", "attention required", "web application firewall" };

        for (size_t i = 0; i < ELEMENTS(marks); i++)
                if (bytes_contains_nocase(head, marks[i]))
                        return true;
        return false;
}

static void name_html(const HttpResponse *resp, Bytes head, Failure *f) {
        int status = resp->status;

        /* An error of the source or a limit stays what it is, however its page looks. */
        if (f->is_retryable)
                return;
        if (is_wall(head))
                failure_set(f, FAILURE_HTTP, false,
                                "HTTP %d: a rejection page (\"Request Rejected\" or \"Access Denied\") of a "
                                "firewall before the source; the pace or the address of this "
                                "machine is not welcome, ask the operator of the source",
                                status);
        else if (is_login_page(head))
                failure_set(f, FAILURE_LOGIN, false,
                                "HTTP %d: an HTML login page came where data was declared: the session has "
                                "expired or the address is a web page",
                                status);
        else if (status >= 200 && status < 300)
                failure_set(f, FAILURE_REPLY, false,
                                "HTTP %d: an HTML page came where data was declared: the address is a web "
                                "page, or the interface has moved",
                                status);
        f->http_status = status;
}

/* Appends words to the story, cut where a character begins. */
static void quote(Failure *f, Bytes words) {
        _cleanup_(text_done) Text story = TEXT_INIT(sizeof(f->story) * 2);

        words = bytes_trim(words);
        if (words.len == 0)
                return;
        if (words.len > QUOTE_MAX) {
                words.len = QUOTE_MAX;
                while (words.len > 0 && ((unsigned char) words.data[words.len] & 0xc0) == 0x80)
                        words.len--;
        }
        (void) text_printf(&story, "%s; it says \"", f->story);
        for (size_t i = 0; i < words.len; i++)
                (void) text_add_char(&story, (unsigned char) words.data[i] < 0x20 ? ' ' : words.data[i]);
        (void) text_add_char(&story, '"');
        (void) snprintf(f->story, sizeof(f->story), "%s", text_str(&story));
}

/* WSO2 API manager: 900900 to 900910 are about the token (900901 invalid, 900902 missing, 900908 not
 * allowed for this interface), 9008xx about the pace. */
static void mend_by_code(uint64_t code, Failure *f) {
        if (code == 900901 || code == 900902 || code == 900903 || code == 900904) {
                f->class = FAILURE_LOGIN;
                f->is_retryable = false;
        } else if (code >= 900800 && code <= 900899) {
                f->class = FAILURE_LIMITED;
                f->is_retryable = true;
        }
}

static void read_code(Bytes digits, Failure *f) {
        uint64_t code;

        if (num_parse_u64(digits, &code) == 0)
                mend_by_code(code, f);
}

/* Errors told field by field ({"rows": ["Invalid integer"]}), as they stand but for the white space. */
static void quote_object(Bytes object, Failure *f) {
        _cleanup_(text_done) Text flat = TEXT_INIT(4096);

        for (size_t i = 0; i < object.len; i++) {
                bool is_space = (unsigned char) object.data[i] <= ' ';

                if (!is_space || (flat.len > 0 && flat.data[flat.len - 1] != ' '))
                        (void) text_add_char(&flat, is_space ? ' ' : object.data[i]);
        }
        quote(f, text_bytes(&flat));
}

/* Where systems put their words, the most telling first: WSO2, OAuth2, CKAN, OpenCPS, problem details (RFC
 * 9457), and the usual envelopes. */
static void name_json(Bytes head, Failure *f) {
        static const char *const codes[] = { ".fault.code", ".code" };
        static const char *const words[] = { ".fault.description", ".fault.message", ".error_description",
                ".error.message", ".error", ".faultMessage", ".detail", ".description", ".message",
                ".ErrorDesc", ".title" };
        _cleanup_(text_done) Text value = TEXT_INIT(4096);
        Bytes object;

        for (size_t i = 0; i < ELEMENTS(codes); i++) {
                text_clear(&value);
                if (json_text_get(head, codes[i], &value) == 1)
                        read_code(text_bytes(&value), f);
        }
        for (size_t i = 0; i < ELEMENTS(words); i++) {
                text_clear(&value);
                if (json_text_get(head, words[i], &value) == 1 && value.len > 0) {
                        quote(f, text_bytes(&value));
                        return;
                }
        }
        if (json_text_find(head, ".error", &object) == 1 && object.len > 2 && object.data[0] == '{')
                quote_object(object, f);
}

/* The text between <prefix:name> and the next "<". */
static Bytes element_text(Bytes head, const char *open) {
        size_t at;
        Bytes rest;

        if (!bytes_find(head, bytes_of(open), &at))
                return BYTES_NULL;
        rest = (Bytes){ head.data + at + strlen(open), head.len - at - strlen(open) };
        if (!bytes_find(rest, BYTES_LIT("<"), &at))
                return BYTES_NULL;
        return (Bytes){ rest.data, at };
}

/* WSO2 faults are XML by default: <ams:fault><ams:code>900901</ams:code><ams:message>..., with any prefix
 * or none. */
static void name_xml(Bytes head, Failure *f) {
        Bytes words;

        read_code(element_text(head, "code>"), f);
        words = element_text(head, "description>");
        if (words.len == 0)
                words = element_text(head, "message>");
        if (words.len == 0)
                words = element_text(head, "faultstring>");
        quote(f, words);
}

void judge_body_head(const HttpResponse *resp, Bytes head, Failure *failure) {
        const char *type = http_response_header(resp, "Content-Type");
        Bytes trimmed = bytes_trim(head);

        if (judge_is_html(head) || (type && strncasecmp(type, "text/html", 9) == 0 && trimmed.len > 0 &&
                                                   trimmed.data[0] == '<')) {
                name_html(resp, head, failure);
                return;
        }
        if (trimmed.len == 0)
                return;
        if (trimmed.data[0] == '{')
                name_json(trimmed, failure);
        else if (trimmed.data[0] == '<')
                name_xml(trimmed, failure);
        else if (trimmed.data[0] == '"')
                quote(failure, trimmed.len > 2 ? (Bytes){ trimmed.data + 1, trimmed.len - 2 } : BYTES_NULL);
        else if (type && strncasecmp(type, "text/plain", 10) == 0)
                quote(failure, trimmed);
}
