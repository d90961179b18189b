#include "hook.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "daemon.h"
#include "sentences.h"

#include <ctype.h>
#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARGUMENTS_MAX 64
#define OUTPUT_MAX    4096

extern char **environ;

static void set_environment(const Kanto__Hook *hook, char **environment)
{
    size_t count = hook->n_env < ARGUMENTS_MAX ? hook->n_env : ARGUMENTS_MAX;
    for (size_t i = 0; i < count; i++)
        environment[i] = hook->env[i];
    environment[count] = NULL;
}

struct outcome {
    int error;  /* it could not be run: an errno */
    int status; /* as of waitpid */
    char *out, *err;
};

static void outcome_finish(struct outcome *outcome)
{
    free(outcome->out);
    free(outcome->err);
}

static char *read_back(int fd)
{
    char bytes[OUTPUT_MAX + 1];
    ssize_t length = pread(fd, bytes, OUTPUT_MAX, 0);
    close(fd);
    return memory_bytes(bytes, length > 0 ? (size_t)length : 0);
}

/* args[0] is argv[0]; without args the path. What it prints lands in files: no pipe can fill up. */
static struct outcome run(const Kanto__Hook *hook)
{
    char *arguments[ARGUMENTS_MAX + 1] = {hook->path, NULL};
    char *environment[ARGUMENTS_MAX + 1];
    int status = 0, out = memfd_create("out", MFD_CLOEXEC), err = memfd_create("err", MFD_CLOEXEC);
    pid_t pid;
    posix_spawn_file_actions_t actions;
    for (size_t i = 0; i < hook->n_args && i < ARGUMENTS_MAX; i++) {
        arguments[i] = hook->args[i];
        arguments[i + 1] = NULL;
    }
    set_environment(hook, environment);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);
    int failed = posix_spawn(
        &pid, hook->path, &actions, NULL, arguments, hook->n_env > 0 ? environment : environ);
    posix_spawn_file_actions_destroy(&actions);
    while (!failed && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return (struct outcome){
        .error = failed, .status = status, .out = read_back(out), .err = read_back(err)};
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

/* As Go says it: "exit status 3", "signal: segmentation fault". */
static char *end_of(const struct outcome *outcome)
{
    if (WIFEXITED(outcome->status))
        return memory_format("exit status %d", WEXITSTATUS(outcome->status));
    char *text = memory_format("signal: %s", strsignal(WTERMSIG(outcome->status)));
    for (char *at = text; *at; at++)
        *at = (char)tolower((unsigned char)*at);
    return text;
}

/* runc's sentence loses what is blank at its end, before containerd adds to it: without a word on
 * stderr not even the blank of "stderr: " stays. */
static void trim(char *text)
{
    size_t length = strlen(text);
    while (length > 0 && isspace((unsigned char)text[length - 1]))
        text[--length] = '\0';
}

static char *failure(const char *prefix, int number, const struct outcome *outcome)
{
    scoped_free char *end = end_of(outcome);
    scoped_free char *text = memory_format("%serror running hook #%d: error running hook: %s, "
                                           "stdout: %s, stderr: %s",
        prefix, number, end, outcome->out, outcome->err);
    trim(text);
    return memory_format("%s: unknown", text);
}

static char *run_all(struct box *box, const char *type, const char *prefix)
{
    const Kanto__Container *container = box->container;
    int number = 0;
    for (size_t i = 0; i < container->n_hooks; i++) {
        const Kanto__Hook *hook = container->hooks[i];
        if (!is_type(hook, type))
            continue;
        if (!hook->path || !*hook->path)
            return memory_format(
                "%serror running hook #%d: exec: no command: unknown", prefix, number);
        scoped(outcome_finish) struct outcome outcome = run(hook);
        if (outcome.error)
            return memory_format("%serror running hook #%d: fork/exec %s: %s: unknown", prefix,
                number, hook->path, words(outcome.error));
        if (outcome.status)
            return failure(prefix, number, &outcome);
        number++;
    }
    return NULL;
}

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
