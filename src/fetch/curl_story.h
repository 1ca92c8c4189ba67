/* What went wrong with a transfer, in words. */
#pragma once

#include "fetch/reception.h"

typedef struct CurlStory {
        Reception *in;          /* gets outcome and story */
        void *easy;             /* curl's handle */
        const char *peer;       /* last address that was tried */
        const char *ca_file, *proxy;
        const char *words;      /* curl's own */
        bool is_address_refused;        /* by allowed_networks */
} CurlStory;

/* code: curl's, not CURLE_OK. */
TransferOutcome curl_story_tell(const CurlStory *s, int code);
