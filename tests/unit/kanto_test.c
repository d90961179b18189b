/* The client, against the simulated daemon. */
#include "base/cleanup.h"
#include "base/duration.h"
#include "base/memory.h"
#include "kanto/client.h"
#include "kanto/method.h"
#include "model/container.h"
#include "suite.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static char folder[32];
static char *socket_path;
static pid_t daemon_pid;
static struct kanto *kanto;

static void start_daemon(const char *first, const char *second)
{
    const char *arguments[] = {
        KD_BUILD_DIR "/kanto-sim", "--socket", socket_path, first, second, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    ck_assert_int_eq(
        posix_spawn(&daemon_pid, arguments[0], &actions, NULL, (char **)arguments, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
}

static int connect_within(int64_t timeout_ms, struct error *err)
{
    struct kanto_options options = {.socket = socket_path, .connect_timeout_ms = timeout_ms};
    return kanto_connect(&options, &kanto, err);
}

static void setup(void)
{
    snprintf(folder, sizeof(folder), "/tmp/kd-kanto-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    socket_path = memory_format("%s/s", folder);
    daemon_pid = 0;
    kanto = NULL;
}

static void end_daemon(void)
{
    if (daemon_pid > 0) {
        kill(daemon_pid, SIGKILL);
        waitpid(daemon_pid, NULL, 0);
    }
    daemon_pid = 0;
}

static void teardown(void)
{
    if (kanto)
        kanto->table->close(kanto);
    end_daemon();
    scoped_free char *command = memory_format("rm -rf %s", folder);
    ck_assert_int_eq(system(command), 0);
    free(socket_path);
}

static void begin(const char *first, const char *second)
{
    struct error err = {0};
    start_daemon(first, second);
    ck_assert_msg(connect_within(10000, &err) == 0, "%s", err.text);
}

static struct kanto_answer call(const struct kanto_request *request)
{
    struct kanto_answer answer = {0};
    struct error err = {0};
    ck_assert_msg(kanto_call(kanto, request, &answer, &err) == 0, "%s", err.text);
    return answer;
}

static struct kanto_answer call_on(enum kanto_method method, const char *id)
{
    struct kanto_request request = {.method = method, .id = id};
    return call(&request);
}

static int submit_create(const char *id, char *variable, struct error *err)
{
    Kanto__Image image = KANTO__IMAGE__INIT;
    Kanto__ContainerConfiguration config = KANTO__CONTAINER_CONFIGURATION__INIT;
    Kanto__Container container = KANTO__CONTAINER__INIT;
    image.name = (char *)"localhost:5000/sleeper:1";
    config.env = &variable;
    config.n_env = variable ? 1 : 0;
    container.id = (char *)id;
    container.image = &image;
    container.config = &config;
    struct kanto_request request = {.method = KANTO_CREATE, .container = &container};
    return kanto->table->submit(kanto, &request, err);
}

static struct kanto_answer create(const char *id, char *variable)
{
    struct kanto_answer answer = {0};
    struct error err = {0};
    ck_assert_msg(submit_create(id, variable, &err) == 0, "%s", err.text);
    while (kanto->table->next(kanto, 1000, &answer) == 0)
        ;
    return answer;
}

static void expect(struct kanto_answer answer, enum kanto_outcome outcome, const char *message)
{
    ck_assert_msg(answer.outcome == outcome &&
                      strcmp(answer.message ? answer.message : "", message ? message : "") == 0,
        "%s: got outcome %d, \"%s\"; expected %d, \"%s\"", kanto_method_name(answer.method),
        answer.outcome, answer.message ? answer.message : "", outcome, message ? message : "");
    kanto_answer_finish(&answer);
}

START_TEST(a_life_of_a_container)
{
    begin(NULL, NULL);
    struct kanto_answer created = create("a", NULL);
    ck_assert_str_eq(container_id(created.container), "a");
    ck_assert_int_eq(container_status(created.container), STATUS_CREATED);
    expect(created, KANTO_OK, NULL);
    expect(create("a", NULL), KANTO_REFUSED, "container with id = a already exists");
    expect(call_on(KANTO_START, "a"), KANTO_OK, NULL);
    struct kanto_answer got = call_on(KANTO_GET, "a");
    ck_assert_int_eq(container_status(got.container), STATUS_RUNNING);
    expect(got, KANTO_OK, NULL);
    expect(call_on(KANTO_STOP, "a"), KANTO_OK, NULL);
    expect(call_on(KANTO_REMOVE, "a"), KANTO_OK, NULL);
    got = call_on(KANTO_GET, "a");
    ck_assert_ptr_null(got.container);
    expect(got, KANTO_OK, NULL);
    struct kanto_answer info = call_on(KANTO_PROJECT_INFO, NULL);
    ck_assert_str_eq(info.info->project_version, "1.0.0");
    expect(info, KANTO_OK, NULL);
}
END_TEST

/* Errors that say: it is so already. What they mean is not this room's business (story/sentence.h). */
START_TEST(what_is_so_already_is_refused_with_its_sentence)
{
    begin(NULL, NULL);
    expect(create("a", NULL), KANTO_OK, NULL);
    expect(call_on(KANTO_START, "a"), KANTO_OK, NULL);
    expect(
        call_on(KANTO_START, "a"), KANTO_REFUSED, "the container with id = a is already running");
    expect(call_on(KANTO_STOP, "a"), KANTO_OK, NULL);
    expect(call_on(KANTO_STOP, "a"), KANTO_REFUSED,
        "cannot perform stop operation for container: a, with state: Stopped");
    expect(call_on(KANTO_REMOVE, "a"), KANTO_OK, NULL);
    expect(call_on(KANTO_REMOVE, "a"), KANTO_REFUSED, "no such container with id = a exists");
    expect(call_on(KANTO_START, "a"), KANTO_REFUSED, "no such container with id = a exists");
}
END_TEST

START_TEST(what_would_crash_the_daemon_is_never_sent)
{
    struct error err = {0};
    Kanto__Container bare = KANTO__CONTAINER__INIT;
    begin(NULL, NULL);
    struct kanto_request request = {.method = KANTO_CREATE, .container = &bare};
    ck_assert_int_lt(kanto->table->submit(kanto, &request, &err), 0);
    ck_assert(strstr(err.text, "crashes kanto-cm") != NULL);
    request = (struct kanto_request){.method = KANTO_LOGS, .id = ""};
    ck_assert_int_lt(kanto->table->submit(kanto, &request, &err), 0);
}
END_TEST

START_TEST(a_message_keeps_its_odd_characters)
{
    begin("--fail", "Start=zu früh, 100 % sicher ");
    expect(create("a", NULL), KANTO_OK, NULL);
    expect(call_on(KANTO_START, "a"), KANTO_REFUSED, "zu früh, 100 % sicher ");
}
END_TEST

START_TEST(a_list_of_many_large_containers_passes)
{
    enum { COUNT = 1000, LARGE = 10000 };
    scoped_free char *variable = memory_zeroed(LARGE + 3, 1);
    memset(variable, 'x', LARGE);
    memcpy(variable, "A=", 2);
    begin(NULL, NULL);
    for (int i = 0; i < COUNT; i++) {
        scoped_free char *id = memory_format("c%d", i);
        expect(create(id, variable), KANTO_OK, NULL);
    }
    struct kanto_answer answer = call_on(KANTO_LIST, NULL);
    ck_assert_msg(answer.list != NULL, "%s", answer.message);
    ck_assert_uint_eq(answer.list->n_containers, COUNT);
    expect(answer, KANTO_OK, NULL);
}
END_TEST

START_TEST(answers_come_in_any_order_with_their_tags)
{
    struct kanto_answer first = {0}, second = {0};
    struct error err = {0};
    begin("--latency", "Create=300");
    ck_assert_int_eq(submit_create("a", NULL, &err), 0);
    struct kanto_request list = {.method = KANTO_LIST, .tag = 7};
    ck_assert_int_eq(kanto->table->submit(kanto, &list, &err), 0);
    while (kanto->table->next(kanto, 1000, &first) == 0)
        ;
    while (kanto->table->next(kanto, 1000, &second) == 0)
        ;
    ck_assert_uint_eq(first.tag, 7);
    ck_assert_int_eq(second.method, KANTO_CREATE);
    kanto_answer_finish(&first);
    kanto_answer_finish(&second);
}
END_TEST

START_TEST(no_answer_is_no_refusal)
{
    struct kanto_answer answer = {0};
    struct error err = {0};
    begin("--latency", "Start=60000");
    expect(create("a", NULL), KANTO_OK, NULL);
    struct kanto_request request = {.method = KANTO_START, .id = "a", .bound_ms = 100};
    answer = call(&request);
    ck_assert_int_eq(answer.outcome, KANTO_UNKNOWN);
    ck_assert_int_eq(answer.status, 4);
    kanto_answer_finish(&answer);
    request.bound_ms = 0;
    ck_assert_int_eq(kanto->table->submit(kanto, &request, &err), 0);
    end_daemon();
    while (kanto->table->next(kanto, 1000, &answer) == 0)
        ;
    ck_assert_int_eq(answer.outcome, KANTO_UNKNOWN);
    ck_assert_int_eq(answer.status, 14);
    kanto_answer_finish(&answer);
}
END_TEST

START_TEST(a_missing_socket_is_waited_for)
{
    struct error err = {0};
    ck_assert_int_eq(connect_within(100, &err), -1);
    ck_assert_int_eq(err.kind, ERROR_UNREACHABLE);
    ck_assert_msg(strstr(err.text, "No such file or directory (waited 0.") != NULL, "%s", err.text);
    start_daemon(NULL, NULL); /* takes a moment to listen */
    ck_assert_msg(connect_within(10000, &err) == 0, "%s", err.text);
    ck_assert_int_ge(kanto->table->daemon_age_ms(kanto), 0);
    expect(call_on(KANTO_LIST, NULL), KANTO_OK, NULL);
}
END_TEST

START_TEST(every_method_has_a_row)
{
    for (int method = 0; method < KANTO_METHODS; method++) {
        const struct method *row = method_row((enum kanto_method)method);
        size_t path = strlen(row->path), name = strlen(row->name);
        ck_assert_str_eq(row->path + path - name, row->name);
        ck_assert_int_gt(row->bound_ms, 0);
        ck_assert_ptr_nonnull(row->response);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kanto");
    TCase *cases = tcase_create("kanto");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, a_life_of_a_container);
    tcase_add_test(cases, what_is_so_already_is_refused_with_its_sentence);
    tcase_add_test(cases, what_would_crash_the_daemon_is_never_sent);
    tcase_add_test(cases, a_message_keeps_its_odd_characters);
    tcase_add_test(cases, a_list_of_many_large_containers_passes);
    tcase_add_test(cases, answers_come_in_any_order_with_their_tags);
    tcase_add_test(cases, no_answer_is_no_refusal);
    tcase_add_test(cases, a_missing_socket_is_waited_for);
    tcase_add_test(cases, every_method_has_a_row);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
