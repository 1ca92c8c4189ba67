"""What the package ships besides the program, as far as it can be tried without installing it: alert rules and their test (promtool), manual pages (man and groff), completion (bash).
A tool that is missing is told and passed over; with --all it is a finding."""
import glob
import os
import shutil
import subprocess
import sys

RULES = "systemd/packaging/monitoring"
COMPLETION = r"""source docs/man/thiduad.bash-completion
complete_as() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _thiduad; echo " ${COMPREPLY[*]} "; }
complete_as thiduad ""
complete_as thiduad check --s
complete_as thiduad db up
"""
# What each line of the above must hold.
COMPLETED = [(" doctor ", " status ", " reload "), (" --strict ",), (" upgrade ",)]


def run(*words):
    return subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, "LC_ALL": "C.UTF-8", "MANWIDTH": "100"})


def rules():
    bad = []
    for words in (("check", "rules", f"{RULES}/thiduad.rules.yml"), ("test", "rules", f"{RULES}/thiduad.test.yml")):
        done = run("promtool", *words)
        if done.returncode:
            bad.append(f"promtool {' '.join(words)}:\n{done.stdout}")
    return bad


def pages():
    """groff says nothing about a page that is as it should be."""
    bad = []
    for page in sorted(glob.glob("docs/man/*.[578]")):
        done = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", page], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                              env={**os.environ, "LC_ALL": "C.UTF-8", "MANWIDTH": "100"})
        if done.returncode or done.stderr:
            bad.append(f"{page}: {done.stderr.strip()}")
    return bad


def completion():
    done = run("bash", "-c", COMPLETION)
    lines = done.stdout.splitlines()
    if done.returncode or len(lines) != len(COMPLETED):
        return [f"docs/man/thiduad.bash-completion: {done.stdout}"]
    return [f"docs/man/thiduad.bash-completion: {word.strip()} is not offered: {line}" for line, words in zip(lines, COMPLETED) for word in words if word not in line]


def main():
    bad = []
    for what, tools in ((rules, ("promtool",)), (pages, ("man", "groff")), (completion, ("bash",))):
        missing = [tool for tool in tools if not shutil.which(tool)]
        if not missing:
            bad += what()
        elif "--all" in sys.argv:
            bad.append(f"{' and '.join(missing)} is not installed: {what.__name__} cannot be tried")
        else:
            print(f"{' and '.join(missing)} is not installed: {what.__name__} are not tried", file=sys.stderr)
    print("\n".join(bad), end="\n" if bad else "")
    return bool(bad)


sys.exit(main())
