/* Names of the reasons for which a record is refused, as the database has them. */

#include "normalise/sample.h"

const char *reject_reason_name(RejectReason r) {
        switch (r) {
        case REJECT_UNKNOWN_UNIT:
                return "unknown_unit";
        case REJECT_NOT_A_NUMBER:
                return "not_a_number";
        case REJECT_NOT_A_DATE:
                return "not_a_date";
        case REJECT_NO_UNIT:
                return "no_unit";
        case REJECT_NO_PERIOD:
                return "no_period";
        case REJECT_MISSING_FIELD:
                return "missing_field";
        case REJECT_IMPLAUSIBLE:
                return "implausible";
        case REJECT_PRECISION:
                return "precision";
        case REJECT_DATABASE:
                return "database";
        case REJECT_UNIT_NOT_IN_REGISTRY:
                return "unit_not_in_registry";
        case REJECT_INCOMPLETE:
                return "incomplete";
        case REJECT_UNKNOWN_METRIC:
                return "unknown_metric";
        case _REJECT_REASON_MAX:
                break;
        }
        return "unknown";
}
