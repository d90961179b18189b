/* One file, many plugins: FAULT_… chooses the one thing that is wrong with it, for `plugin check`
 * to find. FAULT_NONE is a good one: it has a setting of every kind of use, keeps revision and
 * memo, and answers KD_UNCHANGED. */
#include <kanto-deployer/source.h>

#include <fcntl.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MANIFEST "{\"image\": {\"name\": \"localhost:5000/sleeper:1\"}}"
#define REVISION "revision 1"

#if !defined(FAULT_NOTE_MISSING)
KD_SOURCE_NOTE;
#endif

struct state {
    const struct kd_host *host;
    char word[64];
    const char *borrowed;
    struct kd_out *out;
    pthread_t thread;
    int watches;
    atomic_int ended;
};

#if defined(FAULT_RESIDENT) || defined(FAULT_THREADS_LATE) || defined(FAULT_THREADS_UNASKED)
#define WATCHES
/* What a watch does: hints and lines of log from a thread of its own. */
static void *watch(void *state)
{
    struct state *made = state;
    for (int i = 0; i < 150 && !atomic_load(&made->ended); i++) {
        made->host->changed(made->host->ctx);
        made->host->log(made->host->ctx, KD_LOG_DEBUG, "something moved");
        if (made->host->cancelled(made->host->ctx))
            made->host->changed(made->host->ctx);
        usleep(2000);
    }
    return NULL;
}
#endif

__attribute__((unused)) static void *sleep_for_ever(void *nothing)
{
    for (;;)
        pause();
    return nothing;
}

__attribute__((unused)) static void start_thread(void *(*run)(void *), void *argument)
{
    pthread_t thread;
    pthread_create(&thread, NULL, run, argument);
}

#if defined(FAULT_SYMBOL)
void a_symbol_that_no_library_has(void);
#endif

__attribute__((constructor)) static void at_load(void)
{
#if defined(FAULT_SYMBOL)
    a_symbol_that_no_library_has();
#elif defined(FAULT_LOAD_THREAD)
    start_thread(sleep_for_ever, NULL);
#elif defined(FAULT_LOAD_CHILD)
    if (fork() == 0)
        sleep_for_ever(NULL);
#elif defined(FAULT_LOAD_OPENS)
    open("/dev/null", O_RDONLY);
#elif defined(FAULT_LOAD_CLOSES)
    close(0);
#elif defined(FAULT_LOAD_HANDLER)
    signal(SIGPIPE, SIG_IGN);
#elif defined(FAULT_LOAD_MASK)
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, NULL);
#elif defined(FAULT_LOAD_TIMER)
    alarm(1000);
#elif defined(FAULT_LOAD_PRINTS)
    puts("thank you for choosing this plugin");
#elif defined(FAULT_LOAD_UMASK)
    umask(0);
#elif defined(FAULT_LOAD_CHDIR)
    if (chdir("/tmp"))
        abort();
#elif defined(FAULT_LOAD_SETENV)
    setenv("TZ", "UTC", 1);
#elif defined(FAULT_LOAD_LOCALE)
    setlocale(LC_ALL, "C.UTF-8");
#elif defined(FAULT_LOAD_CRASH)
    abort();
#endif
}

#if defined(FAULT_EXPORTS)
__attribute__((visibility("default"))) int helper(void);
int helper(void)
{
    return 1;
}
#endif

/* A value that is empty, too long, or no plain text is refused. */
static int take_word(struct state *made, const char *text)
{
#if defined(FAULT_SETTINGS_OVERFLOW)
    strcat(made->word, text);
    if (!*text)
        return -1;
#else
    size_t length = strlen(text);
    if (length == 0 || length >= sizeof(made->word) || strpbrk(text, "\"\\\x1b\xff"))
        return -1;
    memcpy(made->word, text, length + 1);
#endif
    return 0;
}

static int32_t refuse(const struct kd_host *host, struct state *made)
{
#if defined(FAULT_FAILED_INIT_SILENT)
    (void)host;
#else
    host->log(host->ctx, KD_LOG_ERROR, "word: found what is no word");
#endif
#if defined(FAULT_FAILED_INIT_DESCRIPTOR)
    open("/dev/null", O_RDONLY);
#elif defined(FAULT_FAILED_INIT_THREAD)
    start_thread(sleep_for_ever, NULL);
#endif
#if !defined(FAULT_FAILED_INIT_MEMORY)
    free(made);
#else
    (void)made;
#endif
#if defined(FAULT_SETTINGS_RESULT)
    return 7;
#endif
    return KD_FATAL;
}

static int32_t init(
    const struct kd_host *host, const struct kd_setting *settings, uint32_t count, void **state)
{
#if defined(FAULT_INSTANCES_STATIC)
    static struct state only;
    struct state *made = count ? &only : NULL;
#elif defined(FAULT_INSTANCES_SHARED)
    static struct state *only;
    if (!only)
        only = calloc(1, sizeof(*only));
    struct state *made = only;
#else
    struct state *made = calloc(1, sizeof(*made));
#endif
    if (!made)
        return KD_RETRY;
    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(settings[i].name, "word") != 0)
            continue;
        made->borrowed = settings[i].text;
        if (take_word(made, settings[i].text) < 0) {
#if defined(FAULT_INSTANCES_STATIC) || defined(FAULT_INSTANCES_SHARED)
            host->log(host->ctx, KD_LOG_ERROR, "word: found what is no word");
            return KD_FATAL;
#else
            return refuse(host, made);
#endif
        }
    }
#if defined(FAULT_SIZES_READS)
    /* made with a header that has one more function */
    uintptr_t next;
    memcpy(&next, (const char *)host + sizeof(*host), sizeof(next));
    made->word[0] ^= next == 1;
#elif defined(FAULT_SIZES_EXACT)
    if (host->size != sizeof(*host)) {
        host->log(host->ctx, KD_LOG_ERROR, "this host is too new");
        return refuse(host, made);
    }
#endif
    made->host = host;
#if defined(WATCHES)
#if !defined(FAULT_THREADS_UNASKED)
    made->watches = (host->flags & KD_HOST_STAYS) != 0;
#else
    made->watches = 1;
#endif
    if (made->watches && pthread_create(&made->thread, NULL, watch, made) != 0)
        return refuse(host, made);
#endif
    *state = made;
    return KD_OK;
}

static int32_t put_bytes(struct kd_out *out, const char *key, const char *bytes, uint64_t length)
{
    struct kd_item item = {.size = sizeof(item),
        .key = key,
        .origin = "built in",
        .revision = "1",
        .bytes = bytes,
        .length = length};
    return out->put(out->ctx, &item);
}

static int32_t put(struct kd_out *out, const char *key)
{
    return put_bytes(out, key, MANIFEST, strlen(MANIFEST));
}

__attribute__((unused)) static void *put_elsewhere(void *out)
{
    put(out, "elsewhere.json");
    return NULL;
}

/* One more item, which is wrong. */
static int32_t put_wrong(struct state *made, struct kd_out *out)
{
    (void)made;
#if defined(FAULT_ITEMS_TWIN)
    return put(out, "one.json");
#elif defined(FAULT_ITEMS_KEY)
    return put(out, "\xff.json");
#elif defined(FAULT_ITEMS_EMPTY)
    return put_bytes(out, "empty.json", "", 0);
#elif defined(FAULT_ITEMS_LARGE)
    static char bytes[KD_ITEM_BYTES_MAX + 1];
    return put_bytes(out, "large.json", bytes, sizeof(bytes));
#elif defined(FAULT_MANIFESTS)
    return put_bytes(out, "bad.json", "{\"image\": 7}", 12);
#elif defined(FAULT_SAME_BYTES)
    char text[128];
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    int length = snprintf(text, sizeof(text),
        "{\"name\": \"n%d\", \"image\": {\"name\": \"localhost:5000/sleeper:1\"}}",
        (int)now.tv_nsec);
    return put_bytes(out, "random.json", text, (uint64_t)length);
#elif defined(FAULT_SAME_MISSING)
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_nsec % 2 ? put(out, "three.json") : put(out, "four.json");
#elif defined(FAULT_LIFETIME_SETTINGS)
    return made->borrowed && strcmp(made->borrowed, "-") == 0;
#elif defined(FAULT_ERROR)
    int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0; /* and says nothing */
    close(fd);
    return put(out, "three.json");
#elif defined(FAULT_THREADS_PUT)
    pthread_t thread;
    pthread_create(&thread, NULL, put_elsewhere, out);
    pthread_join(thread, NULL);
    return 0;
#else
    (void)out;
    return 0;
#endif
}

static void leave_behind(struct state *made, struct kd_out *out)
{
    (void)made;
    (void)out;
#if defined(FAULT_GROWTH_MEMORY)
    char *lost = malloc(100);
    memcpy(lost, "lost", 5);
    made->word[1] = lost[made->word[1] & 1];
#elif defined(FAULT_GROWTH_DESCRIPTOR)
    static int opened;
    if (opened++ < 200)
        open("/dev/null", O_RDONLY);
#elif defined(FAULT_GROWTH_MAPPED)
    char *lost = mmap(NULL, 16384, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (lost != MAP_FAILED)
        memset(lost, 1, 16384);
#elif defined(FAULT_THREADS_LEFT)
    static int started;
    if (started++ < 3)
        start_thread(sleep_for_ever, NULL);
#elif defined(FAULT_THREADS_CHILD)
    static int forked;
    if (forked++ < 1 && fork() == 0)
        sleep_for_ever(NULL);
#elif defined(FAULT_LIFETIME_OUT)
    made->out = out;
#endif
}

static int32_t reconcile(void *state, const struct kd_have *have, struct kd_out *out)
{
    struct state *made = state;
    const struct kd_host *host = made->host;
    leave_behind(made, out);
#if defined(FAULT_WORKS)
    host->log(host->ctx, KD_LOG_ERROR, "the moon is in the wrong house");
    return KD_FATAL;
#elif defined(FAULT_CANCELLED_DEAF)
    while (host->cancelled(host->ctx))
        usleep(1000);
#elif defined(FAULT_CANCELLED_FATAL)
    if (host->cancelled(host->ctx))
        return KD_FATAL;
#elif defined(FAULT_HAVE_ALWAYS)
    if (have->revision[0])
        return KD_UNCHANGED;
#elif defined(FAULT_HAVE_MEMO)
    /* a length that the memo itself names */
    if (have->memo_size >= 4) {
        uint32_t length = 0;
        char sum = 0;
        memcpy(&length, have->memo, sizeof(length));
        for (uint32_t i = 0; i < length; i++)
            sum = (char)(sum + ((const volatile char *)have->memo)[i]);
        made->word[2] ^= sum == 1;
    }
#elif defined(FAULT_SIZES_NEWER)
    uint64_t next;
    memcpy(&next, (const char *)out + sizeof(*out), sizeof(next));
    made->word[2] ^= next == 1;
#endif
#if !defined(FAULT_HAVE_ALWAYS)
    if (strcmp(have->revision, REVISION) == 0)
        return KD_UNCHANGED;
#endif
    uint32_t memo = 1;
    out->revision(out->ctx, REVISION);
    out->memo(out->ctx, &memo, sizeof(memo));
    int32_t refused = put(out, "one.json") || put_wrong(made, out);
    if (!refused && host->cancelled(host->ctx))
        return KD_RETRY;
    refused = refused || put(out, "two.json");
#if defined(FAULT_PUT)
    refused = 0;
#endif
    return refused ? KD_FATAL : KD_COMPLETE;
}

static void shutdown(void *state)
{
    struct state *made = state;
    (void)made;
#if defined(FAULT_LIFETIME_OUT)
    if (made->out)
        __asm__ volatile("" ::"r"(made->out->size));
#endif
#if defined(FAULT_THREADS_LATE)
    if (made->watches) {
        pthread_detach(made->thread);
        return;
    }
#elif defined(WATCHES)
    atomic_store(&made->ended, 1);
    if (made->watches)
        pthread_join(made->thread, NULL);
#endif
#if !defined(FAULT_INSTANCES_STATIC)
    free(state);
#endif
}

#if defined(FAULT_EXT)
static const void *extension(const char *id)
{
    return id;
}
#endif

/* RIGHT-TO-LEFT OVERRIDE and a control sequence. */
#define HIDDEN "\u202Edeedsim\033[2J"

static const struct kd_setting_info settings_table[] = {
    {.size = sizeof(struct kd_setting_info),
        .type = KD_TYPE_STRING,
#if defined(FAULT_TABLE_NAME)
        .name = "Word with blanks",
#elif defined(FAULT_TABLE_HOSTS)
        .name = "timeout",
#else
        .name = "word",
#endif
        .fallback = "hello",
#if defined(FAULT_TABLE_HIDDEN)
        .help = HIDDEN
#elif !defined(FAULT_TABLE_HELP)
        .help = "a word"
#endif
    },
#if defined(FAULT_TABLE_TWIN)
    {.size = sizeof(struct kd_setting_info),
        .type = KD_TYPE_STRING,
        .name = "word",
        .help = "the word again"},
#elif defined(FAULT_TABLE_FALLBACK)
    {.size = sizeof(struct kd_setting_info),
        .type = KD_TYPE_FILE,
        .name = "token",
        .fallback = "/etc/shadow",
        .help = "a file that it names itself"},
#elif defined(FAULT_TABLE_TYPE)
    {.size = sizeof(struct kd_setting_info), .type = 99, .name = "odd", .help = "of no type"},
#elif defined(FAULT_TABLE_SIZE)
    {.type = KD_TYPE_STRING, .name = "small", .help = "its size is 0"},
#endif
};

static const struct kd_source source_table = {
    .size = sizeof(source_table),
    .id = FAULT_ID,
#if defined(WATCHES)
    .flags = KD_FLAG_RESIDENT,
#endif
#if defined(FAULT_TABLE_HIDDEN)
    .version = HIDDEN,
#elif !defined(FAULT_TABLE_VERSION)
    .version = "1",
#endif
#if defined(FAULT_TABLE_HIDDEN)
    .description = HIDDEN,
#else
    .description = "a plugin of the tests",
#endif
    .settings = settings_table,
    .settings_count = sizeof(settings_table) / sizeof(settings_table[0]),
    .init = init,
#if !defined(FAULT_TABLE_SLOT)
    .reconcile = reconcile,
#endif
    .shutdown = shutdown,
#if defined(FAULT_EXT)
    .ext = extension,
#endif
};

#if defined(FAULT_ENTRY_NAME)
__attribute__((visibility("default"))) const struct kd_source *kd_source_v0(void);
const struct kd_source *kd_source_v0(void)
#else
const struct kd_source *kd_source_v1(void)
#endif
{
#if defined(FAULT_LOAD_ENTRY_PRINTS)
    puts("here is my table");
#endif
    return &source_table;
}
