/* The event loop with its signals, timers and watchdog, for the daemon and for one-shot verbs. The only place that reads clocks. */
#pragma once

#include <stdbool.h>

#include "base/usec.h"

struct sd_event;

typedef struct Loop Loop;

typedef struct LoopEvents {
        /* After every turn in which anything happened, and when the time given by loop_wake_at is reached. */
        void (*work)(void *userdata, usec_t now_mono, usec_t now_real);
        void (*signal)(void *userdata, int signo);      /* SIGTERM, SIGINT, SIGHUP, SIGUSR1; NULL: TERM and INT end the loop */
} LoopEvents;

int loop_new(Loop **ret, const LoopEvents *events, void *userdata);
Loop *loop_free(Loop *l);
static inline void loop_freep(Loop **l) {
        *l = loop_free(*l);
}
struct sd_event *loop_event(Loop *l);
void loop_wake_at(Loop *l, usec_t mono);        /* the next call of work at the latest; USEC_NEVER: none */
void loop_poke(Loop *l);                        /* call work in the next turn */
int loop_run(Loop *l);                          /* until loop_end; its code */
void loop_end(Loop *l, int code);
usec_t loop_now_mono(Loop *l);
usec_t loop_now_real(Loop *l);
/* The longest time a turn took since the last call: how late others were served. */
usec_t loop_delay_max(Loop *l);
uint64_t loop_random(void);                     /* 64 random bits from the system */
/* Blocks the signals the loop will handle; to be called before anything else, so that a SIGHUP during start kills nobody. */
void loop_block_signals(void);
