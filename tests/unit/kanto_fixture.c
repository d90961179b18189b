#include "kanto_fixture.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

char folder[32], socket_path[48], trace_path[48];
struct kanto_server *server;
struct kanto *kanto;

void setup(void)
{
    snprintf(folder, sizeof(folder), "/tmp/kd-wire-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(socket_path, sizeof(socket_path), "%s/s", folder);
    snprintf(trace_path, sizeof(trace_path), "%s/t", folder);
    server = NULL;
    kanto = NULL;
}

void disconnect(void)
{
    if (kanto)
        kanto->table->close(kanto);
    kanto = NULL;
}

void teardown(void)
{
    disconnect();
    kanto_server_stop(server);
    unlink(socket_path);
    unlink(trace_path);
    ck_assert_int_eq(rmdir(folder), 0);
}

void connect_now(const char *trace)
{
    struct kanto_options options = {
        .socket = socket_path, .connect_timeout_ms = 10000, .trace = trace};
    struct error err = {0};
    ck_assert_msg(kanto_connect(&options, &kanto, &err) == 0, "%s", err.text);
}

void begin(kanto_server_answer *answer, void *context)
{
    server = kanto_server_start(socket_path, answer, context);
    connect_now(NULL);
}

struct kanto_answer next_answer(void)
{
    struct kanto_answer answer = {0};
    while (kanto->table->next(kanto, 1000, &answer) == 0)
        ;
    return answer;
}

void submit(const struct kanto_request *request)
{
    struct error err = {0};
    ck_assert_msg(kanto->table->submit(kanto, request, &err) == 0, "%s", err.text);
}

struct kanto_answer call(const struct kanto_request *request)
{
    submit(request);
    return next_answer();
}

struct kanto_request request_of(enum kanto_method method)
{
    static Kanto__Image image;
    static Kanto__Container container;
    image = (Kanto__Image)KANTO__IMAGE__INIT;
    container = (Kanto__Container)KANTO__CONTAINER__INIT;
    image.name = (char *)"i";
    container.image = &image;
    return (struct kanto_request){.method = method, .id = "a", .container = &container};
}

struct kanto_server_reply same(void *context, const char *path, const void *request, size_t length)
{
    (void)path;
    (void)request;
    (void)length;
    return *(const struct kanto_server_reply *)context;
}
