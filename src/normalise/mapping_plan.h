/* The mapping section, compiled: fields by number, conditions and names resolved. */
#pragma once

#include "normalise/condition.h"
#include "normalise/number.h"

typedef enum UnitSource {
        UNIT_ASK,
        UNIT_FIELD,
        UNIT_CONST,
} UnitSource;

typedef enum PeriodSource {
        PERIOD_OF_WINDOW,
        PERIOD_OF_FIELD,
        PERIOD_OF_TODAY,
} PeriodSource;

typedef enum FigureSource {
        FIGURE_VALUE,
        FIGURE_CONST,
        FIGURE_COUNT,
        FIGURE_SUM,
} FigureSource;

typedef struct WordFigure {
        Bytes word;         /* normalised */
        const char *figure; /* canonical; NULL: no figure */
} WordFigure;

typedef struct NamedMetric {
        Bytes value; /* of the name field, normalised */
        const char *name;
} NamedMetric;

typedef struct MetricPlan {
        const MappingMetric *spec;
        FigureSource source;
        int field; /* value, sum */
        Checks where, count, null_where;
        WordFigure *words;
        size_t n_words;
        int name_field; /* -1: the one name */
        NamedMetric *names;
        size_t n_names;
} MetricPlan;

struct Mapping {
        const MappingSpec *spec;
        const Format *format;
        const FormatCommon *common;
        bool has_windows;
        UnitSource unit_source;
        int unit_field;
        const Unit *unit_const;
        PeriodSource period_source;
        int period_field;
        WhenForm period_form;
        int observed_field, quality_field, evidence_field; /* -1: none */
        WhenForm observed_form;
        Checks where;
        MetricPlan *metrics;
        size_t n_metrics;
        const char *checks; /* JSON array; NULL: none */
};
