/* What these tests share: one simulation whose containers live fast, on which many short stories
 * are played one after the other, and what must be true at their end. */
#ifndef KD_CONVERGE_STAGE_H
#define KD_CONVERGE_STAGE_H

#include "base/text.h"
#include "harness.h"

struct stage {
    struct harness harness;
    const char *existing;      /* --existing; NULL: update */
    char *config;              /* a conf instead of `apply DIR`, or NULL */
    const char *const *more;   /* further arguments of apply, ended by NULL; or NULL */
    Kanto__Container *foreign; /* somebody else's, as it was at first */
    char *story;               /* what is played, for messages */
    struct text notes;
    bool power_cut; /* in this story: the foreign one ended too */
    unsigned failures;
    bool wrong; /* something failed in this story */
};

/* How a story goes on after its program was killed. */
enum journal_fate { JOURNAL_INTACT, JOURNAL_DELETED, JOURNAL_TORN, JOURNAL_FATES };

void stage_open(struct stage *stage, const char *name);
/* Fails the test when any story failed. */
void stage_close(struct stage *stage);

/* A new story: no containers but the foreign one, no state, no manifests. */
void stage_begin(struct stage *stage, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Runs by a conf with one source of the manifests, and these lines in its section and after it. */
void stage_configure(struct stage *stage, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Runs by a conf with one source of the manifests, and these lines in its section and after it. */
void stage_configure(struct stage *stage, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
bool stage_is_long(void); /* KD_LONG=1: everything is to be played, however long it takes */
/* Whether this story is to be played: all are, or KD_ONLY names it. */
bool stage_is_wanted(const char *story);

/* `apply` or `plan` with the stage's arguments. */
struct outcome_of_run stage_run(struct stage *stage, const char *command);
pid_t stage_run_begin(struct stage *stage, const char *command);
/* apply, and its exit status. */
int stage_apply(struct stage *stage);
/* apply while the daemon may end and is started again then; killed after kill_ms (0: not). Returns
 * its exit status, -signal when it was killed. */
int stage_apply_stormy(struct stage *stage, int64_t kill_ms);
/* What the last run said: "out" or "err"; free() it. */
char *stage_output(const struct stage *stage, const char *which);
/* No more faults, from a daemon that runs. */
void stage_calm(struct stage *stage);
/* The daemon ends by the signal (0: it may have ended by itself) and is there again. */
void stage_restart(struct stage *stage, int signal);

void stage_write(struct stage *stage, const char *name, const char *text);
void stage_remove(struct stage *stage, const char *name);
void stage_spoil_journal(struct stage *stage, enum journal_fate fate);

/* A line to what is told of a story that is wrong. */
void stage_note(struct stage *stage, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The story is wrong: told with the last calls and the journal, the first few times. */
void stage_wrong(struct stage *stage, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A person's Stop of a container, with force. Returns whether it went well. */
bool stage_stop(struct stage *stage, const char *id);

/* ---- what the daemon has ---- */

/* The only container of that name; NULL after telling that there is none, or more. Borrowed. */
const Kanto__Container *stage_only(
    struct stage *stage, const Kanto__ListContainersResponse *list, const char *name);
/* Of that name, running; of that name at all. */
unsigned stage_count_running(const Kanto__ListContainersResponse *list, const char *name);
unsigned stage_count(const Kanto__ListContainersResponse *list, const char *name);
/* The foreign one is as it was. */
void stage_expect_foreign(struct stage *stage, const Kanto__ListContainersResponse *list);

/* How often the daemon's log has that text. */
unsigned stage_count_calls(struct stage *stage, const char *text);
/* No call of the program was on the foreign one. */
void stage_expect_no_call_on_foreign(struct stage *stage);
/* `plan` finds nothing to do, or (`failed`: allowed) says that the manifest failed before. */
void stage_expect_no_plan(struct stage *stage, bool failed);

#endif
