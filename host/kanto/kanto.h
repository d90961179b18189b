/* kanto-cm, as a table of operations: calls go out, answers come back, in any order. The table is
 * what the rest of the program knows of the daemon; gRPC is seen nowhere else. A test's fake is
 * another table. */
#ifndef KD_KANTO_KANTO_H
#define KD_KANTO_KANTO_H

#include "base/error.h"
#include "proto/containers.pb-c.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum kanto_method {
    KANTO_LIST,
    KANTO_GET,
    KANTO_CREATE,
    KANTO_START,
    KANTO_STOP,
    KANTO_UPDATE,
    KANTO_RESTART,
    KANTO_PAUSE,
    KANTO_UNPAUSE,
    KANTO_RENAME,
    KANTO_REMOVE,
    KANTO_LOGS,
    KANTO_LIST_STREAM,
    KANTO_PROJECT_INFO,
    KANTO_METHODS /* how many */
};
const char *kanto_method_name(enum kanto_method method); /* "Create" */

/* Borrowed for the time of the submit call; nothing is kept. Fields that a method does not know are
 * ignored. Refused here: Create without image.name, which would crash the daemon, and an empty id
 * where the method needs one. Not seen here: Logs of an unknown id crashes the daemon too, so the
 * caller must have the id from a List or a Create of this connection. */
struct kanto_request {
    enum kanto_method method;
    const char *id;
    const char *name;                   /* Rename */
    const Kanto__Container *container;  /* Create */
    bool force;                         /* Remove */
    const Kanto__StopOptions *stop;     /* Stop, Remove; NULL: the daemon's defaults */
    const Kanto__RestartPolicy *policy; /* Update */
    const Kanto__Resources *resources;  /* Update */
    int32_t tail;                       /* Logs; < 0: all */
    int64_t bound_ms;                   /* 0: the method's patient bound (see method.h) */
    uint64_t tag;                       /* comes back with the answer */
};

enum kanto_outcome {
    KANTO_OK,      /* done */
    KANTO_REFUSED, /* the daemon answered with an error: `message`, which may mean "it is so
                      already" */
    KANTO_UNKNOWN, /* no answer that is the daemon's: deadline, connection lost or reset, bytes that
                      are no such message. It may have happened or not */
};

struct kanto_answer {
    uint64_t tag;
    enum kanto_method method;
    enum kanto_outcome outcome;
    int status;    /* gRPC status code */
    char *message; /* the daemon's sentence, or the client's for KANTO_UNKNOWN; NULL when OK */
    Kanto__Container *container;         /* Create, Get (NULL: no such id) */
    Kanto__ListContainersResponse *list; /* List */
    Kanto__ProjectInfo *info;            /* ProjectInfo */
    char *log;                           /* Logs: the lines, at most KANTO_LOG_MAX bytes */
    int64_t elapsed_ms;
};
#define KANTO_LOG_MAX ((size_t)1 << 20)
void kanto_answer_finish(struct kanto_answer *answer);

struct kanto {
    const struct kanto_table *table;
};

struct kanto_table {
    /* Sends; negative only for a request that must never be sent (err says why). */
    int (*submit)(struct kanto *kanto, const struct kanto_request *request, struct error *err);
    /* The next answer: 1 and *ret_answer, 0 after timeout_ms without one. */
    int (*next)(struct kanto *kanto, int64_t timeout_ms, struct kanto_answer *ret_answer);
    /* Milliseconds since the daemon's process started, negative when that cannot be told. */
    int64_t (*daemon_age_ms)(struct kanto *kanto);
    /* Calls still in flight are cut, which can make ids unusable: wait for their answers first. */
    void (*close)(struct kanto *kanto);
};

/* One call, waited for. The caller must have nothing else in flight. Returns 0 and the answer
 * whatever its outcome; negative only when it must never be sent. */
int kanto_call(struct kanto *kanto, const struct kanto_request *request,
    struct kanto_answer *ret_answer, struct error *err);

#endif
