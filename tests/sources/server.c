#include "server.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/memory.h"
#include "folder.h"

#include <arpa/inet.h>
#include <check.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define START_MS 30000
/* Below those that the system gives to clients. */
#define PORT_LEAST 10000
#define PORT_MOST  32000

extern char **environ;

const char *server_find(const char *program, const char *what)
{
    static const char *const folders[] = {"/usr/sbin", "/usr/bin", "/usr/local/bin"};
    static char paths[4][64];
    static unsigned next;
    for (size_t i = 0; i < countof(folders); i++) {
        char *path = paths[next % 4];
        snprintf(path, sizeof(paths[0]), "%s/%s", folders[i], program);
        if (access(path, X_OK) < 0)
            continue;
        next++;
        return path;
    }
    printf("left out: %s (%s is not installed)\n", what, program);
    return NULL;
}

static struct sockaddr_in loopback(int port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr = {htonl(INADDR_LOOPBACK)}};
}

int server_port(void)
{
    for (;;) {
        unsigned chance = 0;
        ck_assert_int_eq(getrandom(&chance, sizeof(chance), 0), sizeof(chance));
        int port = PORT_LEAST + (int)(chance % (PORT_MOST - PORT_LEAST));
        struct sockaddr_in address = loopback(port);
        scoped_fd int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
            return port;
    }
}

static bool accepts(int port)
{
    struct sockaddr_in address = loopback(port);
    scoped_fd int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
}

pid_t server_start(const char *folder, const char *name, const char *const *arguments, int port)
{
    posix_spawn_file_actions_t actions;
    pid_t pid = 0;
    scoped_free char *file = memory_format("%s.log", name);
    const char *log = folder_path(folder, file);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(
        &actions, STDOUT_FILENO, log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
    int failed = posix_spawn(&pid, arguments[0], &actions, NULL, (char **)arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    ck_assert_msg(failed == 0, "%s: %s", arguments[0], strerror(failed));
    for (int64_t until = clock_now_ms() + START_MS; !accepts(port);) {
        bool ended = waitpid(pid, NULL, WNOHANG) == pid;
        if (ended || clock_now_ms() > until) {
            scoped_free char *said = folder_read(folder, file, NULL);
            ck_abort_msg("%s %s: %s", name, ended ? "ended" : "does not accept", said);
        }
        poll(NULL, 0, 10);
    }
    return pid;
}

void server_wait_logged(
    const char *folder, const char *log, const char *a, const char *b, int count)
{
    for (int64_t until = clock_now_ms() + START_MS; server_logged(folder, log, a, b) < count;) {
        ck_assert_msg(
            clock_now_ms() < until, "%s has not %d lines with %s and %s", log, count, a, b);
        poll(NULL, 0, 10);
    }
}

int server_logged(const char *folder, const char *log, const char *a, const char *b)
{
    scoped_free char *text = folder_read(folder, log, NULL);
    int count = 0;
    char *state = NULL;
    for (char *line = strtok_r(text, "\n", &state); line; line = strtok_r(NULL, "\n", &state))
        count += strstr(line, a) && strstr(line, b);
    return count;
}

void server_stop(pid_t pid)
{
    if (pid <= 0)
        return;
    kill(pid, SIGTERM);
    waitpid(pid, NULL, 0);
}
