"""The package on a bare Debian 12 with systemd, as an operator meets it: install, configure by the guide, run, reload, fail, upgrade, purge."""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time

from machine import Failed, Machine, until

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(TOP, "build/deploy")
SYSTEMS = {"dvcqg": "portal", "dvcqg-766": "portal", "motcua": "onestop", "vanban": "lgsp", "baocao": "reports", "dulieumo": "opendata", "congthongtin": "sites",
           "khaibao": "declared"}
SECRETS = {"lgsp-secret": "sim-secret", "baocao-token": "sim-hub-token"}
EXPOSURE_MAX = 1.0
STEPS = []


def step(function):
    STEPS.append(function)
    return function


def check(condition, words):
    if not condition:
        raise Failed(words)


def events():
    text = open(os.path.join(TOP, "src/base/events.def"), encoding="utf-8").read()
    return dict(re.findall(r'EVENT\((\w+), "([0-9a-f]{32})"', text))


class Site:
    def __init__(self, machine, old_deb, new_deb, release_deb, why_none):
        self.m, self.old_deb, self.new_deb = machine, old_deb, new_deb
        self.release_deb, self.why_none = release_deb, why_none        # of an earlier commit; None: why there is none
        self.event_ids = events()

    def show(self, name):
        return self.m.run(f"systemctl show -P {name} thiduad").strip()

    def status(self):
        return json.loads(self.m.run("thiduad status --format json"))

    def journal(self, event, since=None):
        done = self.m.try_run(f"journalctl -q -o json {'--since=@' + str(since) if since else ''} MESSAGE_ID={self.event_ids[event]}")
        return [json.loads(line) for line in done.stdout.splitlines()]

    def sql(self, statement):
        return self.m.run(f"runuser -u postgres -- psql -X -A -t -d thidua -c \"{statement}\"").strip()

    def now(self):
        return int(self.m.run("date +%s")) - 1

    def page(self, path):
        code = f"import urllib.request as u; print(u.urlopen('http://127.0.0.1:9467{path}').read().decode(), end='')"
        return self.m.run(f'python3 -c "{code}"')


@step
def install(s):
    """The package brings account, folders and catalogue; nothing runs that nobody configured."""
    s.m.run(f"apt-get -q install -y --no-install-recommends /opt/deploy/{s.old_deb} postgresql", 300)
    check(s.m.try_run("systemctl is-active thiduad").stdout.strip() == "inactive", "the service runs after a first installation")
    check(s.m.try_run("systemctl is-enabled thiduad").stdout.strip() == "disabled", "the service is enabled after a first installation")
    check(s.m.run("stat -c '%U:%G %a' /etc/thiduad").strip() == "root:thiduad 750", "rights of /etc/thiduad")
    check(s.m.run("stat -c '%U:%G %a' /var/lib/thiduad").strip() == "thiduad:thiduad 700", "rights of /var/lib/thiduad")
    check("thiduad is ready" in s.m.run(f"journalctl --list-catalog {s.event_ids['READY']}"), "the catalogue does not know READY")


@step
def database(s):
    """The guide's way to the database: a DBA with psql and nothing else."""
    until(60, "PostgreSQL answers", lambda: s.m.try_run("runuser -u postgres -- psql -X -c 'select 1'").returncode == 0)
    s.m.run("runuser -u postgres -- createuser thiduad")
    s.m.run("runuser -u postgres -- createdb thidua")
    s.m.run("runuser -u postgres -- psql -X -q -d thidua -f /usr/share/thiduad/sql/install.sql", 300)
    s.m.run("runuser -u postgres -- psql -X -q -d thidua -c 'grant thidua_writer to thiduad'")


@step
def configure(s):
    """The shipped files with the addresses of the simulated province; secrets as credentials, one of them sealed."""
    begin_province(s)
    name_sources(s)
    s.m.write("/etc/credstore/baocao-token", SECRETS["baocao-token"], 0o600)
    s.m.write("/etc/credstore/motcua-group", "35166", 0o600)
    s.m.run(f"mkdir -p /etc/credstore.encrypted; printf {SECRETS['lgsp-secret']} | systemd-creds encrypt --with-key=host --name=lgsp-secret - /etc/credstore.encrypted/lgsp-secret.cred")
    s.m.write("/etc/systemd/system/thiduad.service.d/site.conf", "[Service]\nWatchdogSec=4s\n"
              "LoadCredential=baocao-token:/etc/credstore/baocao-token\nLoadCredential=motcua-group:/etc/credstore/motcua-group\n"
              "LoadCredentialEncrypted=lgsp-secret:/etc/credstore.encrypted/lgsp-secret.cred\n")
    s.m.run("systemctl daemon-reload && thiduad check")


def begin_province(s):
    s.m.run("systemd-run -q --unit=province /usr/bin/python3 /opt/deploy/tests/province/serve.py --port-file /opt/deploy/ports.json --today 2024-12-13")
    until(60, "the province listens", lambda: os.path.exists(s.m.root + "/opt/deploy/ports.json"))


def name_sources(s):
    ports = json.loads(s.m.read("/opt/deploy/ports.json"))
    s.m.write("/etc/thiduad/units/codes.csv", re.sub(r"(?m)^([a-z0-9]*)-sim,", r"\1,", open(os.path.join(TOP, "tests/province/codes.csv"), encoding="utf-8").read()))
    for name, system in SYSTEMS.items():
        path = f"/etc/thiduad/connectors.d/{name}.yaml"
        text = s.m.read(path)
        for pattern, by in ((r"(?m)^base_url: .*", f"base_url: http://127.0.0.1:{ports[system]}"), (r"(?m)^enabled: no", "enabled: yes"),
                            (r"(?m)^  client_id: .*", "  client_id: thiduad-sim"), (r"rate: \d+", "rate: 0"),
                            (r"schedule: \{every: \d+ h\}", "schedule: {every: 6 h, spread: none}\n    retry: 10 s")):
            text = re.sub(pattern, by, text)
        s.m.write(path, text)


@step
def refuses_a_bad_start(s):
    """A wrong configuration ends the start with 78, says where, and is not tried again."""
    s.m.run("cp /etc/thiduad/thiduad.yaml /opt/deploy/good.yaml; echo 'spoool: {}' >>/etc/thiduad/thiduad.yaml")
    check(s.m.try_run("systemctl start thiduad").returncode != 0, "a start with a wrong configuration succeeded")
    check(s.show("ExecMainStatus") == "78" and s.show("NRestarts") == "0", f"exit {s.show('ExecMainStatus')}, restarts {s.show('NRestarts')}")
    found = s.journal("CONFIG_INVALID")
    check(found and "spoool" in found[-1]["MESSAGE"], f"the journal does not name the error: {found}")
    s.m.run("cat /opt/deploy/good.yaml >/etc/thiduad/thiduad.yaml; systemctl reset-failed thiduad")


@step
def starts(s):
    """start returns when the daemon serves, not before; it runs as its own user, with credentials, and figures arrive."""
    s.m.run("systemctl enable --now thiduad")
    check(s.status()["streams"], "the control socket does not answer right after the start")
    check((s.show("ActiveState"), s.show("SubState")) == ("active", "running"), "not active (running)")
    check(s.m.run(f"ps -o user= -p {s.show('MainPID')}").strip() == "thiduad" if s.m.try_run("command -v ps").returncode == 0 else
          s.m.run(f"stat -c %U /proc/{s.show('MainPID')}").strip() == "thiduad", "does not run as thiduad")
    check(len(s.journal("READY")) == 1, "not exactly one READY in the journal")

    def settled():
        status = s.status()
        return all(c["runs"] > 0 and c["state"] in ("ok", "partial") for c in status["streams"]) and status["spool"]["parcels"] == 0 and not status["recompute"]["is_pending"]

    try:
        until(150, "every stream was polled and delivered", settled, 1)
    except Failed as error:
        raise Failed(f"{error}\n{s.m.try_run('thiduad status').stdout}") from error
    check(int(s.sql("select count(*) from fact.observation")) > 1000, "hardly any figures in the database")
    check(int(s.sql("select count(*) from api_v1.compliance")) > 100, "no compliance in the database")
    line = s.show("StatusText")
    check("connectors ok" in line and "spool 0 B" in line, f"STATUS= is not what an operator reads: {line}")
    check(s.page("/-/healthy").strip() == "healthy" and s.page("/-/ready").strip() == "ready", "health pages")


@step
def doctor_is_content(s):
    """The doctor finds credentials, database and sources in order; with a credential missing it names it and says what to do."""
    words = "runuser -u thiduad -- env CREDENTIALS_DIRECTORY={} thiduad doctor --format json"
    found = json.loads(s.m.try_run(words.format("/run/credentials/thiduad.service")).stdout)
    errors = [f for f in found if f["health"] == "error"]
    check(not errors, f"the doctor finds errors: {errors}")
    check({"configuration", "clock", "spool", "database", "database rights", *SYSTEMS} <= {f["what"] for f in found}, f"the doctor did not look at all: {found}")
    check(any(f["what"] == "vanban" and "login works" in f["words"] for f in found), "the login of vanban was not tried")
    without = s.m.try_run(words.format("/nonexistent"))
    check(without.returncode == 69 and any(f["what"] == "vanban" and "lgsp-secret" in f["words"] and f["to_do"] for f in json.loads(without.stdout)),
          f"a missing credential is not told: {without.stdout}")


@step
def init_writes(s):
    """init writes a configuration that check takes, says what is left, and keeps what is there."""
    said = s.m.run("thiduad init /opt/deploy/new vanban motcua")
    check("connectors.d/vanban.yaml:" in said and "LoadCredential=lgsp-secret" in said, f"init does not say what is left: {said}")
    s.m.run("thiduad check --config /opt/deploy/new/thiduad.yaml && ls /opt/deploy/new/connectors.d | wc -l | grep -qx 2")
    check("written" not in s.m.run("thiduad init /opt/deploy/new vanban motcua"), "init writes over files")
    check(s.m.try_run("thiduad init /opt/deploy/new nosuch").returncode == 64, "init takes a system that is not there")


@step
def verbs_work(s):
    """Every verb of an operator does its work on the installed system, as the daemon's user where the database knows that one."""
    for words in ("thiduad pause dulieumo", "thiduad status", "thiduad resume dulieumo", "thiduad schema connector"):
        s.m.run(words)
    for words in ("compliance --format json", "explain nt-so-noi-vu III.3b --campaign ninh-thuan-2024", "review list", "quarantine list motcua", "parcels list"):
        s.m.run(f"runuser -u thiduad -- thiduad {words}")
    # 65 is an answer of these: the campaign is over, the list has findings.
    for words in ("thiduad outlook --campaign ninh-thuan-2024", "thiduad shortlist --campaign ninh-thuan-2024 nt-so-tttt nt-vp-ubnd"):
        done = s.m.try_run(f"runuser -u thiduad -- {words}")
        check(done.returncode in (0, 65), f"{words}: {done.stderr}")


@step
def journal_speaks_two_languages(s):
    """Entries carry MESSAGE_ID and the fields of their stream; the catalogue explains them in English and in Vietnamese."""
    one = s.journal("RUN_OK")[-1]
    check(one["THIDUA_CONNECTOR"] in SYSTEMS and one["THIDUA_STREAM"] and one["THIDUA_RUN"] and one["THIDUA_EVENT"] == "RUN_OK", f"fields: {one}")
    identity = s.event_ids["READY"]
    english = s.m.run(f"journalctl -q -x MESSAGE_ID={identity}")
    vietnamese = s.m.run(f"LC_ALL=vi_VN.UTF-8 journalctl -q -x MESSAGE_ID={identity}")
    check("To do: nothing" in english, "no English explanation")
    check("sẵn sàng" in vietnamese and "To do" not in vietnamese, "no Vietnamese explanation")


@step
def journal_queries_work(s):
    """Every query that docs/journal.md gives an administrator runs on the installed system, and those about what has happened here find it."""
    s.m.run("apt-get -q install -y --no-install-recommends jq", 300)
    with open(os.path.join(TOP, "docs/journal.md"), encoding="utf-8") as f:
        blocks = re.findall(r"```sh\n(.*?)```", f.read(), re.S)
    found = 0
    for block in blocks:
        for command in re.sub(r"\|\n\s+", "| ", block).strip().splitlines():
            if command.endswith(" -f"):
                continue
            done = s.m.try_run(f"set -o pipefail; {command}")
            check(done.returncode == 0 and not done.stderr, f"{command}: {done.returncode} {done.stdout[-300:]}{done.stderr}")
            found += bool(done.stdout.strip()) and "-- No entries --" not in done.stdout
    check(len(blocks) > 5 and found > 5, f"{found} of {len(blocks)} queries found anything")


@step
def reloads(s):
    """A good change is put in force; a bad one is refused in words, and the daemon goes on with the old one."""
    pid, began = s.show("MainPID"), s.now()
    s.m.run("sed -i 's/^recompute:.*//; $ a recompute: {after: 1 s}' /etc/thiduad/thiduad.yaml && systemctl reload thiduad")
    until(20, "RELOADED in the journal", lambda: s.journal("RELOADED", began))
    s.m.run("echo 'titel: x' >>/etc/thiduad/connectors.d/vanban.yaml; systemctl reload thiduad || true")
    until(20, "RELOAD_REFUSED in the journal", lambda: s.journal("RELOAD_REFUSED", began))
    check(any("titel" in e["MESSAGE"] for e in s.journal("CONFIG_INVALID", began)), "the journal does not name the error")
    check("thiduad_config_reload_ok 0" in s.page("/metrics"), "the metric does not tell the refused configuration")
    check(s.m.try_run("thiduad reload").returncode != 0, "thiduad reload succeeds with a wrong configuration")
    s.m.run("sed -i '/^titel: x/d' /etc/thiduad/connectors.d/vanban.yaml && thiduad reload")
    check("thiduad_config_reload_ok 1" in s.page("/metrics"), "the metric does not tell that all is well again")
    check(s.show("MainPID") == pid and s.show("ActiveState") == "active", "the daemon was restarted by a reload")


@step
def watchdog(s):
    """A loop that stands still is killed and the service comes back."""
    pid, restarts = s.show("MainPID"), int(s.show("NRestarts"))
    s.m.run(f"kill -STOP {pid}")
    until(60, "a new process after the watchdog", lambda: int(s.show("NRestarts")) > restarts and s.show("ActiveState") == "active" and s.show("MainPID") != pid)
    check("atchdog timeout" in s.m.run("journalctl -q -u thiduad --since=-2min"), "systemd does not tell of the watchdog")
    until(20, "the control socket answers again", lambda: s.status()["streams"])


@step
def stops_without_loss(s):
    """With the database away figures wait on disk; SIGTERM ends within 5 s; after the next start they are delivered."""
    until(60, "the spool is empty", lambda: s.status()["spool"]["parcels"] == 0)
    s.m.run("systemctl stop postgresql")
    before = s.now()
    s.m.run("thiduad run-now khaibao; thiduad run-now dvcqg")
    waiting = until(60, "parcels in the spool", lambda: s.status()["spool"]["parcels"])
    until(30, "DATABASE_LOST in the journal", lambda: s.journal("DATABASE_LOST", before))
    began = time.monotonic()
    s.m.run("systemctl stop thiduad")
    took = time.monotonic() - began
    check(took < 5, f"stopping took {took:.1f} s")
    check(s.show("Result") == "success", f"the stop was not clean: {s.show('Result')}")
    s.m.run("systemctl start postgresql thiduad")
    until(90, "what waited was delivered", lambda: s.status()["spool"]["parcels"] == 0 and s.status()["database"]["parcels"] >= waiting, 1)


@step
def upgrades(s):
    """A newer package keeps configuration and figures, and the daemon goes on with the new program."""
    figures, pid = int(s.sql("select count(*) from fact.observation")), s.show("MainPID")
    s.m.run(f"apt-get -q install -y --no-install-recommends -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold /opt/deploy/{s.new_deb}", 300)
    until(30, "the service runs again", lambda: s.show("ActiveState") == "active" and s.show("MainPID") != pid)
    check("base_url: http://127.0.0.1" in s.m.read("/etc/thiduad/connectors.d/vanban.yaml"), "the upgrade replaced a file of the administrator")
    check(int(s.sql("select count(*) from fact.observation")) >= figures, "figures were lost")
    s.m.run("runuser -u thiduad -- thiduad db check")
    until(60, "streams are there after the upgrade", lambda: s.status()["streams"])


@step
def sandbox(s):
    """The installed unit is as tight as promised, and systemd finds nothing to say about it."""
    found = re.search(r"Overall exposure level for thiduad.service: ([\d.]+)", s.m.run("systemd-analyze security --no-pager thiduad"))
    check(found and float(found[1]) <= EXPOSURE_MAX, f"exposure {found and found[1]}")
    for unit in ("thiduad.service", "thiduad@hue.service"):
        said = s.m.try_run(f"systemd-analyze verify --man=no {unit}")
        check("thiduad" not in said.stderr, f"systemd-analyze verify {unit}: {said.stderr}")
    print(f"   exposure {found[1]}")


@step
def second_instance(s):
    """The template runs a second instance beside the first, with folders of its own."""
    s.m.run("mkdir -p /etc/thiduad-hai && cp -r /etc/thiduad/. /etc/thiduad-hai/ && rm -f /etc/thiduad-hai/connectors.d/* && chgrp -R thiduad /etc/thiduad-hai")
    s.m.write("/etc/thiduad-hai/thiduad.yaml", "instance: hai\ndatabase: {conninfo: dbname=thidua}\nspool: {dir: /var/lib/thiduad-hai/spool}\n"
              "control: {socket: /run/thiduad-hai/control.sock, listen: '127.0.0.1:9468'}\n")
    s.m.run("systemctl start thiduad@hai && thiduad status --config /etc/thiduad-hai/thiduad.yaml && systemctl is-active thiduad && systemctl stop thiduad@hai")


@step
def prometheus(s):
    """Prometheus of Debian scrapes the daemon, takes the rules, and finds nothing wrong with the metrics."""
    s.m.run("apt-get -q install -y --no-install-recommends prometheus", 300)
    s.m.write("/etc/prometheus/prometheus.yml", "global: {scrape_interval: 1s, evaluation_interval: 1s}\nrule_files: [/usr/share/thiduad/monitoring/thiduad.rules.yml]\n"
              "scrape_configs:\n  - {job_name: thiduad, static_configs: [{targets: ['127.0.0.1:9467']}]}\n")
    s.m.run("systemctl restart prometheus")

    def ask(path):
        return json.loads(s.m.run(f"python3 -c \"import urllib.request as u; print(u.urlopen('http://127.0.0.1:9090/api/v1/{path}').read().decode())\""))["data"]

    until(60, "Prometheus has scraped the daemon", lambda: any(r["value"][1] == "1" for r in ask("query?query=up%7Bjob%3D%22thiduad%22%7D")["result"]))
    until(20, "series of the streams", lambda: len(ask("query?query=thiduad_stream_last_success_timestamp_seconds")["result"]) > 5)
    until(20, "rules are evaluated", lambda: all(r["health"] == "ok" for g in ask("rules")["groups"] for r in g["rules"]) and ask("rules")["groups"])
    s.m.write("/opt/deploy/metrics.txt", s.page("/metrics?format=text"))
    said = s.m.try_run("promtool check metrics </opt/deploy/metrics.txt")
    check(said.returncode == 0, f"promtool check metrics: {said.stdout}{said.stderr}")
    s.m.run("systemctl stop prometheus")


@step
def secrets_stay_secret(s):
    """No secret stands in the journal, the database, the spool, or what others see of the process; no core can be written."""
    pid = s.show("MainPID")
    places = {"the journal": "journalctl -q -o export", "the database": "runuser -u postgres -- pg_dump thidua", "the spool": "cat /var/lib/thiduad/spool/* 2>/dev/null; true",
              "/proc": f"cat /proc/{pid}/cmdline /proc/{pid}/environ /proc/{pid}/status /proc/{pid}/maps", "the control socket": "thiduad status --format json",
              "the metrics": "cat /opt/deploy/metrics.txt"}
    for place, command in places.items():
        for name, secret in SECRETS.items():
            count = s.m.run(f"({command}) | grep -a -c -e {secret} || true", 300).strip()
            check(count == "0", f"{name} stands in {place}, {count} times")
    check(re.search(r"Max core file size +0 +0", s.m.run(f"cat /proc/{pid}/limits")), "a core could be written")
    check(s.m.run(f"stat -c %U /proc/{pid}/environ").strip() == "root", "others than root may look into the process")
    shown = s.m.run(f"ls -l /proc/{pid}/fd")
    check("spool" in shown and not any(secret in shown for secret in SECRETS.values()), f"its open files: {shown}")


@step
def purges(s):
    """Removal stops the daemon; purging takes configuration and spool away, and leaves the database alone."""
    s.m.run("apt-get -q remove -y thiduad", 120)
    check(s.m.try_run("systemctl is-active thiduad").stdout.strip() != "active", "the daemon runs after its removal")
    check(os.path.exists(s.m.root + "/etc/thiduad/connectors.d/vanban.yaml"), "removal took the configuration away")
    s.m.run("apt-get -q purge -y thiduad", 120)
    left = s.m.run("find / -xdev -path /opt -prune -o -path /proc -prune -o -path /var/lib/dpkg -prune -o -path /var/log -prune -o -name '*thiduad*' -print").split()
    known = ("/etc/systemd/system/thiduad.service.d", "/etc/thiduad-hai", "/var/lib/thiduad-hai", "/var/cache", "/tmp", "/var/tmp", "/run", "/sys")
    check(all(p.startswith(known) for p in left), f"left behind: {left}")
    check(int(s.sql("select count(*) from fact.observation")) > 1000, "the database was touched")


@step
def upgrades_a_release_of_before(s):
    """A package with an older schema and figures of its own becomes this one: the new daemon says what is missing and loses nothing meanwhile; once the DBA has upgraded it goes on, with every figure of before."""
    if not s.release_deb:
        print(f"   LEFT OUT: {s.why_none}")
        return
    s.m.run("runuser -u postgres -- dropdb thidua && runuser -u postgres -- createdb thidua")
    s.m.run(f"apt-get -q install -y --no-install-recommends /opt/deploy/{s.release_deb}", 300)
    s.m.run("runuser -u postgres -- psql -X -q -d thidua -f /usr/share/thiduad/sql/install.sql", 300)
    s.m.run("runuser -u postgres -- psql -X -q -d thidua -c 'grant thidua_writer to thiduad'")
    name_sources(s)
    s.m.run("thiduad check && systemctl enable --now thiduad")
    until(150, "figures of the older release", lambda: int(s.sql("select count(*) from fact.observation")) > 1000 and s.status()["spool"]["parcels"] == 0
          and all(c["runs"] > 0 for c in s.status()["streams"]), 1)
    s.m.run("thiduad pause motcua; thiduad pause vanban; thiduad pause dvcqg; thiduad pause baocao; thiduad pause dulieumo; thiduad pause congthongtin; thiduad pause khaibao")
    until(60, "the last parcel of the older release", lambda: s.status()["spool"]["parcels"] == 0)
    moment = s.sql("select clock_timestamp()")
    believed = "select count(*), sum(hashtextextended(o::text, 0)) from fact.observation o where known_at <= '%s'" % moment
    before, scripts = s.sql(believed), int(s.sql("select count(*) from meta.applied"))
    head = json.loads(s.m.run("runuser -u thiduad -- thiduad verify --format json") if "--format" in s.m.run("thiduad verify --help") else
                      json.dumps({"head": re.search(r"head: ([0-9a-f]{64})", s.m.run("runuser -u thiduad -- thiduad verify"))[1]}))["head"]
    pid, began = s.show("MainPID"), s.now()

    s.m.run(f"apt-get -q install -y --no-install-recommends -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold /opt/deploy/{s.new_deb}", 300)
    until(30, "the new program runs", lambda: s.show("ActiveState") == "active" and s.show("MainPID") != pid)
    said = s.m.try_run("runuser -u thiduad -- thiduad db check")
    check(said.returncode == 78 and "db upgrade" in said.stdout + said.stderr, f"db check does not tell the old schema: {said}")
    until(60, "the journal tells the old schema", lambda: s.journal("DATABASE_SCHEMA", began))
    s.m.run("thiduad run-now khaibao")
    waiting = until(60, "what is polled meanwhile waits on disk", lambda: s.status()["spool"]["parcels"])

    s.m.run("runuser -u postgres -- psql -X -q -d thidua -f /usr/share/thiduad/sql/install.sql", 300)
    s.m.run("runuser -u thiduad -- thiduad db check")
    until(120, "what waited is delivered without a restart", lambda: s.status()["spool"]["parcels"] == 0 and s.status()["database"]["parcels"] >= waiting, 1)
    check(int(s.sql("select count(*) from meta.applied")) > scripts, "no script was new")
    check(s.sql(believed) == before, f"the figures of before are not what they were: {before}, now {s.sql(believed)}")
    whole = json.loads(s.m.run(f"runuser -u thiduad -- thiduad verify {head} --format json"))
    check(whole["is_whole"] and whole["runs"] > 0, f"the chain of before is broken: {whole}")
    until(60, "compliance of the new program", lambda: int(s.sql("select count(*) from api_v1.compliance")) > 100, 1)
    print(f"   from {scripts} scripts to {s.sql('select count(*) from meta.applied')}")


def git(*words):
    return subprocess.run(["git", "-C", TOP, *words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def scripts_of(commit):
    """The schema scripts of a commit: path -> content."""
    lines = git("ls-tree", "-r", commit, "sql/once/").stdout.splitlines()
    return {line.split("\t")[1]: line.split()[2] for line in lines}


def find_release():
    """The oldest commit that makes a package and whose schema is a beginning of today's. (commit, its script) or None."""
    now = scripts_of("HEAD")
    for commit in git("rev-list", "--reverse", "HEAD").stdout.split():
        paths = git("ls-tree", "-r", "--name-only", commit).stdout.splitlines()
        script = next((p for p in paths if p.endswith("packaging/build-deb.sh")), None)
        then = scripts_of(commit)
        if script and then and len(then) < len(now) and then.items() <= now.items():
            return commit, script
    return None


def release():
    """The package of an earlier commit, with a version before today's; None and why there is none."""
    found = find_release()
    if not found:
        why = "the history of this clone is cut off" if git("rev-parse", "--is-shallow-repository").stdout.strip() == "true" else "this is no clone with a history"
        return None, why + ": no commit with an older schema is there to be upgraded from"
    commit, script = found
    out = os.path.join(BUILD, f"thiduad_release_{commit[:12]}.deb")
    if not os.path.exists(out):
        source = os.path.join(BUILD, "release")
        shutil.rmtree(source, ignore_errors=True)
        os.makedirs(source)
        with subprocess.Popen(["git", "-C", TOP, "archive", commit], stdout=subprocess.PIPE) as archive:
            subprocess.run(["tar", "-x", "-C", source], stdin=archive.stdout, check=True)
        made = subprocess.run([os.path.join(source, script)], stdout=subprocess.PIPE, text=True, check=True, cwd=source).stdout.strip()
        renumber(made, "~before", out)
        shutil.rmtree(source)
    return out, None


def renumber(deb, suffix, out):
    folder = os.path.join(BUILD, "renumber")
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run(["dpkg-deb", "-R", deb, folder], check=True)
    path = os.path.join(folder, "DEBIAN/control")
    with open(path, encoding="utf-8") as f:
        text = f.read()
    with open(path, "w", encoding="utf-8") as f:
        f.write(re.sub(r"(?m)^Version: (.*)", r"Version: \1" + suffix, text))
    subprocess.run(["dpkg-deb", "--root-owner-group", "-b", folder, out], check=True, stdout=subprocess.DEVNULL)
    shutil.rmtree(folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deb", help="this package instead of a new one")
    parser.add_argument("--base", default=os.path.join(BUILD, "base"), help="another base system, made by base.sh")
    parser.add_argument("--until", metavar="STEP", help="end after this step")
    parser.add_argument("--keep-going", action="store_true", help="go on after a step that failed")
    options = parser.parse_args()
    os.makedirs(BUILD, exist_ok=True)
    deb = options.deb or subprocess.run([os.path.join(TOP, "systemd/packaging/build-deb.sh")], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    subprocess.run([os.path.join(TOP, "tests/deploy/base.sh"), options.base], check=True, stdout=subprocess.DEVNULL)
    earlier = os.path.join(BUILD, "thiduad_earlier.deb")
    renumber(deb, "~earlier", earlier)
    release_deb, why_none = release()
    machine = Machine(options.base, os.path.join(BUILD, "machine"))
    try:
        place = machine.root + "/opt/deploy"
        os.makedirs(place)
        for path in filter(None, (deb, earlier, release_deb)):
            shutil.copy(path, place)
        for name in ("tests/province", "tests/payloads", "conf"):
            shutil.copytree(os.path.join(TOP, name), os.path.join(place, name))
        subprocess.run(["chmod", "-R", "a+rX", place], check=True)
        machine.boot()
        site = Site(machine, os.path.basename(earlier), os.path.basename(deb), release_deb and os.path.basename(release_deb), why_none)
        return play(site, options.until, options.keep_going)
    finally:
        machine.close()


def play(site, last, goes_on):
    failed = 0
    for number, function in enumerate(STEPS, 1):
        began = time.monotonic()
        try:
            function(site)
        except (Failed, subprocess.TimeoutExpired, KeyError, IndexError, ValueError) as error:
            print(f"{number:2} {function.__name__} FAILED: {type(error).__name__}: {error}")
            print(site.m.try_run("journalctl -q -n 40 --no-pager").stdout, flush=True)
            failed = 1
            if not goes_on:
                break
            continue
        print(f"{number:2} {function.__name__} ({time.monotonic() - began:.1f} s): {function.__doc__}", flush=True)
        if function.__name__ == last:
            break
    return failed


sys.exit(main())
