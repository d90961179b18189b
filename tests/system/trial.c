#include "trial.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "model/container.h"

#include <arpa/inet.h>
#include <check.h>
#include <cjson/cJSON.h>
#include <errno.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARGUMENTS_MAX  24
#define SWITCHES_MAX   24
#define REMEMBERED_MAX 8
#define POLL_MS        5
#define SHOWN_MAX      3000
#define REGISTRY       "localhost:5000/"

struct harness trial;

static struct {
    struct text conf;
    bool uses_conf;
    char *output;
    int port_fd; /* a program of the host that listens */
    struct {
        char *name, *id, *started;
    } remembered[REMEMBERED_MAX];
    size_t remembered_count;
} state;

/* ---- its begin and end ---- */

bool trial_begin(const char *name, const char *const *switches)
{
    const char *all[SWITCHES_MAX] = {
        "--images", KD_SOURCE_DIR "/tests/data/images.json", "--seed", "1"};
    for (size_t count = 4; switches && *switches; switches++)
        all[count++] = *switches;
    if (!harness_start(&trial, name, all))
        return false;
    kanto__list_containers_response__free_unpacked(harness_list(&trial), NULL); /* it is there */
    trial.soak = "150ms";
    state.port_fd = -1;
    return true;
}

void trial_end(void)
{
    if (state.port_fd >= 0)
        close(state.port_fd);
    for (size_t i = 0; i < state.remembered_count; i++) {
        free(state.remembered[i].name);
        free(state.remembered[i].id);
        free(state.remembered[i].started);
    }
    free(state.output);
    text_finish(&state.conf);
    memset(&state, 0, sizeof(state));
    harness_stop(&trial);
}

/* ---- manifests and sources ---- */

static void make_folder(const char *folder)
{
    scoped_free char *path = memory_format("%s/%s", trial.folder, folder);
    ck_assert_msg(mkdir(path, 0700) == 0 || errno == EEXIST, "%s: %s", path, strerror(errno));
}

void trial_write_text(const char *folder, const char *file, const char *text)
{
    scoped_free char *name = memory_format("/%s/%s", folder, file);
    make_folder(folder);
    harness_write(&trial, name, "%s", text);
}

void trial_put(const char *folder, const char *name, const char *image, const char *members)
{
    scoped_free char *file = memory_format("%s.json", name);
    scoped_free char *text =
        memory_format("{\"image\": {\"name\": \"" REGISTRY "%s\"}%s}\n", image, members);
    trial_write_text(folder, file, text);
}

void trial_write(const char *image, const char *members)
{
    trial_put("manifests", "web", image, members);
}

void trial_drop(const char *folder, const char *name)
{
    scoped_free char *path = memory_format("%s/%s/%s.json", trial.folder, folder, name);
    ck_assert_msg(unlink(path) == 0, "%s: %s", path, strerror(errno));
}

void trial_move(const char *from, const char *to)
{
    scoped_free char *old = memory_format("%s/%s", trial.folder, from);
    scoped_free char *new = memory_format("%s/%s", trial.folder, to);
    ck_assert_msg(rename(old, new) == 0, "%s: %s", old, strerror(errno));
}

static void write_conf(void)
{
    state.uses_conf = true;
    harness_write(&trial, "/k.conf", "%s", text_get(&state.conf));
}

void trial_conf(const char *lines)
{
    text_finish(&state.conf);
    text_add(&state.conf, lines);
    write_conf();
}

void trial_source_as(const char *name, const char *folder, const char *user, const char *lines)
{
    make_folder(folder);
    text_add_format(&state.conf,
        "[source %s]\nplugin = directory\nuser = %s\npath = %s/%s\nallow_registries = yes\n"
        "allow_mounts = yes\nallow_devices = yes\n%s",
        name, user, trial.folder, folder, lines);
    write_conf();
}

void trial_source_in(const char *name, const char *folder, const char *lines)
{
    const struct passwd *me = getpwuid(geteuid());
    ck_assert_ptr_nonnull(me);
    trial_source_as(name, folder, me->pw_name, lines);
}

void trial_source(const char *name, const char *lines)
{
    trial_source_in(name, name, lines);
}

/* ---- passes ---- */

static pid_t begin(const char *command, va_list args)
{
    scoped_free char *conf = memory_format("%s/k.conf", trial.folder);
    const char *arguments[ARGUMENTS_MAX] = {command};
    size_t count = 1;
    if (state.uses_conf)
        arguments[count++] = "--config";
    arguments[count++] = state.uses_conf ? conf : trial.manifests;
    arguments[count++] = "--existing";
    arguments[count++] = "update";
    const char *more;
    while ((more = va_arg(args, const char *)))
        arguments[count++] = more;
    return harness_begin(&trial, arguments);
}

pid_t trial_run_begin(const char *command, ...)
{
    va_list args;
    va_start(args, command);
    pid_t pid = begin(command, args);
    va_end(args);
    return pid;
}

int trial_run_end(pid_t pid)
{
    struct outcome_of_run outcome = harness_end(&trial, pid);
    int code = outcome.exit_code;
    free(state.output);
    state.output = memory_format("%s\n-- err:\n%s", outcome.out, outcome.err);
    outcome_finish(&outcome);
    return code;
}

int trial_run(const char *command, ...)
{
    va_list args;
    va_start(args, command);
    pid_t pid = begin(command, args);
    va_end(args);
    return trial_run_end(pid);
}

const char *trial_output(void)
{
    return state.output ? state.output : "";
}

/* Its end: of thousands of lines a message cannot hold all. */
static const char *shown(void)
{
    size_t length = strlen(trial_output());
    return trial_output() + (length > SHOWN_MAX ? length - SHOWN_MAX : 0);
}

void trial_expect_exit(int found, int expected)
{
    ck_assert_msg(
        found == expected, "exit status %d, expected %d\n-- out:\n%s", found, expected, shown());
}

void trial_expect_told(const char *text)
{
    ck_assert_msg(strstr(trial_output(), text), "\"%s\" is not told\n-- out:\n%s", text, shown());
}

void trial_expect_not_told(const char *text)
{
    ck_assert_msg(!strstr(trial_output(), text), "\"%s\" is told\n-- out:\n%s", text, shown());
}

/* ---- the report ---- */

static cJSON *read_report(void)
{
    scoped_free char *path = memory_format("%s/last-report.json", trial.state);
    scoped_free char *bytes = NULL;
    size_t length = 0;
    ck_assert_msg(
        file_read(path, (size_t)64 << 20, &bytes, &length, NULL) == 0, "there is no %s", path);
    cJSON *report = cJSON_ParseWithLength(bytes, length);
    ck_assert_msg(report != NULL, "no JSON: %s", bytes);
    return report;
}

static const cJSON *find_reported(const cJSON *report, const char *name)
{
    const cJSON *one;
    if (!name)
        return report;
    cJSON_ArrayForEach(one, cJSON_GetObjectItem(report, "containers"))
    {
        const char *found = cJSON_GetStringValue(cJSON_GetObjectItem(one, "name"));
        if (found && strcmp(found, name) == 0)
            return one;
    }
    return NULL;
}

char *trial_reported(const char *name, const char *first, const char *second)
{
    cJSON *report = read_report();
    const cJSON *found = cJSON_GetObjectItem(find_reported(report, name), first);
    if (second)
        found = cJSON_GetObjectItem(found, second);
    char *printed = found ? cJSON_PrintUnformatted(found) : NULL;
    char *copy = memory_string(printed ? printed : "");
    cJSON_free(printed);
    cJSON_Delete(report);
    return copy;
}

void trial_expect_verdict(const char *name, const char *verdict)
{
    scoped_free char *found = trial_reported(name, "verdict", NULL);
    scoped_free char *expected = memory_format("\"%s\"", verdict);
    ck_assert_msg(strcmp(found, expected) == 0, "%s is %s, expected %s\n-- out:\n%s", name, found,
        expected, shown());
}

/* ---- what is there ---- */

static const char *status_of(const Kanto__Container *container)
{
    return container_status_word(container_status(container));
}

void trial_expect_count(const char *name, int count)
{
    int found = harness_count(&trial, name, NULL);
    ck_assert_msg(found == count, "%d containers are called %s, expected %d\n-- out:\n%s", found,
        name, count, shown());
}

void trial_expect_runs(const char *name, const char *image)
{
    trial_expect_count(name, 1);
    scoped_container Kanto__Container *one = hand_find(&trial, name);
    scoped_free char *whole = memory_format(REGISTRY "%s", image);
    ck_assert_msg(strcmp(status_of(one), "Running") == 0, "%s is %s (\"%s\")\n-- out:\n%s", name,
        status_of(one), container_error(one), shown());
    ck_assert_msg(strcmp(container_image(one), whole) == 0, "%s has %s, expected %s\n-- out:\n%s",
        name, container_image(one), whole, shown());
}

void trial_expect_down(const char *name)
{
    trial_expect_count(name, 1);
    scoped_container Kanto__Container *one = hand_find(&trial, name);
    ck_assert_msg(strcmp(status_of(one), "Running") != 0, "%s runs\n-- out:\n%s", name, shown());
}

void trial_expect_calls(const char *method, int count)
{
    int found = harness_calls(&trial, method);
    ck_assert_msg(
        found == count, "%d calls of %s, expected %d\n-- out:\n%s", found, method, count, shown());
}

#define LOG_READS_MAX 1000

static int count_in_log(const char *text)
{
    scoped_free char *bytes = NULL;
    size_t length = 0;
    int count = 0, tries = 0;
    /* It may grow while it is read. */
    while (file_read(trial.log, (size_t)64 << 20, &bytes, &length, NULL) < 0)
        ck_assert_int_lt(tries++, LOG_READS_MAX);
    for (const char *at = bytes; (at = strstr(at, text)); at++)
        count++;
    return count;
}

int trial_calls_on(const char *method, const char *id)
{
    scoped_free char *call =
        memory_format("{\"call\":\"%s\",\"request\":{\"id\":\"%s\"", method, id);
    return count_in_log(call);
}

bool trial_wait_for_call(pid_t pid, const char *method, int count)
{
    scoped_free char *call = memory_format("{\"call\":\"%s\"", method);
    siginfo_t info = {0};
    while (count_in_log(call) < count) {
        if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid)
            return count_in_log(call) >= count;
        poll(NULL, 0, POLL_MS);
    }
    return true;
}

static size_t find_remembered(const char *name)
{
    size_t at = 0;
    while (at < state.remembered_count && strcmp(state.remembered[at].name, name) != 0)
        at++;
    return at;
}

void trial_remember(const char *name)
{
    scoped_container Kanto__Container *one = hand_find(&trial, name);
    size_t at = find_remembered(name);
    ck_assert_uint_lt(at, REMEMBERED_MAX);
    if (at == state.remembered_count)
        state.remembered[state.remembered_count++].name = memory_string(name);
    free(state.remembered[at].id);
    free(state.remembered[at].started);
    state.remembered[at].id = memory_string(container_id(one));
    state.remembered[at].started = memory_string(one->state->started_at);
}

const char *trial_remembered_id(const char *name)
{
    size_t at = find_remembered(name);
    ck_assert_uint_lt(at, state.remembered_count);
    return state.remembered[at].id;
}

void trial_expect_untouched(const char *name)
{
    size_t at = find_remembered(name);
    scoped_container Kanto__Container *one = hand_find(&trial, name);
    ck_assert_uint_lt(at, state.remembered_count);
    ck_assert_msg(strcmp(state.remembered[at].id, container_id(one)) == 0 &&
                      strcmp(state.remembered[at].started, one->state->started_at) == 0 &&
                      strcmp(status_of(one), "Running") == 0,
        "%s was touched: %s (started %s), now %s (started %s), %s\n-- out:\n%s", name,
        state.remembered[at].id, state.remembered[at].started, container_id(one),
        one->state->started_at, status_of(one), trial_output());
}

/* ---- the world ---- */

void trial_registry(const char *image, const char *answer)
{
    harness_tell(&trial, "fail Create:%s=%s", image, answer);
}

/* The port is taken for whoever looks at this machine, and for the simulation. */
void trial_hold_port(int port, const char *image)
{
    scoped_free char *line = memory_format("hold-port %d", port);
    char answer[256];
    struct sockaddr_in address = {.sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr = {.s_addr = htonl(INADDR_ANY)}};
    if (!harness_try_tell(&trial, line, answer))
        harness_tell(&trial,
            "fail Start:%s=driver failed programming external connectivity on endpoint web-ep "
            "(7a073a456705adea1be5c44a02e6598108fd019e8e0ba162c5922cf1f792b2ee): Error starting "
            "userland proxy: listen tcp4 0.0.0.0:%d: bind: address already in use",
            image, port);
    state.port_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int on = 1;
    setsockopt(state.port_fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    /* Where the simulation itself listens there, it is taken as well. */
    if (bind(state.port_fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
        ck_assert_int_eq(listen(state.port_fd, 1), 0);
    else
        ck_assert_int_eq(errno, EADDRINUSE);
}

void trial_free_port(int port)
{
    scoped_free char *line = memory_format("free-port %d", port);
    char answer[256];
    close(state.port_fd);
    state.port_fd = -1;
    if (!harness_try_tell(&trial, line, answer))
        trial_well();
}

void trial_well(void)
{
    harness_tell(&trial, "no-faults");
}
