/* libxml2 by dlopen(). Whatever runs it has asked for it before: the formats xml and html when they are compiled. */

#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "decode/libxml.h"

Libxml libxml;

static const struct {
        const char *name;
        size_t offset;
} symbols[] = {
#define LIBXML_ROW(name) { #name, offsetof(Libxml, name) },
        LIBXML_SYMBOLS(LIBXML_ROW)
#undef LIBXML_ROW
};

int libxml_load_from(const char *file, Libxml *ret) {
        void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);

        if (!library)
                return err(-ENOPKG, "XML and HTML are read with libxml2, which is not there: install the package libxml2 (%s)", dlerror());
        for (size_t i = 0; i < ELEMENTS(symbols); i++) {
                void *symbol = dlsym(library, symbols[i].name);

                if (!symbol) {
                        (void) dlclose(library);
                        return err(-ENOPKG, "XML and HTML are read with libxml2, and %s is another one: it has no %s; install the package libxml2", file, symbols[i].name);
                }
                memcpy((char *) ret + symbols[i].offset, &symbol, sizeof(symbol));
        }
        return 0;
}

/* It stays until the process ends. */
int libxml_load(void) {
        static bool is_open;
        int r;

        if (is_open)
                return 0;
        r = libxml_load_from(LIBXML_FILE, &libxml);
        is_open = r == 0;
        return r;
}
