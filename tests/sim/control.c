#include "control.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "boot.h"
#include "life.h"
#include "signals.h"
#include "store.h"
#include "unix_socket.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LINE_MAX_BYTES 1024

struct control {
    struct daemon *daemon;
    char *path;
    pthread_mutex_t *lock;
    pthread_t thread;
    int fd;
};

static const char *kill_process(struct daemon *daemon, const char *id, const char *signal)
{
    struct box *box = daemon_find(daemon, id);
    int number = signal_parse(signal);
    if (!box || number < 0)
        return box ? "no such signal" : "no such container";
    life_signal(box, number);
    return NULL;
}

static const char *miss_exit(struct daemon *daemon, const char *id)
{
    struct box *box = daemon_find(daemon, id);
    if (!box)
        return "no such container";
    life_cut(box, 128 + SIGKILL);
    box->missed = true;
    store_save(daemon, box);
    return NULL;
}

/* NULL, or what is wrong with the line. */
static const char *obey(struct daemon *daemon, char *line)
{
    char *rest = NULL;
    const char *command = strtok_r(line, " \n", &rest);
    if (command && faults_takes(command))
        return faults_give(&daemon->faults, command, strtok_r(NULL, "\n", &rest)) == 0
                   ? NULL
                   : "found no fault of that form";
    if (command && strcmp(command, "person") == 0)
        return persons_give(&daemon->persons, strtok_r(NULL, "\n", &rest)) == 0
                   ? NULL
                   : "found no person of that form";
    const char *first = strtok_r(NULL, " \n", &rest), *second = strtok_r(NULL, " \n", &rest);
    if (!command)
        return "found nothing, expected a command";
    if (strcmp(command, "advance") == 0 && first)
        clock_advance(&daemon->clock, strtoll(first, NULL, 10));
    else if (strcmp(command, "pull-rate") == 0 && first)
        daemon->faults.pull_rate = strtoll(first, NULL, 10);
    else if (strcmp(command, "kill-process") == 0 && second)
        return kill_process(daemon, first, second);
    else if (strcmp(command, "missed-exit") == 0 && first)
        return miss_exit(daemon, first);
    else if (strcmp(command, "no-faults") == 0)
        persons_forget(&daemon->persons), faults_forget(&daemon->faults);
    else if (strcmp(command, "reset") == 0)
        boot_forget(daemon);
    else
        return "found no command that control.h names";
    return NULL;
}

static void serve(const struct control *control, int fd)
{
    char line[LINE_MAX_BYTES];
    FILE *in = fdopen(dup(fd), "re");
    while (in && fgets(line, sizeof(line), in)) {
        pthread_mutex_lock(control->lock);
        const char *error = obey(control->daemon, line);
        store_save_rest(control->daemon);
        unsigned working = control->daemon->working;
        pthread_mutex_unlock(control->lock);
        if ((error ? dprintf(fd, "error %s\n", error) : dprintf(fd, "ok %u\n", working)) < 0)
            break;
    }
    if (in)
        fclose(in);
}

static void *accept_all(void *context)
{
    const struct control *control = context;
    int fd;
    while ((fd = accept4(control->fd, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
        serve(control, fd);
        close(fd);
    }
    return NULL;
}

struct control *control_start(struct daemon *daemon, const char *path, pthread_mutex_t *lock)
{
    struct control *control = memory_zeroed(1, sizeof(*control));
    control->daemon = daemon;
    control->lock = lock;
    control->path = memory_format("%s.control", path);
    control->fd = unix_socket_listen(control->path);
    if (control->fd >= 0 && pthread_create(&control->thread, NULL, accept_all, control) == 0)
        return control;
    free(control->path);
    free(control);
    return NULL;
}

void control_stop(struct control *control)
{
    unlink(control->path);
    pthread_cancel(control->thread);
    pthread_join(control->thread, NULL);
    close(control->fd);
    free(control->path);
    free(control);
}
