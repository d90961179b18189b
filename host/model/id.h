/* The ids that we give to containers: UUID version 8 (RFC 9562) with our own layout,
 *
 *   kkkkkkkk-nnnn-8nnn-vddd-ddddrrrrrrrr (hexadecimal)
 *
 * k: our marker, n: hash of the name, d: head of the wish's digest, r: nonce. kanto-cm has no
 * labels; so a List alone tells which containers are ours, which belong to one name, and what each
 * was made from. */
#ifndef KD_MODEL_ID_H
#define KD_MODEL_ID_H

#include "model/digest.h"

#include <stdbool.h>
#include <stdint.h>

#define ID_SIZE 37 /* 36 characters and the zero */

void id_make(const char *name, const struct digest *digest, uint32_t nonce, char ret_id[ID_SIZE]);
bool id_is_ours(const char *id);
bool id_is_for_name(const char *id, const char *name); /* ours, and made for that name */
bool id_is_for_digest(
    const char *id, const struct digest *digest); /* ours, and made from that wish */
uint32_t id_fresh_nonce(void);                    /* getrandom(2) */

#endif
