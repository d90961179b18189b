/* The simulated daemon: its containers, its images, its time, and the calls in it. One thread. */
#ifndef KD_SIM_DAEMON_H
#define KD_SIM_DAEMON_H

#include "box.h"
#include "clock.h"
#include "faults.h"
#include "host.h"
#include "image.h"
#include "operation.h"
#include "person.h"
#include "registry.h"

#define NETWORK "172.17.0."
#define HOME    "/var/lib/container-management"

struct daemon {
    struct clock clock;
    struct images images;
    struct faults faults;
    struct host host;
    struct registries registries;
    struct persons persons;
    struct box **boxes;
    size_t count, capacity;
    struct operation *creating; /* Creates in their pull */
    char **unusable;            /* ids that never start again */
    size_t unusable_count, unusable_capacity;
    char **held; /* ids that cannot be created until the daemon restarts */
    size_t held_count, held_capacity;
    const char *folder; /* NULL: nothing survives */
    int64_t last_pid;
    int64_t blind_ms; /* before that List is empty */
    int64_t ready_ms; /* before that the containers are not read, the network not up */
    bool was_cut;     /* the last end was a power cut */
    struct timer boot;
    bool run_hooks;
    unsigned seed;
    bool jumps;       /* time passes at once while somebody waits */
    unsigned working; /* calls in it */
    bool stopping;    /* SIGTERM: it stops its containers one after the other */
    bool crashed;     /* a call has crashed it: the process must end at once */
};

void daemon_begin(struct daemon *daemon, struct operation *operation);
/* The client has hung up or its deadline is over. The operation may live on; answer is not called.
 * Returns whether the operation has ended and may be freed; else `answer` is called when it ends.
 */
bool daemon_cut(struct daemon *daemon, struct operation *operation);

/* What a call is about, by all names that it has; borrowed from the request and the container. */
struct subject daemon_subject(
    const struct daemon *daemon, enum kanto_method method, const ProtobufCMessage *request);

struct box *daemon_find(const struct daemon *daemon, const char *id);
void daemon_add(struct daemon *daemon, struct box *box);
void daemon_remove(struct daemon *daemon, struct box *box);

/* Calls on one container wait for each other: false when the operation has to wait. */
bool daemon_enter(struct operation *operation, struct box *box);
void daemon_leave(struct operation *operation);

void daemon_make_unusable(struct daemon *daemon, const char *id);
bool daemon_is_unusable(const struct daemon *daemon, const char *id);
void daemon_hold(struct daemon *daemon, const char *id);
bool daemon_is_held(const struct daemon *daemon, const char *id);

#endif
