/* What a person, or the world, does beside the program: to containers, to their processes, to the
 * daemon. On the simulation and on a real daemon alike. */
#ifndef KD_TESTS_HAND_H
#define KD_TESTS_HAND_H

#include "harness.h"
#include "kanto/kanto.h"

/* A copy of the one container of that name; fails the test when there is none, or more than one. */
Kanto__Container *hand_find(const struct harness *harness, const char *name);

/* As a person with kanto-cm's own tool: Stop (killed after a second), Start, Pause, Unpause, Remove
 * (with force). Fails the test when the daemon refuses. */
void hand_call(const struct harness *harness, enum kanto_method method, const char *name);

/* Its process is killed from outside, and the daemon has seen that. */
void hand_kill_process(const struct harness *harness, const char *name);

/* Kills the process, and does not wait: no daemon may be there to see it. */
void hand_kill_unseen(const struct harness *harness, const Kanto__Container *container);

/* The daemon dies by SIGKILL, its containers live on; then it starts again. A real one can be
 * killed only when KANTO_CONTROL names a program that takes "kill" and "start": returns false after
 * printing that, and nothing has happened. `switches`: of the simulation, as at its start. */
bool hand_can_crash(const struct harness *harness);
void hand_crash(struct harness *harness);
void hand_revive(struct harness *harness, const char *const *switches);

#endif
