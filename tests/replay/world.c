#include "world.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/memory.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORDS_MAX    64
#define UP_MS        20000
#define TERM_MS      800 /* of a simulation, whose patience costs no time */
#define REAL_TERM_MS 120000
#define POLL_MS      5

extern char **environ;

static int connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    close(fd);
    return -1;
}

bool world_tell(struct world *world, const char *line)
{
    char answer[256] = {0};
    scoped_free char *path = memory_format("%s.control", world->socket);
    scoped_fd int fd = connect_to(path);
    return fd >= 0 && dprintf(fd, "%s\n", line) > 0 && read(fd, answer, sizeof(answer) - 1) > 0 &&
           sscanf(answer, "ok %u", &world->working) == 1;
}

void world_wait(struct world *world, int64_t ms)
{
    scoped_free char *line = memory_format("advance %lld", (long long)ms);
    if (!world->controlled || !world_tell(world, line))
        poll(NULL, 0, (int)ms);
}

static char *with_socket(const struct world *world, const char *word)
{
    const char *at = strstr(word, "{socket}");
    return at ? memory_format("%.*s%s%s", (int)(at - word), word, world->socket, at + 8)
              : memory_string(word);
}

/* The daemon's command line, and perhaps two words more. */
static pid_t run(const struct world *world, const char *option, const char *value)
{
    char *words[WORDS_MAX + 3] = {NULL};
    size_t count = 0;
    pid_t pid = -1;
    char *rest = NULL;
    scoped_free char *line = memory_string(world->daemon);
    for (char *word = strtok_r(line, " ", &rest); word && count < WORDS_MAX;
         word = strtok_r(NULL, " ", &rest))
        words[count++] = with_socket(world, word);
    size_t own = count;
    if (option) {
        words[count++] = (char *)option;
        words[count++] = (char *)value;
    }
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    if (posix_spawnp(&pid, words[0], &actions, NULL, words, environ) != 0)
        pid = -1;
    posix_spawn_file_actions_destroy(&actions);
    for (size_t i = 0; i < own; i++)
        free(words[i]);
    return pid;
}

bool world_start(struct world *world)
{
    if (world->pid <= 0)
        caller_disconnect();
    if (world->daemon && world->pid <= 0) {
        unlink(world->socket);
        world->pid = run(world, NULL, NULL);
    }
    for (int64_t until = clock_now_ms() + UP_MS; clock_now_ms() < until; poll(NULL, 0, POLL_MS)) {
        int fd = connect_to(world->socket);
        if (fd < 0)
            continue;
        close(fd);
        world->controlled = world_tell(world, "advance 0");
        return true;
    }
    return false;
}

bool world_is_up(struct world *world)
{
    int fd = connect_to(world->socket);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static bool reaped(struct world *world, int64_t within_ms)
{
    for (int64_t until = clock_now_ms() + within_ms; clock_now_ms() < until;
         poll(NULL, 0, POLL_MS)) {
        if (waitpid(world->pid, NULL, WNOHANG) == 0)
            continue;
        world->pid = 0;
        return true;
    }
    return false;
}

static cJSON *list(struct world *world)
{
    struct call_result result;
    cJSON *empty = cJSON_CreateObject();
    call_end(call_begin(world->socket, KANTO_LIST, empty, 0, 0), &result);
    cJSON *containers =
        cJSON_DetachItemFromObject(cJSON_GetArrayItem(result.responses, 0), "containers");
    call_result_finish(&result);
    cJSON_Delete(empty);
    return containers;
}

/* Who runs, for the time in which no daemon can be asked. */
static void look_at_host(struct world *world)
{
    if (world->controlled || !world_is_up(world))
        return;
    cJSON *containers = list(world);
    host_remember(&world->host, containers);
    cJSON_Delete(containers);
}

bool world_signal(struct world *world, int signal)
{
    if (world->pid <= 0)
        return true;
    if (signal != 0)
        look_at_host(world);
    if (signal == 0) /* it has crashed, or is about to */
        return reaped(world, TERM_MS);
    kill(world->pid, signal);
    return reaped(world, world->controlled ? TERM_MS : REAL_TERM_MS);
}

bool world_power_cut(struct world *world)
{
    if (world->controlled)
        return world_signal(world, SIGUSR1);
    look_at_host(world);
    kill(world->pid, SIGKILL);
    host_power_cut(&world->host);
    return reaped(world, REAL_TERM_MS);
}

bool world_kill_process(struct world *world, const char *id, const char *signal)
{
    if (!world->controlled) {
        look_at_host(world);
        return host_kill(&world->host, id, signal);
    }
    if (world_is_up(world)) {
        scoped_free char *line = memory_format("kill-process %s %s", id, signal);
        return world_tell(world, line);
    }
    scoped_free char *value = memory_format("%s=%s", id, signal);
    int status = 1;
    pid_t pid = world->controlled ? run(world, "--kill-process", value) : -1;
    return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

bool world_remove(struct world *world, const char *id)
{
    struct call_result result;
    cJSON *request = cJSON_CreateObject();
    cJSON *stop = cJSON_AddObjectToObject(request, "stopOptions");
    cJSON_AddStringToObject(request, "id", id);
    cJSON_AddTrueToObject(request, "force");
    cJSON_AddTrueToObject(stop, "force");
    cJSON_AddStringToObject(stop, "timeout", "1");
    call_end(call_begin(world->socket, KANTO_REMOVE, request, 0, 0), &result);
    bool good = result.code == 0;
    call_result_finish(&result);
    cJSON_Delete(request);
    return good;
}

#define ROUNDS 4 /* a real one can miss the end of a process, and then fails once to remove it */

/* False: some are left. */
static bool remove_all(struct world *world)
{
    bool good = true;
    cJSON *containers = list(world);
    const cJSON *container;
    cJSON_ArrayForEach(container, containers)
    {
        const char *id = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(container, "id"));
        good = id && world_remove(world, id) && good;
    }
    cJSON_Delete(containers);
    return good;
}

bool world_reset(struct world *world)
{
    if (world->controlled && !world_tell(world, "reset"))
        return false;
    for (int round = 0; round < ROUNDS; round++)
        if (remove_all(world))
            return true;
    return false;
}

void world_stop(struct world *world)
{
    if (world->daemon && !world->controlled && world_is_up(world))
        world_reset(world);
    if (world->pid > 0)
        world_signal(world, SIGKILL);
    host_finish(&world->host);
    holder_finish(&world->holder);
}

bool world_hold_port(struct world *world, const char *port)
{
    scoped_free char *line = memory_format("hold-port %s", port);
    return world->controlled ? world_tell(world, line) : holder_hold(&world->holder, port);
}

bool world_free_port(struct world *world, const char *port)
{
    scoped_free char *line = memory_format("free-port %s", port);
    return world->controlled ? world_tell(world, line) : holder_free(&world->holder, port);
}
