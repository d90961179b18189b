#include "model/id.h"

#include "base/memory.h"
#include "base/sha256.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define MARKER 0x6b646570u /* "kdep" */

/* UUID version 8, byte by byte:
 *   0-3 marker · 4-5 and the low half of 6, 7: hash of the name (28 bits) · high half of 6: version
 * 8 · 8: variant 10, then 6 bits of the digest · 9-11: 24 bits of the digest · 12-15: nonce */
static void layout(
    const char *name, const struct digest *digest, uint32_t nonce, unsigned char uuid[16])
{
    unsigned char hash[SHA256_SIZE];
    sha256_of(name, strlen(name), hash);
    for (int i = 0; i < 4; i++) {
        uuid[i] = (unsigned char)(MARKER >> (24 - 8 * i));
        uuid[12 + i] = (unsigned char)(nonce >> (24 - 8 * i));
    }
    memcpy(uuid + 4, hash, 4);
    uuid[6] = (unsigned char)((uuid[6] & 0x0f) | 0x80);
    memcpy(uuid + 8, digest->bytes, 4);
    uuid[8] = (unsigned char)((uuid[8] & 0x3f) | 0x80);
}

static void print(const unsigned char uuid[16], char ret_id[ID_SIZE])
{
    size_t at = 0;
    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            ret_id[at++] = '-';
        snprintf(ret_id + at, ID_SIZE - at, "%02x", uuid[i]);
        at += 2;
    }
}

void id_make(const char *name, const struct digest *digest, uint32_t nonce, char ret_id[ID_SIZE])
{
    unsigned char uuid[16];
    layout(name, digest, nonce, uuid);
    print(uuid, ret_id);
}

/* kkkkkkkk-nnnn-8nnn-vddd-ddddrrrrrrrr: how many characters two ids share says what they share. */
#define MARKER_CHARACTERS 8
#define NAME_CHARACTERS   18 /* with the marker and the version */
#define DIGEST_AT         19
#define DIGEST_CHARACTERS 9

bool id_is_ours(const char *id)
{
    if (strlen(id) != ID_SIZE - 1 || strncmp(id, "6b646570-", MARKER_CHARACTERS + 1) != 0)
        return false;
    for (size_t i = 0; i < ID_SIZE - 1; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? id[i] != '-' : !strchr("0123456789abcdef", id[i]))
            return false;
    }
    return id[14] == '8' && strchr("89ab", id[19]);
}

bool id_is_for_name(const char *id, const char *name)
{
    char like[ID_SIZE];
    id_make(name, &(struct digest){0}, 0, like);
    return id_is_ours(id) && strncmp(id, like, NAME_CHARACTERS) == 0;
}

bool id_is_for_digest(const char *id, const struct digest *digest)
{
    char like[ID_SIZE];
    id_make("", digest, 0, like);
    return id_is_ours(id) && strncmp(id + DIGEST_AT, like + DIGEST_AT, DIGEST_CHARACTERS) == 0;
}

uint32_t id_fresh_nonce(void)
{
    uint32_t nonce = 0;
    while (nonce == 0 && getrandom(&nonce, sizeof(nonce), 0) == (ssize_t)sizeof(nonce))
        ;
    return nonce;
}

#define NONCE_AT       28 /* in the text: 8 digits */
#define NONCE_HASH     0xffffff00u
#define NONCE_RAN      0x80u
#define NONCE_POLICY   5 /* shift */
#define NONCE_POLICIES 0x3u
#define NONCE_SALT     0x1fu

static uint32_t hash_of(const char *id)
{
    unsigned char hash[SHA256_SIZE];
    sha256_of(id, strlen(id), hash);
    return (uint32_t)hash[0] << 24 | (uint32_t)hash[1] << 16 | (uint32_t)hash[2] << 8;
}

uint32_t id_replacing_nonce(const char *old_id, const struct id_replaced *old, uint32_t salt)
{
    uint32_t policy = (uint32_t)old->policy & NONCE_POLICIES;
    return hash_of(old_id) | (old->ran ? NONCE_RAN : 0) | policy << NONCE_POLICY |
           (salt & NONCE_SALT);
}

bool id_replaces(const char *id, const char *old_id, struct id_replaced *ret_old)
{
    if (!id_is_ours(id))
        return false;
    uint32_t nonce = (uint32_t)strtoul(id + NONCE_AT, NULL, 16);
    if ((nonce & NONCE_HASH) != hash_of(old_id))
        return false;
    if (ret_old)
        *ret_old = (struct id_replaced){
            .ran = nonce & NONCE_RAN,
            .policy = (enum container_policy)(nonce >> NONCE_POLICY & NONCE_POLICIES),
        };
    return true;
}
