/* Replays a corpus through a fuzz target: each file of the folders that are named, and an empty input. */

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay(const char *path) {
        _cleanup_(text_done) Text text = TEXT_INIT(16 << 20);

        if (file_read(path, &text) < 0)
                return 1;
        return LLVMFuzzerTestOneInput((const uint8_t *) text_str(&text), text.len);
}

static int replay_folder(const char *folder, unsigned *n) {
        struct dirent **entries = NULL;
        int count = scandir(folder, &entries, NULL, alphasort), bad = count < 0;

        for (int i = 0; i < count; i++) {
                char path[1024];

                (void) snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
                if (entries[i]->d_name[0] != '.') {
                        bad |= replay(path);
                        (*n)++;
                }
                free(entries[i]);
        }
        free(entries);
        return bad;
}

int main(int argc, char **argv) {
        unsigned n = 0;
        int bad = LLVMFuzzerTestOneInput((const uint8_t *) "", 0);

        for (int i = 1; i < argc; i++)
                bad |= replay_folder(argv[i], &n);
        printf("%u inputs replayed\n", n);
        return bad || n == 0;
}
