"""The unit file says what systemd 252 understands, and its sandbox is as tight as promised: exposure 1.0 or lower."""
import os
import re
import shutil
import subprocess
import sys
import tempfile

EXPOSURE_MAX = 1.0
NEEDED = ["Type=notify", "ExecReload=kill -HUP $MAINPID", "RestartPreventExitStatus=64 77 78"]


def main():
    with open("systemd/thiduad.service.in", encoding="utf-8") as f:
        text = f.read()
    bad = [f"systemd/thiduad.service.in: {line} is missing" for line in NEEDED if line not in text.splitlines()]
    if not re.search(r"^WatchdogSec=\d", text, re.M):
        bad.append("systemd/thiduad.service.in: WatchdogSec= is missing")
    if shutil.which("systemd-analyze"):
        bad += analyze(text)
    else:
        print("systemd-analyze is not installed: the exposure of the unit is not measured", file=sys.stderr)
    print("\n".join(bad), end="\n" if bad else "")
    return bool(bad)


def analyze(text):
    # Any program that is there will do: what counts is how systemd reads the file.
    text = text.replace("@CMAKE_INSTALL_FULL_BINDIR@/thiduad", shutil.which("true")).replace("@CMAKE_INSTALL_FULL_SYSCONFDIR@", "/etc")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "thiduad.service")
        with open(path, "w", encoding="utf-8") as f:
            f.write(re.sub(r"^Documentation=.*\n", "", text, flags=re.M))
        env = dict(os.environ, LC_ALL="C.UTF-8", SYSTEMD_COLORS="0")
        verify = subprocess.run(["systemd-analyze", "verify", path], capture_output=True, text=True, env=env)
        security = subprocess.run(["systemd-analyze", "security", "--offline=true", path], capture_output=True, text=True, env=env)
    bad = [f"systemd/thiduad.service.in: {line.removeprefix(path + ':')}" for line in verify.stderr.splitlines() if "thiduad.service" in line]
    found = re.search(r"Overall exposure level for thiduad.service: ([\d.]+)", security.stdout)
    if not found:
        bad.append(f"systemd-analyze security gives no level: {security.stderr.strip()}")
    elif float(found[1]) > EXPOSURE_MAX:
        bad.append(f"systemd/thiduad.service.in: exposure {found[1]}, wants at most {EXPOSURE_MAX}")
    return bad


sys.exit(main())
