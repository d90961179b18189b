/* What the system tests share: a folder of their own, a daemon (the simulated one, or a real one),
 * and the program as a user runs it. */
#ifndef KD_TESTS_HARNESS_H
#define KD_TESTS_HARNESS_H

#include "kanto/kanto.h"
#include "proto/containers.pb-c.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct harness {
    const char *name;
    char folder[64]; /* everything of this test lies below */
    char *socket;
    char *manifests;     /* folder of manifests, empty at first */
    char *state;         /* --state-dir */
    char *log;           /* the daemon's calls, one JSON object a line; NULL on a real daemon */
    char *trace;         /* the program's own record of its calls */
    pid_t daemon;        /* 0: none of ours */
    const char *settle;  /* --settle; NULL: 0s */
    const char *soak;    /* --soak; NULL: 0s */
    int64_t patience_ms; /* how long a run of the program may take; 0: 60 s */
    bool real;
    bool deaf; /* the simulation's processes may ignore SIGTERM, as the real images' do */
};

/* Switches that only make the simulation more like a real daemon: a test with these alone runs on
 * both. The images do what those of the recordings do. */
#define HARNESS_IMAGES    "--images", KD_SOURCE_DIR "/tests/data/recorded/images-used.json"
#define HARNESS_RUN_HOOKS "--run-hooks"

/* A real daemon is used when KANTO_SOCKET names its socket and the test can do with it. Its
 * containers of former tests are removed. `switches`: extra arguments of the simulation, ended by
 * NULL; a test with others than the ones above cannot run on a real one: returns false after
 * printing why, and the test ends. */
bool harness_start(struct harness *harness, const char *name, const char *const *switches);
void harness_stop(struct harness *harness);

/* A few letters that no other run has, for a name or an id. A real daemon can keep an id for itself
 * after its container was removed (kill-race): where calls are counted, names are new. */
const char *harness_letters(const struct harness *harness);

/* The simulation ends by `signal` and starts again with the same state: SIGTERM in order, SIGKILL
 * (processes live on), SIGUSR1 a power cut, 0: a fault of its switches ends it, which is waited
 * for. May be done while the program runs. */
/* Whether it has ended by itself, by a fault; then it is started again by harness_restart. */
bool harness_has_ended(struct harness *harness);
void harness_restart(struct harness *harness, int signal, const char *const *switches);

/* It starts again, after it died. */
void harness_start_again(struct harness *harness, const char *const *switches);

/* Writes a file below manifests/ (or anywhere below the folder when name begins with "/"). */
void harness_write(const struct harness *harness, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* N small manifests named PREFIX0… with the image. */
void harness_write_many(
    const struct harness *harness, const char *prefix, const char *image, int count);

/* Of a manifest: a process that ends a moment after SIGTERM: kanto-cm misses no such end. */
#define HARNESS_LEAVES                                                                             \
    "\"config\": {\"cmd\": [\"sh\", \"-c\", \"trap 'sleep 0.2; exit 0' TERM; while :; do sleep "   \
    "0.1; done\"]}"

struct outcome_of_run {
    int exit_code; /* -signal when it was killed */
    char *out;     /* standard output */
    char *err;     /* standard error */
};

/* Runs the program with these arguments (ended by NULL). `--socket`, `--state-dir` and `--trace`
 * are added for apply and plan. Fails the test when it takes longer than 60 s. */
struct outcome_of_run harness_run(const struct harness *harness, const char *const *arguments);
void outcome_finish(struct outcome_of_run *outcome);
/* Fails the test unless it ended so, with these texts somewhere in its output; finishes it. */
void outcome_expect(struct outcome_of_run outcome, int exit_code, const char *out, const char *err);

/* The same in the background, output to files; pid to signal it. */
pid_t harness_begin(const struct harness *harness, const char *const *arguments);
struct outcome_of_run harness_end(const struct harness *harness, pid_t pid);

/* Calls of a method since the last harness_forget_calls; by the program's trace. */
int harness_calls(const struct harness *harness, const char *method);
void harness_forget_calls(const struct harness *harness);
/* Waits until the daemon has seen `count` calls of the method. Simulation only. */
void harness_wait_for_call(const struct harness *harness, const char *method, int count);

/* Waits until the program has had `count` answers to the method, since the last
 * harness_forget_calls. */
void harness_wait_for_answer(const struct harness *harness, const char *method, int count);
/* A call of somebody else, beside the program's. Fails the test when it may never be sent; the
 * answer is the caller's to look at and to finish. */
struct kanto_answer harness_call(
    const struct harness *harness, const struct kanto_request *request);
/* The id of the one container of that name; free() it. Fails the test when there is not just one.
 */
char *harness_id(const struct harness *harness, const char *name);

/* A line to the simulation's control socket (docs/simulation.md): "advance 60000",
 * "kill-process ID SIGKILL". Fails the test when it refuses. */
void harness_tell(const struct harness *harness, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The same for a daemon that may be at its end; false: no "ok". */
bool harness_try_tell(const struct harness *harness, const char *line, char ret_answer[256]);

/* What the daemon has. Free with kanto__list_containers_response__free_unpacked. */
Kanto__ListContainersResponse *harness_list(const struct harness *harness);
/* Containers of that name; *ret_running counts those that run (may be NULL). */
int harness_count(const struct harness *harness, const char *name, int *ret_running);
/* How many containers there are, and how many of them run. */
void harness_totals(const struct harness *harness, int *ret_all, int *ret_running);

#endif
