/* A plugin that is handed a file, and leaves something behind, as its setting `mood` says: "tell"
 * logs what is in its file; "hold" ends while a process that escaped from its session holds the
 * helper's descriptors; "print" the same, and that one prints for ever; "slow" sends a frame byte by
 * byte and never ends it; "deaf" neither reads nor ends. What escaped lives as long as the file
 * `path` is there. */
#include <kanto-deployer/source.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOADER_FD 3 /* the descriptor that is not the plugin's */

KD_SOURCE_NOTE;

struct taker {
    const struct kd_host *host;
    int token;
    char mood[16], path[256];
};

static int32_t init(
    const struct kd_host *host, const struct kd_setting *settings, uint32_t count, void **state)
{
    struct taker *taker = calloc(1, sizeof(*taker));
    if (!taker)
        return KD_RETRY;
    taker->host = host;
    taker->token = -1;
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(settings[i].name, "token") == 0)
            taker->token = settings[i].fd;
        else if (strcmp(settings[i].name, "mood") == 0)
            snprintf(taker->mood, sizeof(taker->mood), "%s", settings[i].text);
        else
            snprintf(taker->path, sizeof(taker->path), "%s", settings[i].text);
    *state = taker;
    return KD_OK;
}

static void tell(const struct taker *taker)
{
    char bytes[64] = "";
    if (taker->token >= 0 && read(taker->token, bytes, sizeof(bytes) - 1) > 0)
        taker->host->log(taker->host->ctx, KD_LOG_INFO, bytes);
}

static void escape(const struct taker *taker)
{
    if (fork() != 0)
        _exit(5);
    setsid();
    while (access(taker->path, F_OK) == 0)
        if (strcmp(taker->mood, "print") == 0)
            puts("nobody is left to read this");
        else
            usleep(1000);
    _exit(0);
}

static void send_slowly(void)
{
    static const unsigned char header[8] = {0, 0, 16, 0, 10};
    for (size_t i = 0;; i++) {
        unsigned char byte = i < sizeof(header) ? header[i] : 0;
        if (write(LOADER_FD, &byte, 1) < 0)
            _exit(9);
        usleep(1000);
    }
}

static int32_t reconcile(void *state, const struct kd_have *have, struct kd_out *out)
{
    const struct taker *taker = state;
    (void)have;
    (void)out;
    if (strcmp(taker->mood, "tell") == 0)
        tell(taker);
    else if (strcmp(taker->mood, "slow") == 0)
        send_slowly();
    else if (strcmp(taker->mood, "deaf") == 0)
        for (;;)
            pause();
    else
        escape(taker);
    return KD_COMPLETE;
}

static void shutdown(void *state)
{
    free(state);
}

static const struct kd_setting_info settings_table[] = {
    {.size = sizeof(struct kd_setting_info),
        .type = KD_TYPE_FILE,
        .name = "token",
        .help = "what it tells"},
    {.size = sizeof(struct kd_setting_info),
        .type = KD_TYPE_STRING,
        .name = "mood",
        .fallback = "tell",
        .help = "what it does"},
    {.size = sizeof(struct kd_setting_info),
        .type = KD_TYPE_PATH,
        .name = "path",
        .help = "what escaped lives as long as this is there"},
};

static const struct kd_source source_table = {
    .size = sizeof(source_table),
    .id = "taker",
    .version = "1",
    .description = "takes a file",
    .settings = settings_table,
    .settings_count = sizeof(settings_table) / sizeof(settings_table[0]),
    .init = init,
    .reconcile = reconcile,
    .shutdown = shutdown,
};

const struct kd_source *kd_source_v1(void)
{
    return &source_table;
}
