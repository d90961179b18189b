/* A kanto-cm without a daemon: another table behind the same border. Containers live in memory; a
 * hook may decide an answer otherwise. Answers come in the order of the calls, one for each `next`.
 */
#ifndef KD_TESTS_FAKE_KANTO_H
#define KD_TESTS_FAKE_KANTO_H

#include "kanto/kanto.h"

#define FAKE_CALLS_MAX 4096

struct fake_call {
    enum kanto_method method;
    char id[80];
    char name[80]; /* of a Create's container */
};

struct fake_kanto {
    struct kanto kanto; /* first: the table's functions get its address */
    Kanto__ListContainersResponse list;
    size_t list_capacity;
    int64_t age_ms;
    struct fake_call calls[FAKE_CALLS_MAX]; /* all that were submitted */
    size_t call_count;
    struct kanto_answer *queue; /* answers that wait for next() */
    size_t queued, queue_capacity;
    size_t most_in_flight;
    bool
        slow_lists; /* a List says how it was when it was asked, and is answered behind all others */
    /* May fill outcome, status, message of the answer (message by malloc) and return true: then
     * nothing happens to the containers. */
    bool (*decide)(
        struct fake_kanto *fake, const struct fake_call *call, struct kanto_answer *answer);
    void *context;
};

void fake_kanto_init(struct fake_kanto *fake);
void fake_kanto_finish(struct fake_kanto *fake);
/* Adds a container as if somebody had made it; the fake owns it. */
Kanto__Container *fake_kanto_add(struct fake_kanto *fake, const char *id, const char *name,
    const char *image, const char *status);
size_t fake_kanto_count(const struct fake_kanto *fake, enum kanto_method method);

#endif
