/* Tests of config/describe.c. */
#include "conf_sample.h"
#include "config/describe.h"
#include "unit.h"

/* The schema names every key with its type, bounds, words and default; nothing else may stand in a map. */
static void test_schema(void **state _unused_) {
        static const char *const expected[] = {
                "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"title\":\"sample.yaml\",\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"title\"],",
                "\"title\":{\"description\":\"Title.\",\"type\":[\"string\",\"number\"]}",
                "\"enabled\":{\"description\":\"Whether it is used.\",\"default\":\"yes\",\"anyOf\":[{\"type\":\"boolean\"},{\"enum\":[\"yes\",\"no\",\"on\",\"off\"]}]}",
                "\"pages\":{\"description\":\"Most pages.\",\"default\":\"10\",\"type\":\"integer\",\"minimum\":1,\"maximum\":1000}",
                "\"shift\":{\"description\":\"A shift.\",\"type\":\"integer\"}",
                "\"size\":{\"description\":\"A size.\",\"default\":\"64 KiB\",\"type\":\"string\",\"pattern\":",
                "\"overlap\":{\"description\":\"What overlaps.\",\"default\":\"queue\",\"enum\":[\"skip\",\"queue\",\"stop\"]}",
                "\"hosts\":{\"description\":\"Hosts.\",\"type\":\"array\",\"items\":{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"host\"],",
                "{\"description\":\"A key is sent.\",\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"kind\",\"key\"],\"properties\":{\"kind\":{\"const\":\"secret\"},",
                "\"body\":{\"description\":\"Anything.\"}",
        };
        _cleanup_(text_done) Text t = TEXT;

        describe_schema("sample.yaml", sample_fields, &t);
        for (size_t i = 0; i < ELEMENTS(expected); i++)
                if (!strstr(text_str(&t), expected[i]))
                        fail_msg("not in the schema: %s\n%s", expected[i], text_str(&t));
        assert_false(t.is_full);
}

/* The reference has a line for every key, those of nested maps, lists and kinds under headings of their own. */
static void test_reference(void **state _unused_) {
        _cleanup_(text_done) Text t = TEXT;

        describe_reference("sample.yaml", sample_fields, &t);
        assert_text(&t, "# sample.yaml\n\n"
                        "- `title` (text, required) — Title.\n"
                        "- `enabled` (yes or no, default `yes`) — Whether it is used.\n"
                        "- `pages` (number, default `10`) — Most pages.\n"
                        "- `shift` (number) — A shift.\n"
                        "- `size` (size, default `64 KiB`) — A size.\n"
                        "- `every` (time, default `15 min`) — Interval.\n"
                        "- `from` (day) — First day.\n"
                        "- `factor` (decimal, default `1`) — A factor.\n"
                        "- `overlap` (word, default `queue`: `skip`, `queue`, `stop`) — What overlaps.\n"
                        "- `names` (list of texts, default `a`) — Names.\n"
                        "- `headers` (names and values) — Headers.\n"
                        "- `server` (map) — The server.\n"
                        "- `hosts` (list of maps) — Hosts.\n"
                        "- `auth` (map with kind, default `plain`) — How one is known.\n"
                        "- `body` (any) — Anything.\n"
                        "- `old` (text) — Write \"title\".\n"
                        "\n### server\n\n"
                        "- `server.host` (text, required) — Name of the host.\n"
                        "- `server.port` (number, default `443`) — Port.\n"
                        "\n### hosts[]\n\n"
                        "- `hosts[].host` (text, required) — Name of the host.\n"
                        "- `hosts[].port` (number, default `443`) — Port.\n"
                        "\n### auth: kind: plain\n\nNothing is asked.\n\n"
                        "- `auth.word` (text, default `x`) — A word.\n"
                        "\n### auth: kind: secret\n\nA key is sent.\n\n"
                        "- `auth.key` (secret, required) — Where the key is read from.\n"
                        "- `auth.header` (text, default `X-Key`) — Header.\n");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_schema),
                cmocka_unit_test(test_reference),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
