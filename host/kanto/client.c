#include "kanto/client.h"

#include "base/cleanup.h"
#include "base/duration.h"
#include "base/memory.h"
#include "base/text.h"
#include "kanto/connection.h"
#include "kanto/message.h"
#include "kanto/method.h"
#include "kanto/trace.h"

#include <grpc/grpc.h>
#include <grpc/grpc_posix.h>
#include <grpc/grpc_security.h>
#include <grpc/slice.h>
#include <grpc/support/alloc.h>
#include <grpc/support/log.h>
#include <grpc/support/time.h>
#include <stdlib.h>
#include <string.h>

/* A List may be large: a thousand containers with large environments are some tens of MiB. */
#define RECEIVE_MAX (256 << 20)

struct client {
    struct kanto base; /* first */
    grpc_completion_queue *queue;
    grpc_channel *channel;
    FILE *trace;
    int64_t age_ms;   /* of the daemon when the connection was made */
    int64_t began_ms; /* when that was */
};

/* One call in flight. Its address is the tag of its batches. */
struct flight {
    enum kanto_method method;
    uint64_t tag;
    grpc_call *call;
    grpc_metadata_array initial, trailing;
    grpc_byte_buffer *received;
    grpc_status_code status;
    grpc_slice details;
    struct text log; /* Logs: what came so far */
    bool reading;    /* a stream that has not ended: the next batch is one more message */
    char *request;   /* for the trace */
    int64_t began_ms;
};

static struct client *client_of(struct kanto *kanto)
{
    return (struct client *)kanto;
}

static void flight_destroy(struct flight *flight)
{
    if (flight->received)
        grpc_byte_buffer_destroy(flight->received);
    grpc_metadata_array_destroy(&flight->initial);
    grpc_metadata_array_destroy(&flight->trailing);
    grpc_slice_unref(flight->details);
    if (flight->call)
        grpc_call_unref(flight->call);
    text_finish(&flight->log);
    free(flight->request);
    free(flight);
}

static void must_start(grpc_call *call, const grpc_op *ops, size_t count, void *tag)
{
    /* The only errors are those of the program: batches that overlap, bad flags. */
    grpc_call_error error = grpc_call_start_batch(call, ops, count, tag, NULL);
    GPR_ASSERT(error == GRPC_CALL_OK);
}

static grpc_call *make_call(struct client *client, enum kanto_method method, int64_t bound_ms)
{
    grpc_slice path = grpc_slice_from_static_string(method_row(method)->path);
    grpc_slice host = grpc_slice_from_static_string("localhost");
    gpr_timespec deadline =
        gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_millis(bound_ms, GPR_TIMESPAN));
    return grpc_channel_create_call(
        client->channel, NULL, GRPC_PROPAGATE_DEFAULTS, client->queue, path, &host, deadline, NULL);
}

/* A unary call is one batch. A stream's status is asked for only at its end. */
static void start_flight(struct flight *flight, grpc_byte_buffer *request)
{
    grpc_op ops[6] = {0};
    size_t count = 0;
    ops[count++].op = GRPC_OP_SEND_INITIAL_METADATA;
    ops[count].op = GRPC_OP_SEND_MESSAGE;
    ops[count++].data.send_message.send_message = request;
    ops[count++].op = GRPC_OP_SEND_CLOSE_FROM_CLIENT;
    ops[count].op = GRPC_OP_RECV_INITIAL_METADATA;
    ops[count++].data.recv_initial_metadata.recv_initial_metadata = &flight->initial;
    ops[count].op = GRPC_OP_RECV_MESSAGE;
    ops[count++].data.recv_message.recv_message = &flight->received;
    flight->reading = method_row(flight->method)->stream;
    if (!flight->reading) {
        ops[count].op = GRPC_OP_RECV_STATUS_ON_CLIENT;
        ops[count].data.recv_status_on_client.trailing_metadata = &flight->trailing;
        ops[count].data.recv_status_on_client.status = &flight->status;
        ops[count++].data.recv_status_on_client.status_details = &flight->details;
    }
    must_start(flight->call, ops, count, flight);
}

static int client_submit(
    struct kanto *kanto, const struct kanto_request *request, struct error *err)
{
    struct client *client = client_of(kanto);
    struct message message;
    if (message_build(request, &message, err) < 0)
        return -1;
    struct flight *flight = memory_zeroed(1, sizeof(*flight));
    flight->method = request->method;
    flight->tag = request->tag;
    flight->began_ms = duration_now_ms();
    flight->details = grpc_empty_slice();
    flight->log.max = KANTO_LOG_MAX;
    flight->request = client->trace ? trace_request(message.base) : NULL;
    grpc_metadata_array_init(&flight->initial);
    grpc_metadata_array_init(&flight->trailing);
    flight->call = make_call(client, request->method,
        request->bound_ms ? request->bound_ms : method_row(request->method)->bound_ms);
    grpc_byte_buffer *bytes = message_pack(message.base);
    start_flight(flight, bytes);
    grpc_byte_buffer_destroy(bytes);
    return 0;
}

/* Every read but the last one gave a message: ask for more, or for the status. Reading a log is the
 * one call that may be cut: it changes nothing. */
static void continue_stream(struct flight *flight)
{
    grpc_op op = {0};
    if (flight->received && !flight->log.truncated) {
        ProtobufCMessage *message =
            message_unpack(method_row(flight->method)->response, flight->received);
        if (message && flight->method == KANTO_LOGS) {
            const Kanto__GetLogsResponse *response = (const Kanto__GetLogsResponse *)message;
            text_add(&flight->log, response->log ? response->log : "");
            text_add(&flight->log,
                flight->log.length && text_get(&flight->log)[flight->log.length - 1] != '\n' ? "\n"
                                                                                             : "");
        }
        if (message)
            protobuf_c_message_free_unpacked(message, NULL);
        grpc_byte_buffer_destroy(flight->received);
        flight->received = NULL;
        op.op = GRPC_OP_RECV_MESSAGE;
        op.data.recv_message.recv_message = &flight->received;
    } else {
        if (flight->log.truncated)
            grpc_call_cancel(flight->call, NULL);
        flight->reading = false;
        op.op = GRPC_OP_RECV_STATUS_ON_CLIENT;
        op.data.recv_status_on_client.trailing_metadata = &flight->trailing;
        op.data.recv_status_on_client.status = &flight->status;
        op.data.recv_status_on_client.status_details = &flight->details;
    }
    must_start(flight->call, &op, 1, flight);
}

/* Hands the response over to the answer; frees what it does not need. */
static void take_response(struct kanto_answer *answer, ProtobufCMessage *message)
{
    switch (answer->method) {
    case KANTO_LIST:
        answer->list = (Kanto__ListContainersResponse *)message;
        return;
    case KANTO_CREATE:
        answer->container = steal(&((Kanto__CreateContainerResponse *)message)->container);
        break;
    case KANTO_GET:
        answer->container = steal(&((Kanto__GetContainerResponse *)message)->container);
        break;
    case KANTO_PROJECT_INFO:
        answer->info = steal(&((Kanto__ProjectInfoResponse *)message)->project_info);
        break;
    default:
        break;
    }
    protobuf_c_message_free_unpacked(message, NULL);
}

static bool is_no_answer(grpc_status_code status)
{
    return status == GRPC_STATUS_UNAVAILABLE || status == GRPC_STATUS_DEADLINE_EXCEEDED ||
           status == GRPC_STATUS_CANCELLED;
}

static void judge(struct flight *flight, struct kanto_answer *answer)
{
    const struct method *row = method_row(flight->method);
    bool cut_by_us = flight->log.truncated && flight->status == GRPC_STATUS_CANCELLED;
    if (flight->status != GRPC_STATUS_OK && !cut_by_us) {
        answer->message =
            memory_bytes(GRPC_SLICE_START_PTR(flight->details), GRPC_SLICE_LENGTH(flight->details));
        answer->already = method_means_success(flight->method, answer->message);
        answer->outcome = is_no_answer(flight->status) ? KANTO_UNKNOWN
                          : answer->already            ? KANTO_OK
                                                       : KANTO_REFUSED;
        return;
    }
    if (row->stream) {
        answer->log = text_steal(&flight->log);
        return;
    }
    ProtobufCMessage *message = message_unpack(row->response, flight->received);
    if (message) {
        take_response(answer, message);
    } else {
        answer->outcome = KANTO_UNKNOWN;
        answer->message =
            memory_format("kanto-cm's answer to %s is no message of that kind", row->name);
    }
}

static void trace(
    struct client *client, const struct flight *flight, const struct kanto_answer *answer)
{
    ProtobufCMessage *response =
        flight->received && answer->status == GRPC_STATUS_OK
            ? message_unpack(method_row(flight->method)->response, flight->received)
            : NULL;
    trace_write(client->trace, kanto_method_name(flight->method), flight->request, answer->status,
        answer->message, response, answer->elapsed_ms);
    if (response)
        protobuf_c_message_free_unpacked(response, NULL);
}

static void finish_flight(
    struct client *client, struct flight *flight, struct kanto_answer *ret_answer)
{
    struct kanto_answer answer = {
        .tag = flight->tag,
        .method = flight->method,
        .status = (int)flight->status,
        .elapsed_ms = duration_now_ms() - flight->began_ms,
    };
    judge(flight, &answer);
    if (client->trace)
        trace(client, flight, &answer);
    flight_destroy(flight);
    *ret_answer = answer;
}

static int client_next(struct kanto *kanto, int64_t timeout_ms, struct kanto_answer *ret_answer)
{
    struct client *client = client_of(kanto);
    gpr_timespec deadline =
        gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_millis(timeout_ms, GPR_TIMESPAN));
    for (;;) {
        grpc_event event = grpc_completion_queue_next(client->queue, deadline, NULL);
        if (event.type != GRPC_OP_COMPLETE)
            return 0;
        struct flight *flight = event.tag;
        if (flight->reading) {
            continue_stream(flight);
            continue;
        }
        finish_flight(client, flight, ret_answer);
        return 1;
    }
}

static int64_t client_age(struct kanto *kanto)
{
    const struct client *client = client_of(kanto);
    return client->age_ms < 0 ? -1 : client->age_ms + duration_now_ms() - client->began_ms;
}

/* Calls that are still in flight are cut by this: the caller has waited for what it must. */
static void client_close(struct kanto *kanto)
{
    struct client *client = client_of(kanto);
    struct kanto_answer answer;
    grpc_channel_destroy(client->channel);
    grpc_completion_queue_shutdown(client->queue);
    for (;;) {
        grpc_event event =
            grpc_completion_queue_next(client->queue, gpr_time_0(GPR_CLOCK_MONOTONIC), NULL);
        if (event.type != GRPC_OP_COMPLETE)
            break;
        struct flight *flight = event.tag;
        flight->reading = false;
        finish_flight(client, flight, &answer);
        kanto_answer_finish(&answer);
    }
    grpc_completion_queue_destroy(client->queue);
    grpc_shutdown();
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

static grpc_channel *make_channel(int fd)
{
    grpc_arg arguments[] = {
        {.type = GRPC_ARG_INTEGER,
            .key = (char *)GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH,
            .value.integer = RECEIVE_MAX},
        {.type = GRPC_ARG_INTEGER,
            .key = (char *)GRPC_ARG_MAX_SEND_MESSAGE_LENGTH,
            .value.integer = RECEIVE_MAX},
        {.type = GRPC_ARG_STRING,
            .key = (char *)GRPC_ARG_DEFAULT_AUTHORITY,
            .value.string = (char *)"localhost"},
        {.type = GRPC_ARG_INTEGER, .key = (char *)GRPC_ARG_ENABLE_RETRIES, .value.integer = 0},
    };
    grpc_channel_args args = {.num_args = countof(arguments), .args = arguments};
    grpc_channel_credentials *credentials = grpc_insecure_credentials_create();
    grpc_channel *channel = grpc_channel_create_from_fd("unix:kanto-cm", fd, credentials, &args);
    grpc_channel_credentials_release(credentials);
    return channel;
}

int kanto_connect(const struct kanto_options *options, struct kanto **ret_kanto, struct error *err)
{
    scoped_fd int fd = -1;
    FILE *trace = NULL;
    if (options->trace && *options->trace && trace_open(options->trace, &trace, err) < 0)
        return -1;
    if (connection_open(options, &fd, err) < 0) {
        if (trace)
            fclose(trace);
        return -1;
    }
    if (!getenv("GRPC_VERBOSITY"))
        gpr_set_log_verbosity(GPR_LOG_SEVERITY_ERROR);
    grpc_init();
    struct client *client = memory_zeroed(1, sizeof(*client));
    client->base.table = &client_table;
    client->trace = trace;
    client->began_ms = duration_now_ms();
    client->age_ms = connection_peer_age_ms(fd);
    client->queue = grpc_completion_queue_create_for_next(NULL);
    client->channel = make_channel(steal_fd(&fd));
    *ret_kanto = &client->base;
    return 0;
}
