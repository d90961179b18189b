/* The test's side of fail.c: which call is to fail, and what became of it. */
#ifndef KD_TESTS_INJECTOR_H
#define KD_TESTS_INJECTOR_H

#include "fail.h"

/* False after printing why: a build with sanitizers, whose libraries must come first. */
bool injector_open(void);
void injector_close(void);

/* For programs that are started from now on; all counts begin at 0. nth 0: none fails. */
void injector_arm(
    enum fail_role role, enum fail_kind kind, int32_t error, unsigned nth, bool for_ever);
/* As injector_arm, and time passes as it was said to. */
void injector_aim(
    enum fail_role role, enum fail_kind kind, int32_t error, unsigned nth, bool for_ever);
/* None fails, and what the program waits an hour for takes 3,600 / hurry seconds. */
void injector_hurry(unsigned hurry);
void injector_disarm(void); /* for programs that are started from now on */

unsigned injector_hits(void);
unsigned injector_count(enum fail_role role, enum fail_kind kind); /* of the last run */
const struct fail *injector_seen(void);

/* Whether the call that failed was gRPC's own, by the names of who called it. */
bool injector_was_grpc(const char *program);

const char *injector_kind(enum fail_kind kind);
/* "ENOSPC", "short"; static storage. */
const char *injector_error(int32_t error);

#endif
