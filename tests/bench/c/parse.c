/* The time libyaml alone needs to read and parse the files of a folder. Prints the seconds.
 *
 *     parse FOLDER */

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <yaml.h>

int main(int argc, char **argv) {
        struct timespec a, b;
        struct dirent *d;
        size_t n = 0;
        DIR *dir;

        if (argc != 2 || !(dir = opendir(argv[1])))
                return 64;
        clock_gettime(CLOCK_MONOTONIC, &a);
        while ((d = readdir(dir))) {
                yaml_parser_t p;
                yaml_document_t doc;
                char path[1024];
                FILE *f;

                if (!strstr(d->d_name, ".yaml"))
                        continue;
                snprintf(path, sizeof(path), "%s/%s", argv[1], d->d_name);
                f = fopen(path, "r");
                if (!f)
                        return 66;
                yaml_parser_initialize(&p);
                yaml_parser_set_input_file(&p, f);
                if (!yaml_parser_load(&p, &doc))
                        return 65;
                yaml_document_delete(&doc);
                yaml_parser_delete(&p);
                fclose(f);
                n++;
        }
        clock_gettime(CLOCK_MONOTONIC, &b);
        closedir(dir);
        printf("%.6f\n", (double) (b.tv_sec - a.tv_sec) + (double) (b.tv_nsec - a.tv_nsec) / 1e9);
        return n == 0;
}
