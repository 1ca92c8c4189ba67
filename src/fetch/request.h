/* The request section of a stream: option table, compiled templates, and the request of one ask. */
#pragma once

#include "config/field.h"
#include "fetch/message.h"
#include "fetch/template.h"

typedef struct RequestSpec {
        int method;             /* index into request_methods: GET, POST */
        char *path;             /* template; joined to the connector's base_url; absolute URLs allowed */
        ConfPairs query;        /* templates */
        ConfPairs headers;      /* templates */
        ConfPairs form;         /* templates; application/x-www-form-urlencoded */
        const ConfNode *json;   /* JSON body as YAML with templates */
        char *body;             /* text body, template */
} RequestSpec;

extern const ConfField request_fields[];

typedef struct RequestPlan RequestPlan;

/* Findings and 1, or 0. `base_url` must be absolute http(s). */
int request_plan_new(RequestPlan **ret, const RequestSpec *spec, const char *base_url, const ConfNode *at,
                Diag *diag);
RequestPlan *request_plan_free(RequestPlan *p);
DEFINE_CLEANUP(RequestPlan *, request_plan_free)
bool request_plan_uses(const RequestPlan *p, const char *variable_prefix);
int request_plan_make(const RequestPlan *p, const TemplateVars *vars, HttpRequest **ret);
