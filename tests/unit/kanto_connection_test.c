/* The way to the socket, and every way in which a connection can end. */
#include "base/cleanup.h"
#include "kanto_fixture.h"
#include "suite.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* ---- the way to the socket ---- */

static int listen_at(int backlog)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", socket_path);
    ck_assert_int_eq(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    if (backlog >= 0)
        ck_assert_int_eq(listen(fd, backlog), 0);
    return fd;
}

static void expect_unreachable(const char *path, int64_t timeout_ms, const char *text)
{
    struct kanto_options options = {.socket = path, .connect_timeout_ms = timeout_ms};
    struct error err = {0};
    ck_assert_int_lt(kanto_connect(&options, &kanto, &err), 0);
    ck_assert_int_eq(err.kind, ERROR_UNREACHABLE);
    ck_assert_msg(strstr(err.text, path) && strstr(err.text, text), "got \"%s\", expected \"%s\"",
        err.text, text);
}

START_TEST(an_unreachable_daemon_is_explained)
{
    char long_path[200] = {0};
    memset(long_path, 'x', sizeof(long_path) - 1);
    expect_unreachable(socket_path, 30, "No such file or directory (waited 0.");
    expect_unreachable(socket_path, 0, "does container-management run");
    expect_unreachable(folder, 60000, "found another kind of file"); /* not waited for */
    expect_unreachable(long_path, 60000, "found 199 bytes, expected 1 to 107");
    expect_unreachable("", 60000, "found 0 bytes, expected 1 to 107");
    close(listen_at(0));
    expect_unreachable(socket_path, 30, "nobody listens");
}
END_TEST

/* connect() would wait for room in the queue of connections without end. */
START_TEST(a_daemon_that_does_not_accept_is_given_up)
{
    enum { MOST = 8 };
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    scoped_fd int listener = listen_at(0);
    int fds[MOST], count = 0, full = 0;
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", socket_path);
    while (!full && count < MOST) {
        fds[count] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        full = connect(fds[count++], (const struct sockaddr *)&address, sizeof(address)) < 0;
    }
    ck_assert(full);
    expect_unreachable(socket_path, 30, "accepts nobody");
    while (count > 0)
        close(fds[--count]);
}
END_TEST

static struct kanto_server_reply empty_reply = {.bytes = "", .length = 0};

/* The daemon appears while its socket is waited for. */
static bool third_time(void *context)
{
    int *asked = context;
    if (++*asked == 3)
        server = kanto_server_start(socket_path, same, &empty_reply);
    return false;
}

START_TEST(a_daemon_that_comes_late_is_met)
{
    int asked = 0;
    struct kanto_options options = {.socket = socket_path,
        .connect_timeout_ms = 60000,
        .cancelled = third_time,
        .context = &asked};
    struct error err = {0};
    ck_assert_msg(kanto_connect(&options, &kanto, &err) == 0, "%s", err.text);
    ck_assert_int_eq(asked, 3);
    ck_assert_int_ge(kanto->table->daemon_age_ms(kanto), 0);
    struct kanto_answer answer = call(&(struct kanto_request){.method = KANTO_LIST});
    ck_assert_int_eq(answer.outcome, KANTO_OK);
    kanto_answer_finish(&answer);
    ck_assert_uint_eq(kanto_server_connections(server), 1);
}
END_TEST

static bool at_once(void *context)
{
    (void)context;
    return true;
}

START_TEST(waiting_can_be_cancelled)
{
    struct kanto_options options = {
        .socket = socket_path, .connect_timeout_ms = 3600000, .cancelled = at_once};
    struct error err = {0};
    ck_assert_int_lt(kanto_connect(&options, &kanto, &err), 0);
    ck_assert_int_eq(err.kind, ERROR_UNREACHABLE);
}
END_TEST

/* ---- endings below gRPC ---- */

#define HEADERS(flags, length) "\x00\x00" length "\x01" flags "\x00\x00\x00\x01"
#define RESET(code)            "\x00\x00\x04\x03\x00\x00\x00\x00\x01\x00\x00\x00" code
#define PLAIN_HEADERS                                                                              \
    "\x88\x0f\x10\x10"                                                                             \
    "application/grpc"

struct ending {
    const char *name;
    const char *bytes;
    size_t length;
};
#define ENDING(name, bytes)                                                                        \
    {                                                                                              \
        name, bytes, sizeof(bytes) - 1                                                             \
    }

static const struct ending endings[] = {
    ENDING("nothing", ""),
    ENDING("headers", HEADERS("\x04", "\x14") PLAIN_HEADERS),
    ENDING("headers and no status", HEADERS("\x05", "\x14") PLAIN_HEADERS),
    ENDING("reset, no error", RESET("\x00")),
    ENDING("reset, internal error", RESET("\x02")),
    ENDING("reset, refused", RESET("\x07")),
    ENDING("reset, cancelled", RESET("\x08")),
    ENDING("reset, calm down", RESET("\x0b")),
    ENDING("goaway", "\x00\x00\x08\x07\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"),
    ENDING("half a frame", "\x00\x00\x20\x01"),
    ENDING("another protocol", "HTTP/1.1 400 Bad Request\r\n\r\n"),
};

struct peer {
    int listener;
    const struct ending *ending;
};

/* Settings; waits for the call's headers (gRPC's C core writes them uncompressed); the ending. */
static void *play_ending(void *context)
{
    const struct peer *peer = context;
    unsigned char bytes[4096];
    scoped_fd int fd = accept(peer->listener, NULL, NULL);
    ck_assert_int_eq(send(fd, "\0\0\0\4\0\0\0\0\0", 9, MSG_NOSIGNAL), 9);
    size_t got = 0;
    while (!memmem(bytes, got, "Containers/Start", 16)) {
        ssize_t more = recv(fd, bytes + got, sizeof(bytes) - got, 0);
        if (more <= 0)
            return NULL;
        got += (size_t)more;
    }
    send(fd, peer->ending->bytes, peer->ending->length, MSG_NOSIGNAL);
    shutdown(fd, SHUT_WR);
    while (recv(fd, bytes, sizeof(bytes), 0) > 0)
        ;
    return NULL;
}

START_TEST(an_end_without_a_status_is_no_refusal)
{
    struct peer peer = {listen_at(1), &endings[_i]};
    struct kanto_request request = request_of(KANTO_START);
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, play_ending, &peer), 0);
    connect_now(NULL);
    struct kanto_answer answer = call(&request);
    ck_assert_msg(answer.outcome == KANTO_UNKNOWN, "%s: outcome %d, status %d \"%s\"",
        peer.ending->name, answer.outcome, answer.status, answer.message);
    ck_assert_msg(answer.message && *answer.message, "%s: no reason given", peer.ending->name);
    kanto_answer_finish(&answer);
    disconnect();
    pthread_join(thread, NULL);
    close(peer.listener);
}
END_TEST

START_TEST(a_connection_that_ends_leaves_every_call_unknown)
{
    struct kanto_server_reply reply = {.hang = true};
    struct kanto_request start = request_of(KANTO_START), logs = request_of(KANTO_LOGS);
    begin(same, &reply);
    submit(&start);
    submit(&logs);
    kanto_server_wait_calls(server, 2);
    kanto_server_cut(server);
    for (int i = 0; i < 2; i++) {
        struct kanto_answer answer = next_answer();
        ck_assert_int_eq(answer.outcome, KANTO_UNKNOWN);
        ck_assert_int_eq(answer.status, 14);
        kanto_answer_finish(&answer);
    }
    struct kanto_answer later = call(&start); /* at once, not after its bound */
    ck_assert_int_eq(later.outcome, KANTO_UNKNOWN);
    kanto_answer_finish(&later);
}
END_TEST

START_TEST(closing_with_calls_in_flight_ends)
{
    struct kanto_server_reply reply = {.hang = true};
    struct kanto_request start = request_of(KANTO_START), logs = request_of(KANTO_LOGS);
    begin(same, &reply);
    submit(&start);
    submit(&logs);
    kanto_server_wait_calls(server, 2);
    disconnect();
    ck_assert_ptr_null(kanto);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kanto connection");
    TCase *cases = tcase_create("kanto connection");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, an_unreachable_daemon_is_explained);
    tcase_add_test(cases, a_daemon_that_does_not_accept_is_given_up);
    tcase_add_test(cases, a_daemon_that_comes_late_is_met);
    tcase_add_test(cases, waiting_can_be_cancelled);
    tcase_add_loop_test(cases, an_end_without_a_status_is_no_refusal, 0, countof(endings));
    tcase_add_test(cases, a_connection_that_ends_leaves_every_call_unknown);
    tcase_add_test(cases, closing_with_calls_in_flight_ends);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
