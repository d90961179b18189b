/* One small world for one test: quick images, the program under `existing = update`, and what a user
 * would look at afterwards: the exit status, what was printed, the report, what runs.
 *
 * The images are those of tests/data/images.json: app:1, app:2 and any other unknown app:N end at
 * SIGTERM; app:deaf does not; app:crashes ends at once with 3 after "boom"; app:dies ends after
 * 300 ms with 4 after "out of something"; app:done does its work once; nosuch is in no registry. */
#ifndef KD_TESTS_TRIAL_H
#define KD_TESTS_TRIAL_H

#include "hand.h"
#include "harness.h"

extern struct harness trial;

/* `switches`: further ones of the simulation, ended by NULL, or NULL. False on a real daemon. */
bool trial_begin(const char *name, const char *const *switches);
void trial_end(void);

/* ---- manifests and sources ---- */

/* FOLDER/NAME.json: that image ("app:1"), and further members (", \"id\": …", or ""). The folder is
 * below the trial's own; "manifests" is the one that is applied without a conf. */
void trial_put(const char *folder, const char *name, const char *image, const char *members);
void trial_write(const char *image, const char *members); /* manifests/web.json */
void trial_write_text(const char *folder, const char *file, const char *text);
void trial_drop(const char *folder, const char *name); /* FOLDER/NAME.json */
void trial_move(const char *from, const char *to);     /* anything below the trial's folder */

/* Members for trial_put. */
#define TRIAL_PORT(N)                                                                              \
    ", \"host_config\": {\"port_mappings\": [{\"host_port\": " #N ", \"container_port\": 80}]}"
#define TRIAL_POLICY(WORD) ", \"host_config\": {\"restart_policy\": {\"type\": \"" WORD "\"}}"

/* From now on a conf is used; it is empty at first. A source reads the folder of its name, which is
 * made; it may do everything. `lines` end with a line end. */
void trial_conf(const char *lines);
void trial_source(const char *name, const char *lines);
void trial_source_as(const char *name, const char *folder, const char *user, const char *lines);
void trial_source_in(const char *name, const char *folder, const char *lines);

/* ---- passes ---- */

/* With these arguments, ended by NULL; returns the exit status. Its output is kept for what
 * follows. */
int trial_run(const char *command, ...) __attribute__((sentinel));
pid_t trial_run_begin(const char *command, ...) __attribute__((sentinel));
int trial_run_end(pid_t pid);
/* Until the daemon has seen `count` calls of the method since the trial began, or the program has
 * ended; whether it has seen them. */
bool trial_wait_for_call(pid_t pid, const char *method, int count);
/* The output of the last run, both streams. */
const char *trial_output(void);

void trial_expect_exit(int found, int expected);
/* apply, and its exit status. */
#define TRIAL_APPLY(CODE, ...) trial_expect_exit(trial_run("apply", ##__VA_ARGS__, NULL), CODE)
#define TRIAL_PLAN(CODE, ...)  trial_expect_exit(trial_run("plan", ##__VA_ARGS__, NULL), CODE)

void trial_expect_told(const char *text);
void trial_expect_not_told(const char *text);
/* Of the last apply, by its report. */
void trial_expect_verdict(const char *name, const char *verdict);
/* "containers[name=web].failure.exit_code" in the report, as JSON; "" when it is not there. */
char *trial_reported(const char *name, const char *first, const char *second);

/* ---- what is there ---- */

void trial_expect_runs(const char *name, const char *image); /* one of the name, and it runs */
void trial_expect_down(const char *name);                    /* one of the name, and it does not */
void trial_expect_count(const char *name, int count);
/* How often the program called that, since the last harness_forget_calls. */
void trial_expect_calls(const char *method, int count);
int trial_calls_on(const char *method, const char *id); /* since the trial began */

/* What runs under the name is still the same process at the end. */
void trial_remember(const char *name);
void trial_expect_untouched(const char *name);
const char *trial_remembered_id(const char *name);

/* ---- the world ---- */

/* The registry refuses this image ("app:2") with that answer, until trial_well. */
void trial_registry(const char *image, const char *answer);
/* A program of the host has the port, until trial_free_port. */
void trial_hold_port(int port, const char *image);
void trial_free_port(int port);
void trial_well(void);
/* A person acts at a call of the program: docs/simulation.md, "person". */
#define TRIAL_PERSON(...) harness_tell(&trial, "person " __VA_ARGS__)

#endif
