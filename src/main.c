/* argv to verb. Everything else can be linked into a test. */

#include "verbs/verb.h"

int main(int argc, char **argv) {
        return verb_main(argc, argv);
}
