"""Each header of src/ compiles alone: it includes what its own declarations need."""
import glob
import os
import subprocess
import sys
import tempfile

FLAGS = ["-std=gnu17", "-D_GNU_SOURCE", "-Isrc", "-fsyntax-only", "-Wall", "-Wextra", "-Wstrict-prototypes", "-Wundef", "-Werror"]


# Doors are .c files but for this one, which two doors share.
LIBRARIES = ["libxml-2.0"]


def library_flags():
    run = subprocess.run(["pkg-config", "--cflags", *LIBRARIES], capture_output=True, text=True, check=True)
    return run.stdout.split()


def main():
    headers = sorted(glob.glob("src/**/*.h", recursive=True))
    with tempfile.TemporaryDirectory() as folder:
        sources = []
        for n, header in enumerate(headers):
            sources.append(os.path.join(folder, f"{n}.c"))
            with open(sources[-1], "w", encoding="utf-8") as f:
                # Twice, so that a header without #pragma once is found too.
                f.write(f'#include "{os.path.relpath(header, "src")}"\n' * 2)
        run = subprocess.run([os.environ.get("CC", "cc"), *FLAGS, *library_flags(), *sources], capture_output=True, text=True, check=False)
    for n, header in enumerate(headers):
        run.stderr = run.stderr.replace(f"{folder}/{n}.c", f"{header} alone")
    print(run.stderr, end="")
    return run.returncode != 0


sys.exit(main())
