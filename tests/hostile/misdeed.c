/* One file, many plugins: MISDEED_… chooses what it does wrong. Without one it is a good plugin. */
#include <kanto-deployer/source.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define LOADER_FD 3 /* the descriptor that is not the plugin's */

#if defined(MISDEED_WRONG_MAJOR)
__attribute__((section(".note.kanto-deployer"), used,
    aligned(4))) static const struct kd_note kd_source_note = {sizeof(KD_NOTE_NAME), KD_NOTE_DESC,
    KD_NOTE_TYPE, KD_NOTE_NAME, KD_NOTE_MAGIC, KD_ABI_MAJOR + 1, 0, 0};
#elif !defined(MISDEED_NO_NOTE)
KD_SOURCE_NOTE;
#endif

static const struct kd_host *host;

#if defined(MISDEED_PUT_LATE)
static struct kd_out *kept_out;
#elif defined(MISDEED_OVERFLOW_STACK)
static int deeper(int depth)
{
    volatile char room[4096];
    room[depth % 4096] = 1;
    return depth < INT_MAX ? deeper(depth + 1) + room[7] : 0;
}
#elif defined(MISDEED_LIE_COUNT)
static const struct kd_setting_info only_setting = {
    .size = sizeof(only_setting), .type = KD_TYPE_STRING, .name = "only", .help = "there is one"};
#elif defined(MISDEED_NAME_FILE)
static const struct kd_setting_info file_setting = {.size = sizeof(file_setting),
    .type = KD_TYPE_FILE,
    .name = "token",
    .fallback = "/etc/shadow",
    .help = "a file that only root may read"};
#endif

__attribute__((unused)) static void crash(void)
{
    raise(SIGSEGV);
}

__attribute__((unused)) static void loop(void)
{
    for (;;)
        pause();
}

__attribute__((constructor)) static void at_load(void)
{
#if defined(MISDEED_SEGV_CONSTRUCTOR)
    crash();
#elif defined(MISDEED_EXIT_CONSTRUCTOR)
    exit(7);
#elif defined(MISDEED_LOOP_CONSTRUCTOR)
    loop();
#endif
}

__attribute__((unused)) static void say(const char *text)
{
    host->log(host->ctx, KD_LOG_ERROR, text);
}

static int32_t init(
    const struct kd_host *given, const struct kd_setting *settings, uint32_t count, void **state)
{
    (void)settings;
    (void)count;
    host = given;
    *state = NULL;
#if defined(MISDEED_SEGV_INIT)
    crash();
#elif defined(MISDEED_EXIT_INIT)
    exit(0);
#elif defined(MISDEED_LOOP_INIT)
    loop();
#elif defined(MISDEED_REFUSE_INIT)
    host->log(host->ctx, KD_LOG_ERROR, "the moon is in the wrong house");
    return KD_FATAL;
#endif
    return KD_OK;
}

__attribute__((unused)) static int32_t put(struct kd_out *out, const char *key, uint64_t length)
{
    static char bytes[KD_ITEM_BYTES_MAX + 16] =
        "{\"image\": {\"name\": \"localhost:5000/sleeper:1\"}}";
    struct kd_item item = {.size = sizeof(item),
        .key = key,
        .origin = key,
        .revision = "",
        .bytes = bytes,
        .length = length ? length : strlen(bytes)};
    return out->put(out->ctx, &item);
}

__attribute__((unused)) static void write_raw(const void *bytes, size_t length)
{
    if (write(LOADER_FD, bytes, length) < 0)
        _exit(9);
}

/* A frame of the helper's, as only it should write them. */
#define FRAME_DESCRIBE 7
#define FRAME_REVISION 13
__attribute__((unused)) static void write_texts(uint32_t type, const char *const *texts, int count)
{
    uint32_t header[2] = {0, type};
    for (int i = 0; i < count; i++)
        header[0] += (uint32_t)strlen(texts[i]) + 5;
    write_raw(header, sizeof(header));
    for (int i = 0; i < count; i++) {
        uint32_t length = (uint32_t)strlen(texts[i]);
        write_raw(&length, sizeof(length));
        write_raw(texts[i], length + 1);
    }
}

__attribute__((unused)) static const char *long_text(void)
{
    static char text[1 << 20];
    memset(text, 'a', sizeof(text) - 1);
    return text;
}

/* Two with each frame: one fits into the place of the other's padding. */
__attribute__((unused)) static void leak_descriptors(void)
{
    static const uint32_t changed[2] = {0, 16}; /* a frame without fields */
    const int fds[2] = {0, 1};
    union {
        char room[CMSG_SPACE(sizeof(fds))];
        struct cmsghdr align;
    } control = {0};
    struct iovec part = {.iov_base = (void *)changed, .iov_len = sizeof(changed)};
    struct msghdr message = {.msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = control.room,
        .msg_controllen = sizeof(control.room)};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(fds));
    memcpy(CMSG_DATA(header), fds, sizeof(fds));
    for (int i = 0; i < 3000; i++)
        if (sendmsg(LOADER_FD, &message, MSG_NOSIGNAL) < 0)
            _exit(9);
}

static int32_t misbehave(struct kd_out *out)
{
#if defined(MISDEED_SEGV_RECONCILE)
    crash();
#elif defined(MISDEED_EXIT_RECONCILE)
    exit(3);
#elif defined(MISDEED_LOOP_RECONCILE)
    loop();
#elif defined(MISDEED_IGNORE_SIGNALS)
    for (int number = 1; number < 32; number++)
        signal(number, SIG_IGN);
    for (;;)
        usleep(1000);
#elif defined(MISDEED_BLOCK_SIGNALS)
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    loop();
#elif defined(MISDEED_KILL_GROUP)
    kill(0, SIGKILL);
#elif defined(MISDEED_MILLION_ITEMS)
    char key[32];
    for (unsigned i = 0; i < 1000000; i++) {
        snprintf(key, sizeof(key), "%u.json", i);
        put(out, key, 0);
    }
#elif defined(MISDEED_FORK_BOMB)
    int forked = 0;
    for (pid_t child = 0; forked < 500 && (child = fork()) >= 0; forked++)
        while (child == 0)
            pause();
    say(forked < 500 ? "the bomb ended soon" : "500 processes");
    return KD_FATAL;
#elif defined(MISDEED_EXHAUST_DESCRIPTORS)
    while (open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0)
        ;
    say(strerror(errno));
    return KD_FATAL;
#elif defined(MISDEED_OVERFLOW_STACK)
    return deeper(1);
#elif defined(MISDEED_LIE_LENGTH)
    size_t page = (size_t)sysconf(_SC_PAGESIZE); /* and none behind it */
    char *bytes = mmap(NULL, 2 * page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct kd_item item = {.size = sizeof(item), .key = "a", .bytes = bytes, .length = 1 << 19};
    if (bytes != MAP_FAILED && mprotect(bytes + page, page, PROT_NONE) == 0)
        out->put(out->ctx, &item);
#elif defined(MISDEED_LIE_ITEM)
    struct kd_item item = {.size = 8, .key = "small.json", .bytes = "{}", .length = 2};
    out->put(out->ctx, &item);
#elif defined(MISDEED_LIE_MEMO)
    static char memo[KD_MEMO_MAX];
    out->memo(out->ctx, memo, UINT32_MAX);
#elif defined(MISDEED_NULL_ITEM)
    out->put(out->ctx, NULL);
#elif defined(MISDEED_FLOOD_NOTES)
    for (int i = 0; i < 100000; i++)
        host->log(host->ctx, KD_LOG_WARNING, "again");
#elif defined(MISDEED_FLOOD_OUTPUT)
    for (int i = 0; i < 20000; i++)
        puts("this line is printed over and over again, and nobody asked for it");
    fflush(stdout);
#elif defined(MISDEED_GARBAGE_FRAME)
    write_raw("\377\377garbage, garbage, garbage", 27);
#elif defined(MISDEED_HUGE_FRAME)
    uint32_t header[2] = {99999999, 12};
    write_raw(header, sizeof(header));
#elif defined(MISDEED_EARLY_FRAME)
    uint32_t header[2] = {0, 18}; /* the last frame of a life */
    write_raw(header, sizeof(header));
#elif defined(MISDEED_LEAK_DESCRIPTORS)
    leak_descriptors();
#elif defined(MISDEED_LONG_FIELD)
    write_texts(FRAME_REVISION, (const char *[]){long_text()}, 1);
#elif defined(MISDEED_SPARE_BYTES)
    write_texts(FRAME_REVISION, (const char *[]){"1", "2"}, 2);
#elif defined(MISDEED_DESCRIBE_TWICE)
    write_texts(FRAME_DESCRIBE, (const char *[]){"other"}, 1);
#elif defined(MISDEED_DUPLICATE_KEYS)
    put(out, "twin.json", 0);
    put(out, "twin.json", 0);
#elif defined(MISDEED_EMPTY_KEY)
    put(out, "", 0);
#elif defined(MISDEED_LARGE_ITEM)
    put(out, "large.json", KD_ITEM_BYTES_MAX + 1);
#elif defined(MISDEED_UNKNOWN_RESULT)
    return 4711;
#elif defined(MISDEED_UNCHANGED)
    return KD_UNCHANGED;
#elif defined(MISDEED_RETRY)
    return KD_RETRY;
#elif defined(MISDEED_FORK_CHILD)
    if (fork() == 0)
        loop();
#elif defined(MISDEED_CLOSE_ALL)
    for (int fd = 0; fd < 64; fd++)
        close(fd);
    loop();
#elif defined(MISDEED_ALLOCATE)
    for (;;) {
        volatile char *block = malloc(1 << 26);
        *block = 1; /* NULL in the end */
    }
#elif defined(MISDEED_ERROR_ITEM)
    out->error(out->ctx, "bad.json", "/somewhere/bad.json", "Input/output error");
#endif
    (void)out;
    return KD_COMPLETE;
}

static int32_t reconcile(void *state, const struct kd_have *have, struct kd_out *out)
{
    (void)state;
    (void)have;
#if defined(MISDEED_PUT_LATE)
    kept_out = out;
#endif
    int32_t result = misbehave(out);
    return result == KD_COMPLETE && put(out, "good.json", 0) ? KD_FATAL : result;
}

static void end(void *state)
{
    (void)state;
#if defined(MISDEED_PUT_LATE)
    put(kept_out, "late.json", 0);
#endif
#if defined(MISDEED_SEGV_SHUTDOWN)
    crash();
#elif defined(MISDEED_LOOP_SHUTDOWN)
    loop();
#endif
}

static const struct kd_source source_table = {
#if defined(MISDEED_LIE_SIZE)
    .size = 8,
#elif defined(MISDEED_LIE_HUGE)
    .size = UINT32_MAX,
#else
    .size = sizeof(source_table),
#endif
#if defined(MISDEED_LIE_COUNT)
    .settings = &only_setting,
    .settings_count = UINT32_MAX,
#elif defined(MISDEED_NO_SETTINGS)
    .settings_count = 7,
#elif defined(MISDEED_NAME_FILE)
    .settings = &file_setting,
    .settings_count = 1,
#endif
    .id = MISDEED_ID,
    .version = "1",
    .description = "a plugin of the tests",
    .init = init,
    .reconcile = reconcile,
    .shutdown = end,
};

const struct kd_source *kd_source_v1(void)
{
#if defined(MISDEED_ABORT_ENTRY)
    abort();
#elif defined(MISDEED_LOOP_ENTRY)
    loop();
#elif defined(MISDEED_NULL_ENTRY)
    return NULL;
#endif
    return &source_table;
}
