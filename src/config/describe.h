/* Option tables to JSON Schema, reference text (Markdown) and a sample file with comments. */
#pragma once

#include "base/bytes.h"
#include "config/field.h"

void describe_schema(const char *title, const ConfField *fields, Text *ret);
void describe_reference(const char *title, const ConfField *fields, Text *ret);
