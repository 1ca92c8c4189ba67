/* Where configuration and secrets come from: files, folders, systemd credentials, environment. */
#pragma once

#include <stdbool.h>

#include "base/env.h"
#include "base/secret.h"
#include "config/diag.h"
#include "config/field.h"

/* Reads the secret now; trailing newlines are cut; an empty one is an error. Called again whenever it is needed, so a changed file counts at once.
 * 0, or -ENOENT, -EINVAL, -errno with a note that says where it was looked for and how to provide it. */
int secret_source_read(const ConfSecret *from, Secret **ret);

/* Words for messages: `credential "lgsp-secret"`. */
void secret_source_describe(const ConfSecret *from, Text *ret);
