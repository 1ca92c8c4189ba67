/* Named crash points for the crash tests: THIDUA_CRASH=point:n kills the process (SIGKILL) at the n-th pass. Empty in release builds. */
#pragma once

#ifdef CRASH_POINTS
void crash_point(const char *name);
#define CRASH_POINT(name) crash_point(name)
#else
#define CRASH_POINT(name) ((void) 0)
#endif
