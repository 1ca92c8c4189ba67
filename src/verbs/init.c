/* thiduad init: a configuration for chosen source systems, from the commented files that are installed with the program; says what is left to set. */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/env.h"
#include "base/err.h"
#include "base/file.h"
#include "base/json_out.h"
#include "base/vec.h"
#include "verbs/verb.h"

enum { FILE_MAX = 4 << 20, PATH_LIMIT = 4096 };

typedef struct Init {
        const char *from;       /* folder of the templates */
        const char *to;
        Text to_set, credentials;       /* a line each */
        JsonOut *json;                  /* --format json: inside the list of files; or NULL */
        size_t n_written;
} Init;

static const char *templates(void) {
        const char *env = env_get("THIDUAD_TEMPLATES");

        return env ? env : THIDUAD_DATA_DIR "/templates";
}

static void note_credential(Init *in, Bytes line) {
        static const char key[] = "credential: ";
        Bytes name;
        size_t at, end = 0;

        if (!bytes_find(line, bytes_of(key), &at))
                return;
        name = (Bytes){ line.data + at + strlen(key), line.len - at - strlen(key) };
        while (end < name.len && strchr("}, #", name.data[end]) == NULL)
                end++;
        (void) text_printf(&in->credentials, "%.*s\n", (int) end, name.data);
}

/* A connector that was chosen is enabled; what it wants to be set is noted with its place. */
static void adapt(Init *in, const char *path, Bytes content, Text *ret) {
        Bytes line;

        for (unsigned n = 1; bytes_line(&content, &line); n++) {
                if (bytes_starts(line, "enabled: no"))
                        line = BYTES_LIT("enabled: yes");
                if (bytes_find(line, BYTES_LIT("to be set"), NULL) && !bytes_starts(line, "#"))
                        (void) text_printf(&in->to_set, "%s:%u: %.*s\n", path, n, (int) bytes_trim(line).len, bytes_trim(line).data);
                note_credential(in, line);
                (void) text_printf(ret, "%.*s\n", (int) line.len, line.data);
        }
}

static void tell_file(Init *in, const char *path, bool is_written) {
        if (!in->json) {
                (void) printf("%-8s %s\n", is_written ? "written" : "kept", path);
                return;
        }
        json_object(in->json);
        json_pair_str(in->json, "path", path);
        json_pair_bool(in->json, "is_written", is_written);
        json_object_end(in->json);
}

static int copy(Init *in, const char *name, bool is_connector) {
        _cleanup_(text_done) Text from = TEXT_INIT(PATH_LIMIT), to = TEXT_INIT(PATH_LIMIT), content = TEXT_INIT(FILE_MAX), adapted = TEXT_INIT(FILE_MAX);
        int r;

        (void) text_printf(&from, "%s/%s", in->from, name);
        (void) text_printf(&to, "%s/%s", in->to, name);
        if (access(text_str(&to), F_OK) == 0) {
                tell_file(in, text_str(&to), false);
                return 0;
        }
        r = file_read(text_str(&from), &content);
        if (r < 0)
                return r;
        if (is_connector)
                adapt(in, text_str(&to), text_bytes(&content), &adapted);
        r = file_write(text_str(&to), is_connector ? text_bytes(&adapted) : text_bytes(&content), 0644);
        if (r < 0)
                return r;
        tell_file(in, text_str(&to), true);
        in->n_written++;
        return 0;
}

static int copy_folder(Init *in, const char *folder, const char *suffix) {
        _cleanup_(text_done) Text from = TEXT_INIT(PATH_LIMIT), to = TEXT_INIT(PATH_LIMIT);
        _cleanup_(strv_freep) char **names = NULL;
        int r;

        (void) text_printf(&from, "%s/%s", in->from, folder);
        (void) text_printf(&to, "%s/%s", in->to, folder);
        r = dir_make(text_str(&to), 0755);
        if (r < 0)
                return r;
        r = suffix ? dir_list(text_str(&from), suffix, &names) : 0;
        for (char **n = names; r >= 0 && n && *n; n++) {
                _cleanup_(text_done) Text name = TEXT_INIT(PATH_LIMIT);

                (void) text_printf(&name, "%s/%s", folder, *n);
                r = copy(in, text_str(&name), false);
        }
        return r;
}

/* The systems to choose from, with the first line of their comment. */
static int list_systems(bool is_json) {
        _cleanup_(text_done) Text out = TEXT_INIT(1 << 20);
        JsonOut j = JSON_OUT(&out);
        _cleanup_(text_done) Text folder = TEXT_INIT(PATH_LIMIT);
        _cleanup_(strv_freep) char **names = NULL;
        int r;

        (void) text_printf(&folder, "%s/connectors.d", templates());
        r = dir_list(text_str(&folder), ".yaml", &names);
        if (r < 0)
                return verb_fail(EX_NOINPUT, "\"%s\": %s", text_str(&folder), strerror(-r));
        json_array(&j);
        if (!is_json)
                (void) printf("Systems to choose from:\n");
        for (char **n = names; *n; n++) {
                _cleanup_(text_done) Text path = TEXT_INIT(PATH_LIMIT), content = TEXT_INIT(FILE_MAX);
                Bytes rest, line = BYTES_NULL;

                (void) text_printf(&path, "%s/%s", text_str(&folder), *n);
                if (file_read(text_str(&path), &content) < 0)
                        continue;
                rest = text_bytes(&content);
                (void) bytes_line(&rest, &line);
                line = line.len > 2 ? (Bytes){ line.data + 2, line.len - 2 } : BYTES_NULL;
                json_object(&j);
                json_key(&j, "system");
                json_bytes(&j, (Bytes){ *n, strlen(*n) - strlen(".yaml") });
                json_key(&j, "title");
                json_bytes(&j, line);
                json_object_end(&j);
                if (!is_json)
                        (void) printf("  %-16.*s %.*s\n", (int) (strlen(*n) - strlen(".yaml")), *n, (int) line.len, line.len ? line.data : "");
        }
        json_array_end(&j);
        (void) text_add_char(&out, '\n');
        if (is_json)
                verb_print(&out);
        else
                (void) printf("\nthiduad init FOLDER SYSTEM...\n");
        return EX_OK;
}

static int write_all(Init *in, char **systems, int n) {
        int r;

        r = dir_make(in->to, 0755);
        if (r >= 0)
                r = copy(in, "thiduad.yaml", false);
        if (r >= 0)
                r = copy_folder(in, "campaigns.d", ".yaml");
        if (r >= 0)
                r = copy_folder(in, "units", ".csv");
        if (r >= 0)
                r = copy_folder(in, "connectors.d", NULL);
        for (int i = 0; i < n && r >= 0; i++) {
                _cleanup_(text_done) Text name = TEXT_INIT(PATH_LIMIT);

                (void) text_printf(&name, "connectors.d/%s.yaml", systems[i]);
                r = copy(in, text_str(&name), true);
        }
        return r;
}

static void lines_json(JsonOut *j, const char *key, const Text *lines) {
        Bytes rest = text_bytes(lines), line;

        json_key(j, key);
        json_array(j);
        while (bytes_line(&rest, &line))
                json_bytes(j, line);
        json_array_end(j);
}

/* The unit reads the folder of the package, its template /etc/thiduad-NAME; any other folder is for a trial. */
static void print_start(const char *to, int step) {
        size_t len = strlen(THIDUAD_SYSCONF_DIR);

        if (strcmp(to, THIDUAD_SYSCONF_DIR) == 0)
                (void) printf("%d. systemctl enable --now thiduad\n", step);
        else if (strncmp(to, THIDUAD_SYSCONF_DIR "-", len + 1) == 0 && !strchr(to + len, '/'))
                (void) printf("%d. systemctl enable --now thiduad@%s\n", step, to + len + 1);
        else
                (void) printf("%d. thiduad run --config %s/thiduad.yaml for a trial; the service reads " THIDUAD_SYSCONF_DIR ": once all is right, copy what you need there, then systemctl enable --now thiduad\n", step, to);
}

static void print_next(const Init *in) {
        Bytes to_set = text_bytes(&in->to_set), credentials = text_bytes(&in->credentials), line;
        int step = 1;

        (void) printf("\nWhat is left:\n");
        if (in->to_set.len)
                (void) printf("%d. set these lines:\n", step++);
        while (bytes_line(&to_set, &line))
                (void) printf("    %.*s\n", (int) line.len, line.data);
        if (in->credentials.len)
                (void) printf("%d. put each secret into a file of root (mode 0600), and name it in \"systemctl edit thiduad\" under [Service]:\n", step++);
        while (bytes_line(&credentials, &line))
                (void) printf("    LoadCredential=%.*s:/etc/credstore/%.*s\n", (int) line.len, line.data, (int) line.len, line.data);
        (void) printf("%d. thiduad check --config %s/thiduad.yaml\n", step++, in->to);
        (void) printf("%d. make the database: see docs/install.md, or \"thiduad db init\"\n", step++);
        (void) printf("%d. runuser -u thiduad -- thiduad doctor --config %s/thiduad.yaml\n", step++, in->to);
        print_start(in->to, step);
}

static int init_main(const VerbArgs *args) {
        _cleanup_(text_done) Text out = TEXT_INIT(1 << 20);
        JsonOut j = JSON_OUT(&out);
        Init in = { .from = templates(), .to_set = TEXT_INIT(65536), .credentials = TEXT_INIT(65536) };
        bool is_json;
        int r;

        r = verb_format(args, "text", &is_json);
        if (r != 0)
                return r;
        if (args->n_words == 0)
                return list_systems(is_json);
        in.json = is_json ? &j : NULL;
        in.to = args->words[0];
        for (int i = 1; i < args->n_words; i++) {
                _cleanup_(text_done) Text path = TEXT_INIT(PATH_LIMIT);

                (void) text_printf(&path, "%s/connectors.d/%s.yaml", in.from, args->words[i]);
                if (strchr(args->words[i], '/') || access(text_str(&path), R_OK) < 0)
                        return verb_fail(EX_USAGE, "no system \"%s\"; \"thiduad init\" without words lists them", args->words[i]);
        }
        json_object(&j);
        json_key(&j, "files");
        json_array(&j);
        r = write_all(&in, args->words + 1, args->n_words - 1);
        json_array_end(&j);
        lines_json(&j, "to_set", &in.to_set);
        lines_json(&j, "credentials", &in.credentials);
        json_object_end(&j);
        (void) text_add_char(&out, '\n');
        if (r < 0)
                r = verb_fail(r == -EACCES || r == -EPERM ? EX_NOPERM : EX_CANTCREAT, "%s", err_story(r));
        else if (is_json)
                verb_print(&out);
        else
                print_next(&in);
        text_done(&in.to_set);
        text_done(&in.credentials);
        return r;
}

const Verb verb_init = {
        .name = "init",
        .synopsis = "[FOLDER SYSTEM...] [--format text|json]",
        .summary = "Writes a commented configuration for the chosen source systems and says what is left to do; without words lists the systems",
        .options = "format",
        .help = "Files that are there already are kept as they are. Nothing is connected to.\n\n"
                "Examples:\n  thiduad init\n  thiduad init /etc/thiduad vanban motcua\n",
        .main = init_main,
};
