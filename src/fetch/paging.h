/* Seam 2: paging. A kind turns three facts about a page into the next request; page cap and loop guard are
 * common. */
#pragma once

#include "base/digest.h"
#include "base/vec.h"
#include "config/diag.h"
#include "config/field.h"
#include "fetch/message.h"
#include "fetch/template.h"

typedef struct PageFacts {
        uint64_t n_records;
        Bytes cursor;           /* as the page states it; empty: none. Valid during the call */
        int64_t total;          /* records in all pages as the page states it; -1: not stated */
        Bytes next_url;         /* empty: none */
        Bytes last_id;          /* id of the last record; empty: none */
        int has_more;           /* 1, 0; -1: not stated */
} PageFacts;

typedef struct PagingState {
        unsigned n_pages;       /* seen so far */
        uint64_t n_records;     /* seen so far */
        PageMark mark;          /* of the page under way */
        /* Makes the request of the page that `mark` names, for requests whose templates name it; NULL: they
         * do not. */
        int (*renew)(void *userdata, const PageMark *mark, HttpRequest **ret);
        void *userdata;
        /* hashes of pages and cursors, for the loop guard; freed by paging_state_done */
        VEC(uint64_t) seen;
} PagingState;

/* What of its page the stream's request names by itself, in its templates. */
typedef struct PageUse {
        bool place;             /* the first of the kind's variables */
        bool size;              /* page.size or page.end */
} PageUse;

typedef struct PagingOps {
        ConfKindInfo info;      /* kind, help, fields, spec_size */
        /* The variables that the kind has a value for, the one that tells pages apart first;
         * NULL-terminated, NULL: none. */
        const char *const *variables;
        void (*verify)(const void *spec, const PageUse *use, const ConfNode *at, Diag *diag);   /* may be NULL */
        /* The key under "page:" without which the pages would seem to end too early; NULL: none. May be NULL. */
        const char *(*needs)(const void *spec);
        /* Changes the ask's request into that of the first page. */
        int (*first)(const void *spec, PagingState *st, HttpRequest *req);
        /* 1: req is the next page, 0: that was the last, -errno, PAGING_E_*: with an err note under
         * -EBADMSG. st counts this page already. Does no I/O. */
        int (*next)(const void *spec, PagingState *st, const HttpResponse *resp, const PageFacts *facts,
                        HttpRequest *req);
} PagingOps;

enum {
        PAGING_E_LOOP = 2,      /* the same cursor or page again */
        PAGING_E_CAPPED = 3,    /* more pages than allowed */
        /* the pages end before the stated total, or the source caps the page size below what was asked */
        PAGING_E_SHORT = 4,
        PAGING_E_FOREIGN = 5,   /* the next page is on another host, which must not get our credentials */
        PAGING_E_SILENT = 6,    /* the page does not state the fact by which the end is found */
};

/* NULL-terminated; each is the first member of a PagingOps */
extern const ConfKindInfo *const paging_kinds[];

void paging_state_done(PagingState *st);
int paging_first(const ConfKindOf *kind, PagingState *st, HttpRequest *req);
/* page_digest: of the page's body, for the loop guard; NULL: not known. */
int paging_next(const ConfKindOf *kind, PagingState *st, unsigned max_pages, const HttpResponse *resp,
                const PageFacts *facts, const Sha256 *page_digest, HttpRequest *req);

/* For the kinds: where the pages end. 1: there are more, 0: that was the last, PAGING_E_*. */
typedef enum PagingEnd {
        PAGING_END_EMPTY,       /* a page without records */
        /* a page with fewer records than asked, unless a stated total says that more are owed */
        PAGING_END_SHORT,
        PAGING_END_TOTAL,       /* as many records as the page says there are */
        PAGING_END_FLAG,        /* the page says whether there are more */
} PagingEnd;
extern const char *const paging_end_words[];
const char *paging_end_needs(int end);                  /* the key under "page:" that this end is found by; NULL: none */
int paging_has_more(PagingEnd end, uint64_t size, const PagingState *st, const PageFacts *facts);

/* False: this text was seen before in this page set. */
bool paging_is_new(PagingState *st, Bytes text);

/* ref against the URL of req, which then asks for it; refuses another host. */
int paging_follow(HttpRequest *req, Bytes ref);

/* Where a page parameter goes: "name": a query parameter; ".a.b": a member of the JSON body;
 * "header:Name": a header. Shared by the kinds. */
bool paging_place_is_valid(const char *place);
void paging_verify_place(const char *place, const ConfNode *at, Diag *diag);
/* Where the kind's own mark goes: "param", or a template of the request. */
void paging_verify_param(const char *param, const PageUse *use, const char *variable, const ConfNode *at,
                Diag *diag);
/* The rules that page and offset share. */
void paging_verify_size(const char *size_param, unsigned size, int end, const PageUse *use, const ConfNode *at,
                Diag *diag);
/* The request anew where its templates name the page; before anything is put into it. 1: it was made anew,
 * 0: it stands as it was. */
int paging_renew(PagingState *st, HttpRequest *req);
int paging_put_number(HttpRequest *req, const char *place, uint64_t value);
int paging_put_text(HttpRequest *req, const char *place, Bytes value);
