"""Prints the manual pages, the reference and the bash completion from what the program says of itself and from the comments of the database.

    python3 docs/man/print.py PROGRAM            writes docs/man, docs/reference and docs/vi/van-hanh.md
    python3 docs/man/print.py PROGRAM --check    tells what is not current
"""

import json
import os
import re
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
KINDS = {
    "main": ("thiduad.yaml", "5", "main configuration of thiduad", "/etc/thiduad/thiduad.yaml"),
    "connector": ("thiduad-connector", "5", "one source system of thiduad", "/etc/thiduad/connectors.d/*.yaml"),
    "campaign": ("thiduad-campaign", "5", "one emulation campaign of thiduad", "/etc/thiduad/campaigns.d/*.yaml"),
}
SAMPLES = {"main": "conf/thiduad.yaml", "connector": "conf/connectors.d/khaibao.yaml", "campaign": None}


def read(path):
    with open(os.path.join(TOP, path), encoding="utf-8") as f:
        return f.read()


class Program:
    """What the program says of itself."""

    def __init__(self, path):
        self.path = path
        self.verbs = []
        for name, summary in re.findall(r"^  (\S+) +(.+)$", self.ask("--help").split("Verbs:")[1], re.M):
            text = self.ask(name, "--help")
            head, options = text.split("\nOptions:\n")
            synopsis = head.splitlines()[0].removeprefix(f"thiduad {name}").strip()
            help_text = head.split("\n\n", 2)[2].strip() if head.count("\n\n") > 1 else ""
            self.verbs.append((name, synopsis, summary, help_text, re.findall(r"^  (--[\w-]+)(?: ([A-Z]+))? +(.+)$", options, re.M)))

    def ask(self, *words):
        return subprocess.run([self.path, *words], stdout=subprocess.PIPE, text=True, check=True, env={"PATH": "/usr/bin:/bin"}).stdout.replace(
            "/usr/local/etc/", "/etc/").replace("/usr/local/share/", "/usr/share/")

    def schema(self, kind):
        return json.loads(self.ask("schema", kind))

    def reference(self, kind):
        return self.ask("schema", kind, "--format", "text")


# ---- troff ----

def roff(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^([.'])", r"\\&\1", text, flags=re.M)


def inline(text):
    """Markdown's code marks become bold."""
    return "".join(f"\\fB{roff(part)}\\fR" if i % 2 else roff(part) for i, part in enumerate(re.split(r"`([^`]*)`", text)))


def page(name, section, summary, body):
    return (f'.\\" Printed by docs/man/print.py; not edited by hand.\n.TH "{name.upper()}" "{section}" "" "thiduad" "thiduad"\n'
            f".SH NAME\n{roff(name)} \\- {roff(summary)}\n{body}")


def block(text):
    return f".PP\n.nf\n.RS 4\n{roff(text.rstrip())}\n.RE\n.fi\n"


def verbs_section(program):
    out = [".SH VERBS\n"]
    for name, synopsis, summary, help_text, options in program.verbs:
        out.append(f".SS {roff((name + ' ' + synopsis).strip())}\n{roff(summary)}.\n")
        prose, _, examples = re.sub(r"^Examples?:$", "\0", help_text, flags=re.M).partition("\0")
        for part in filter(None, (p.strip() for p in prose.split("\n\n"))):
            out.append(f".PP\n{roff(part)}\n")
        if examples:
            out.append(block(re.sub(r"^  ", "", examples.strip("\n"), flags=re.M)))
        for option, argument, words in options:
            if option not in ("--help", "--config"):
                out.append(f".TP\n\\fB{roff(option)}\\fR{' ' + argument if argument else ''}\n{roff(words)}\n")
    return "".join(out)


def daemon_page(program):
    body = read("docs/man/thiduad.8.in").replace("@VERBS@\n", verbs_section(program))
    return page("thiduad", "8", "collects figures of information systems and computes compliance", body)


# ---- options ----

def type_words(node):
    if "enum" in node:
        return "one of " + ", ".join(f"`{w}`" for w in node["enum"])
    kind = node.get("type")
    if "oneOf" in node:
        return "map with `kind`"
    if "anyOf" in node:
        return "yes or no" if {"type": "boolean"} in node["anyOf"] else "list of texts"
    if kind == "array":
        return "list of maps"
    if kind == "object":
        return "secret: one of `credential`, `file`, `env`" if "credential" in node.get("properties", {}) and node.get("maxProperties") == 1 else "map"
    if kind == "integer":
        return f"number, {node['minimum']} to {node['maximum']}" if "maximum" in node else "number"
    pattern = node.get("pattern", "")
    return "size, as 64 KiB" if "KiB" in pattern else "time, as 15 min" if "a-z" in pattern else "day, as 2024-03-01" if pattern else "text"


def rows(path, node):
    """(path, node, required) of each option; None as node: a heading."""
    inner = []
    for key, child in node.get("properties", {}).items():
        if key == "kind" and "const" in child:
            continue
        here = f"{path}.{key}" if path else key
        yield here, child, key in node.get("required", [])
        if child.get("maxProperties") == 1:
            continue
        if "oneOf" in child:
            inner += [(here, k, k["properties"]["kind"]["const"]) for k in child["oneOf"]]
        elif child.get("type") == "array" and "properties" in child.get("items", {}):
            inner.append((here + "[]", child["items"], None))
        elif "properties" in child:
            inner.append((here, child, None))
    for here, child, kind in inner:
        yield (f"{here}, kind: {kind}" if kind else here), (child if kind else None), None
        yield from rows(here, child)


def option_page(program, kind):
    name, section, summary, path = KINDS[kind]
    out = [f".SH SYNOPSIS\n\\fI{roff(path)}\\fR\n.SH DESCRIPTION\n{roff(DESCRIPTIONS[kind])}\n.SH OPTIONS\n"]
    for here, node, required in rows("", program.schema(kind)):
        if required is None:
            out.append(f".SS {roff(here)}\n")
            if node:
                out.append(f"{inline(node.get('description', ''))}\n")
            continue
        words = [type_words(node)] + (["required"] if required else [f"default `{node['default']}`"] if "default" in node else [])
        out.append(f".TP\n\\fB{roff(here)}\\fR\n{inline(node.get('description', ''))}\n.br\n({inline('; '.join(words))})\n")
    if SAMPLES[kind]:
        out.append(".SH EXAMPLE\n" + block(read(SAMPLES[kind])))
    out.append(f".SH SEE ALSO\n{', '.join(f'{chr(92)}fB{roff(n)}{chr(92)}fR({s})' for n, s, *_ in [('thiduad', '8'), *KINDS.values()] if n != name)}\n")
    return page(name, section, summary, "".join(out))


DESCRIPTIONS = {
    "main": "The main file names the folders of connectors, campaigns and unit tables, the database, the spool and the control socket. All files are YAML; an unknown "
            "key is an error with its place. \"thiduad check\" reads everything and connects to nothing; \"systemctl reload thiduad\" puts changes in force.",
    "connector": "One file for each source system: its address, authentication and manners, and a list of streams. A stream is one question asked on a schedule: "
                 "request, paging, format and the mapping from records to figures. \"thiduad fetch CONNECTOR/STREAM --dry-run\" shows what it would bring.",
    "campaign": "One file for each legal act: its levels, unit sets, criteria with their metrics, targets and days. The database computes from it who meets which criterion; "
                "\"thiduad explain\" shows what a result rests on.",
}


# ---- the database's interface ----

def api_objects():
    """(kind, name, comment, columns) of api_v1, from the comments of sql/always/api_v1."""
    found, columns = {}, {}
    folder = os.path.join(TOP, "sql/always/api_v1")
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), encoding="utf-8") as f:
            text = f.read()
        quoted = r"'((?:[^']|'')*)'"
        for kind, target, words in re.findall(r"comment on (view|function|type|materialized view) (api_v1\.[^;]*?) is\s+" + quoted, text, re.S):
            found[" ".join(target.split())] = (kind, words.replace("''", "'"))
        for target, column, words in re.findall(r"comment on column (api_v1\.\w+)\.(\w+) is\s+" + quoted, text, re.S):
            columns.setdefault(target, []).append((column, words.replace("''", "'")))
    return [(kind, target, words, columns.get(target, [])) for target, (kind, words) in sorted(found.items())]


API_WORDS = ("Readers (members of the role thidua_reader) see views and functions of the schema api_v1 and nothing else. It grows and never changes. "
             "Everything is as the database knows it now; functions with a parameter known_at look back.")


def api_page():
    out = [f".SH DESCRIPTION\n{roff(API_WORDS)}\n"]
    for heading, kinds in (("VIEWS", ("view", "materialized view")), ("FUNCTIONS", ("function",)), ("TYPES", ("type",))):
        part = [o for o in api_objects() if o[0] in kinds]
        if part:
            out.append(f".SH {heading}\n")
        for _, target, words, columns in part:
            out.append(f".SS {roff(target)}\n{inline(words)}\n")
            out += [f".TP\n\\fB{roff(c)}\\fR\n{inline(w)}\n" for c, w in columns]
    return page("thiduad-api", "7", "views and functions of the database for readers", "".join(out) + ".SH SEE ALSO\n\\fBthiduad\\fR(8)\n")


def api_reference():
    out = [f"# The database's interface: api_v1\n\nPrinted by docs/man/print.py; not edited by hand.\n\n{API_WORDS}\n"]
    for kind, target, words, columns in api_objects():
        out.append(f"\n## {kind} `{target}`\n\n{words}\n" + ("\n" if columns else ""))
        out += [f"- `{c}` — {w}\n" for c, w in columns]
    return "".join(out)


def verb_reference(program):
    out = ["# Verbs\n\nPrinted by docs/man/print.py; not edited by hand. The program prints the same with `thiduad VERB --help`.\n"]
    for name, synopsis, summary, help_text, options in program.verbs:
        out.append(f"\n## {name}\n\n`thiduad {(name + ' ' + synopsis).strip()}`\n\n{summary}.\n" + (f"\n```text\n{help_text}\n```\n" if help_text else "") + "\n")
        out += [f"- `{o}{' ' + a if a else ''}` — {w}\n" for o, a, w in options]
    return "".join(out)


# ---- completion ----

COMPLETION = """# bash completion of thiduad. Printed by docs/man/print.py; not edited by hand.

_thiduad_streams() {{
        thiduad status --format json 2>/dev/null | tr ',{{' '\\n\\n' | sed -n -e 's/.*"connector": *"\\([^"]*\\)".*/\\1/p' | sort -u
        thiduad status --format json 2>/dev/null | tr '{{' '\\n' | sed -n -e 's/.*"connector": *"\\([^"]*\\)", *"stream": *"\\([^"]*\\)".*/\\1\\/\\2/p'
}}

_thiduad() {{
        local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD-1]}} verb=${{COMP_WORDS[1]}} options= words=

        COMPREPLY=()
        if [ "$COMP_CWORD" -eq 1 ]; then
                mapfile -t COMPREPLY < <(compgen -W "{verbs} --help --version" -- "$cur")
                return
        fi
        case $prev in
        --config|--replay|--record) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --format) mapfile -t COMPREPLY < <(compgen -W "table text json csv" -- "$cur"); return ;;
        esac
        case $verb in
{cases}
        esac
        case $cur in
        -*) mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur") ;;
        *) mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur") ;;
        esac
}}
complete -o default -F _thiduad thiduad
"""


def completion(program):
    cases = []
    for name, synopsis, _, _, options in program.verbs:
        words = ""
        first = synopsis.split()[0] if synopsis else ""
        if "CONNECTOR" in first:
            words = "$(_thiduad_streams)"
        elif re.fullmatch(r"\[?[a-z-]+(\|[a-z-]+)+\]?", first):
            words = first.strip("[]").replace("|", " ")
        cases.append(f"        {name}) options=\"{' '.join(o for o, _, _ in options)}\" words=\"{words}\" ;;")
    return COMPLETION.format(verbs=" ".join(v[0] for v in program.verbs), cases="\n".join(cases))


PRINTED = "<!-- From here on printed from systemd/thiduad.vi.catalog by docs/man/print.py. -->\n"


def messages_in_vietnamese():
    """The catalogue's entries as sections, with the commands of the English page."""
    names = {i: n for n, i in re.findall(r'^EVENT\((\w+), "([0-9a-f]{32})"', read("src/base/events.def"), re.M)}
    commands = dict(re.findall(r"^### ([A-Z_]+)\n(?:(?!^##).)*?^(```sh\n.*?^```)", read("docs/operations.md"), re.M | re.S))
    parts = re.split(r"^-- ([0-9a-f]{32})$", read("systemd/thiduad.vi.catalog"), flags=re.M)[1:]
    out = []
    for id_, text in zip(parts[::2], parts[1::2]):
        head, _, body = re.sub(r"^#.*\n?", "", text, flags=re.M).strip().partition("\n\n")
        paragraphs = [" ".join(p.split()) for p in body.strip().split("\n\n")]
        for word in ("Dịch vụ tự xử lý:", "Việc cần làm:"):
            paragraphs = [p.replace(word, f"**{word}**", 1) if p.startswith(word) else p for p in paragraphs]
        out.append(f"### {names[id_]}\n\n{re.search(r'Subject: (.*)', head)[1]}.\n\n" + "\n\n".join(paragraphs) + "\n"
                   + (f"\n{commands[names[id_]]}\n" if names[id_] in commands else ""))
    return read("docs/vi/van-hanh.md").split(PRINTED)[0] + PRINTED + "\n" + "\n".join(out)


def pages(program):
    out = {"docs/man/thiduad.8": daemon_page(program), "docs/man/thiduad-api.7": api_page(), "docs/man/thiduad.bash-completion": completion(program),
           "docs/reference/verbs.md": verb_reference(program), "docs/reference/api.md": api_reference(),
           "docs/vi/van-hanh.md": messages_in_vietnamese()}
    for kind, (name, section, *_) in KINDS.items():
        out[f"docs/man/{name}.{section}"] = option_page(program, kind)
        out[f"docs/reference/{kind}.md"] = program.reference(kind)
    return out


def main():
    program = Program(os.path.abspath(sys.argv[1]))
    bad = 0
    for path, text in pages(program).items():
        full = os.path.join(TOP, path)
        if "--check" not in sys.argv:
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, "w", encoding="utf-8") as f:
                f.write(text)
        elif not os.path.exists(full) or read(path) != text:
            print(f"{path}: not current; run: python3 docs/man/print.py PROGRAM")
            bad += 1
    return bool(bad)


sys.exit(main())
