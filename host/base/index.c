/* Open addressing with linear probing. What is taken out is closed up behind: there are no
 * tombstones, and the values of one key keep their order. */
#include "base/index.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

#define CAPACITY_MIN ((size_t)16)

struct sip {
    uint64_t a, b, c, d;
};

static uint64_t rotate(uint64_t word, int bits)
{
    return word << bits | word >> (64 - bits);
}

static void sip_round(struct sip *sip)
{
    sip->a += sip->b;
    sip->c += sip->d;
    sip->b = rotate(sip->b, 13) ^ sip->a;
    sip->d = rotate(sip->d, 16) ^ sip->c;
    sip->a = rotate(sip->a, 32) + sip->d;
    sip->c += sip->b;
    sip->d = rotate(sip->d, 21) ^ sip->a;
    sip->b = rotate(sip->b, 17) ^ sip->c;
    sip->c = rotate(sip->c, 32);
}

static void sip_word(struct sip *sip, uint64_t word)
{
    sip->d ^= word;
    sip_round(sip);
    sip->a ^= word;
}

/* SipHash-1-3. Its key is the 16 random bytes that the kernel gives every process. */
static uint64_t hash_of(const char *text)
{
    const void *random = (const void *)getauxval(AT_RANDOM); /* NOLINT(performance-no-int-to-ptr) */
    uint64_t key[2] = {0}, word = 0;
    size_t length = strlen(text), whole = length & ~(size_t)7;
    if (random)
        memcpy(key, random, sizeof(key));
    struct sip sip = {key[0] ^ 0x736f6d6570736575, key[1] ^ 0x646f72616e646f6d,
        key[0] ^ 0x6c7967656e657261, key[1] ^ 0x7465646279746573};
    for (size_t i = 0; i < whole; i += sizeof(word)) {
        memcpy(&word, text + i, sizeof(word));
        sip_word(&sip, word);
    }
    word = 0;
    memcpy(&word, text + whole, length - whole);
    sip_word(&sip, word ^ (uint64_t)length << 56);
    sip.c ^= 0xff;
    for (int i = 0; i < 3; i++)
        sip_round(&sip);
    return sip.a ^ sip.b ^ sip.c ^ sip.d;
}

/* The table is never full: every search ends at a free slot. */
static void insert(struct index *index, struct index_slot slot)
{
    size_t mask = index->capacity - 1, i = slot.hash & mask;
    while (index->slots[i].key)
        i = (i + 1) & mask;
    index->slots[i] = slot;
}

/* A run of taken slots may go round the end of the table: reading begins at a free one, so that the
 * order within each run is kept. */
static void grow(struct index *index)
{
    struct index old = *index;
    size_t begin = 0;
    index->capacity = old.capacity ? 2 * old.capacity : CAPACITY_MIN;
    index->slots = memory_zeroed(index->capacity, sizeof(*index->slots));
    while (begin < old.capacity && old.slots[begin].key)
        begin++;
    for (size_t i = 0; i < old.capacity; i++) {
        const struct index_slot *slot = &old.slots[(begin + i) & (old.capacity - 1)];
        if (slot->key)
            insert(index, *slot);
    }
    free(old.slots);
}

void index_put(struct index *index, const char *key, size_t value)
{
    if (4 * (index->count + 1) > 3 * index->capacity)
        grow(index);
    insert(index, (struct index_slot){key, hash_of(key), value});
    index->count++;
}

/* *at counts the slots that were looked at. */
bool index_next(const struct index *index, const char *key, size_t *at, size_t *ret_value)
{
    if (!index->count)
        return false;
    uint64_t hash = hash_of(key);
    const struct index_slot *slot;
    while ((slot = &index->slots[(hash + *at) & (index->capacity - 1)])->key) {
        (*at)++;
        if (slot->hash != hash || strcmp(slot->key, key) != 0)
            continue;
        *ret_value = slot->value;
        return true;
    }
    return false;
}

bool index_find(const struct index *index, const char *key, size_t *ret_value)
{
    size_t at = 0;
    return index_next(index, key, &at, ret_value);
}

/* What comes behind in the same run moves up, unless it is nearer to its own place already. */
static void close_up(struct index *index, size_t hole)
{
    size_t mask = index->capacity - 1;
    for (size_t i = (hole + 1) & mask; index->slots[i].key; i = (i + 1) & mask) {
        size_t home = index->slots[i].hash & mask;
        if (((i - home) & mask) < ((i - hole) & mask))
            continue;
        index->slots[hole] = index->slots[i];
        hole = i;
    }
    index->slots[hole] = (struct index_slot){0};
}

bool index_remove(struct index *index, const char *key, size_t value)
{
    for (size_t at = 0, found; index_next(index, key, &at, &found);) {
        if (found != value)
            continue;
        close_up(index, (hash_of(key) + at - 1) & (index->capacity - 1));
        index->count--;
        return true;
    }
    return false;
}

void index_finish(struct index *index)
{
    if (!index)
        return;
    free(index->slots);
    *index = (struct index){0};
}
