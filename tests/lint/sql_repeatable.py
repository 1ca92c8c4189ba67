#!/usr/bin/python3
"""sql/always holds only what can be run again and again; sql/once sets its search_path; functions cannot be redirected.

Needs python3-pglast.
"""

import pathlib
import sys

from pglast import ast, parse_sql
from pglast.parser import ParseError

ROOT = pathlib.Path(__file__).resolve().parents[2]
SQL = ROOT / "sql"


def line_of(text, offset):
    """The number of the line on which the statement after this place begins."""
    while offset < len(text):
        if text.startswith("--", offset):
            offset = text.find("\n", offset)
        elif not text[offset].isspace():
            break
        offset += 1
    return text.count("\n", 0, offset) + 1


def option(function, name):
    """The options of that name of a CREATE FUNCTION."""
    return [o.arg for o in function.options or () if o.defname == name]


def function_findings(function):
    """What is wrong with a function."""
    if not function.replace:
        yield "CREATE FUNCTION without OR REPLACE"
    language = option(function, "language")[0].sval
    if language == "sql" and function.sql_body is None:
        yield "an SQL function without BEGIN ATOMIC"
    if language == "plpgsql":
        sets = [o for o in option(function, "set") if o.name == "search_path"]
        if not any([a.val.sval for a in s.args] == [""] for s in sets):
            yield "a plpgsql function without SET search_path = ''"
    if language not in ("sql", "plpgsql"):
        yield f"a function in {language}"


def always_findings(statement):
    """What is wrong with a statement of sql/always."""
    if isinstance(statement, ast.CreateFunctionStmt):
        yield from function_findings(statement)
    elif isinstance(statement, ast.ViewStmt):
        if not statement.replace:
            yield "CREATE VIEW without OR REPLACE"
    elif not isinstance(statement, (ast.CommentStmt, ast.GrantStmt)):
        yield f"{type(statement).__name__} cannot be repeated: only CREATE OR REPLACE, COMMENT, GRANT and REVOKE stand here"


def once_findings(statements):
    """What is wrong with a file of sql/once."""
    first = statements[0].stmt if statements else None
    if not (isinstance(first, ast.VariableSetStmt) and first.name == "search_path" and first.is_local
            and [a.val.sval for a in first.args] == ["pg_catalog"]):
        yield 1, "it does not begin with set local search_path = pg_catalog"


def file_findings(path):
    """What is wrong with a file, with its line."""
    text = path.read_text(encoding="utf-8")
    try:
        statements = parse_sql(text)
    except ParseError as error:
        yield 1, f"cannot be parsed: {error}"
        return
    if not text.startswith("-- "):
        yield 1, "it does not begin with a comment that says what it is for"
    if path.relative_to(SQL).parts[0] == "once":
        yield from once_findings(statements)
        return
    for raw in statements:
        for finding in always_findings(raw.stmt):
            yield line_of(text, raw.stmt_location), finding


def main():
    """Prints every finding as file:line: words."""
    found = 0
    for path in sorted([*SQL.glob("once/*.sql"), *SQL.glob("always/**/*.sql")]):
        for line, words in file_findings(path):
            print(f"{path.relative_to(ROOT)}:{line}: {words}")
            found += 1
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
