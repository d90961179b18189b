#include "hook.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "daemon.h"

#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARGUMENTS_MAX 64

extern char **environ;

static void set_environment(const Kanto__Hook *hook, char **environment)
{
    size_t count = hook->n_env < ARGUMENTS_MAX ? hook->n_env : ARGUMENTS_MAX;
    for (size_t i = 0; i < count; i++)
        environment[i] = hook->env[i];
    environment[count] = NULL;
}

/* args[0] is argv[0]; without args the path. The exit status, or a negative errno. */
static int run(const Kanto__Hook *hook)
{
    char *arguments[ARGUMENTS_MAX + 1] = {hook->path, NULL};
    char *environment[ARGUMENTS_MAX + 1];
    int status = 0;
    pid_t pid;
    for (size_t i = 0; i < hook->n_args && i < ARGUMENTS_MAX; i++) {
        arguments[i] = hook->args[i];
        arguments[i + 1] = NULL;
    }
    set_environment(hook, environment);
    int failed = posix_spawn(
        &pid, hook->path, NULL, NULL, arguments, hook->n_env > 0 ? environment : environ);
    if (failed)
        return -failed;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static bool is_type(const Kanto__Hook *hook, const char *type)
{
    return hook->type && strcmp(hook->type, type) == 0;
}

static const char *words(int error)
{
    return error == ENOENT   ? "no such file or directory"
           : error == EACCES ? "permission denied"
                             : "exec format error";
}

static char *run_all(struct box *box, const char *type, const char *prefix)
{
    const Kanto__Container *container = box->container;
    int number = 0;
    for (size_t i = 0; i < container->n_hooks; i++) {
        const Kanto__Hook *hook = container->hooks[i];
        if (!is_type(hook, type))
            continue;
        int result = run(hook);
        if (result < 0)
            return memory_format("%serror running hook #%d: fork/exec %s: %s: unknown", prefix,
                number, hook->path, words(-result));
        if (result > 0)
            return memory_format("%serror running hook #%d: error running hook: exit status %d, "
                                 "stdout: , stderr: : unknown",
                prefix, number, result);
        number++;
    }
    return NULL;
}

#define RUNC "failed to create shim task: OCI runtime create failed: runc create failed: "

char *hook_run_starting(struct box *box)
{
    if (!box->daemon->run_hooks)
        return NULL;
    char *error = run_all(
        box, "Prestart", RUNC "unable to start container process: error during container init: ");
    return error ? error : run_all(box, "Poststart", RUNC);
}

void hook_run_stopped(struct box *box)
{
    if (box->daemon->run_hooks)
        free(run_all(box, "Poststop", ""));
}
