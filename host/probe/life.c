#include "probe/life.h"

#include "loader/relay.h"
#include "probe/guard.h"
#include "probe/record.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LARGER_BY    64 /* bytes that a newer host knows more */
#define LARGER_MINOR (KD_ABI_MINOR + 9)
#define FILLING      0xee

static void *take(const struct life *life, size_t size)
{
    void *bytes = life->memory == LIFE_PLAIN ? calloc(1, size ? size : 1) : guard_take(size);
    if (!bytes)
        _exit(EXIT_FAILURE);
    return bytes;
}

static void release(const struct life *life, void *bytes, size_t size)
{
    if (life->memory == LIFE_PLAIN)
        free(bytes);
    else
        guard_release(bytes, size);
}

/* A struct of the host's with its size in front, and what a newer one has behind it. */
static void *take_struct(const struct life *life, size_t size)
{
    size_t whole = life->memory == LIFE_LARGER ? size + LARGER_BY : size;
    unsigned char *bytes = take(life, whole);
    uint32_t told = (uint32_t)whole;
    memset(bytes + size, FILLING, whole - size);
    memcpy(bytes, &told, sizeof(told));
    return bytes;
}

static size_t struct_size(const struct life *life, size_t size)
{
    return life->memory == LIFE_LARGER ? size + LARGER_BY : size;
}

static char *take_text(const struct life *life, const char *text)
{
    size_t size = strlen(text) + 1;
    return memcpy(take(life, size), text, size);
}

/* A descriptor of its own for each life: the plugin closes it when it likes. */
static int reopen(int fd)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    int opened = open(path, O_RDONLY | O_CLOEXEC);
    return opened >= 0 ? opened : fcntl(fd, F_DUPFD_CLOEXEC, 0);
}

static void host_log(void *ctx, uint32_t level, const char *text)
{
    struct life *life = ctx;
    if (atomic_load(&life->over))
        life->too_late = "log";
    if (level == KD_LOG_ERROR)
        atomic_store(&life->errors_said, true);
    if (!life->quiet)
        relay_host.log(NULL, level, text);
}

static void host_changed(void *ctx)
{
    struct life *life = ctx;
    if (atomic_load(&life->over))
        life->too_late = "changed";
}

static int32_t host_cancelled(void *ctx)
{
    struct life *life = ctx;
    if (atomic_load(&life->over))
        life->too_late = "cancelled";
    return atomic_load(&life->cancelled);
}

static const void *host_ext(void *ctx, const char *id)
{
    (void)id;
    record_thread(ctx, "kd_host.ext");
    return NULL;
}

void life_begin(struct life *life, const struct kd_source *source,
    const struct kd_setting *settings, uint32_t count, enum life_memory memory)
{
    *life = (struct life){.source = source, .memory = memory, .count = count, .thread = gettid()};
    life->settings = take(life, count * sizeof(*settings));
    for (uint32_t i = 0; i < count; i++) {
        life->settings[i] = settings[i];
        life->settings[i].name = take_text(life, settings[i].name);
        life->settings[i].text = take_text(life, settings[i].text);
        if (settings[i].type != KD_TYPE_FILE)
            continue;
        int fd = life->settings[i].fd = reopen(settings[i].fd);
        life->files[life->file_count][0] = settings[i].fd;
        life->files[life->file_count++][1] = fd;
    }
    life->host = take_struct(life, sizeof(*life->host));
    life->host->minor = memory == LIFE_LARGER ? LARGER_MINOR : KD_ABI_MINOR;
    life->host->ctx = life;
    life->host->log = host_log;
    life->host->changed = host_changed;
    life->host->cancelled = host_cancelled;
    life->host->ext = host_ext;
}

void life_stay(struct life *life)
{
    if (life->source->flags & KD_FLAG_RESIDENT)
        life->host->flags |= KD_HOST_STAYS;
}

int32_t life_init(struct life *life)
{
    relay_phase(PHASE_INIT);
    return life->source->init(life->host, life->settings, life->count, &life->state);
}

int32_t life_reconcile(
    struct life *life, const char *revision, const void *memo, uint32_t memo_size)
{
    const char *text = take_text(life, revision ? revision : "");
    struct kd_have *have = take_struct(life, sizeof(*have));
    struct kd_out *out = take_struct(life, sizeof(*out));
    void *bytes = take(life, memo_size);
    size_t text_size = strlen(text) + 1;
    if (memo_size)
        memcpy(bytes, memo, memo_size);
    have->revision = text;
    have->memo = bytes;
    have->memo_size = memo_size;
    record_begin(life, out);
    relay_phase(PHASE_RECONCILE);
    int32_t result = life->source->reconcile(life->state, have, out);
    /* Gone, as the interface says: guarded memory is no memory any more. */
    release(life, have, struct_size(life, sizeof(*have)));
    release(life, out, struct_size(life, sizeof(*out)));
    release(life, bytes, memo_size);
    release(life, (void *)text, text_size);
    return result;
}

void life_shutdown(struct life *life)
{
    relay_phase(PHASE_SHUTDOWN);
    life->source->shutdown(life->state);
    atomic_store(&life->over, 1);
}

static void close_again(int given, int fd)
{
    struct stat a, b;
    if (fd >= 0 && fstat(given, &a) == 0 && fstat(fd, &b) == 0 && a.st_dev == b.st_dev &&
        a.st_ino == b.st_ino)
        close(fd);
}

static void drop_settings(struct life *life)
{
    for (uint32_t i = 0; i < life->count; i++) {
        struct kd_setting *setting = &life->settings[i];
        release(life, (void *)setting->name, strlen(setting->name) + 1);
        release(life, (void *)setting->text, strlen(setting->text) + 1);
    }
    release(life, life->settings, life->count * sizeof(*life->settings));
    life->settings = NULL;
    life->count = 0;
}

void life_end(struct life *life)
{
    if (life->settings)
        drop_settings(life);
    if (life->host)
        release(life, life->host, struct_size(life, sizeof(*life->host)));
    life->host = NULL;
    for (unsigned i = 0; i < life->file_count; i++)
        close_again(life->files[i][0], life->files[i][1]);
    record_end(&life->record);
}

void life_seal_settings(struct life *life)
{
    for (uint32_t i = 0; i < life->count; i++) {
        struct kd_setting *setting = &life->settings[i];
        guard_seal((void *)setting->name, strlen(setting->name) + 1);
        guard_seal((void *)setting->text, strlen(setting->text) + 1);
    }
    guard_seal(life->settings, life->count * sizeof(*life->settings));
    life->settings = NULL;
}

void life_seal_host(struct life *life)
{
    guard_seal(life->host, sizeof(*life->host));
    life->host = NULL;
}

int32_t life_once(const struct kd_source *source, const struct job *job, struct record *ret_record)
{
    struct life life;
    life_begin(&life, source, job->settings, job->count, LIFE_PLAIN);
    int32_t result = life_init(&life);
    if (result == KD_OK) {
        result = life_reconcile(&life, NULL, NULL, 0);
        life_shutdown(&life);
    }
    if (ret_record)
        *ret_record = life.record;
    life_end(&life);
    return result;
}

const char *life_word(int32_t result)
{
    static const char *const words[] = {
        "KD_OK", "KD_COMPLETE", "KD_UNCHANGED", "KD_RETRY", "KD_FATAL"};
    static char number[16];
    if (result >= KD_OK && result <= KD_FATAL)
        return words[result];
    snprintf(number, sizeof(number), "%d", result);
    return number;
}
