/* What no recording shows of the simulation: calls that meet, pulls in flight, readers that are
 * slow. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "kanto_fixture.h"
#include "suite.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define CONTAINERS 300
#define LARGE      20000 /* bytes of environment: 300 of them are more than gRPC's 4 MiB */

extern char **environ;

static pid_t simulation;

static void start_simulation(const char *first, const char *second)
{
    const char *arguments[] = {KD_BUILD_DIR "/kanto-sim", "--socket", socket_path, first, second,
        "--clock-by-hand", "--images", KD_SOURCE_DIR "/tests/data/recorded/images-used.json", NULL};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    ck_assert_int_eq(
        posix_spawn(&simulation, arguments[0], &actions, NULL, (char **)arguments, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    connect_now(NULL);
}

static void end_simulation(void)
{
    scoped_free char *control = memory_format("%s.control", socket_path);
    disconnect();
    if (simulation > 0) {
        kill(simulation, SIGKILL);
        waitpid(simulation, NULL, 0);
    }
    simulation = 0;
    unlink(control);
    teardown();
}

static int connect_raw(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    ck_assert_int_eq(connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

/* Returns how many calls are in the daemon afterwards. */
static unsigned tell(const char *line)
{
    char answer[64] = {0};
    unsigned working = 0;
    scoped_free char *path = memory_format("%s.control", socket_path);
    scoped_fd int fd = connect_raw(path);
    ck_assert_int_gt(dprintf(fd, "%s\n", line), 0);
    ck_assert_int_gt(read(fd, answer, sizeof(answer) - 1), 0);
    ck_assert_msg(sscanf(answer, "ok %u", &working) == 1, "%s: %s", line, answer);
    return working;
}

static void wait_until_working(unsigned count)
{
    while (tell("advance 0") < count)
        usleep(1000);
}

static void submit_create(const char *id, const char *image_name, char *variable)
{
    Kanto__Image image = KANTO__IMAGE__INIT;
    Kanto__ContainerConfiguration config = KANTO__CONTAINER_CONFIGURATION__INIT;
    Kanto__Container container = KANTO__CONTAINER__INIT;
    image.name = (char *)image_name;
    config.env = &variable;
    config.n_env = variable ? 1 : 0;
    container.id = (char *)id;
    container.image = &image;
    container.config = &config;
    struct kanto_request request = {.method = KANTO_CREATE, .container = &container};
    submit(&request);
}

static void create(const char *id, char *variable)
{
    submit_create(id, "localhost:5000/sleeper:1", variable);
    struct kanto_answer answer = next_answer();
    ck_assert_msg(answer.outcome == KANTO_OK, "%s", answer.message);
    kanto_answer_finish(&answer);
}

/* A Stop that waits for its patience holds up a Remove of the same container, and nobody else. */
START_TEST(calls_on_one_container_wait_for_each_other)
{
    Kanto__StopOptions options = KANTO__STOP_OPTIONS__INIT;
    options.has_timeout = options.has_force = options.force = true;
    options.timeout = 10;
    start_simulation("--seed", "1");
    create("one", NULL);
    create("other", NULL);
    struct kanto_answer answer = call(&(struct kanto_request){.method = KANTO_START, .id = "one"});
    kanto_answer_finish(&answer);
    submit(&(struct kanto_request){.method = KANTO_STOP, .id = "one", .stop = &options});
    wait_until_working(1);
    submit(&(struct kanto_request){.method = KANTO_REMOVE, .id = "one"});
    wait_until_working(2);
    answer = call(&(struct kanto_request){.method = KANTO_START, .id = "other"});
    ck_assert_int_eq(answer.outcome, KANTO_OK);
    ck_assert_int_eq(answer.method, KANTO_START);
    kanto_answer_finish(&answer);
    ck_assert_uint_eq(tell("advance 9900"), 2);
    tell("advance 200");
    answer = next_answer();
    ck_assert_int_eq(answer.method, KANTO_STOP);
    ck_assert_int_eq(answer.outcome, KANTO_OK);
    kanto_answer_finish(&answer);
    tell("advance 1");
    answer = next_answer();
    ck_assert_int_eq(answer.method, KANTO_REMOVE);
    ck_assert_int_eq(answer.outcome, KANTO_OK);
    kanto_answer_finish(&answer);
}
END_TEST

/* The grace passes twice: once after SIGTERM, once after SIGKILL. */
START_TEST(a_stop_that_misses_the_end_says_so)
{
    Kanto__StopOptions options = KANTO__STOP_OPTIONS__INIT;
    options.has_timeout = options.has_force = options.force = true;
    options.timeout = 10;
    start_simulation("--with", "missed-exits=100");
    create("one", NULL);
    struct kanto_answer answer = call(&(struct kanto_request){.method = KANTO_START, .id = "one"});
    kanto_answer_finish(&answer);
    submit(&(struct kanto_request){.method = KANTO_STOP, .id = "one", .stop = &options});
    wait_until_working(1);
    ck_assert_uint_eq(tell("advance 10100"), 1);
    ck_assert_uint_eq(tell("advance 10100"), 0);
    answer = next_answer();
    ck_assert_int_eq(answer.outcome, KANTO_REFUSED);
    ck_assert_str_eq(answer.message, "could not stop container with ID = one with SIGKILL");
    kanto_answer_finish(&answer);
}
END_TEST

/* 4 MB each at 1 MB/s: the second one shares with the first. */
START_TEST(pulls_share_what_the_registry_gives)
{
    start_simulation("--pull-rate", "1000000");
    submit_create("a", "localhost:5000/slow:1", NULL);
    wait_until_working(1);
    submit_create("b", "localhost:5000/slow:2", NULL);
    wait_until_working(2);
    ck_assert_uint_eq(tell("advance 4000"), 2);
    ck_assert_uint_eq(tell("advance 1000"), 1);
    struct kanto_answer answer = next_answer();
    ck_assert_str_eq(answer.container->id, "a");
    kanto_answer_finish(&answer);
    ck_assert_uint_eq(tell("advance 4000"), 0);
    answer = next_answer();
    ck_assert_str_eq(answer.container->id, "b");
    kanto_answer_finish(&answer);
}
END_TEST

/* A pull whose client goes away leaves nothing, and the other goes on. */
START_TEST(a_pull_that_is_cut_leaves_nothing)
{
    start_simulation("--pull-rate", "1000000");
    submit_create("a", "localhost:5000/slow:1", NULL);
    wait_until_working(1);
    disconnect();
    connect_now(NULL);
    while (tell("advance 0") > 0)
        usleep(1000);
    tell("advance 10000");
    struct kanto_answer answer = call(&(struct kanto_request){.method = KANTO_LIST});
    ck_assert_uint_eq(answer.list->n_containers, 0);
    kanto_answer_finish(&answer);
}
END_TEST

START_TEST(a_list_may_be_larger_than_grpcs_default)
{
    scoped_free char *variable = memory_format("V=%0*d", LARGE, 0);
    start_simulation("--seed", "1");
    for (int i = 0; i < CONTAINERS; i++) {
        scoped_free char *id = memory_format("c%d", i);
        create(id, variable);
    }
    struct kanto_answer answer = call(&(struct kanto_request){.method = KANTO_LIST});
    ck_assert_uint_eq(answer.list->n_containers, CONTAINERS);
    kanto_answer_finish(&answer);
}
END_TEST

/* One asks for a large List and reads nothing of it. */
START_TEST(a_slow_reader_holds_up_nobody)
{
    scoped_free char *variable = memory_format("V=%0*d", LARGE, 0);
    start_simulation("--seed", "1");
    for (int i = 0; i < CONTAINERS; i++) {
        scoped_free char *id = memory_format("c%d", i);
        create(id, variable);
    }
    submit(&(struct kanto_request){.method = KANTO_LIST, .tag = 1}); /* not waited for */
    struct kanto *slow = kanto;
    scoped_fd int silent = connect_raw(socket_path);
    kanto = NULL;
    connect_now(NULL);
    struct kanto_answer answer = call(&(struct kanto_request){.method = KANTO_LIST});
    ck_assert_uint_eq(answer.list->n_containers, CONTAINERS);
    kanto_answer_finish(&answer);
    slow->table->close(slow);
}
END_TEST

/* What a Create of it is told, and with which status; NULL: it was created. */
static char *try_create(const char *reference, int *ret_status)
{
    struct kanto_answer answer = {0};
    submit_create(NULL, reference, NULL);
    do
        tell("advance 40000");
    while (kanto->table->next(kanto, 10, &answer) == 0);
    char *message = steal(&answer.message);
    *ret_status = answer.status;
    kanto_answer_finish(&answer);
    return message;
}

static void expect_refusal(const char *reference, int status, const char *message)
{
    int found = -1;
    scoped_free char *said = try_create(reference, &found);
    ck_assert_msg(found == status && said && strcmp(said, message) == 0,
        "%s: got %d \"%s\"\nexpected %d \"%s\"", reference, found, said ? said : "", status,
        message);
}

static void expect_created(const char *reference)
{
    int status = -1;
    scoped_free char *said = try_create(reference, &status);
    ck_assert_msg(status == 0, "%s: %d %s", reference, status, said ? said : "");
}

#define HEAD_OF "failed to resolve reference \"reg.test/a/b:1\": "
#define STATUS                                                                                     \
    HEAD_OF "unexpected status from HEAD request to https://reg.test/v2/a/b/manifests/1: "
#define REQUEST HEAD_OF "failed to do request: Head \"https://reg.test/v2/a/b/manifests/1\": "

START_TEST(a_registry_answers_as_it_is_told)
{
    static const struct {
        const char *answer;
        int status;
        const char *message;
    } rows[] = {
        {"401", 2, STATUS "401 Unauthorized"},
        {"403", 2, STATUS "403 Forbidden"},
        {"404", 2, HEAD_OF "reg.test/a/b:1: not found"},
        {"429", 2, STATUS "429 Too Many Requests"},
        {"500", 2, STATUS "500 Internal Server Error"},
        {"502", 2, STATUS "502 Bad Gateway"},
        {"503", 2, STATUS "503 Service Unavailable"},
        {"504", 2, STATUS "504 Gateway Timeout"},
        {"eof", 2, REQUEST "EOF"},
        {"refused", 2, REQUEST "dial tcp 127.0.0.1:443: connect: connection refused"},
        {"timeout", 4, REQUEST "dial tcp 127.0.0.1:443: i/o timeout"},
        {"dns", 2, REQUEST "dial tcp: lookup reg.test on 127.0.0.53:53: no such host"},
        {"x509", 2,
            REQUEST "tls: failed to verify certificate: x509: certificate has expired or is not "
                    "yet valid: current time 1970-01-01T00:00:42Z is before 2026-01-01T00:00:00Z"},
        {"login", 2,
            HEAD_OF "failed to authorize: failed to fetch anonymous token: unable to decode token "
                    "response: invalid character '<' looking for beginning of value"},
    };
    start_simulation("--registry", "other.test=503");
    for (size_t i = 0; i < countof(rows); i++) {
        scoped_free char *line = memory_format("registry reg.test=%s", rows[i].answer);
        tell(line);
        expect_refusal("reg.test/a/b:1", rows[i].status, rows[i].message);
    }
    tell("registry reg.test=ok");
    expect_created("reg.test/a/b:1");
    tell("registry reg.test=503"); /* the image is in the store now */
    expect_created("reg.test/a/b:1");
    tell("forget-images");
    expect_refusal("reg.test/a/b:1", 2, STATUS "503 Service Unavailable");
}
END_TEST

START_TEST(a_reference_is_asked_for_by_its_parts)
{
    start_simulation("--registry", "localhost:5990=500");
    expect_refusal("localhost:5990/x@sha256:00", 2,
        "failed to resolve reference \"localhost:5990/x@sha256:00\": unexpected status from HEAD "
        "request to http://localhost:5990/v2/x/manifests/sha256:00: 500 Internal Server Error");
    tell("registry docker.io=403");
    expect_refusal("docker.io/library/influxdb:1.8", 2,
        "failed to resolve reference \"docker.io/library/influxdb:1.8\": unexpected status from "
        "HEAD request to https://registry-1.docker.io/v2/library/influxdb/manifests/1.8: 403 "
        "Forbidden");
}
END_TEST

/* Recorded: containerd keeps the page as the image. */
START_TEST(a_login_page_stays_in_the_place_of_an_image)
{
    static const char page[] =
        "you are not authorized to use this image: unhandled media type: text/html";
    start_simulation("--registry", "reg.test=html");
    expect_refusal("reg.test/a:1", 2, page);
    tell("registry reg.test=ok");
    expect_refusal("reg.test/a:1", 2, page);
    expect_created("reg.test/a:2");
    tell("forget-images");
    expect_created("reg.test/a:1");
}
END_TEST

static char *start_with_port(const char *id, const char *address, int64_t number)
{
    Kanto__Image image = KANTO__IMAGE__INIT;
    Kanto__PortMapping mapping = KANTO__PORT_MAPPING__INIT, *mappings[] = {&mapping};
    Kanto__HostConfig host = KANTO__HOST_CONFIG__INIT;
    Kanto__Container container = KANTO__CONTAINER__INIT;
    image.name = (char *)"localhost:5000/sleeper:1";
    mapping.host_ip = (char *)address;
    mapping.has_host_port = mapping.has_container_port = true;
    mapping.host_port = mapping.container_port = number;
    host.port_mappings = mappings;
    host.n_port_mappings = 1;
    container.id = (char *)id;
    container.image = &image;
    container.host_config = &host;
    struct kanto_answer answer =
        call(&(struct kanto_request){.method = KANTO_CREATE, .container = &container});
    kanto_answer_finish(&answer);
    answer = call(&(struct kanto_request){.method = KANTO_START, .id = (char *)id});
    char *message = steal(&answer.message);
    kanto_answer_finish(&answer);
    return message;
}

static bool ends_in(const char *text, const char *end)
{
    return text && strlen(text) >= strlen(end) &&
           strcmp(text + strlen(text) - strlen(end), end) == 0;
}

START_TEST(a_network_that_comes_up_late)
{
    start_simulation("--seed", "1");
    scoped_free char *missing = start_with_port("a", "192.168.77.5", 45220);
    ck_assert_msg(
        ends_in(missing, ": listen tcp4 192.168.77.5:45220: bind: cannot assign requested address"),
        "%s", missing);
    tell("add-address 192.168.77.5");
    ck_assert_ptr_null(start_with_port("a", "192.168.77.5", 45220));
    tell("drop-address 192.168.77.5");
    scoped_free char *gone = start_with_port("b", "192.168.77.5", 45221);
    ck_assert_ptr_nonnull(gone);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("simulation");
    TCase *cases = tcase_create("simulation");
    tcase_add_checked_fixture(cases, setup, end_simulation);
    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, calls_on_one_container_wait_for_each_other);
    tcase_add_test(cases, a_stop_that_misses_the_end_says_so);
    tcase_add_test(cases, pulls_share_what_the_registry_gives);
    tcase_add_test(cases, a_pull_that_is_cut_leaves_nothing);
    tcase_add_test(cases, a_list_may_be_larger_than_grpcs_default);
    tcase_add_test(cases, a_slow_reader_holds_up_nobody);
    tcase_add_test(cases, a_registry_answers_as_it_is_told);
    tcase_add_test(cases, a_reference_is_asked_for_by_its_parts);
    tcase_add_test(cases, a_login_page_stays_in_the_place_of_an_image);
    tcase_add_test(cases, a_network_that_comes_up_late);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
