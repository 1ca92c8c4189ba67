/* jq programs on one record: all programs of a set are one compiled program, run once for each record. */
#pragma once

#include "config/yaml.h"
#include "decode/decode.h"

typedef struct JqField {
        const char *program;
        const ConfNode *node; /* place for findings */
} JqField;

typedef struct JqSet JqSet;

/* expand may be NULL; it turns one record into any number, on each of which the fields are run. 0; 1:
 * findings. */
int jq_set_new(JqSet **ret, const JqField *fields, size_t n, const JqField *expand, Diag *diag);
JqSet *jq_set_free(JqSet *s);
DEFINE_CLEANUP(JqSet *, jq_set_free)

/* Called for each record that comes out, with n values in the order of the fields; they live as long as the
 * call. Nonzero stops and is returned. */
typedef int (*JqRow)(void *userdata, const Value *values);

/* has_lost: a number of this record cannot pass through the program unchanged, so no value of it can be
 * trusted. 0, or what row returned. */
int jq_set_run(JqSet *s, Bytes json, bool has_lost, JqRow row, void *userdata);

/* libjq holds numbers in binary: does this one come out as it went in? */
bool jq_number_survives(Bytes number);
