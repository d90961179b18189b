/* The container: kanto-cm's own message is the one type for what is desired and for what runs,
 * so that a comparison compares like with like. Copying, reading and naming its states. */
#ifndef KD_MODEL_CONTAINER_H
#define KD_MODEL_CONTAINER_H

#include "proto/containers.pb-c.h"

#include "base/cleanup.h"

#include <stdbool.h>

/* A deep copy / its end. Messages built by hand must own every string and array by malloc. */
Kanto__Container *container_clone(const Kanto__Container *container);
void container_free(Kanto__Container *container); /* NULL: nothing */
void container_cleanup(Kanto__Container **container);
#define scoped_container scoped(container_cleanup)
/* Its bytes on the wire, for a file of ours; free() them. */
void *container_pack(const Kanto__Container *container, size_t *ret_length);
Kanto__Container *container_unpack(const void *bytes, size_t length); /* NULL: no container */

/* Takes away what is the daemon's to say (state, created, restart_count, …); the id stays. Create
 * keeps some of these when a client sends them. */
void container_strip_results(Kanto__Container *container);

/* State.status as the daemon words it; anything else, and no state at all, is STATUS_UNKNOWN. */
enum container_status {
    STATUS_UNKNOWN,
    STATUS_CREATING,
    STATUS_CREATED,
    STATUS_RUNNING,
    STATUS_STOPPED,
    STATUS_PAUSED,
    STATUS_EXITED,
    STATUS_DEAD,
};
enum container_status container_status(const Kanto__Container *container);
const char *container_status_word(enum container_status status); /* "Running" */

/* restart_policy.type; anything else is POLICY_OTHER. */
enum container_policy {
    POLICY_UNLESS_STOPPED,
    POLICY_ALWAYS,
    POLICY_ON_FAILURE,
    POLICY_NO,
    POLICY_OTHER,
};
enum container_policy container_policy_kind(const Kanto__Container *container);
const char *container_policy_word(enum container_policy policy); /* "always"; OTHER: "" */
/* Gives it that policy, and nothing else of one (no retries). */
void container_set_policy(Kanto__Container *container, enum container_policy policy);
/* Takes over copies of the other's policy and resources: what Update can change. */
void container_copy_in_place(Kanto__Container *container, const Kanto__Container *other);
void container_copy_policy(Kanto__Container *container, const Kanto__Container *other);
Kanto__Resources *container_no_resources(void); /* an empty message: given, it clears them */

/* Never NULL: "" where the field is absent. */
const char *container_id(const Kanto__Container *container);
const char *container_name(const Kanto__Container *container);
const char *container_image(const Kanto__Container *container);
const char *container_error(const Kanto__Container *container);  /* state.error */
const char *container_policy(const Kanto__Container *container); /* restart_policy.type */

#endif
