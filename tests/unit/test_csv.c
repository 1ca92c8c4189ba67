/* Tests of decode/csv.c. */

#include "decode/csv.h"
#include "format_case.h"

#define CSV "kind: csv\nfields: {u: 'Đơn vị', v: Số}\n"

static const FormatRow rows[] = {
        { "a table", CSV, "Đơn vị,Khác,Số\nSở A,x,12\nSở B,,\"1,5\"\n", "'Sở A' '12'\n'Sở B' '1,5'\nend" },
        { "no newline at the end, CRLF", CSV, "Số,Đơn vị\r\n1,A\r\n2,B", "'A' '1'\n'B' '2'\nend" },
        { "only a header is a real zero", CSV, "Số,Đơn vị\n", "end" },
        { "quotes, newlines and quotes in quotes", CSV, "Số,Đơn vị\n1,\"A\nB \"\"C\"\"\"\n",
                        "'A\nB \"C\"' '1'\nend" },
        { "short rows miss cells", CSV, "Đơn vị,Số\nA\n", "'A' -\nend" },
        { "wide rows are told", CSV, "Đơn vị,Số\nA,1,2\nB,2,\n",
                        "FAILED(the row has more cells than the header) FAILED(the row has more cells than "
                        "the header)\n'B' '2'\nend" },
        { "rows without content", CSV, "Đơn vị,Số\n,\n\nA,1\n , \n", "'A' '1'\nend" },
        { "columns that nobody asks for count in a row all the same", CSV,
                        "Ghi chú,Đơn vị,Khác,Số,\xC2\xA0\nx,,,,\n,,\xC2\xA0,,\n,A,,1,\xC2\xA0\ny,B,z,2,w,\xC2\xA0,\n,C,,3,,,é\n",
                        "'' ''\n'A' '1'\n'B' '2'\n"
                        "FAILED(the row has more cells than the header) FAILED(the row has more cells than "
                        "the header)\nend" },
        { "long cells that nobody asks for", CSV "max_value: 10 B",
                        "Đơn vị,Số,A1,A2,A3\nA,1,1234567890,1234567890,1234567890\nB,2,12345678901,,\n",
                        "'A' '1'\nLIMIT a cell is longer than 10 bytes: raise `max_value` if that is right" },
        { "header broken into lines", CSV, "\"Đơn\n  vị \",\" Số\"\nA,1\n", "'A' '1'\nend" },
        { "BOM", CSV, "\xEF\xBB\xBFĐơn vị,Số\nA,1\n", "'A' '1'\nend" },
        { "semicolon, preamble, footer", CSV "delimiter: ';'\npreamble: 2\nfooter: Tổng",
                        "BÁO CÁO \"quý\nngày\nĐơn vị;Số\nA;1\nTổng cộng;1\nNgười lập;x\n", "'A' '1'\nend" },
        { "tab", CSV "delimiter: \"\\t\"", "Đơn vị\tSố\nA\t1\n", "'A' '1'\nend" },
        { "columns by number", "kind: csv\nheader: no\nfields: {a: '#2', b: '#1'}\n", "x,1\ny,2\n",
                        "'1' 'x'\n'2' 'y'\nend" },
        { "columns by number beside a header", "kind: csv\nfields: {a: '#2'}\n", "x,x\ny,2\n", "'2'\nend" },
        { "windows-1258", "kind: csv\ncharset: windows-1258\nfields: {u: S}\n", "S\n\xD0\xF4ng\n",
                        "'Đông'\nend" },
        { "UTF-8 that is none", CSV, "Đơn vị,Số\nA,1\nB\xFF,2\n",
                        "'A' '1'\nSYNTAX byte 21 of the body is no character of UTF-8" },
        { "no such column", CSV, "Tên,Số\nA,1\n",
                        "SHAPE no column \"Đơn vị\"; the header begins with \"Tên\", \"Số\"" },
        { "a column twice", CSV, "Đơn vị,Số,Số\nA,1,2\n", "SHAPE column \"Số\" stands twice in the header" },
        { "no header", CSV, "\n\n", "SHAPE there is no header row" },
        { "empty body", CSV, "", "SHAPE the body is empty" },
        { "quotes within a cell", CSV, "Đơn vị,Số\nA \"B\",1\n",
                        "SYNTAX line 2, byte 18: quotes in the middle of a cell, or text behind the quotes "
                        "that end one" },
        { "quotes not closed", CSV, "Đơn vị,Số\n\"A,1\n",
                        "SYNTAX the body ends within quotes: a cell that was opened is not closed" },
        { "too many rows", CSV "max_records: 1", "Đơn vị,Số\nA,1\nB,2\n",
                        "'A' '1'\nLIMIT more than 1 records: raise `max_records` if that is right" },
        { "too long a cell", CSV "max_value: 10 B", "Đơn vị,Số\nA,1234567890   \nB,12345678901\n",
                        "'A' '1234567890'\nLIMIT a cell is longer than 10 bytes: raise `max_value` if that "
                        "is right" },
        { "a web page", CSV, "<html>\n", "SHAPE no column \"Đơn vị\"; the header begins with \"<html>\"" },
};

/* Bytes to rows with the words for what is wrong, the same however they are cut into chunks. */
static void test_rows(void **state) {
        (void) state;
        check_format_rows(rows, ELEMENTS(rows));
}

/* Options that make no sense in a table are told. */
static void test_findings(void **state) {
        (void) state;
        check_finding(CSV "records: '.[]'", "a table needs no `records`");
        check_finding(CSV "envelope: {a: b}", "a table has no envelope");
        check_finding(CSV "delimiter: ', '", "the delimiter is one character");
        check_finding("kind: csv\nheader: no\nfields: {a: x}", "columns are told by number");
}

static int on_row(void *userdata, unsigned line, const Bytes *cells) {
        Text *t = userdata;

        (void) text_printf(t, "%u:", line);
        for (size_t i = 0; i < 2; i++)
                (void) text_printf(t, "[%.*s]", (int) cells[i].len, cells[i].data);
        (void) text_add_char(t, '\n');
        return bytes_equal_str(cells[0], "stop") ? 7 : 0;
}

/* csv_read: cells in the order asked for, the line of each row's first character, findings at the place. */
static void test_read(void **state) {
        static const CsvColumn columns[] = { { "code", true }, { "note", false } };
        static const struct {
                const char *body, *want, *finding;
                int code;
        } cases[] = {
                { "code,note\na,x\nb,y\n", "2:[a][x]\n3:[b][y]\n", "", 0 },
                { "note,other,code\n\"two\nlines\",o,a\n\nx,,b", "2:[a][two\nlines]\n5:[b][x]\n", "", 0 },
                { "code\na\n", "2:[a][]\n", "", 0 },
                { "note\na\n", "", "t.csv:1:1: there is no column \"code\"", 1 },
                { "code,note,code\n", "", "t.csv:1:1: column \"code\" stands twice", 1 },
                { "code,note\na,b,c\nd,e\n", "3:[d][e]\n", "t.csv:2:1: the row has 3 cells, the header 2",
                                0 },
                { "", "", "not even a header row", 1 },
                { "code,note\na,\"b\n", "", "t.csv:2:1: quotes that are opened here are not closed", 1 },
                { "code,note\nstop,b\nd,e\n", "2:[stop][b]\n", "", 7 },
                { "code,note\na\"b,c\n", "", "t.csv:2:1: quotes in the middle of a cell", 1 },
                { "code\n\xFF\n", "", "byte 5 of the file is no UTF-8", 1 },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(text_done) Text got = TEXT_INIT(4096), findings = TEXT_INIT(4096);
                _cleanup_(diag_freep) Diag *diag = diag_new();

                assert_int_equal(csv_read("t.csv", bytes_of(cases[i].body), columns, 2, diag, on_row, &got),
                                cases[i].code);
                diag_render(diag, &findings);
                assert_string_equal(text_str(&got), cases[i].want);
                if (*cases[i].finding ? !strstr(text_str(&findings), cases[i].finding) : diag_len(diag) > 0)
                        fail_msg("%zu: %s", i, text_str(&findings));
        }
}

int main(void) {
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows), cmocka_unit_test(test_findings),
                cmocka_unit_test(test_read) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
