/* The event loop: sd-event with a post source that calls work() after every turn, one timer for the next deadline, signals, and the watchdog. */

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <sys/random.h>
#include <systemd/sd-event.h>

#include "base/err.h"
#include "loop.h"
#include "observe/notify.h"

struct Loop {
        sd_event *event;
        sd_event_source *timer;
        sd_event_source *watchdog;
        sd_event_source *post;
        sd_event_source *signals[4];
        LoopEvents events;
        void *userdata;
        usec_t wake_at;
        usec_t delay_max;
};

static const int handled[] = { SIGTERM, SIGINT, SIGHUP, SIGUSR1 };

void loop_block_signals(void) {
        sigset_t set;

        (void) sigemptyset(&set);
        for (size_t i = 0; i < ELEMENTS(handled); i++)
                (void) sigaddset(&set, handled[i]);
        (void) sigaddset(&set, SIGPIPE);
        (void) sigaddset(&set, SIGXFSZ);       /* a file that may not grow is an error of writing like any other */
        (void) sigprocmask(SIG_BLOCK, &set, NULL);
}

usec_t loop_now_mono(Loop *l) {
        uint64_t now = 0;

        (void) sd_event_now(l->event, CLOCK_MONOTONIC, &now);
        return now;
}

usec_t loop_now_real(Loop *l) {
        uint64_t now = 0;

        (void) sd_event_now(l->event, CLOCK_REALTIME, &now);
        return now;
}

static int on_post(sd_event_source *source _unused_, void *userdata) {
        Loop *l = userdata;

        l->events.work(l->userdata, loop_now_mono(l), loop_now_real(l));
        return 0;
}

/* The timer's own turn does nothing: the post source, which follows every handler, calls work. */
static int on_timer(sd_event_source *source _unused_, uint64_t usec, void *userdata) {
        Loop *l = userdata;
        usec_t now = loop_now_mono(l);

        if (now > usec && now - usec > l->delay_max)
                l->delay_max = now - usec;
        l->wake_at = USEC_NEVER;
        return 0;
}

static int on_watchdog(sd_event_source *source, uint64_t usec _unused_, void *userdata) {
        Loop *l = userdata;

        notify_watchdog();
        (void) sd_event_source_set_time(source, loop_now_mono(l) + notify_watchdog_interval());
        return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static int on_signal(sd_event_source *source _unused_, const struct signalfd_siginfo *si, void *userdata) {
        Loop *l = userdata;

        if (l->events.signal)
                l->events.signal(l->userdata, (int) si->ssi_signo);
        else if (si->ssi_signo == SIGTERM || si->ssi_signo == SIGINT)
                loop_end(l, 128 + (int) si->ssi_signo);
        return 0;
}

static int add_sources(Loop *l) {
        usec_t watchdog = notify_watchdog_interval();
        int r;

        r = sd_event_add_time(l->event, &l->timer, CLOCK_MONOTONIC, 0, 1, on_timer, l);
        if (r < 0)
                return r;
        r = sd_event_add_post(l->event, &l->post, on_post, l);
        if (r < 0)
                return r;
        for (size_t i = 0; i < ELEMENTS(handled); i++) {
                r = sd_event_add_signal(l->event, &l->signals[i], handled[i], on_signal, l);
                if (r < 0)
                        return r;
        }
        if (!watchdog)
                return 0;
        r = sd_event_add_time(l->event, &l->watchdog, CLOCK_MONOTONIC, 0, 0, on_watchdog, l);
        return r < 0 ? r : sd_event_source_set_enabled(l->watchdog, SD_EVENT_ONESHOT);
}

int loop_new(Loop **ret, const LoopEvents *events, void *userdata) {
        _cleanup_(loop_freep) Loop *l = NEW(Loop);
        int r;

        l->events = *events;
        l->userdata = userdata;
        l->wake_at = 0;
        loop_block_signals();
        r = sd_event_new(&l->event);
        if (r < 0)
                return err(r, "cannot make an event loop");
        r = add_sources(l);
        if (r < 0)
                return err(r, "cannot set up the event loop");
        *ret = TAKE(l);
        return 0;
}

Loop *loop_free(Loop *l) {
        if (!l)
                return NULL;
        (void) sd_event_source_disable_unref(l->timer);
        (void) sd_event_source_disable_unref(l->watchdog);
        (void) sd_event_source_disable_unref(l->post);
        for (size_t i = 0; i < ELEMENTS(handled); i++)
                (void) sd_event_source_disable_unref(l->signals[i]);
        (void) sd_event_unref(l->event);
        return xfree(l);
}

struct sd_event *loop_event(Loop *l) {
        return l->event;
}

void loop_wake_at(Loop *l, usec_t mono) {
        if (mono == l->wake_at)
                return;
        l->wake_at = mono;
        if (mono == USEC_NEVER) {
                (void) sd_event_source_set_enabled(l->timer, SD_EVENT_OFF);
                return;
        }
        (void) sd_event_source_set_time(l->timer, mono);
        (void) sd_event_source_set_enabled(l->timer, SD_EVENT_ONESHOT);
}

void loop_poke(Loop *l) {
        loop_wake_at(l, 0);
}

int loop_run(Loop *l) {
        return sd_event_loop(l->event);
}

void loop_end(Loop *l, int code) {
        (void) sd_event_exit(l->event, code);
}

usec_t loop_delay_max(Loop *l) {
        usec_t max = l->delay_max;

        l->delay_max = 0;
        return max;
}

uint64_t loop_random(void) {
        uint64_t v = 0;
        ssize_t n = getrandom(&v, sizeof(v), 0);

        assert(n == sizeof(v));         /* short reads are for more than 256 bytes (getrandom(2)) */
        return n == sizeof(v) ? v : 0;
}
