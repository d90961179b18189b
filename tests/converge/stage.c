#include "stage.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "model/container.h"

#include <check.h>
#include <errno.h>
#include <ftw.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define TOLD_MAX      3 /* stories that are told with all that is known */
#define ARGUMENTS_MAX 24
#define PASS_MS       45000
#define CALM_MS       1000
#define DAEMON_MS     10000
#define POLL_MS       2
#define FOREIGN       "foreign"

static const char *const switches[] = {"--images",
    KD_SOURCE_DIR "/tests/data/recorded/images-used.json", "--hurry", "50", "--seed", "1", NULL};

static int unlink_one(const char *path, const struct stat *info, int flag, struct FTW *at)
{
    (void)info;
    (void)flag;
    (void)at;
    return remove(path);
}

static void remove_tree(const char *path)
{
    if (access(path, F_OK) == 0)
        ck_assert_msg(
            nftw(path, unlink_one, 8, FTW_DEPTH | FTW_PHYS) == 0, "%s: %s", path, strerror(errno));
}

void stage_open(struct stage *stage, const char *name)
{
    *stage = (struct stage){0};
    if (!harness_start(&stage->harness, name, switches))
        exit(EXIT_SUCCESS);
    kanto__list_containers_response__free_unpacked(harness_list(&stage->harness), NULL);
    stage->harness.soak = "30ms"; /* 1.5 s in the life of a container */
}

void stage_close(struct stage *stage)
{
    unsigned failures = stage->failures;
    container_free(stage->foreign);
    free(stage->story);
    free(stage->config);
    text_finish(&stage->notes);
    harness_stop(&stage->harness);
    ck_assert_msg(failures == 0, "%u stories went wrong", failures);
}

bool stage_is_long(void)
{
    const char *is_long = getenv("KD_LONG");
    return is_long && *is_long;
}

bool stage_is_wanted(const char *story)
{
    const char *only = getenv("KD_ONLY");
    return !only || !*only || strstr(story, only);
}

/* ---- the simulation ---- */

static const Kanto__Container *find_foreign(const Kanto__ListContainersResponse *list)
{
    for (size_t i = 0; i < list->n_containers; i++)
        if (strcmp(container_id(list->containers[i]), FOREIGN) == 0)
            return list->containers[i];
    return NULL;
}

/* It bears an id of its own and the name of nothing that is desired, and runs. */
static void make_foreign(struct stage *stage)
{
    Kanto__Image image = KANTO__IMAGE__INIT;
    Kanto__Container container = KANTO__CONTAINER__INIT;
    container.id = container.name = (char *)FOREIGN;
    container.image = &image;
    image.name = (char *)"localhost:5000/sleeper:1";
    struct kanto_answer answer = harness_call(
        &stage->harness, &(struct kanto_request){.method = KANTO_CREATE, .container = &container});
    ck_assert_msg(answer.outcome == KANTO_OK, "%s", answer.message);
    kanto_answer_finish(&answer);
    answer = harness_call(
        &stage->harness, &(struct kanto_request){.method = KANTO_START, .id = FOREIGN});
    ck_assert_msg(answer.outcome == KANTO_OK, "%s", answer.message);
    kanto_answer_finish(&answer);
    Kanto__ListContainersResponse *list = harness_list(&stage->harness);
    container_free(stage->foreign);
    stage->foreign = container_clone(find_foreign(list));
    kanto__list_containers_response__free_unpacked(list, NULL);
}

bool stage_stop(struct stage *stage, const char *id)
{
    Kanto__StopOptions options = KANTO__STOP_OPTIONS__INIT;
    options.has_timeout = options.has_force = options.force = true;
    options.timeout = 1;
    struct kanto_answer answer = harness_call(
        &stage->harness, &(struct kanto_request){.method = KANTO_STOP, .id = id, .stop = &options});
    bool good = answer.outcome == KANTO_OK;
    kanto_answer_finish(&answer);
    return good;
}

/* ---- a story ---- */

void stage_begin(struct stage *stage, const char *format, ...)
{
    va_list args;
    free(stage->story);
    va_start(args, format);
    ck_assert_int_ge(vasprintf(&stage->story, format, args), 0);
    va_end(args);
    stage->wrong = stage->power_cut = false;
    harness_tell(&stage->harness, "no-faults");
    harness_tell(&stage->harness, "reset");
    remove_tree(stage->harness.state);
    remove_tree(stage->harness.manifests);
    ck_assert_int_eq(mkdir(stage->harness.manifests, 0755), 0);
    harness_forget_calls(&stage->harness);
    make_foreign(stage);
    ck_assert_int_eq(truncate(stage->harness.log, 0), 0);
    text_finish(&stage->notes);
}

void stage_configure(struct stage *stage, const char *format, ...)
{
    char lines[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(lines, sizeof(lines), format, args);
    va_end(args);
    const struct passwd *me = getpwuid(geteuid());
    ck_assert_ptr_nonnull(me);
    harness_write(&stage->harness, "/conf",
        "[source manifests]\nplugin = directory\nuser = %s\npath = %s\nallow_registries = "
        "localhost:5000\n%s\n",
        me->pw_name, stage->harness.manifests, lines);
    free(stage->config);
    stage->config = memory_format("%s/conf", stage->harness.folder);
}

static size_t build_arguments(struct stage *stage, const char *command, const char **arguments)
{
    size_t count = 0;
    arguments[count++] = command;
    if (stage->config)
        arguments[count++] = "--config";
    arguments[count++] = stage->config ? stage->config : stage->harness.manifests;
    arguments[count++] = "--existing";
    arguments[count++] = stage->existing ? stage->existing : "update";
    arguments[count++] = "--grace";
    arguments[count++] = "1s";
    for (const char *const *more = stage->more; more && *more; more++)
        arguments[count++] = *more;
    arguments[count] = NULL;
    return count;
}

pid_t stage_run_begin(struct stage *stage, const char *command)
{
    const char *arguments[ARGUMENTS_MAX];
    build_arguments(stage, command, arguments);
    return harness_begin(&stage->harness, arguments);
}

struct outcome_of_run stage_run(struct stage *stage, const char *command)
{
    return harness_end(&stage->harness, stage_run_begin(stage, command));
}

int stage_apply(struct stage *stage)
{
    struct outcome_of_run outcome = stage_run(stage, "apply");
    int code = outcome.exit_code;
    outcome_finish(&outcome);
    return code;
}

void stage_restart(struct stage *stage, int signal)
{
    scoped_free char *control = memory_format("%s.control", stage->harness.socket);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int64_t until = clock_now_ms() + DAEMON_MS;
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", control);
    if (signal)
        harness_restart(&stage->harness, signal, switches);
    for (;;) {
        scoped_fd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (harness_has_ended(&stage->harness))
            harness_restart(&stage->harness, SIGKILL, switches);
        if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
            break;
        ck_assert_msg(clock_now_ms() < until, "%s: %s", control, strerror(errno));
        poll(NULL, 0, POLL_MS);
    }
}

int stage_apply_stormy(struct stage *stage, int64_t kill_ms)
{
    int64_t began = clock_now_ms();
    pid_t pid = stage_run_begin(stage, "apply");
    int status = 0;
    while (waitpid(pid, &status, WNOHANG) == 0) {
        int64_t elapsed = clock_now_ms() - began;
        if (harness_has_ended(&stage->harness))
            harness_restart(&stage->harness, SIGKILL, switches);
        if (kill_ms && elapsed > kill_ms)
            kill(pid, SIGKILL);
        if (elapsed > PASS_MS) {
            stage_wrong(stage, "a pass does not end");
            kill(pid, SIGKILL);
        }
        poll(NULL, 0, POLL_MS);
    }
    stage_restart(stage, 0);
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

char *stage_output(const struct stage *stage, const char *which)
{
    scoped_free char *path = memory_format("%s/%s", stage->harness.folder, which);
    char *bytes = NULL;
    size_t length = 0;
    return file_read(path, (size_t)16 << 20, &bytes, &length, NULL) == 0 ? bytes
                                                                         : memory_string("");
}

void stage_calm(struct stage *stage)
{
    int64_t began = clock_now_ms();
    char answer[256];
    bool told = false;
    /* A call that is still in it may bring it down at any moment. One that hangs stays. */
    while (!(told = harness_try_tell(&stage->harness, "no-faults", answer)) ||
           strcmp(answer, "ok 0\n") != 0) {
        if (told && clock_now_ms() - began > CALM_MS)
            break;
        ck_assert_msg(clock_now_ms() - began < DAEMON_MS, "no-faults: %s", answer);
        stage_restart(stage, 0);
        poll(NULL, 0, POLL_MS);
    }
}

void stage_write(struct stage *stage, const char *name, const char *text)
{
    harness_write(&stage->harness, name, "%s", text);
}

void stage_remove(struct stage *stage, const char *name)
{
    scoped_free char *path = memory_format("%s/%s", stage->harness.manifests, name);
    ck_assert_int_eq(unlink(path), 0);
}

void stage_spoil_journal(struct stage *stage, enum journal_fate fate)
{
    struct stat info;
    scoped_free char *path = memory_format("%s/journal.json", stage->harness.state);
    if (fate == JOURNAL_INTACT || stat(path, &info) < 0)
        return;
    int result = fate == JOURNAL_DELETED ? unlink(path) : truncate(path, info.st_size * 2 / 3);
    ck_assert_int_eq(result, 0);
}

/* ---- what is told ---- */

static void print_file(const char *title, const char *path, size_t most)
{
    scoped_free char *bytes = NULL;
    size_t length = 0;
    if (file_read(path, (size_t)64 << 20, &bytes, &length, NULL) < 0 || length == 0)
        return;
    printf("-- %s:\n%s\n", title, bytes + (length > most ? length - most : 0));
}

static void print_list(const Kanto__ListContainersResponse *list)
{
    for (size_t i = 0; i < list->n_containers; i++) {
        const Kanto__Container *container = list->containers[i];
        const Kanto__State *state = container->state;
        printf("%s %s %s %s exit %d, restarts %d%s, policy %s, started %s ended %s, error \"%s\"\n",
            container_name(container), container_id(container), container_image(container),
            container_status_word(container_status(container)), (int)(state ? state->exit_code : 0),
            (int)container->restart_count,
            container->manually_stopped ? ", stopped by a client" : "", container_policy(container),
            state && state->started_at ? state->started_at : "-",
            state && state->finished_at ? state->finished_at : "-", container_error(container));
    }
}

void stage_note(struct stage *stage, const char *format, ...)
{
    char line[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    text_add_format(&stage->notes, "%s\n", line);
}

static void print_world(struct stage *stage)
{
    if (stage->notes.length)
        printf("-- what happened:\n%s", text_get(&stage->notes));
    static const struct {
        const char *title, *name;
        size_t most;
    } files[] = {{"calls", "calls", 6000}, {"its own record of them", "trace", 0},
        {"last output", "out", 3000}, {"last errors", "err", 3000},
        {"journal", "state/journal.json", 4000}};
    Kanto__ListContainersResponse *list = harness_list(&stage->harness);
    print_list(list);
    kanto__list_containers_response__free_unpacked(list, NULL);
    for (size_t i = 0; i < countof(files); i++) {
        scoped_free char *path = memory_format("%s/%s", stage->harness.folder, files[i].name);
        if (files[i].most)
            print_file(files[i].title, path, files[i].most);
    }
}

void stage_wrong(struct stage *stage, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    printf("WRONG %s: %s\n", stage->story, text);
    if (!stage->wrong && stage->failures < TOLD_MAX)
        print_world(stage);
    stage->failures += !stage->wrong;
    stage->wrong = true;
    fflush(stdout);
}

/* ---- what must be true ---- */

unsigned stage_count(const Kanto__ListContainersResponse *list, const char *name)
{
    unsigned count = 0;
    for (size_t i = 0; i < list->n_containers; i++)
        count += strcmp(container_name(list->containers[i]), name) == 0;
    return count;
}

unsigned stage_count_running(const Kanto__ListContainersResponse *list, const char *name)
{
    unsigned count = 0;
    for (size_t i = 0; i < list->n_containers; i++)
        count += strcmp(container_name(list->containers[i]), name) == 0 &&
                 container_status(list->containers[i]) == STATUS_RUNNING;
    return count;
}

const Kanto__Container *stage_only(
    struct stage *stage, const Kanto__ListContainersResponse *list, const char *name)
{
    unsigned count = stage_count(list, name);
    if (count != 1) {
        stage_wrong(stage, "%u containers are named %s, expected one", count, name);
        return NULL;
    }
    size_t at = 0;
    while (strcmp(container_name(list->containers[at]), name) != 0)
        at++;
    return list->containers[at];
}

void stage_expect_foreign(struct stage *stage, const Kanto__ListContainersResponse *list)
{
    const Kanto__Container *found = find_foreign(list);
    size_t length = 0, length_before = 0;
    if (!found) {
        stage_wrong(stage, "the foreign container is gone");
        return;
    }
    if (stage->power_cut)
        return;
    scoped_free void *bytes = container_pack(found, &length);
    scoped_free void *before = container_pack(stage->foreign, &length_before);
    if (length != length_before || memcmp(bytes, before, length) != 0)
        stage_wrong(stage, "the foreign container is not as it was");
}

unsigned stage_count_calls(struct stage *stage, const char *text)
{
    scoped_free char *calls = NULL;
    size_t length = 0;
    unsigned count = 0;
    if (file_read(stage->harness.log, (size_t)64 << 20, &calls, &length, NULL) < 0)
        return 0;
    for (const char *at = calls; (at = strstr(at, text)); at++)
        count++;
    return count;
}

void stage_expect_no_call_on_foreign(struct stage *stage)
{
    static const char *const changes[] = {"Start", "Stop", "Update", "Remove"};
    for (size_t i = 0; i < countof(changes); i++) {
        scoped_free char *call =
            memory_format("{\"call\":\"%s\",\"request\":{\"id\":\"" FOREIGN "\"", changes[i]);
        if (stage_count_calls(stage, call))
            stage_wrong(stage, "%s was called on the foreign container", changes[i]);
    }
}

void stage_expect_no_plan(struct stage *stage, bool failed)
{
    struct outcome_of_run outcome = stage_run(stage, "plan");
    bool nothing = outcome.exit_code == 0;
    bool before = failed && outcome.exit_code == 1 && strstr(outcome.out, "failed before");
    if (!nothing && !before)
        stage_wrong(stage, "plan ends with %d: %s%s", outcome.exit_code, outcome.out, outcome.err);
    outcome_finish(&outcome);
}
