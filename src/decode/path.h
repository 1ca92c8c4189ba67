/* Plain paths in jq's syntax: .a.b  ."Tên"  .["x"]  .[0]  .  and, where records are named, .a[].b[] */
#pragma once

#include <stdbool.h>

#include "base/arena.h"

typedef enum PathStepKind {
        PATH_NAME,
        PATH_INDEX,
        PATH_EACH,
} PathStepKind;

typedef struct PathStep {
        PathStepKind kind;
        Bytes name;
        size_t index;
} PathStep;

typedef struct Path {
        PathStep *steps;
        size_t n_steps;
} Path;

/* 1: a plain path; 0: not plain (a program, or nonsense: jq will tell); -E2BIG: the arena is full. */
int path_parse(Bytes text, Arena *arena, Path *ret);
/* Whether the step goes to the member of that name, or to the element of that index. */
bool path_step_is(const PathStep *step, PathStepKind kind, Bytes name, size_t index);
/* The steps from..to as text for messages: ".data.items". */
void path_render(const PathStep *steps, size_t n, Text *ret);
