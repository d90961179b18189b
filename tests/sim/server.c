#include "server.h"

#include "base/cleanup.h"
#include "base/duration.h"
#include "base/memory.h"
#include "kanto/message.h"
#include "kanto/method.h"
#include "kanto/trace.h"

#include <grpc/grpc.h>
#include <grpc/grpc_security.h>
#include <grpc/support/log.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MESSAGE_MAX (256 << 20)
#define TICK_MS     50

/* One call, from its arrival to its end. */
struct incoming {
    struct incoming *next; /* in the list of those that wait */
    grpc_call *call;
    grpc_call_details details;
    grpc_metadata_array metadata;
    grpc_byte_buffer *received;
    int cancelled;
    int64_t due_ms;
    enum kanto_method method;
    ProtobufCMessage *request;
    int open_batches;
    bool answered;
};

/* The tags of the queue: which batch of which call has ended. */
enum event_kind {
    EVENT_ARRIVED,
    EVENT_READ,
    EVENT_CLOSED,
    EVENT_SENT,
    EVENT_SHUTDOWN,
    EVENT_KINDS
};

struct tag {
    struct incoming *incoming;
    enum event_kind kind;
};

struct server {
    struct simulation *simulation;
    grpc_server *server;
    grpc_completion_queue *queue;
    struct incoming *waiting;
    FILE *log;
    bool down; /* the shutdown is complete */
};

static void *tag_of(struct incoming *incoming, enum event_kind kind)
{
    struct tag *tag = memory_zeroed(1, sizeof(*tag));
    *tag = (struct tag){incoming, kind};
    return tag;
}

static void request_next(struct server *server)
{
    struct incoming *incoming = memory_zeroed(1, sizeof(*incoming));
    grpc_call_details_init(&incoming->details);
    grpc_metadata_array_init(&incoming->metadata);
    grpc_server_request_call(server->server, &incoming->call, &incoming->details,
        &incoming->metadata, server->queue, server->queue, tag_of(incoming, EVENT_ARRIVED));
}

static void release(struct incoming *incoming)
{
    if (incoming->open_batches > 0 ||
        (incoming->call && !incoming->answered && !incoming->cancelled))
        return;
    grpc_call_details_destroy(&incoming->details);
    grpc_metadata_array_destroy(&incoming->metadata);
    if (incoming->received)
        grpc_byte_buffer_destroy(incoming->received);
    if (incoming->request)
        protobuf_c_message_free_unpacked(incoming->request, NULL);
    if (incoming->call)
        grpc_call_unref(incoming->call);
    free(incoming);
}

static void start(struct incoming *incoming, const grpc_op *ops, size_t count, enum event_kind kind)
{
    incoming->open_batches++;
    grpc_call_error error =
        grpc_call_start_batch(incoming->call, ops, count, tag_of(incoming, kind), NULL);
    GPR_ASSERT(error == GRPC_CALL_OK);
}

static void begin(struct incoming *incoming)
{
    grpc_op read[2] = {0}, closed = {0};
    read[0].op = GRPC_OP_SEND_INITIAL_METADATA;
    read[1].op = GRPC_OP_RECV_MESSAGE;
    read[1].data.recv_message.recv_message = &incoming->received;
    closed.op = GRPC_OP_RECV_CLOSE_ON_SERVER;
    closed.data.recv_close_on_server.cancelled = &incoming->cancelled;
    start(incoming, read, 2, EVENT_READ);
    start(incoming, &closed, 1, EVENT_CLOSED);
}

static void answer(struct incoming *incoming, const struct reply *reply)
{
    grpc_op ops[2] = {0};
    size_t count = 0;
    grpc_byte_buffer *bytes = reply->response ? message_pack(reply->response) : NULL;
    grpc_slice message = grpc_slice_from_copied_string(reply->message ? reply->message : "");
    if (bytes) {
        ops[count].op = GRPC_OP_SEND_MESSAGE;
        ops[count++].data.send_message.send_message = bytes;
    }
    ops[count].op = GRPC_OP_SEND_STATUS_FROM_SERVER;
    ops[count].data.send_status_from_server.status = (grpc_status_code)reply->status;
    ops[count++].data.send_status_from_server.status_details = &message;
    incoming->answered = true;
    start(incoming, ops, count, EVENT_SENT);
    grpc_slice_unref(message);
    if (bytes)
        grpc_byte_buffer_destroy(bytes);
}

static bool find_method(const struct incoming *incoming, enum kanto_method *ret_method)
{
    for (int method = 0; method < KANTO_METHODS; method++) {
        if (grpc_slice_str_cmp(
                incoming->details.method, method_row((enum kanto_method)method)->path) != 0)
            continue;
        *ret_method = (enum kanto_method)method;
        return true;
    }
    return false;
}

static void log_call(const struct server *server, const struct incoming *incoming)
{
    if (!server->log)
        return;
    char *request = trace_request(incoming->request);
    trace_write(server->log, kanto_method_name(incoming->method), request, 0, "", NULL, 0);
    free(request);
}

/* The request is there: it waits for its latency. */
static void take(struct server *server, struct incoming *incoming)
{
    struct reply unknown = {
        .status = GRPC_STATUS_UNIMPLEMENTED, .message = (char *)"unknown method"};
    if (!find_method(incoming, &incoming->method)) {
        answer(incoming, &unknown);
        return;
    }
    incoming->request = message_unpack(methods_request(incoming->method), incoming->received);
    if (!incoming->request) {
        unknown = (struct reply){.status = GRPC_STATUS_INTERNAL, .message = (char *)"bad message"};
        answer(incoming, &unknown);
        return;
    }
    log_call(server, incoming);
    incoming->due_ms = duration_now_ms() + faults_latency(&server->simulation->faults,
                                               kanto_method_name(incoming->method));
    incoming->next = server->waiting;
    server->waiting = incoming;
}

static void unlink_waiting(struct server *server, const struct incoming *incoming)
{
    for (struct incoming **at = &server->waiting; *at; at = &(*at)->next) {
        if (*at != incoming)
            continue;
        *at = incoming->next;
        return;
    }
}

/* The client is gone, or its deadline is over. */
static void close_call(struct server *server, struct incoming *incoming)
{
    if (incoming->cancelled && !incoming->answered) {
        if (incoming->request)
            methods_cut(server->simulation, incoming->method, incoming->request);
        unlink_waiting(server, incoming);
    }
}

static void run_due(struct server *server, int64_t now)
{
    struct incoming *next;
    for (struct incoming *incoming = server->waiting; incoming; incoming = next) {
        next = incoming->next;
        if (incoming->due_ms > now)
            continue;
        struct reply reply = {0};
        unlink_waiting(server, incoming);
        methods_run(server->simulation, incoming->method, incoming->request, &reply);
        answer(incoming, &reply);
        free(reply.message);
    }
}

static void handle(struct server *server, struct tag *tag, bool success, bool serving)
{
    struct incoming *incoming = tag->incoming;
    switch (tag->kind) {
    case EVENT_ARRIVED:
        if (success) {
            begin(incoming);
            if (serving)
                request_next(server);
            return;
        }
        break;
    case EVENT_READ:
        incoming->open_batches--;
        if (!incoming->cancelled)
            take(server, incoming);
        break;
    case EVENT_CLOSED:
        incoming->open_batches--;
        close_call(server, incoming);
        break;
    case EVENT_SENT:
        incoming->open_batches--;
        break;
    case EVENT_SHUTDOWN:
        server->down = true;
        return;
    case EVENT_KINDS:
        return;
    }
    release(incoming);
}

/* One event, or the moment at which something is due. Returns whether the queue is still open. */
static bool step(struct server *server, bool serving)
{
    int64_t now = duration_now_ms(), wait = TICK_MS;
    for (const struct incoming *incoming = server->waiting; incoming; incoming = incoming->next)
        wait = incoming->due_ms - now < wait ? incoming->due_ms - now : wait;
    gpr_timespec deadline = gpr_time_add(
        gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_millis(wait > 0 ? wait : 0, GPR_TIMESPAN));
    grpc_event event = grpc_completion_queue_next(server->queue, deadline, NULL);
    if (event.type == GRPC_OP_COMPLETE) {
        handle(server, event.tag, event.success, serving);
        free(event.tag);
    }
    run_due(server, duration_now_ms());
    return event.type != GRPC_QUEUE_SHUTDOWN;
}

static grpc_server *make_server(grpc_completion_queue *queue, const char *socket)
{
    grpc_arg arguments[] = {{.type = GRPC_ARG_INTEGER,
        .key = (char *)GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH,
        .value.integer = MESSAGE_MAX}};
    grpc_channel_args args = {.num_args = 1, .args = arguments};
    scoped_free char *address = memory_format("unix:%s", socket);
    grpc_server *server = grpc_server_create(&args, NULL);
    grpc_server_credentials *credentials = grpc_insecure_server_credentials_create();
    grpc_server_register_completion_queue(server, queue, NULL);
    int port = grpc_server_add_http2_port(server, address, credentials);
    grpc_server_credentials_release(credentials);
    if (port)
        return server;
    grpc_server_destroy(server);
    return NULL;
}

int server_run(
    struct simulation *simulation, const char *socket, FILE *log, const volatile sig_atomic_t *stop)
{
    struct server server = {.simulation = simulation, .log = log};
    grpc_init();
    unlink(socket);
    server.queue = grpc_completion_queue_create_for_next(NULL);
    server.server = make_server(server.queue, socket);
    if (!server.server) {
        fprintf(stderr, "kanto-sim: cannot listen on %s\n", socket);
        return EXIT_FAILURE;
    }
    grpc_server_start(server.server);
    request_next(&server);
    puts("ready");
    fflush(stdout);
    while (!*stop)
        step(&server, true);
    grpc_server_shutdown_and_notify(server.server, server.queue, tag_of(NULL, EVENT_SHUTDOWN));
    grpc_server_cancel_all_calls(server.server);
    while (!server.down)
        step(&server, false);
    grpc_completion_queue_shutdown(server.queue);
    while (step(&server, false))
        ;
    grpc_server_destroy(server.server);
    grpc_completion_queue_destroy(server.queue);
    grpc_shutdown();
    unlink(socket);
    return EXIT_SUCCESS;
}
