"""A Debian that boots: systemd-nspawn without network of its own machine, driven through the namespaces of its first process."""

import os
import shutil
import signal
import subprocess
import time


class Failed(Exception):
    pass


def until(seconds, what, check, pause=0.3):
    """Waits for what check() gives, when it is true; tells the last thing seen otherwise."""
    end, last = time.monotonic() + seconds, None
    while time.monotonic() < end:
        try:
            last = check()
            if last:
                return last
        except Failed as error:
            last = error
        time.sleep(pause)
    raise Failed(f"not within {seconds} s: {what} (last: {last})")


class Machine:
    """The base system stays as it is: what the machine writes goes to a layer over it."""

    def __init__(self, base, folder):
        self.folder = folder
        self.root = os.path.join(folder, "root")
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        # In memory: a package manager waits for the disk after each file.
        self.is_in_memory = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3g,mode=755", "tmpfs", folder], stderr=subprocess.DEVNULL).returncode == 0
        for name in ("root", "upper", "work"):
            os.makedirs(os.path.join(folder, name))
        self.is_mounted = subprocess.run(
            ["mount", "-t", "overlay", "overlay", "-o", f"lowerdir={base},upperdir={folder}/upper,workdir={folder}/work", self.root],
            stderr=subprocess.DEVNULL).returncode == 0
        if not self.is_mounted:
            subprocess.run(["cp", "-a", f"{base}/.", self.root], check=True)
        self.log = open(os.path.join(folder, "console.log"), "wb")
        self.nspawn = None
        self.leader = None

    def boot(self):
        self.nspawn = subprocess.Popen(["systemd-nspawn", "-q", "-D", self.root, "--register=no", "--keep-unit", "--private-network", "--console=pipe", "-b"],
                                       stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, start_new_session=True)
        self.leader = until(20, "the first process of the machine", self.find_leader, 0.05)
        until(60, "the machine has booted", lambda: self.try_run("systemctl is-system-running").stdout.strip() in ("running", "degraded"))

    def find_leader(self):
        if self.nspawn.poll() is not None:
            raise RuntimeError("systemd-nspawn ended; see console.log")
        with open(f"/proc/{self.nspawn.pid}/task/{self.nspawn.pid}/children", encoding="ascii") as f:
            for pid in f.read().split():
                with open(f"/proc/{pid}/status", encoding="utf-8") as status:
                    if any(line.startswith("NSpid:") and line.split()[-1] == "1" for line in status):
                        return pid
        return None

    def try_run(self, script, timeout=120):
        return subprocess.run(["nsenter", "-t", self.leader, "-m", "-u", "-i", "-n", "-p", "-C", "--root", "--wd", "env", "-i", "-C", "/",
                               "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", "DEBIAN_FRONTEND=noninteractive", "SYSTEMD_PAGER=", "bash", "-c", script],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace", timeout=timeout)

    def run(self, script, timeout=120):
        done = self.try_run(script, timeout)
        if done.returncode != 0:
            raise Failed(f"{script}\nexit code {done.returncode}\n{done.stdout[-1500:]}{done.stderr[-1500:]}")
        return done.stdout

    def write(self, path, text, mode=0o644):
        full = self.root + path
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(full, mode)

    def read(self, path):
        with open(self.root + path, encoding="utf-8") as f:
            return f.read()

    def close(self):
        if self.nspawn and self.nspawn.poll() is None:
            try:
                self.try_run("systemctl --no-block poweroff", 10)
                self.nspawn.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(self.nspawn.pid, signal.SIGKILL)
                self.nspawn.wait(10)
        self.log.close()
        if self.is_mounted:
            subprocess.run(["umount", "-l", self.root], check=False)
        if self.is_in_memory:
            subprocess.run(["umount", "-l", self.folder], check=False)
