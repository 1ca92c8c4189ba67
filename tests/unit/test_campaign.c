/* Unit tests of comply/campaign.c; the exact words of its findings are proved by tests/config. */

#include "store_util.h"

#include "comply/campaign.h"

static Registry *shipped_units(Arena *arena) {
        _cleanup_(diag_freep) Diag *diag = diag_new();
        const char *folders[] = { "../conf/units" };
        Registry *r = NULL;

        assert_int_equal(registry_load(&r, folders, 1, arena, diag), 0);
        assert_int_equal(diag_len(diag), 0);
        return r;
}

/* The plan of 2024 loads without a finding, with all its criteria. */
static void test_shipped(void **state _unused_) {
        _cleanup_(arena_freep) Arena *arena = arena_new(64 << 20);
        _cleanup_(diag_freep) Diag *diag = diag_new();
        _cleanup_(registry_freep) Registry *registry = shipped_units(arena);
        _cleanup_(text_done) Text t = TEXT_INIT(1 << 20);
        const char *criterion, *metric;
        unsigned n_iii_7 = 0, n_signed = 0;
        Campaign *c = NULL;

        assert_int_equal(campaign_load(&c, "../conf/campaigns.d/ninh-thuan-2024.yaml", registry, arena, diag), 0);
        assert_int_equal(diag_errors(diag), 0);
        assert_string_equal(campaign_code(c), "ninh-thuan-2024");
        for (size_t i = 0; campaign_walk_metrics(c, &i, &criterion, &metric);) {
                n_iii_7 += strcmp(criterion, "III.7") == 0;
                n_signed += strcmp(metric, "edoc.signed") == 0;
        }
        /* Of the 19 sections 8 are listed for no level ("levels: []"): nothing needs them. */
        assert_int_equal(n_iii_7, 11);
        assert_true(n_signed >= 1);
        campaign_render(c, &t);
        assert_false(t.is_full);
        /* Days and quoted texts stay text, plain numbers and truth values are JSON's own. */
        assert_non_null(strstr(text_str(&t), "\"campaign\":\"ninh-thuan-2024\""));
        assert_non_null(strstr(text_str(&t), "\"to\":\"2024-12-13\""));
        assert_non_null(strstr(text_str(&t), "\"on\":\"2024-06-30\""));
        assert_non_null(strstr(text_str(&t), "\"whole\":true,\"value\":60"));
        assert_non_null(strstr(text_str(&t), "\"calendar\":\"15-14\""));
        assert_non_null(strstr(text_str(&t), "\"levels\":[]"));
        c = campaign_free(c);
}

/* A campaign with an error is not handed out. */
static void test_error(void **state _unused_) {
        _cleanup_(arena_freep) Arena *arena = arena_new(64 << 20);
        _cleanup_(diag_freep) Diag *diag = diag_new();
        _cleanup_(registry_freep) Registry *registry = shipped_units(arena);
        char dir[64], path[400];
        Campaign *c = NULL;
        FILE *f;

        (void) snprintf(path, sizeof(path), "%s/c.yaml", make_scratch(dir));
        f = fopen(path, "w");
        assert_non_null(f);
        assert_true(fputs("campaign: c\ntitle: C\n", f) >= 0);
        assert_int_equal(fclose(f), 0);
        assert_int_equal(campaign_load(&c, path, registry, arena, diag), 1);
        assert_null(c);
        assert_true(diag_errors(diag) > 0);
        remove_tree(dir);
}

int main(void) {
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_shipped), cmocka_unit_test(test_error) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
