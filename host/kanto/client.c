#include "kanto/client.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/memory.h"
#include "kanto/connection.h"
#include "kanto/flight.h"
#include "kanto/message.h"
#include "kanto/method.h"
#include "kanto/threads.h"
#include "kanto/trace.h"

#include <grpc/grpc.h>
#include <grpc/grpc_posix.h>
#include <grpc/grpc_security.h>
#include <grpc/slice.h>
#include <grpc/support/log.h>
#include <grpc/support/time.h>
#include <stdlib.h>

/* A List may be large: a thousand containers with large environments are some tens of MiB. */
#define RECEIVE_MAX (256 << 20)

/* What the peer may send ahead of our reading, per stream. Set by hand, because gRPC would find it
 * out by pings, and kanto-cm ends connections that ping (recorded: transport). */
#define WINDOW (4 << 20)

struct client {
    struct kanto base; /* first */
    grpc_completion_queue *queue;
    grpc_channel *channel;
    FILE *trace;
    int64_t age_ms;   /* of the daemon when the connection was made */
    int64_t began_ms; /* when that was */
};

static struct client *client_of(struct kanto *kanto)
{
    return (struct client *)kanto;
}

static gpr_timespec from_now(int64_t ms)
{
    return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_millis(ms, GPR_TIMESPAN));
}

static int client_submit(
    struct kanto *kanto, const struct kanto_request *request, struct error *err)
{
    struct client *client = client_of(kanto);
    struct message message;
    if (message_build(request, &message, err) < 0)
        return -1;
    grpc_slice path = grpc_slice_from_static_string(method_row(request->method)->path);
    grpc_slice host = grpc_slice_from_static_string("localhost");
    grpc_call *call = grpc_channel_create_call(client->channel, NULL, GRPC_PROPAGATE_DEFAULTS,
        client->queue, path, &host, from_now(method_bound_ms(request)), NULL);
    flight_start(call, request, message.base, client->trace);
    return 0;
}

static int client_next(struct kanto *kanto, int64_t timeout_ms, struct kanto_answer *ret_answer)
{
    struct client *client = client_of(kanto);
    gpr_timespec deadline = from_now(timeout_ms);
    for (;;) {
        grpc_event event = grpc_completion_queue_next(client->queue, deadline, NULL);
        if (event.type != GRPC_OP_COMPLETE)
            return 0;
        if (!flight_goes_down(event.tag))
            continue;
        flight_land(event.tag, ret_answer);
        return 1;
    }
}

static int64_t client_age(struct kanto *kanto)
{
    const struct client *client = client_of(kanto);
    return client->age_ms < 0 ? -1 : client->age_ms + clock_now_ms() - client->began_ms;
}

/* Without its channel's connection every open batch comes back, so this ends. */
static void drain(grpc_completion_queue *queue)
{
    for (;;) {
        grpc_event event =
            grpc_completion_queue_next(queue, gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL);
        if (event.type == GRPC_QUEUE_SHUTDOWN)
            return;
        struct kanto_answer answer;
        flight_land(event.tag, &answer);
        kanto_answer_finish(&answer);
    }
}

static void end_grpc(void *context)
{
    struct client *client = context;
    grpc_channel_destroy(client->channel);
    grpc_completion_queue_shutdown(client->queue);
    drain(client->queue);
    grpc_completion_queue_destroy(client->queue);
    grpc_shutdown();
}

static void client_close(struct kanto *kanto)
{
    struct client *client = client_of(kanto);
    threads_end(end_grpc, client);
    if (client->trace)
        fclose(client->trace);
    free(client);
}

static const struct kanto_table client_table = {
    .submit = client_submit,
    .next = client_next,
    .daemon_age_ms = client_age,
    .close = client_close,
};

static grpc_arg integer(const char *key, int value)
{
    return (grpc_arg){.type = GRPC_ARG_INTEGER, .key = (char *)key, .value.integer = value};
}

/* On a descriptor of our own: no resolver, proxy, retry or service config gets in between, and
 * looking for the socket costs no second connection. */
static grpc_channel *make_channel(int fd)
{
    grpc_arg arguments[] = {
        integer(GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH, RECEIVE_MAX),
        integer(GRPC_ARG_MAX_SEND_MESSAGE_LENGTH, RECEIVE_MAX),
        integer(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, WINDOW),
        integer(GRPC_ARG_HTTP2_BDP_PROBE, 0),
        integer(GRPC_ARG_ENABLE_RETRIES, 0),
        {.type = GRPC_ARG_STRING,
            .key = (char *)GRPC_ARG_DEFAULT_AUTHORITY,
            .value.string = (char *)"localhost"},
    };
    grpc_channel_args args = {.num_args = countof(arguments), .args = arguments};
    grpc_channel_credentials *credentials = grpc_insecure_credentials_create();
    grpc_channel *channel = grpc_channel_create_from_fd("kanto-cm", fd, credentials, &args);
    grpc_channel_credentials_release(credentials);
    return channel;
}

static void say_nothing(gpr_log_func_args *args)
{
    (void)args;
}

static struct client *make_client(int fd, FILE *trace)
{
    struct client *client = memory_zeroed(1, sizeof(*client));
    if (!getenv("GRPC_VERBOSITY"))
        gpr_set_log_function(say_nothing);
    grpc_init();
    client->base.table = &client_table;
    client->trace = trace;
    client->began_ms = clock_now_ms();
    client->age_ms = connection_peer_age_ms(fd);
    client->queue = grpc_completion_queue_create_for_next(NULL);
    client->channel = make_channel(fd);
    return client;
}

int kanto_connect(const struct kanto_options *options, struct kanto **ret_kanto, struct error *err)
{
    scoped_file FILE *trace = NULL;
    int fd;
    if (options->trace && *options->trace && trace_open(options->trace, &trace, err) < 0)
        return -1;
    if (threads_check(err) < 0 || connection_open(options, &fd, err) < 0)
        return -1;
    *ret_kanto = &make_client(fd, steal(&trace))->base;
    return 0;
}
