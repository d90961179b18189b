/* kanto-replay: plays recordings of a real kanto-cm against a daemon, and tells where it answers
 * otherwise. */
#include "base/cleanup.h"
#include "base/file.h"
#include "base/memory.h"
#include "play.h"
#include "shuffle.h"

#include <getopt.h>
#include <grpc/grpc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX_BYTES   ((size_t)16 << 20)
#define EXIT_WRONG_USAGE 64

static const struct option options[] = {
    {"socket", required_argument, NULL, 's'},
    {"daemon", required_argument, NULL, 'd'},
    {"shuffle", required_argument, NULL, 'x'},
    {"by-chance", required_argument, NULL, 'c'},
    {"tries", required_argument, NULL, 't'},
    {"help", no_argument, NULL, 'h'},
    {0},
};

static void help(void)
{
    puts("kanto-replay [OPTION…] FILE…: play recordings of a real kanto-cm\n\n"
         "  --socket PATH      of the daemon (with --daemon: where it is to listen)\n"
         "  --daemon COMMAND   start and restart this daemon; {socket} in it is the path\n"
         "  --shuffle SEED     with other names, ids, host names and ports\n"
         "  --by-chance FILE   steps whose answers are not compared: {\"file\": {\"step\": "
         "\"why\"}}\n"
         "  --tries N          a file that differs is played again, up to N times in all: a real\n"
         "                     daemon can miss the end of a process\n\n"
         "Exit status: 0 all as recorded, 1 a step differs, 64 wrong usage.");
}

static void make_data(const char *folder)
{
    scoped_free char *data = memory_format("%s/mnt/data", folder);
    scoped_free char *conf = memory_format("%s/mnt/conf", folder);
    mkdir(data, 0755);
    mkdir(conf, 0755);
}

/* It does what the recordings' hook did as far as a caller sees it; a slow one need not be slow. */
static void make_hooks(const char *folder)
{
    static const char script[] = "#!/bin/sh\n"
                                 "for last in \"$@\"; do :; done\n"
                                 "case ${last:-} in *fail*) echo to stdout; echo to stderr >&2; "
                                 "exit 1 ;; esac\n";
    scoped_free char *hooks = memory_format("%s/hooks", folder);
    scoped_free char *hook = memory_format("%s/hooks/log.py", folder);
    scoped_free char *other = memory_format("%s/hooks/noexec.sh", folder);
    mkdir(hooks, 0755);
    file_write_atomic(hook, script, sizeof(script) - 1, 0755, NULL);
    file_write_atomic(other, script, sizeof(script) - 1, 0644, NULL);
}

/* The folder that recordings call <dir>. */
static char *make_folder(void)
{
    char pattern[] = "/tmp/kd-replay-XXXXXX";
    if (!mkdtemp(pattern))
        return NULL;
    scoped_free char *mounts = memory_format("%s/mnt", pattern);
    scoped_free char *folder = memory_format("%s/mnt/dir", pattern);
    scoped_free char *file = memory_format("%s/mnt/file", pattern);
    mkdir(mounts, 0755);
    mkdir(folder, 0755);
    file_write_atomic(file, "", 0, 0644, NULL);
    make_data(pattern);
    make_hooks(pattern);
    return memory_string(pattern);
}

struct settings {
    struct world world;
    unsigned seed, shuffled;
    int tries;
    cJSON *chance; /* of --by-chance */
};

static cJSON *read_json(const char *path)
{
    scoped_free char *bytes = NULL;
    size_t length = 0;
    struct error err = {0};
    if (file_read(path, FILE_MAX_BYTES, &bytes, &length, &err) < 0) {
        fprintf(stderr, "kanto-replay: %s\n", err.text);
        return NULL;
    }
    cJSON *document = cJSON_ParseWithLength(bytes, length);
    if (!document)
        fprintf(stderr, "kanto-replay: %s: found no JSON\n", path);
    return document;
}

#define SETTLED_MS 3000 /* a daemon that has just started is not to be believed */

static bool begin(struct world *world)
{
    bool fresh = world->pid <= 0;
    if (!world_start(world))
        return false;
    if (fresh)
        world_wait(world, SETTLED_MS);
    return world_reset(world);
}

static void play_once(struct play *play, const cJSON *recording)
{
    const char *replay =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(recording, "replay"));
    play->invariant = replay && strcmp(replay, "invariant") == 0;
    if (!cJSON_HasObjectItem(recording, "steps")) {
        tally_leave_out(&play->tally, "a file without steps");
    } else if (replay && strcmp(replay, "not-for-sim") == 0) {
        tally_leave_out(&play->tally, "a file that is not for replay, by its own word");
    } else if (begin(play->world)) {
        play_steps(play, cJSON_GetObjectItemCaseSensitive(recording, "scene"));
        play_steps(play, cJSON_GetObjectItemCaseSensitive(recording, "steps"));
    } else {
        play_differs(play, recording, "      the daemon cannot be brought to its beginning\n");
    }
}

static bool play_file(
    struct settings *settings, const char *path, const char *folder, struct tally *ret_tally)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    for (int tries = 1; tries <= settings->tries; tries++) {
        cJSON *recording = read_json(path);
        if (!recording)
            return false;
        /* A real daemon can make ids unusable: each file, and each try, has its own. */
        if (settings->seed || tries > 1)
            shuffle(recording, settings->seed + settings->shuffled++);
        struct play play = {.world = &settings->world,
            .name = name,
            .chance = cJSON_GetObjectItemCaseSensitive(settings->chance, name)};
        bindings_set(&play.bindings, "<dir>", folder);
        play_once(&play, recording);
        bindings_finish(&play.bindings);
        cJSON_Delete(recording);
        *ret_tally = play.tally;
        if (play.tally.failed == 0)
            break;
        if (tries < settings->tries)
            printf("%s: %zu differ: once more\n", name, play.tally.failed);
    }
    tally_print(ret_tally, name);
    return true;
}

static int play_all(struct settings *settings, char **files)
{
    struct tally sum = {0};
    scoped_free char *folder = make_folder();
    bool readable = folder != NULL;
    for (; *files && folder; files++) {
        struct tally tally = {0};
        readable = play_file(settings, *files, folder, &tally) && readable;
        tally_add(&sum, &tally);
    }
    tally_print(&sum, "all");
    world_stop(&settings->world);
    if (folder) {
        scoped_free char *command = memory_format("rm -rf %s", folder);
        if (system(command) != 0)
            fprintf(stderr, "kanto-replay: %s is left\n", folder);
    }
    return sum.failed > 0 || !readable ? EXIT_FAILURE : EXIT_SUCCESS;
}

static bool take(struct settings *settings, int letter)
{
    switch (letter) {
    case 's':
        settings->world.socket = optarg;
        return true;
    case 'd':
        settings->world.daemon = optarg;
        return true;
    case 'x':
        settings->seed = (unsigned)strtoul(optarg, NULL, 10);
        return true;
    case 'c':
        return (settings->chance = read_json(optarg)) != NULL;
    case 't':
        return (settings->tries = (int)strtol(optarg, NULL, 10)) > 0;
    default:
        return false;
    }
}

int main(int argc, char **argv)
{
    struct settings settings = {.tries = 1};
    int letter;
    while ((letter = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (take(&settings, letter))
            continue;
        help();
        return letter == 'h' ? EXIT_SUCCESS : EXIT_WRONG_USAGE;
    }
    if (!settings.world.socket || optind == argc) {
        help();
        return EXIT_WRONG_USAGE;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    grpc_init();
    int code = play_all(&settings, argv + optind);
    caller_disconnect();
    grpc_shutdown();
    cJSON_Delete(settings.chance);
    return code;
}
