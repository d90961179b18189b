/* The story that is played while calls fail: a folder and a bundle of manifests that go to and fro
 * between two states, by a program that prunes. Each pass that nothing befalls comes to the state
 * that is wished for, whatever befell the one before. */
#ifndef KD_TESTS_WORLD_H
#define KD_TESTS_WORLD_H

#include "stage.h"

struct world {
    struct stage stage;
    unsigned turn; /* 0, 1: which state is wished for */
    unsigned runs, begun;
    char *err, *out; /* of the last run */
};

/* One run of the program. */
struct world_run {
    int code; /* -signal when it was killed */
    bool in_time;
};

/* `more`: further lines of [deployer], or "". */
void world_open(struct world *world, const char *name, const char *more);
/* Nothing is there but what the first state wishes for. */
void world_start_over(struct world *world);
void world_close(struct world *world);

/* The next story: the other state is wished for, and the program has not been run. */
void world_begin(struct world *world, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The same state is wished for as before, under another name. */
void world_rename(struct world *world, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* "apply", "plan", or "validate" of all manifests of the folder. */
struct world_run world_run(struct world *world, const char *command);

/* Whether the daemon has what is wished for; `tell`: else the story is wrong. */
bool world_is_at_end(struct world *world, bool tell);
/* What both states have is there. `died`: the program did, between a Stop and a Start. */
void world_expect_safe(struct world *world, bool died);
/* Journal, kept sets and old containers can be read. `empty`: nothing of a set could be. */
void world_expect_whole(struct world *world, bool empty);
/* The last run said that a source is away, and that what it stated last is used. */
bool world_serves_kept(const struct world *world);
/* One pass without a fault: it comes to the end, and leaves nothing behind. */
void world_expect_recovery(struct world *world);
void world_wrong(struct world *world, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
