#!/usr/bin/python3
"""sql/install.sql must be what sql/manifest and the hashes of sql/once say; --write makes it so."""

import hashlib
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
SQL = ROOT / "sql"

HEAD = """\
-- The same as "thiduad db init" and "thiduad db upgrade", for a DBA with nothing but psql:
--     psql -X -d thidua -f sql/install.sql
-- Printed by tests/lint/sql_install.py --write from sql/manifest; not edited by hand.

\\set ON_ERROR_STOP on
\\set QUIET on
set client_min_messages = warning;
"""

FIRST = """
-- {name}: makes meta.applied, so its own row goes in last.
select to_regclass('meta.applied') is null as todo \\gset
\\if :todo
begin;
\\ir once/{name}
insert into meta.applied (name, sha256) values ('{name}', '{sha}');
commit;
\\endif
"""

CHECK = """
do $$
declare
        v_name text;
begin
        select a.name into v_name
        from meta.applied a
        left join (values
{rows}
        ) as m(name, sha256) using (name)
        where m.sha256 is distinct from a.sha256
        order by a.name
        limit 1;
        if found then
                raise exception 'sql/once/% is not the file that was applied to this database', v_name;
        end if;
end
$$;
"""

ONCE = """
select not exists (select from meta.applied where name = '{name}') as todo \\gset
\\if :todo
begin;
set local role thidua_owner;
insert into meta.applied (name, sha256) values ('{name}', '{sha}');
\\ir once/{name}
commit;
\\endif
"""

ALWAYS_HEAD = """
begin;
set local search_path = pg_catalog;
set local role thidua_owner;
"""


def manifest():
    """The lines of sql/manifest as (kind, path)."""
    lines = [line.split("#")[0].split() for line in (SQL / "manifest").read_text(encoding="utf-8").splitlines()]
    return [tuple(line) for line in lines if line]


def printed():
    """What install.sql has to be."""
    entries = manifest()
    once = [name for kind, name in entries if kind == "once"]
    sha = {name: hashlib.sha256((SQL / "once" / name).read_bytes()).hexdigest() for name in once}
    out = [HEAD, FIRST.format(name=once[0], sha=sha[once[0]])]
    rows = ",\n".join(f"                ('{name}', '{sha[name]}')" for name in once)
    out.append(CHECK.format(rows=rows))
    out += [ONCE.format(name=name, sha=sha[name]) for name in once[1:]]
    out.append(ALWAYS_HEAD)
    out += [f"\\ir always/{name}\n" for kind, name in entries if kind == "always"]
    out.append("commit;\n")
    return "".join(out)


def findings():
    """Everything that is wrong, one line each."""
    entries = manifest()
    found = []
    for kind, name in entries:
        if kind not in ("once", "always"):
            found.append(f"sql/manifest: unknown word {kind}")
        elif not (SQL / kind / name).is_file():
            found.append(f"sql/manifest: no file sql/{kind}/{name}")
    for kind in ("once", "always"):
        named = [name for k, name in entries if k == kind]
        there = {str(p.relative_to(SQL / kind)) for p in (SQL / kind).rglob("*.sql")}
        found += [f"sql/{kind}/{name}: not in sql/manifest" for name in sorted(there - set(named))]
        found += [f"sql/manifest: {name} stands twice" for name in sorted(set(named)) if named.count(name) > 1]
    once = [name for kind, name in entries if kind == "once"]
    if once != sorted(once) or [k for k, _ in entries] != ["once"] * len(once) + ["always"] * (len(entries) - len(once)):
        found.append("sql/manifest: once files come first, in the order of their numbers")
    if not found and (SQL / "install.sql").read_text(encoding="utf-8") != printed():
        found.append("sql/install.sql: differs from sql/manifest; run tests/lint/sql_install.py --write")
    return found


def main():
    """Checks, or writes with --write."""
    if sys.argv[1:] == ["--write"]:
        (SQL / "install.sql").write_text(printed(), encoding="utf-8")
    found = findings()
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
