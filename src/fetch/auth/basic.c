/* Basic authentication (RFC 7617): user name and password go with every request. */

#include "config/source.h"
#include "fetch/auth.h"

typedef struct Basic {
        char *user;
        ConfSecret password;
} Basic;

static const ConfField basic_fields[] = {
        FIELD(Basic, user, CONF_REQUIRED | CONF_NONEMPTY, NULL, "User name, without a colon."),
        FIELD(Basic, password, CONF_REQUIRED, NULL, "Where the password is read from."),
        {}
};

static void basic_verify(const void *spec, const ConfNode *at, Diag *diag) {
        const Basic *b = spec;

        if (b->user && strchr(b->user, ':'))
                diag_error(diag, conf_child(at, "user"),
                                "the colon separates name and password, so it cannot stand in a name");
}

static int basic_sign(Auth *auth, HttpRequest *req, usec_t now) {
        const Basic *b = auth_spec(auth);
        _cleanup_(secret_freep) Secret *password = NULL;
        _cleanup_(auth_wipe) Text value = TEXT_INIT(8192);
        int r;

        (void) now;     /* nothing expires */
        r = secret_source_read(&b->password, &password);
        if (r < 0)
                return r;
        auth_basic_value(bytes_of(b->user), secret_reveal(password), &value);
        return auth_put_header(req, "Authorization", NULL, text_bytes(&value));
}

extern const AuthOps auth_basic;
const AuthOps auth_basic = {
        .info = {
                .kind = "basic",
                .help = "User name and password in every request (RFC 7617).",
                .fields = basic_fields,
                .spec_size = sizeof(Basic),
        },
        .verify = basic_verify,
        .sign = basic_sign,
};
