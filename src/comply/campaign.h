/* Campaign: one legal act as YAML: criteria, targets, periods, caps; checked here, computed in SQL. */
#pragma once

#include "comply/registry.h"
#include "config/field.h"

typedef struct Campaign Campaign;

extern const ConfField campaign_fields[];

/* Binds and checks: levels and units that exist, targets that do not overlap, days in order, what each kind of criterion needs. Findings and 1, or 0; -errno: unreadable.
 * Memory lives in the arena. */
int campaign_load(Campaign **ret, const char *path, const Registry *registry, Arena *arena, Diag *diag);
Campaign *campaign_free(Campaign *c);

const char *campaign_code(const Campaign *c);
const ConfNode *campaign_node(const Campaign *c);
/* The file as one JSON object with its own keys: what registry.load_campaign() takes. Plain numbers, true and false as such, everything else as text. */
void campaign_render(const Campaign *c, Text *ret);
/* Every metric that a criterion needs. for (size_t i = 0; campaign_walk_metrics(c, &i, &criterion, &metric);) */
bool campaign_walk_metrics(const Campaign *c, size_t *i, const char **ret_criterion, const char **ret_metric);
