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

/* A line, cut into words; those that it has not are NULL. */
struct order {
    struct daemon *daemon;
    const char *word, *first, *second;
};

/* Each returns NULL, or what is wrong with the line. */

static const char *kill_process(const struct order *order)
{
    struct box *box = daemon_find(order->daemon, order->first);
    int number = signal_parse(order->second);
    if (!box || number < 0)
        return box ? "no such signal" : "no such container";
    life_signal(box, number);
    return NULL;
}

static const char *miss_exit(const struct order *order)
{
    struct box *box = daemon_find(order->daemon, order->first);
    if (!box)
        return "no such container";
    if (!box->process.alive)
        return NULL; /* what has ended has no end to miss */
    life_cut(box, 128 + SIGKILL);
    box->missed = true;
    store_save(order->daemon, box);
    return NULL;
}

static const char *advance(const struct order *order)
{
    clock_advance(&order->daemon->clock, strtoll(order->first, NULL, 10));
    return NULL;
}

static const char *limit_pulls(const struct order *order)
{
    order->daemon->faults.pull_rate = strtoll(order->first, NULL, 10);
    return NULL;
}

static const char *forget_faults(const struct order *order)
{
    persons_forget(&order->daemon->persons);
    faults_forget(&order->daemon->faults);
    return NULL;
}

static const char *set_registry(const struct order *order)
{
    return registries_set(&order->daemon->registries, order->first) == 0
               ? NULL
               : "found no HOST=ANSWER that registry.h names";
}

static const char *forget_images(const struct order *order)
{
    images_empty(&order->daemon->images);
    return NULL;
}

static const char *reset(const struct order *order)
{
    boot_forget(order->daemon);
    return NULL;
}

static const struct command {
    const char *word;
    int arguments;
    const char *(*run)(const struct order *order);
} commands[] = {
    {"advance", 1, advance},
    {"forget-images", 0, forget_images},
    {"kill-process", 2, kill_process},
    {"missed-exit", 1, miss_exit},
    {"no-faults", 0, forget_faults},
    {"pull-rate", 1, limit_pulls},
    {"registry", 1, set_registry},
    {"reset", 0, reset},
};

static const struct change {
    const char *word;
    int (*make)(struct host *host, const char *text);
} changes[] = {
    {"hold-port", host_hold_port},
    {"free-port", host_free_port},
    {"add-address", host_add_address},
    {"drop-address", host_drop_address},
};

static const char *change_host(const struct order *order)
{
    for (size_t i = 0; order->first && i < countof(changes); i++)
        if (strcmp(changes[i].word, order->word) == 0)
            return changes[i].make(&order->daemon->host, order->first) == 0
                       ? NULL
                       : "found no port or address of that form, or one too many";
    return "found no command that control.h names";
}

static const char *obey(struct daemon *daemon, char *line)
{
    char *rest = NULL;
    struct order order = {.daemon = daemon, .word = strtok_r(line, " \n", &rest)};
    if (!order.word)
        return "found nothing, expected a command";
    if (faults_takes(order.word))
        return faults_give(&daemon->faults, order.word, strtok_r(NULL, "\n", &rest)) == 0
                   ? NULL
                   : "found no fault of that form";
    if (strcmp(order.word, "person") == 0)
        return persons_give(&daemon->persons, strtok_r(NULL, "\n", &rest)) == 0
                   ? NULL
                   : "found no person of that form";
    order.first = strtok_r(NULL, " \n", &rest);
    order.second = order.first ? strtok_r(NULL, " \n", &rest) : NULL;
    int arguments = (order.first != NULL) + (order.second != NULL);
    for (size_t i = 0; i < countof(commands); i++)
        if (strcmp(commands[i].word, order.word) == 0 && arguments >= commands[i].arguments)
            return commands[i].run(&order);
    return change_host(&order);
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
