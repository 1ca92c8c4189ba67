/* Conditions on the fields of a record, compiled. */
#pragma once

#include "calendar/when.h"
#include "normalise/mapping.h"

typedef enum ConditionTest {
        CONDITION_IS,
        CONDITION_IS_NOT,
        CONDITION_IN,
        CONDITION_NOT_IN,
        CONDITION_ABOVE,
        CONDITION_WITHIN,
        CONDITION_PRESENT,
        CONDITION_ABSENT,
} ConditionTest;

typedef struct ConditionWord {
        Bytes text; /* normalised */
        bool is_number;
} ConditionWord;

typedef struct Check {
        ConditionTest test;
        const char *name; /* of the field */
        size_t field;
        const ConditionWord *words; /* is, is_not: one; in, not_in; above: one */
        size_t n_words;
        bool are_plain; /* no number among the words has a second form */
        WhenForm form;
        bool from_window, to_window;
        Day from, to; /* DAY_NONE: open */
} Check;

typedef struct Checks {
        Check *items;
        size_t len;
} Checks;

extern const ConfField condition_fields[];

/* Findings and 1, or 0; -errno. */
int checks_compile(Checks *ret, const ConfItems *list, const Format *format, bool has_windows, Arena *arena,
                Diag *diag);

typedef enum CheckOutcome {
        CHECK_NO,
        CHECK_YES,
        CHECK_REFUSED, /* the record cannot be judged */
} CheckOutcome;

typedef struct Refusal {
        RejectReason reason;
        const char *field;
        const char *system; /* code system, for unit reasons; NULL: none */
        Bytes code;         /* points into the record */
        Text *detail;       /* given by the caller */
} Refusal;

/* Do all of them hold? Stops at the first that does not. */
CheckOutcome checks_hold(
                const Checks *checks, const MappingContext *ctx, const Record *rec, Refusal *refusal);

/* Fills refusal. Returns CHECK_REFUSED. */
CheckOutcome refuse(Refusal *refusal, RejectReason reason, const char *field, const char *format, ...)
                _printf_(4, 5);
/* At most 80 bytes of a value, in quotes, for details. */
const char *quote_value(Bytes text, char *buffer, size_t size);
bool value_is_empty(const Value *v); /* missing, null, "", [] or {} */
