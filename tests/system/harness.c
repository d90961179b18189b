#include "harness.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "kanto/client.h"
#include "model/container.h"
#include "real.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARGUMENTS_MAX  48
#define RUN_TIMEOUT_MS 60000
#define POLL_MS        5

extern char **environ;

/* Spawns with output to files (NULL: inherited). posix_spawn, because gRPC may live in this
 * process. */
static pid_t spawn(const char *const *arguments, const char *out, const char *err)
{
    posix_spawn_file_actions_t actions;
    pid_t pid = 0;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (out)
        posix_spawn_file_actions_addopen(
            &actions, STDOUT_FILENO, out, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (err)
        posix_spawn_file_actions_addopen(
            &actions, STDERR_FILENO, err, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    int failed = posix_spawn(&pid, arguments[0], &actions, NULL, (char **)arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    ck_assert_msg(failed == 0, "%s: %s", arguments[0], strerror(failed));
    return pid;
}

static struct kanto *connect_to(const char *socket)
{
    struct kanto_options options = {.socket = socket, .connect_timeout_ms = 10000};
    struct kanto *kanto = NULL;
    struct error err = {0};
    ck_assert_msg(kanto_connect(&options, &kanto, &err) == 0, "%s", err.text);
    return kanto;
}

struct kanto_answer harness_call(const struct harness *harness, const struct kanto_request *request)
{
    struct kanto *kanto = connect_to(harness->socket);
    struct kanto_answer answer = {0};
    struct error err = {0};
    ck_assert_msg(kanto_call(kanto, request, &answer, &err) == 0, "%s", err.text);
    kanto->table->close(kanto);
    return answer;
}

static void start_simulation(struct harness *harness, const char *const *switches)
{
    scoped_free char *state = memory_format("%s/sim.state", harness->folder);
    const char *arguments[ARGUMENTS_MAX] = {KD_BUILD_DIR "/kanto-sim", "--socket", harness->socket,
        "--log", harness->log, "--state", state};
    size_t count = 7;
    for (; switches && *switches; switches++)
        arguments[count++] = *switches;
    unlink(harness->socket);
    harness->daemon = spawn(arguments, "/dev/null", NULL);
}

/* Whether one of the switches makes a fault. */
static bool makes_faults(const char *const *switches, bool *ret_images)
{
    bool faults = false;
    for (size_t i = 0; switches && switches[i]; i++) {
        /* Other images than the recorded ones are in no registry. */
        bool images = strcmp(switches[i], "--images") == 0 && switches[i + 1] &&
                      strstr(switches[i + 1], "/recorded/images-used.json");
        *ret_images = *ret_images || images;
        faults = faults || !(images || strcmp(switches[i], HARNESS_RUN_HOOKS) == 0);
        i += images;
    }
    return faults;
}

bool harness_start(struct harness *harness, const char *name, const char *const *switches)
{
    const char *real = getenv("KANTO_SOCKET");
    *harness = (struct harness){.name = name, .folder = "/tmp/kd-system-XXXXXX"};
    if (makes_faults(switches, &harness->deaf) && real && *real) {
        printf("left out: %s needs what only the simulation has\n", name);
        return false;
    }
    ck_assert_ptr_nonnull(mkdtemp(harness->folder));
    harness->real = real && *real;
    harness->socket =
        harness->real ? memory_string(real) : memory_format("%s/cm.sock", harness->folder);
    harness->manifests = memory_format("%s/manifests", harness->folder);
    harness->state = memory_format("%s/state", harness->folder);
    harness->trace = memory_format("%s/trace", harness->folder);
    harness->log = harness->real ? NULL : memory_format("%s/calls", harness->folder);
    ck_assert_int_eq(mkdir(harness->manifests, 0755), 0);
    if (harness->real)
        real_remove_everything(real);
    else
        start_simulation(harness, switches);
    return true;
}

/* Fails the test when it does not end. */
static int wait_for(pid_t pid, const char *what, int64_t patience_ms)
{
    int64_t until = clock_now_ms() + patience_ms;
    int status = 0;
    while (waitpid(pid, &status, WNOHANG) == 0) {
        if (clock_now_ms() > until) {
            kill(pid, SIGKILL);
            waitpid(pid, &status, 0);
            ck_abort_msg("%s did not end within %d s", what, (int)(patience_ms / 1000));
        }
        poll(NULL, 0, POLL_MS);
    }
    return status;
}

static void end_simulation(struct harness *harness, int signal)
{
    if (!harness->daemon)
        return;
    kill(harness->daemon, signal);
    wait_for(harness->daemon, "the simulation", RUN_TIMEOUT_MS);
    harness->daemon = 0;
}

bool harness_has_ended(struct harness *harness)
{
    bool ended = harness->daemon && waitpid(harness->daemon, NULL, WNOHANG) == harness->daemon;
    if (ended)
        harness->daemon = 0;
    return ended;
}

void harness_restart(struct harness *harness, int signal, const char *const *switches)
{
    end_simulation(harness, signal);
    start_simulation(harness, switches);
}

void harness_start_again(struct harness *harness, const char *const *switches)
{
    start_simulation(harness, switches);
}

const char *harness_letters(const struct harness *harness)
{
    return strrchr(harness->folder, '-') + 1;
}

/* A real daemon's answers are kept, for whoever wants to compare. */
static void keep_trace(const struct harness *harness)
{
    const char *folder = getenv("KD_TRACE_DIR");
    if (!harness->real || !folder || access(harness->trace, F_OK) < 0)
        return;
    scoped_free char *kept = memory_format("%s/%s.trace", folder, harness->name);
    scoped_free char *bytes = NULL;
    size_t length = 0;
    if (file_read(harness->trace, (size_t)256 << 20, &bytes, &length, NULL) < 0 ||
        file_write_atomic(kept, bytes, length, 0600, NULL) < 0)
        printf("could not keep %s\n", kept);
}

void harness_stop(struct harness *harness)
{
    keep_trace(harness);
    if (harness->daemon)
        end_simulation(harness, harness->deaf ? SIGKILL : SIGTERM);
    if (harness->real)
        real_remove_everything(getenv("KANTO_SOCKET"));
    scoped_free char *command = memory_format("rm -rf %s", harness->folder);
    ck_assert_int_eq(system(command), 0);
    free(harness->socket);
    free(harness->manifests);
    free(harness->state);
    free(harness->trace);
    free(harness->log);
}

void harness_write(const struct harness *harness, const char *name, const char *format, ...)
{
    char *text = NULL;
    va_list args;
    va_start(args, format);
    int length = vasprintf(&text, format, args);
    va_end(args);
    scoped_free char *path = *name == '/' ? memory_format("%s%s", harness->folder, name)
                                          : memory_format("%s/%s", harness->manifests, name);
    struct error err = {0};
    ck_assert_msg(length >= 0 && file_write_atomic(path, text, (size_t)length, 0600, &err) == 0,
        "%s", err.text);
    free(text);
}

void harness_write_many(
    const struct harness *harness, const char *prefix, const char *image, int count)
{
    for (int i = 0; i < count; i++) {
        scoped_free char *name = memory_format("%s%d.json", prefix, i);
        harness_write(harness, name, "{\"image\": {\"name\": \"%s\"}}\n", image);
    }
}

static size_t build_arguments(
    const struct harness *harness, const char *const *wanted, const char **arguments)
{
    size_t count = 0;
    bool talks = strcmp(wanted[0], "apply") == 0 || strcmp(wanted[0], "plan") == 0;
    arguments[count++] = KD_BUILD_DIR "/kanto-deployer";
    for (; *wanted; wanted++)
        arguments[count++] = *wanted;
    if (talks) {
        /* The simulation is always young: it is believed at once, unless a test says otherwise. */
        const char *added[] = {"--socket", harness->socket, "--state-dir", harness->state,
            "--trace", harness->trace, "--settle", harness->settle ? harness->settle : "0s",
            "--soak", harness->soak ? harness->soak : "0s", "--grace", "1s"};
        for (size_t i = 0; i < countof(added); i++)
            arguments[count++] = added[i];
    }
    arguments[count] = NULL;
    return count;
}

pid_t harness_begin(const struct harness *harness, const char *const *wanted)
{
    const char *arguments[ARGUMENTS_MAX];
    scoped_free char *out = memory_format("%s/out", harness->folder);
    scoped_free char *err = memory_format("%s/err", harness->folder);
    build_arguments(harness, wanted, arguments);
    return spawn(arguments, out, err);
}

static char *slurp(const struct harness *harness, const char *name)
{
    scoped_free char *path = memory_format("%s/%s", harness->folder, name);
    char *bytes = NULL;
    size_t length = 0;
    return file_read(path, (size_t)64 << 20, &bytes, &length, NULL) == 0 ? bytes
                                                                         : memory_string("");
}

struct outcome_of_run harness_end(const struct harness *harness, pid_t pid)
{
    int status =
        wait_for(pid, "the program", harness->patience_ms ? harness->patience_ms : RUN_TIMEOUT_MS);
    return (struct outcome_of_run){
        .exit_code = WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status),
        .out = slurp(harness, "out"),
        .err = slurp(harness, "err"),
    };
}

struct outcome_of_run harness_run(const struct harness *harness, const char *const *arguments)
{
    return harness_end(harness, harness_begin(harness, arguments));
}

void outcome_finish(struct outcome_of_run *outcome)
{
    free(outcome->out);
    free(outcome->err);
}

void outcome_expect(struct outcome_of_run outcome, int exit_code, const char *out, const char *err)
{
    ck_assert_msg(
        outcome.exit_code == exit_code && strstr(outcome.out, out) && strstr(outcome.err, err),
        "exit status %d (expected %d)\n-- out, expected \"%s\":\n%s\n-- err, expected \"%s\":\n%s",
        outcome.exit_code, exit_code, out, outcome.out, err, outcome.err);
    outcome_finish(&outcome);
}

static int count_lines(const char *path, const char *method)
{
    scoped_free char *needle = memory_format("\"call\":\"%s\"", method);
    scoped_free char *bytes = NULL;
    size_t length = 0;
    int count = 0;
    if (file_read(path, (size_t)256 << 20, &bytes, &length, NULL) < 0)
        return 0;
    for (const char *at = bytes; (at = strstr(at, needle)); at++)
        count++;
    return count;
}

int harness_calls(const struct harness *harness, const char *method)
{
    return count_lines(harness->trace, method);
}

void harness_wait_for_answer(const struct harness *harness, const char *method, int count)
{
    int64_t until = clock_now_ms() + RUN_TIMEOUT_MS;
    while (count_lines(harness->trace, method) < count) {
        ck_assert_msg(clock_now_ms() < until, "no %d answers to %s within 60 s", count, method);
        poll(NULL, 0, POLL_MS);
    }
}

void harness_forget_calls(const struct harness *harness)
{
    unlink(harness->trace);
}

void harness_wait_for_call(const struct harness *harness, const char *method, int count)
{
    int64_t until = clock_now_ms() + RUN_TIMEOUT_MS;
    while (count_lines(harness->log, method) < count) {
        ck_assert_msg(clock_now_ms() < until, "no %d calls of %s within 60 s", count, method);
        poll(NULL, 0, POLL_MS);
    }
}

bool harness_try_tell(const struct harness *harness, const char *line, char ret_answer[256])
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    scoped_fd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    memset(ret_answer, 0, 256);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s.control", harness->socket);
    return connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
           dprintf(fd, "%s\n", line) > 0 && read(fd, ret_answer, 255) > 0 &&
           strncmp(ret_answer, "ok", 2) == 0;
}

void harness_tell(const struct harness *harness, const char *format, ...)
{
    char line[1024], answer[256];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    ck_assert_msg(harness_try_tell(harness, line, answer), "%s: %s", line,
        *answer ? answer : strerror(errno));
}

Kanto__ListContainersResponse *harness_list(const struct harness *harness)
{
    struct kanto_request request = {.method = KANTO_LIST};
    struct kanto_answer answer = harness_call(harness, &request);
    ck_assert_msg(answer.list != NULL, "List: %s", answer.message ? answer.message : "nothing");
    Kanto__ListContainersResponse *list = steal(&answer.list);
    kanto_answer_finish(&answer);
    return list;
}

static int count_in(const struct harness *harness, const char *name, int *ret_running)
{
    Kanto__ListContainersResponse *list = harness_list(harness);
    int count = 0, running = 0;
    for (size_t i = 0; i < list->n_containers; i++) {
        if (name && strcmp(container_name(list->containers[i]), name) != 0)
            continue;
        count++;
        running += container_status(list->containers[i]) == STATUS_RUNNING;
    }
    kanto__list_containers_response__free_unpacked(list, NULL);
    if (ret_running)
        *ret_running = running;
    return count;
}

int harness_count(const struct harness *harness, const char *name, int *ret_running)
{
    return count_in(harness, name, ret_running);
}

char *harness_id(const struct harness *harness, const char *name)
{
    Kanto__ListContainersResponse *list = harness_list(harness);
    char *id = NULL;
    int count = 0;
    for (size_t i = 0; i < list->n_containers; i++) {
        if (strcmp(container_name(list->containers[i]), name) != 0)
            continue;
        free(id);
        id = memory_string(list->containers[i]->id);
        count++;
    }
    kanto__list_containers_response__free_unpacked(list, NULL);
    ck_assert_msg(count == 1, "%d containers are called %s", count, name);
    return id;
}

void harness_totals(const struct harness *harness, int *ret_all, int *ret_running)
{
    *ret_all = count_in(harness, NULL, ret_running);
}
