#include "probe/record.h"

#include "base/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FNV_BASIS 14695981039346656037u
#define FNV_PRIME 1099511628211u

static uint64_t hash(uint64_t state, const void *bytes, size_t length)
{
    const unsigned char *at = bytes;
    for (size_t i = 0; i < length; i++)
        state = (state ^ at[i]) * FNV_PRIME;
    return (state ^ 0xff) * FNV_PRIME;
}

static uint64_t hash_text(uint64_t state, const char *text)
{
    return hash(state, text ? text : "", text ? strlen(text) : 0);
}

static bool is_twin(struct record *record, const char *key)
{
    uint64_t mine = hash_text(FNV_BASIS, key);
    for (size_t i = 0; i < record->items; i++)
        if (record->keys[i] == mine)
            return true;
    if (record->items < LIFE_KEYS_MAX)
        record->keys[record->items] = mine;
    return false;
}

static const char *item_fault(struct record *record, const struct kd_item *item)
{
    if (item->size < sizeof(*item))
        return "its size is less than that of a kd_item";
    if (!item->key || !*item->key)
        return "it has no key";
    if (strnlen(item->key, KD_KEY_MAX + 1) > KD_KEY_MAX)
        return "its key is longer than KD_KEY_MAX";
    if (!utf8_is_valid(item->key))
        return "its key is no UTF-8";
    if (!item->origin || !*item->origin)
        return "it has no origin";
    if (!utf8_is_valid(item->origin))
        return "its origin is no UTF-8";
    if (!item->bytes || !item->length)
        return "it has no bytes";
    if (item->length > KD_ITEM_BYTES_MAX)
        return "it is larger than KD_ITEM_BYTES_MAX";
    if (record->items >= KD_ITEMS_MAX)
        return "it is one more than KD_ITEMS_MAX";
    return is_twin(record, item->key) ? "its key was there already" : NULL;
}

static int32_t watch(struct record *record, const struct kd_item *item)
{
    const char *fault = item_fault(record, item);
    if (fault && !record->item_fault[0])
        snprintf(record->item_fault, sizeof(record->item_fault), "item %zu (\"%.100s\"): %s",
            record->puts, item->key ? item->key : "", fault);
    return fault ? -1 : 0;
}

static int32_t out_put(void *ctx, const struct kd_item *item)
{
    struct life *life = ctx;
    struct record *record = &life->record;
    record_thread(life, "put");
    record->puts++;
    if (life->cancel_at_put)
        atomic_store(&life->cancelled, 1);
    if (record->refuse_at && record->puts >= record->refuse_at) {
        record->puts_after += record->puts > record->refuse_at;
        return -1;
    }
    if (record->watch_items && watch(record, item) < 0)
        return -1;
    if (!item->bytes || item->length > KD_ITEM_BYTES_MAX)
        return -1;
    uint64_t digest = hash_text(hash_text(FNV_BASIS, item->key), item->revision);
    record->digest += hash(digest, item->bytes, (size_t)item->length);
    record->items++;
    return 0;
}

static void out_error(void *ctx, const char *key, const char *origin, const char *text)
{
    struct life *life = ctx;
    (void)key;
    (void)origin;
    (void)text;
    record_thread(life, "error");
    life->record.errors++;
}

static void out_revision(void *ctx, const char *text)
{
    struct life *life = ctx;
    record_thread(life, "revision");
    snprintf(life->record.revision, sizeof(life->record.revision), "%s", text ? text : "");
}

static void out_memo(void *ctx, const void *bytes, uint32_t length)
{
    struct life *life = ctx;
    struct record *record = &life->record;
    record_thread(life, "memo");
    record->memo_size = length < KD_MEMO_MAX ? length : KD_MEMO_MAX;
    if (bytes && record->memo_size)
        memcpy(record->memo, bytes, record->memo_size);
}

static void out_next_ms(void *ctx, uint64_t delay)
{
    (void)delay;
    record_thread(ctx, "next_ms");
}

void record_thread(struct life *life, const char *function)
{
    if (gettid() != life->thread)
        life->foreign = function;
    if (atomic_load(&life->over))
        life->too_late = function;
}

void record_begin(struct life *life, struct kd_out *out)
{
    struct record *record = &life->record;
    size_t refuse_at = record->refuse_at;
    bool watch_items = record->watch_items;
    uint64_t *keys = record->keys;
    if (watch_items && !keys && !(keys = calloc(LIFE_KEYS_MAX, sizeof(*keys))))
        _exit(EXIT_FAILURE);
    memset(record, 0, sizeof(*record));
    record->refuse_at = refuse_at;
    record->watch_items = watch_items;
    record->keys = keys;
    out->ctx = life;
    out->put = out_put;
    out->error = out_error;
    out->revision = out_revision;
    out->memo = out_memo;
    out->next_ms = out_next_ms;
}

void record_end(struct record *record)
{
    free(record->keys);
    record->keys = NULL;
}
