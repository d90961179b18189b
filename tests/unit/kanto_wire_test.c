/* The client at the wire: what it sends, byte by byte, and what it makes of every kind of end. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "kanto/method.h"
#include "kanto_fixture.h"
#include "suite.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SERVICES   "/github.com.eclipse_kanto.container_management.containerm.api.services."
#define CONTAINERS SERVICES "containers.Containers/"

/* ---- what is sent ---- */

struct seen {
    char path[256];
    char hex[128];
};

static struct kanto_server_reply note_request(
    void *context, const char *path, const void *request, size_t length)
{
    struct seen *seen = context;
    snprintf(seen->path, sizeof(seen->path), "%s", path);
    ck_assert_uint_lt(2 * length, sizeof(seen->hex));
    seen->hex[0] = '\0';
    for (size_t i = 0; i < length; i++)
        snprintf(seen->hex + 2 * i, 3, "%02x", ((const unsigned char *)request)[i]);
    return (struct kanto_server_reply){.bytes = "", .length = 0};
}

START_TEST(every_method_has_its_path_and_bytes)
{
    Kanto__StopOptions stop = KANTO__STOP_OPTIONS__INIT;
    Kanto__RestartPolicy policy = KANTO__RESTART_POLICY__INIT;
    Kanto__Resources resources = KANTO__RESOURCES__INIT;
    struct seen seen = {0};
    stop.has_timeout = stop.has_force = stop.force = true;
    stop.timeout = 10;
    policy.type = (char *)"no";
    const struct {
        struct kanto_request request;
        const char *path;
        const char *hex;
    } cases[] = {
        {request_of(KANTO_LIST), CONTAINERS "List", ""},
        {request_of(KANTO_GET), CONTAINERS "Get", "0a0161"},
        {request_of(KANTO_CREATE), CONTAINERS "Create", "0a051a030a0169"},
        {request_of(KANTO_START), CONTAINERS "Start", "0a0161"},
        {request_of(KANTO_STOP), CONTAINERS "Stop", "0a0161"},
        {{.method = KANTO_STOP, .id = "a", .stop = &stop}, CONTAINERS "Stop", "0a01611204080a1001"},
        {{.method = KANTO_UPDATE, .id = "a", .policy = &policy}, CONTAINERS "Update",
            "0a016112060a041a026e6f"},
        /* an empty message of resources is sent: it clears them */
        {{.method = KANTO_UPDATE, .id = "a", .resources = &resources}, CONTAINERS "Update",
            "0a016112021200"},
        {request_of(KANTO_RESTART), CONTAINERS "Restart", "0a0161"},
        {request_of(KANTO_PAUSE), CONTAINERS "Pause", "0a0161"},
        {request_of(KANTO_UNPAUSE), CONTAINERS "Unpause", "0a0161"},
        {{.method = KANTO_RENAME, .id = "a", .name = "b"}, CONTAINERS "Rename", "0a0161120162"},
        {request_of(KANTO_REMOVE), CONTAINERS "Remove", "0a0161"},
        {{.method = KANTO_REMOVE, .id = "a", .force = true, .stop = &stop}, CONTAINERS "Remove",
            "0a016110011a04080a1001"},
        {{.method = KANTO_LOGS, .id = "a", .tail = 5}, CONTAINERS "Logs", "0a01611005"},
        {{.method = KANTO_LOGS, .id = "a", .tail = -1}, CONTAINERS "Logs",
            "0a016110ffffffffffffffffff01"},
        {request_of(KANTO_LIST_STREAM), CONTAINERS "ListStream", ""},
        {request_of(KANTO_PROJECT_INFO), SERVICES "sysinfo.SystemInfo/ProjectInfo", ""},
    };
    begin(note_request, &seen);
    for (size_t i = 0; i < countof(cases); i++) {
        struct kanto_answer answer = call(&cases[i].request);
        ck_assert_int_eq(answer.outcome, KANTO_OK);
        ck_assert_str_eq(seen.path, cases[i].path);
        ck_assert_msg(strcmp(seen.hex, cases[i].hex) == 0, "%s: sent %s, expected %s",
            cases[i].path, seen.hex, cases[i].hex);
        kanto_answer_finish(&answer);
    }
}
END_TEST

START_TEST(many_calls_share_one_connection)
{
    enum { COUNT = 50 };
    struct kanto_server_reply reply = {.bytes = "", .length = 0};
    bool seen[COUNT] = {0};
    begin(same, &reply);
    for (uint64_t tag = 0; tag < COUNT; tag++)
        submit(&(struct kanto_request){.method = KANTO_LIST, .tag = tag});
    for (int i = 0; i < COUNT; i++) {
        struct kanto_answer answer = next_answer();
        ck_assert_uint_lt(answer.tag, COUNT);
        ck_assert_msg(!seen[answer.tag], "tag %d came twice", (int)answer.tag);
        seen[answer.tag] = true;
        kanto_answer_finish(&answer);
    }
    ck_assert_uint_eq(kanto_server_connections(server), 1);
}
END_TEST

/* ---- what is made of a status ---- */

START_TEST(the_daemons_word_is_told_from_no_word)
{
    const struct {
        enum kanto_method method;
        int status;
        const char *message;
        enum kanto_outcome outcome;
    } cases[] = {
        {KANTO_START, 2, "the container with id = a is already running", KANTO_REFUSED},
        {KANTO_STOP, 2, "the container with id = a is already running", KANTO_REFUSED},
        {KANTO_START, 2, "cannot bind port: nginx is already running", KANTO_REFUSED},
        {KANTO_START, 2, "container with ID = a already exists", KANTO_REFUSED},
        {KANTO_CREATE, 2, "container with id = a already exists", KANTO_REFUSED},
        {KANTO_STOP, 2, "cannot perform stop operation for container: a, with state: Created",
            KANTO_REFUSED},
        {KANTO_STOP, 2, "cannot perform stop operation for container: a, with state: Stopped",
            KANTO_REFUSED},
        {KANTO_STOP, 2, "cannot perform stop operation for container: a, with state: Exited",
            KANTO_REFUSED},
        {KANTO_REMOVE, 2, "no such container with id = a exists", KANTO_REFUSED},
        {KANTO_START, 2, "no such container with id = a exists", KANTO_REFUSED},
        {KANTO_UNPAUSE, 2, "container id = a is not paused - cannot unpause it ", KANTO_REFUSED},
        {KANTO_START, 2, "zu früh, 100 % sicher\n", KANTO_REFUSED},
        {KANTO_START, 2, "", KANTO_REFUSED},
        {KANTO_RESTART, 13, "grpc: error while marshaling: proto: Marshal called with nil",
            KANTO_REFUSED},
        {KANTO_CREATE, 8, "grpc: received message larger than max (5242932 vs. 4194304)",
            KANTO_REFUSED},
        {KANTO_PAUSE, 12, "unknown method Pause for service Containers", KANTO_REFUSED},
        {KANTO_START, 4, "context deadline exceeded", KANTO_UNKNOWN},
        {KANTO_START, 4, "failed to create shim task: context deadline exceeded", KANTO_UNKNOWN},
        {KANTO_CREATE, 4,
            "failed to resolve reference \"reg.test/a:1\": failed to do request: Head "
            "\"https://reg.test/v2/a/manifests/1\": dial tcp 192.0.2.1:443: i/o timeout",
            KANTO_REFUSED},
        {KANTO_START, 14, "the container with id = a is already running", KANTO_UNKNOWN},
        {KANTO_START, 1, "context canceled", KANTO_UNKNOWN},
    };
    struct kanto_server_reply reply = {0};
    begin(same, &reply);
    for (size_t i = 0; i < countof(cases); i++) {
        reply = (struct kanto_server_reply){.status = cases[i].status, .message = cases[i].message};
        struct kanto_request request = request_of(cases[i].method);
        struct kanto_answer answer = call(&request);
        ck_assert_msg(answer.outcome == cases[i].outcome, "%s \"%s\": got %d",
            kanto_method_name(cases[i].method), cases[i].message, answer.outcome);
        ck_assert_str_eq(answer.message, cases[i].message);
        ck_assert_int_eq(answer.status, cases[i].status);
        kanto_answer_finish(&answer);
    }
}
END_TEST

START_TEST(bytes_that_are_no_answer_are_no_success)
{
    struct kanto_server_reply reply = {.bytes = "\x0a\xff\xff\xff\xff\x7f", .length = 6};
    begin(same, &reply);
    for (int method = 0; method < KANTO_METHODS; method++) {
        struct kanto_request request = request_of((enum kanto_method)method);
        struct kanto_answer answer = call(&request);
        ck_assert_msg(answer.outcome == KANTO_UNKNOWN && answer.message &&
                          strstr(answer.message, "is no message of that kind"),
            "%s: %d", kanto_method_name((enum kanto_method)method), answer.outcome);
        kanto_answer_finish(&answer);
    }
    reply = (struct kanto_server_reply){0}; /* OK, and no message at all */
    struct kanto_request request = request_of(KANTO_START);
    struct kanto_answer answer = call(&request);
    ck_assert_int_eq(answer.outcome, KANTO_UNKNOWN);
    kanto_answer_finish(&answer);
}
END_TEST

/* A List of one container that has a network and a mount, cut at every byte and with every byte
 * changed: an answer or none, and always one that can be freed. */
static const unsigned char list_bytes[] = "\x0a\x27\x0a\x01\x61\x4a\x06\x0a\x01\x64\x12\x01\x73\x72"
                                          "\x13\x0a\x11\x0a\x06\x62\x72\x69\x64\x67\x65\x12\x07\x1a"
                                          "\x05\x31\x2e\x32\x2e\x33\x7a\x02\x50\x01\x90\x01\x05";

START_TEST(damaged_answers_do_no_harm)
{
    unsigned char bytes[sizeof(list_bytes) - 1];
    struct kanto_server_reply reply = {.bytes = bytes};
    struct kanto_request request = request_of(KANTO_LIST);
    begin(same, &reply);
    for (size_t i = 0; i <= 2 * sizeof(bytes); i++) {
        memcpy(bytes, list_bytes, sizeof(bytes));
        if (i < sizeof(bytes))
            bytes[i] ^= 0xff;
        reply.length = i <= sizeof(bytes) ? sizeof(bytes) : i - sizeof(bytes) - 1;
        struct kanto_answer answer = call(&request);
        if (i == sizeof(bytes)) {
            ck_assert_int_eq(answer.outcome, KANTO_OK);
            ck_assert_uint_eq(answer.list->n_containers, 1);
            ck_assert_str_eq(
                answer.list->containers[0]->network_settings->networks[0]->key, "bridge");
        }
        kanto_answer_finish(&answer);
    }
}
END_TEST

/* ---- logs ---- */

START_TEST(a_log_is_put_together)
{
    struct kanto_server_reply reply = {.bytes = "\x0a\x03one", .length = 5, .copies = 3};
    struct kanto_request request = request_of(KANTO_LOGS);
    begin(same, &reply);
    struct kanto_answer answer = call(&request);
    ck_assert_int_eq(answer.outcome, KANTO_OK);
    ck_assert_str_eq(answer.log, "one\none\none\n");
    kanto_answer_finish(&answer);
    reply = (struct kanto_server_reply){0}; /* no line */
    answer = call(&request);
    ck_assert_int_eq(answer.outcome, KANTO_OK);
    ck_assert_str_eq(answer.log, "");
    kanto_answer_finish(&answer);
    reply = (struct kanto_server_reply){
        .status = 2, .message = "there are no logs for container with status \"Created\""};
    answer = call(&request);
    ck_assert_int_eq(answer.outcome, KANTO_REFUSED);
    ck_assert_str_eq(answer.message, reply.message);
    kanto_answer_finish(&answer);
}
END_TEST

START_TEST(a_log_without_end_is_cut)
{
    enum { LINE = 65536 };
    scoped_free unsigned char *bytes = memory_zeroed(LINE + 4, 1);
    memcpy(bytes, "\x0a\x80\x80\x04", 4);
    memset(bytes + 4, 'x', LINE);
    struct kanto_server_reply reply = {.bytes = bytes, .length = LINE + 4, .copies = 1000000};
    struct kanto_request request = request_of(KANTO_LOGS);
    begin(same, &reply);
    struct kanto_answer answer = call(&request);
    ck_assert_int_eq(answer.outcome, KANTO_OK);
    ck_assert_uint_eq(strlen(answer.log), KANTO_LOG_MAX);
    kanto_answer_finish(&answer);
}
END_TEST

/* ---- bounds ---- */

START_TEST(a_stop_may_take_twice_its_grace)
{
    Kanto__StopOptions minute = KANTO__STOP_OPTIONS__INIT, endless = KANTO__STOP_OPTIONS__INIT;
    Kanto__StopOptions bare = KANTO__STOP_OPTIONS__INIT;
    minute.has_timeout = endless.has_timeout = true;
    minute.timeout = 60;
    endless.timeout = INT64_MAX;
    const struct {
        struct kanto_request request;
        int64_t bound_ms;
    } cases[] = {
        {{.method = KANTO_LIST}, 30000},
        {{.method = KANTO_START}, 120000},
        {{.method = KANTO_CREATE}, 1800000},
        {{.method = KANTO_STOP}, 90000},
        {{.method = KANTO_STOP, .stop = &bare}, 90000},
        {{.method = KANTO_STOP, .stop = &minute}, 150000},
        {{.method = KANTO_STOP, .stop = &minute, .bound_ms = 5}, 5},
        {{.method = KANTO_STOP, .stop = &endless}, 2 * 86400000LL + 30000},
        {{.method = KANTO_REMOVE}, 120000},
        {{.method = KANTO_REMOVE, .stop = &minute}, 150000},
    };
    for (size_t i = 0; i < countof(cases); i++)
        ck_assert_int_eq(method_bound_ms(&cases[i].request), cases[i].bound_ms);
}
END_TEST

/* ---- the trace ---- */

static void expect_line(FILE *file, const char *expected)
{
    char line[1024];
    ck_assert_msg(fgets(line, sizeof(line), file) != NULL, "no line, expected %s", expected);
    cJSON *got = cJSON_Parse(line), *wanted = cJSON_Parse(expected);
    ck_assert(cJSON_IsNumber(cJSON_GetObjectItem(got, "elapsed_ms")));
    cJSON_DeleteItemFromObject(got, "elapsed_ms");
    ck_assert_msg(
        wanted && cJSON_Compare(got, wanted, true), "got %s, expected %s", line, expected);
    cJSON_Delete(got);
    cJSON_Delete(wanted);
}

static const struct kanto_server_reply empty_reply = {.bytes = "", .length = 0};

START_TEST(calls_are_recorded)
{
    struct stat status;
    struct kanto_server_reply reply = {.bytes = list_bytes, .length = sizeof(list_bytes) - 1};
    struct kanto_request requests[] = {request_of(KANTO_LIST), request_of(KANTO_LOGS),
        request_of(KANTO_CREATE), request_of(KANTO_START)};
    server = kanto_server_start(socket_path, same, &reply);
    connect_now(trace_path);
    for (size_t i = 0; i < countof(requests); i++) {
        struct kanto_answer answer = call(&requests[i]);
        kanto_answer_finish(&answer);
        if (i == 0)
            reply = (struct kanto_server_reply){.bytes = "\x0a\x03one", .length = 5, .copies = 2};
        else if (i == 1)
            reply = (struct kanto_server_reply){.status = 2, .message = "no "};
        else
            reply = empty_reply;
    }
    ck_assert_int_eq(stat(trace_path, &status), 0);
    ck_assert_int_eq(status.st_mode & 0777, 0600);
    scoped_file FILE *file = fopen(trace_path, "r");
    ck_assert_ptr_nonnull(file);
    expect_line(file,
        "{\"call\":\"List\",\"request\":{},\"code\":\"OK\",\"code_number\":0,\"message\":\"\","
        "\"response\":{\"containers\":[{\"id\":\"a\",\"mounts\":[{\"destination\":\"d\","
        "\"source\":\"s\"}],\"network_settings\":{\"networks\":{\"bridge\":{\"ip_address\":"
        "\"1.2.3\"}}},\"state\":{\"running\":true},\"restart_count\":\"5\"}]}}");
    expect_line(file,
        "{\"call\":\"Logs\",\"request\":{\"id\":\"a\"},\"code\":\"OK\",\"code_number\":0,"
        "\"message\":\"\",\"response_stream\":[{\"log\":\"one\"},{\"log\":\"one\"}]}");
    expect_line(file,
        "{\"call\":\"Create\",\"request\":{\"container\":{\"image\":{\"name\":\"i\"}}},"
        "\"code\":\"UNKNOWN\",\"code_number\":2,\"message\":\"no \"}");
    expect_line(file, "{\"call\":\"Start\",\"request\":{\"id\":\"a\"},\"code\":\"OK\","
                      "\"code_number\":0,\"message\":\"\",\"response\":{}}");
}
END_TEST

/* ---- a real daemon, when there is one; nothing is changed in it ---- */

START_TEST(a_real_daemon_answers)
{
    const char *real = getenv("KANTO_SOCKET");
    struct error err = {0};
    if (!real || !*real) {
        printf("left out: a real daemon (no KANTO_SOCKET)\n");
        return;
    }
    struct kanto_options options = {.socket = real, .connect_timeout_ms = 10000};
    ck_assert_msg(kanto_connect(&options, &kanto, &err) == 0, "%s", err.text);
    struct kanto_answer answer = call(&(struct kanto_request){.method = KANTO_PROJECT_INFO});
    ck_assert_msg(answer.outcome == KANTO_OK && answer.info, "%s", answer.message);
    kanto_answer_finish(&answer);
    answer = call(&(struct kanto_request){.method = KANTO_LIST});
    ck_assert_msg(answer.outcome == KANTO_OK && answer.list, "%s", answer.message);
    kanto_answer_finish(&answer);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kanto wire");
    TCase *cases = tcase_create("kanto wire");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, every_method_has_its_path_and_bytes);
    tcase_add_test(cases, many_calls_share_one_connection);
    tcase_add_test(cases, the_daemons_word_is_told_from_no_word);
    tcase_add_test(cases, bytes_that_are_no_answer_are_no_success);
    tcase_add_test(cases, damaged_answers_do_no_harm);
    tcase_add_test(cases, a_log_is_put_together);
    tcase_add_test(cases, a_log_without_end_is_cut);
    tcase_add_test(cases, a_stop_may_take_twice_its_grace);
    tcase_add_test(cases, calls_are_recorded);
    tcase_add_test(cases, a_real_daemon_answers);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
