/* Secrets from systemd credentials, files and the environment. */

#include <errno.h>

#include "base/err.h"
#include "base/file.h"
#include "config/source.h"

static const char *stand_in;

enum { SECRET_MAX = 64 << 10, PATH_LIMIT = 4096 };

bool secret_source_is_given(const ConfSecret *from) {
        return from->credential || from->file || from->env;
}

void secret_source_describe(const ConfSecret *from, Text *ret) {
        if (from->credential)
                (void) text_printf(ret, "credential \"%s\"", from->credential);
        else if (from->file)
                (void) text_printf(ret, "file \"%s\"", from->file);
        else
                (void) text_printf(ret, "environment variable %s", from->env ? from->env : "");
}

/* The text is wiped, whatever happens. */
static void wipe(Text *t) {
        if (t->data)
                explicit_bzero(t->data, t->size);
        text_done(t);
}

static int read_path(const char *path, Text *ret) {
        int r = file_read(path, ret);

        if (r == -E2BIG)
                return err(-EINVAL, "\"%s\" is larger than 64 KiB and cannot be a secret", path);
        return r;
}

static int read_credential(const char *name, Text *ret) {
        _cleanup_(text_done) Text path = TEXT_INIT(PATH_LIMIT);
        const char *folder = env_get("CREDENTIALS_DIRECTORY");
        int r;

        if (strchr(name, '/'))
                return err(-EINVAL, "\"%s\" is not the name of a credential: such names have no slash; a path goes under \"file\"", name);
        if (!folder)
                return err(-ENOENT, "credential \"%s\" is not there: the service has none; add LoadCredential=%s:/path to the unit (systemctl edit thiduad)", name, name);
        r = text_printf(&path, "%s/%s", folder, name);
        if (r < 0)
                return err(-EINVAL, "the name of credential \"%s\" is too long", name);
        r = read_path(text_str(&path), ret);
        return r == -ENOENT ? err(r, "credential \"%s\" is not there: add LoadCredential=%s:/path to the unit (systemctl edit thiduad)", name, name) : r;
}

static int read_env(const char *name, Text *ret) {
        const char *value = env_get(name);

        if (!value)
                return err(-ENOENT, "environment variable %s is not set", name);
        return text_add_str(ret, value) < 0 ? err(-EINVAL, "environment variable %s is too long for a secret", name) : 0;
}

void secret_source_stand_in(const char *text) {
        stand_in = text;
}

bool secret_source_is_stood_in(void) {
        return stand_in;
}

int secret_source_read(const ConfSecret *from, Secret **ret) {
        _cleanup_(wipe) Text text = TEXT_INIT(SECRET_MAX);
        _cleanup_(text_done) Text words = TEXT_INIT(PATH_LIMIT);
        Bytes value;
        int r;

        if (stand_in) {
                *ret = secret_new(bytes_of(stand_in));
                return 0;
        }
        if (from->credential)
                r = read_credential(from->credential, &text);
        else if (from->file)
                r = read_path(from->file, &text);
        else
                r = read_env(from->env ? from->env : "", &text);
        if (r < 0)
                return r;
        value = text_bytes(&text);
        while (value.len && (value.data[value.len - 1] == '\n' || value.data[value.len - 1] == '\r'))
                value.len--;
        if (!value.len) {
                secret_source_describe(from, &words);
                return err(-EINVAL, "%s is empty", text_str(&words));
        }
        *ret = secret_new(value);
        return 0;
}
