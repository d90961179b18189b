/* The switches that make the simulation slow, young or wrong. */
#ifndef KD_SIM_FAULTS_H
#define KD_SIM_FAULTS_H

#include "operation.h"

#define FAULTS_MAX 32

enum fault_kind {
    FAULT_NONE,
    FAULT_MESSAGE, /* the call is refused */
    FAULT_HANG,    /* never an answer, nothing is done */
    FAULT_LOSE,    /* done, never an answer */
    FAULT_EXPIRE,  /* as if the caller's deadline were over; the connection stays */
    FAULT_DROP,    /* the connection ends in place of an answer */
    FAULT_KILL,    /* the calling process is killed */
    FAULT_CRASH,   /* the daemon ends as if killed */
    FAULT_POWER_CUT,
};

/* Nothing is done; half of it, or what a cut leaves; all of it. What takes no time has no middle:
 * there `during` is `after`. */
enum fault_when { FAULT_BEFORE, FAULT_DURING, FAULT_AFTER };

struct fault {
    const char *method; /* "Create"; "" fits all */
    const char *holds;  /* part of the id, name or image; "" fits all */
    unsigned nth;       /* 0: each call that fits; else the n-th of them */
    unsigned met;       /* so many calls have fitted */
    enum fault_kind kind;
    enum fault_when when;
    const char *message; /* the refusal */
};

enum fault_duration {
    FAULTS_CREATE_MS, /* after the pull */
    FAULTS_START_MS,
    FAULTS_REMOVE_MS,
    FAULTS_DURATIONS,
};

struct latency {
    const char *method;
    int64_t ms, jitter_ms;
};

struct faults {
    bool early_list; /* empty first List, old states, no network in the first moments */
    bool unusable_ids;
    bool deadlock; /* SIGTERM with a crash loop */
    bool disk_full;
    int missed_percent; /* of the exits that a Stop waits for */
    int64_t pull_rate;  /* bytes per second of all pulls together; 0: no limit */
    struct latency latencies[FAULTS_MAX];
    size_t latency_count;
    struct fault faults[FAULTS_MAX];
    size_t fault_count;
    char *given[FAULTS_MAX]; /* texts that came while it ran */
    size_t given_count;
    unsigned seed;
};

/* METHOD=MS[+JITTER]; METHOD[#N][:PART]=MESSAGE; METHOD[#N][:PART]=KIND. The text is cut in place.
 * Negative: it is not of that form. */
int faults_add_latency(struct faults *faults, char *text);
int faults_add_message(struct faults *faults, char *text);
int faults_add_kind(struct faults *faults, char *text);
/* N[:before|during|after]: the N-th call of all. */
int faults_add_kill(struct faults *faults, char *text);
/* The same by a command's first word ("latency", "fail", "fault", "sigkill-client-at", "with",
 * "without"); the text is
 * copied. */
bool faults_takes(const char *word);
int faults_give(struct faults *faults, const char *word, const char *text);
void faults_forget(struct faults *faults); /* latencies and faults of all calls */
/* early-list, unusable-ids, deadlock, disk-full, missed-exits[=PERCENT]. */
int faults_switch(struct faults *faults, char *name, bool on);

/* How long a call of that method takes before the daemon looks at it. Create and Start have their
 * time inside, where a cut finds them half done. */
int64_t faults_latency(struct faults *faults, enum kanto_method method);
int64_t faults_duration(struct faults *faults, enum fault_duration duration);

/* How long the work of a call takes that can be cut in its middle; 0 for the others. */
int64_t faults_work(struct faults *faults, enum kanto_method method);

/* What is to befall this call; counts it. */
const struct fault *faults_next(
    struct faults *faults, enum kanto_method method, const struct subject *subject);
bool faults_miss_exit(struct faults *faults);

#endif
