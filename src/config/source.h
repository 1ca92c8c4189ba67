/* Where configuration and secrets come from: files, folders, systemd credentials, environment. */
#pragma once

#include <stdbool.h>

#include "base/env.h"
#include "base/secret.h"
#include "config/diag.h"
#include "config/field.h"

/* Whether it says where to read from: the key may be absent. */
bool secret_source_is_given(const ConfSecret *from);

/* Reads the secret now; trailing newlines are cut; an empty one is an error. Called again whenever it is needed, so a changed file counts at once.
 * 0, or -ENOENT, -EINVAL, -errno with a note that says where it was looked for and how to provide it. */
int secret_source_read(const ConfSecret *from, Secret **ret);

/* From here on every secret reads as this text (borrowed; NULL: the real ones again): recorded exchanges are played without the secrets of the installation. */
void secret_source_stand_in(const char *text);
bool secret_source_is_stood_in(void);

/* Words for messages: `credential "lgsp-secret"`. */
void secret_source_describe(const ConfSecret *from, Text *ret);
