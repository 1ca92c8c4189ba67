"""The running simulator: the truth, the day it is `today`, and what an experiment has switched on."""

import json
import threading
import time
from datetime import date, datetime

from . import wire
from .model import Province
from .papers import Papers
from .units import FIRST, LAST

MODES = ("none", "503", "500", "429", "html", "reset", "timeout", "slow")
REJECTED = ("<html><head><title>Request Rejected</title></head><body>The requested URL was rejected. "
            "Please consult with your administrator.</body></html>")
TIMEOUT_SECONDS = 300


def dumps(value):
    """Compact UTF-8 JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def parse_day(text):
    """dd/MM/yyyy or yyyy-MM-dd (a time behind it is ignored); None when it is neither."""
    for form, length in (("%d/%m/%Y", 10), ("%Y-%m-%d", 10)):
        try:
            return datetime.strptime(text[:length], form).date()
        except ValueError:
            pass
    return None


class Failure:
    """What one system does instead of answering."""

    def __init__(self):
        self.mode, self.left, self.retry_after, self.slow_ms = "none", None, 1, 500

    def as_dict(self):
        return {"mode": self.mode, "requests": self.left, "retry_after": self.retry_after, "slow_ms": self.slow_ms}


class World:
    def __init__(self, seed=1, today=LAST, systems=(), reports_down=3):
        self.province = Province(seed)
        self.papers = Papers(self.province)
        self.today = today
        self.lock = threading.Lock()
        self.failures = {name: Failure() for name in systems}
        self.served = {name: 0 for name in systems}
        self.failed = {name: 0 for name in systems}
        self.cache = {}
        self.capture_day, self.capture_every, self.captures_served = None, 1, 0
        self.capture_days = []
        self.token_seconds, self.token, self.token_until, self.tokens_issued = 3600, None, 0.0, 0
        if reports_down and "reports" in self.failures:
            self.failures["reports"].mode, self.failures["reports"].left = "503", reports_down

    def cached(self, *key, make):
        """Bytes made once per key and day; bounded, since keys come from requests."""
        key = (self.today, *key)
        found = self.cache.get(key)
        if found is None:
            found = make()
            if len(self.cache) > 20000:
                self.cache.clear()
            self.cache[key] = found
        return found

    # Failures

    def handler(self, name, system):
        """Wraps one system's handle() with counting, failures and the control paths."""
        failure = self.failures[name]

        def handle(request):
            if request.path.startswith("/_control"):
                return self.control(request)
            if failure.mode != "none":
                broken = self._fail(name, failure)
                if broken:
                    return broken
            self.served[name] += 1
            try:
                return system.handle(request)
            except (KeyError, ValueError, TypeError, AttributeError) as error:
                return wire.Reply(500, f"{type(error).__name__}: {error}", "text/plain; charset=utf-8")
        return handle

    def _fail(self, name, failure):
        with self.lock:
            mode = failure.mode
            if failure.left is not None:
                failure.left -= 1
                if failure.left <= 0:
                    failure.mode, failure.left = "none", None
            self.failed[name] += 1
        if mode in ("503", "429"):
            return wire.Reply(int(mode), b"", "text/plain", [("Retry-After", failure.retry_after)])
        if mode == "500":
            return wire.Reply(500, "Internal Server Error", "text/plain")
        if mode == "html":
            return wire.Reply(200, REJECTED, wire.HTML)
        if mode == "reset":
            raise wire.Reset
        if mode == "timeout":
            until = time.monotonic() + TIMEOUT_SECONDS
            while failure.mode == "timeout" and time.monotonic() < until:
                time.sleep(0.05)
            raise EOFError
        if mode == "slow":
            time.sleep(failure.slow_ms / 1000)
        return None

    # Control

    def control(self, request):
        if request.method in ("GET", "HEAD"):
            return wire.Reply(200, dumps(self.state()))
        if request.method != "POST":
            return wire.Reply(405, dumps({"error": "GET or POST"}))
        try:
            order = json.loads(request.body)
            with self.lock:
                self._obey(order)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            return wire.Reply(400, dumps({"error": f"{type(error).__name__}: {error}"}))
        return wire.Reply(200, dumps(self.state()))

    def _obey(self, order):
        known = {"down", "capture_day", "capture_every", "expire_tokens", "token_seconds", "today", "reset_counters"}
        if set(order) - known:
            raise ValueError(f"unknown order {sorted(set(order) - known)}; known: {sorted(known)}")
        if "today" in order:
            day = date.fromisoformat(order["today"])
            if not FIRST <= day <= LAST:
                raise ValueError(f"today must lie in {FIRST}..{LAST}")
            self.today = day
            self.cache.clear()
        if "down" in order:
            self._set_failure(order["down"])
        if "capture_every" in order:
            self.capture_every = max(1, int(order["capture_every"]))
        if "capture_day" in order:
            if order["capture_day"] not in (None, *self.capture_days):
                raise ValueError(f"capture_day must be null or one of {self.capture_days}")
            self.capture_day = order["capture_day"]
        if "token_seconds" in order:
            self.token_seconds = int(order["token_seconds"])
        if order.get("expire_tokens"):
            self.token = None
        if order.get("reset_counters"):
            for counts in (self.served, self.failed):
                counts.update(dict.fromkeys(counts, 0))
            self.captures_served = 0

    def _set_failure(self, down):
        failure = self.failures[down["system"]]
        if down["mode"] not in MODES:
            raise ValueError(f"mode must be one of {MODES}")
        failure.left = int(down["requests"]) if down.get("requests") else None
        failure.retry_after = int(down.get("retry_after", 1))
        failure.slow_ms = int(down.get("slow_ms", 500))
        failure.mode = down["mode"]

    def state(self):
        return {
            "seed": self.province.seed, "today": self.today.isoformat(),
            "systems": {n: {"served": self.served[n], "failed": self.failed[n], **f.as_dict()}
                        for n, f in self.failures.items()},
            "capture_day": self.capture_day, "capture_every": self.capture_every,
            "captures_served": self.captures_served, "capture_days": self.capture_days,
            "tokens_issued": self.tokens_issued, "token_seconds": self.token_seconds,
        }
