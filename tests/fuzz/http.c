/* What a server answers, byte by byte: one answer a connection, a line "====" between two. An
 * interrupted answer leads to another request, as libcurl and the room's own rules decide. */
#include "target.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "http/http.h"
#include "http/pace.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BREAK     "\n====\n"
#define BYTES_MAX 65536

static int listener = -1;
static char url[64];
/* What is left of the input. A connection of the last input may still be served when the next one
 * begins, so the server takes its answer as a whole. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char answers[BYTES_MAX * 2];
static size_t answers_at, answers_end;

/* No attempt waits (the linker puts this in pace_wait's place). */
int __wrap_pace_wait(const struct kd_host *host, int64_t delay_ms);
int __wrap_pace_wait(const struct kd_host *host, int64_t delay_ms)
{
    (void)host;
    (void)delay_ms;
    return 0;
}

static size_t next_answer(char *ret_bytes)
{
    pthread_mutex_lock(&lock);
    const char *at = answers + answers_at;
    const char *mark = memmem(at, answers_end - answers_at, BREAK, strlen(BREAK));
    size_t length = mark ? (size_t)(mark - at) : answers_end - answers_at;
    memcpy(ret_bytes, at, length);
    answers_at += length + (mark ? strlen(BREAK) : 0);
    pthread_mutex_unlock(&lock);
    return length;
}

static void put_answers(const uint8_t *bytes, size_t length)
{
    pthread_mutex_lock(&lock);
    answers_at = 0;
    answers_end = length < sizeof(answers) ? length : sizeof(answers);
    memcpy(answers, bytes, answers_end);
    pthread_mutex_unlock(&lock);
}

static void answer_one(int client)
{
    static char request[8192], bytes[sizeof(answers)];
    if (recv(client, request, sizeof(request), 0) <= 0)
        return;
    size_t length = next_answer(bytes);
    if (length)
        (void)!send(client, bytes, length, MSG_NOSIGNAL);
    shutdown(client, SHUT_WR);
    while (recv(client, request, sizeof(request), 0) > 0)
        ;
}

static void *serve(void *unused)
{
    (void)unused;
    for (;;) {
        int client = accept(listener, NULL, NULL);
        if (client < 0)
            continue;
        answer_one(client);
        close(client);
    }
    return NULL;
}

static void prepare(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    pthread_t thread;
    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    target_expect(bind(listener, (struct sockaddr *)&address, size) == 0 &&
                      listen(listener, 8) == 0 &&
                      getsockname(listener, (struct sockaddr *)&address, &size) == 0 &&
                      pthread_create(&thread, NULL, serve, NULL) == 0,
        "no server");
    snprintf(url, sizeof(url), "http://127.0.0.1:%u/x", ntohs(address.sin_port));
}

static void keep_silent(void *context, uint32_t level, const char *text)
{
    (void)context;
    (void)level;
    target_expect(text != NULL, "a log line that is none");
}

static int32_t go_on(void *context)
{
    (void)context;
    return 0;
}

static void expect_sane(const struct http_response *response)
{
    target_expect(response->length <= BYTES_MAX, "%zu bytes", response->length);
    target_expect(response->status != 206 || !response->length, "a part was taken for the whole");
    for (const char *at = response->etag; *at; at++)
        target_expect((unsigned char)*at >= ' ' || *at == '\t', "a line break in an ETag");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static const struct kd_host host = {
        .size = sizeof(host), .log = keep_silent, .cancelled = go_on};
    struct http_settings settings = {.accept_http = true,
        .attempts = 4,
        .redirects = 2,
        .connect_timeout_ms = 2000,
        .min_speed = 1,
        .min_speed_time_ms = 2000,
        .total_timeout_ms = 4000,
        .poll_ms = 60000};
    struct http http;
    struct http_response response = {0};
    if (length == 0)
        return 0;
    if (listener < 0)
        prepare();
    put_answers(bytes + 1, length - 1);
    struct http_request request = {.url = url,
        .head = bytes[0] & 1,
        .by_digest = bytes[0] & 2,
        .etag = bytes[0] & 4 ? "\"1\"" : NULL,
        .max_bytes = BYTES_MAX,
        .limit = "fuzz"};
    target_expect(http_begin(&http, &host, &settings, bytes[0] & 8) == 0, "%s", http.err.text);
    if (http_send(&http, &request, &response) == 0)
        expect_sane(&response);
    else
        target_expect(*http.err.text, "refused without a word");
    http_response_finish(&response);
    http_end(&http);
    return 0;
}
