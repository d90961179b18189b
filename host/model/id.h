/* The ids that we give to containers: UUID version 8 (RFC 9562) with our own layout,
 *
 *   kkkkkkkk-nnnn-8nnn-vddd-ddddrrrrrrrr (hexadecimal)
 *
 * k: our marker, n: hash of the name, d: head of the digest of what is desired, r: nonce. kanto-cm has no
 * labels; so a List alone tells which containers are ours, which belong to one name, and what each
 * was made from. */
#ifndef KD_MODEL_ID_H
#define KD_MODEL_ID_H

#include "model/container.h"
#include "model/digest.h"

#include <stdbool.h>
#include <stdint.h>

#define ID_SIZE 37 /* 36 characters and the zero */

void id_make(const char *name, const struct digest *digest, uint32_t nonce, char ret_id[ID_SIZE]);
bool id_is_ours(const char *id);
bool id_is_for_name(const char *id, const char *name); /* ours, and made for that name */
bool id_is_for_digest(
    const char *id, const struct digest *digest); /* ours, and made from that desired */
uint32_t id_fresh_nonce(void);                    /* getrandom(2) */

/* The nonce of a container that replaces another one says what it replaces and how that was, so
 * that an interrupted replacement can be told from a List alone, without a journal:
 * 24 bits hash of the old id · 1 bit it ran · 2 bits its policy · 5 bits salt. The salt is 0 at the
 * first try, so that a lost Create is repeated under its id, and any other when that one is unusable.
 */
struct id_replaced {
    bool ran;
    enum container_policy policy;
};
uint32_t id_replacing_nonce(const char *old_id, const struct id_replaced *old, uint32_t salt);
/* Whether `id` was made to replace old_id; *ret_old may be NULL. */
bool id_replaces(const char *id, const char *old_id, struct id_replaced *ret_old);

#endif
