/* The environment, read through one place. */
#pragma once

/* NULL: not set. Borrowed; valid as long as nobody changes the environment, which nothing here does. */
const char *env_get(const char *name);
