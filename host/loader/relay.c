#include "loader/relay.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXIT_ORPHAN 111

/* Foreign threads may log while the plugin's thread puts: a frame is sent whole. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct frame_out out;

static int finish_locked(void)
{
    int result = frame_send(&out, FRAME_FD, -1);
    int refused = out.overflow;
    pthread_mutex_unlock(&lock);
    if (result < 0 && !refused)
        _exit(EXIT_ORPHAN);
    return refused ? -1 : 0;
}

static void begin_locked(enum frame_type type)
{
    pthread_mutex_lock(&lock);
    frame_begin(&out, type);
}

static void put_cut(const char *text, size_t most)
{
    text = text ? text : "";
    frame_put(&out, text, strnlen(text, most));
}

void relay_number(enum frame_type type, int64_t number)
{
    begin_locked(type);
    frame_put_number(&out, number);
    finish_locked();
}

void relay_phase(enum frame_phase phase)
{
    relay_number(FRAME_PHASE, phase);
}

void relay_text(enum frame_type type, const char *text)
{
    begin_locked(type);
    put_cut(text, KD_TEXT_MAX);
    finish_locked();
}

void relay_empty(enum frame_type type)
{
    begin_locked(type);
    finish_locked();
}

void relay_finding(enum frame_finding kind, const char *check, const char *text)
{
    begin_locked(FRAME_FINDING);
    frame_put_number(&out, kind);
    put_cut(check, KD_KEY_MAX);
    put_cut(text, KD_TEXT_MAX);
    finish_locked();
}

void relay_describe(const struct kd_source *source, uint32_t note_flags)
{
    begin_locked(FRAME_DESCRIBE);
    put_cut(source->id, KD_KEY_MAX);
    put_cut(source->version, KD_KEY_MAX);
    put_cut(source->description, KD_TEXT_MAX);
    frame_put_number(&out, source->flags);
    frame_put_number(&out, note_flags);
    finish_locked();
    for (uint32_t i = 0; source->settings && i < source->settings_count && i < KD_SETTINGS_MAX;
         i++) {
        const struct kd_setting_info *info = &source->settings[i];
        begin_locked(FRAME_INFO);
        put_cut(info->name, KD_KEY_MAX);
        frame_put_number(&out, info->type);
        frame_put_number(&out, info->flags);
        put_cut(info->fallback, KD_TEXT_MAX);
        frame_put_number(&out, info->fallback != NULL);
        put_cut(info->help, KD_TEXT_MAX);
        finish_locked();
    }
    relay_empty(FRAME_DESCRIBED);
}

static void host_log(void *ctx, uint32_t level, const char *text)
{
    (void)ctx;
    begin_locked(FRAME_LOG);
    frame_put_number(&out, level > KD_LOG_DEBUG ? KD_LOG_DEBUG : level);
    put_cut(text, KD_TEXT_MAX);
    finish_locked();
}

/* One is enough until the next reconcile begins: a plugin that calls it in a loop fills no pipe. */
static atomic_bool hinted;

static void host_changed(void *ctx)
{
    (void)ctx;
    if ((relay_host.flags & KD_HOST_STAYS) && !atomic_exchange(&hinted, true))
        relay_empty(FRAME_CHANGED);
}

void relay_reconcile(void)
{
    atomic_store(&hinted, false);
    relay_phase(PHASE_RECONCILE);
}

/* The host writes nothing while the plugin works, but for the end; or it is gone. */
static int32_t host_cancelled(void *ctx)
{
    struct pollfd host = {.fd = FRAME_FD, .events = POLLIN};
    (void)ctx;
    return poll(&host, 1, 0) > 0 && (host.revents & (POLLIN | POLLHUP | POLLERR)) != 0;
}

static const void *host_ext(void *ctx, const char *id)
{
    (void)ctx;
    (void)id;
    return NULL;
}

struct kd_host relay_host = {
    .size = sizeof(relay_host),
    .minor = KD_ABI_MINOR,
    .log = host_log,
    .changed = host_changed,
    .cancelled = host_cancelled,
    .ext = host_ext,
};

/* What is no item at all: the host ends the source with this sentence. */
static int32_t refuse_item(const struct kd_item *item)
{
    char text[128];
    snprintf(text, sizeof(text), "put an item of size %u, expected at least %zu (sizeof)",
        item ? item->size : 0, sizeof(*item));
    relay_text(FRAME_REFUSED, text);
    return -1;
}

static int32_t out_put(void *ctx, const struct kd_item *item)
{
    (void)ctx;
    if (!item || item->size < sizeof(*item))
        return refuse_item(item);
    begin_locked(FRAME_ITEM);
    put_cut(item->key, KD_KEY_MAX + 1);
    put_cut(item->origin, KD_ORIGIN_MAX);
    put_cut(item->revision, KD_TEXT_MAX);
    /* One byte more than allowed is sent on, so that the host can say what was wrong. */
    uint64_t most = KD_ITEM_BYTES_MAX + 1;
    frame_put(&out, item->bytes ? item->bytes : "",
        item->bytes ? (size_t)(item->length < most ? item->length : most) : 0);
    return finish_locked() < 0 || item->length > KD_ITEM_BYTES_MAX ? -1 : 0;
}

static void out_error(void *ctx, const char *key, const char *origin, const char *text)
{
    (void)ctx;
    begin_locked(FRAME_ERROR);
    put_cut(key, KD_KEY_MAX);
    put_cut(origin, KD_ORIGIN_MAX);
    put_cut(text, KD_TEXT_MAX);
    finish_locked();
}

static void out_revision(void *ctx, const char *text)
{
    (void)ctx;
    relay_text(FRAME_REVISION, text);
}

static void out_memo(void *ctx, const void *bytes, uint32_t length)
{
    (void)ctx;
    /* A part of it would be worse than none. */
    if (length > KD_MEMO_MAX) {
        host_log(
            NULL, KD_LOG_WARNING, "its memo is over 4096 bytes (KD_MEMO_MAX), and is not kept");
        return;
    }
    begin_locked(FRAME_MEMO);
    frame_put(&out, bytes ? bytes : "", bytes ? length : 0);
    finish_locked();
}

static void out_next_ms(void *ctx, uint64_t delay)
{
    (void)ctx;
    relay_number(FRAME_NEXT, delay > INT64_MAX ? INT64_MAX : (int64_t)delay);
}

struct kd_out relay_out = {
    .size = sizeof(relay_out),
    .put = out_put,
    .error = out_error,
    .revision = out_revision,
    .memo = out_memo,
    .next_ms = out_next_ms,
};
