#include "caller.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/memory.h"
#include "encode.h"
#include "kanto/json.h"
#include "kanto/message.h"
#include "kanto/method.h"

#include <grpc/grpc.h>
#include <grpc/grpc_security.h>
#include <stdlib.h>
#include <string.h>

#define PATIENT_MS  200000
#define MESSAGE_MAX (256 << 20)

struct call {
    enum kanto_method method;
    grpc_completion_queue *queue;
    grpc_call *call;
    grpc_metadata_array initial, trailing;
    grpc_byte_buffer *received;
    grpc_slice details;
    grpc_status_code status;
    cJSON *responses;
    int64_t hang_up_at_ms; /* 0: never */
    bool reading, over;
};

static const char *const code_names[] = {"OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE",
    "DATA_LOSS", "UNAUTHENTICATED"};

const char *call_code_name(int code)
{
    return code >= 0 && (size_t)code < countof(code_names) ? code_names[code] : "?";
}

bool call_method(const char *name, enum kanto_method *ret_method)
{
    for (int i = 0; i < KANTO_METHODS; i++) {
        if (strcmp(kanto_method_name((enum kanto_method)i), name) != 0)
            continue;
        *ret_method = (enum kanto_method)i;
        return true;
    }
    return false;
}

static const ProtobufCMessageDescriptor *request_of(enum kanto_method method)
{
    switch (method) {
    case KANTO_CREATE:
        return &kanto__create_container_request__descriptor;
    case KANTO_STOP:
        return &kanto__stop_container_request__descriptor;
    case KANTO_REMOVE:
        return &kanto__remove_container_request__descriptor;
    case KANTO_UPDATE:
        return &kanto__update_container_request__descriptor;
    case KANTO_RENAME:
        return &kanto__rename_container_request__descriptor;
    case KANTO_LOGS:
        return &kanto__get_logs_request__descriptor;
    case KANTO_LIST:
    case KANTO_LIST_STREAM:
    case KANTO_PROJECT_INFO:
        return &kanto__empty__descriptor;
    default:
        return &kanto__container_id_request__descriptor;
    }
}

static grpc_channel *connect_to(const char *socket)
{
    grpc_arg arguments[] = {
        {.type = GRPC_ARG_INTEGER,
            .key = (char *)GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH,
            .value.integer = MESSAGE_MAX},
        {.type = GRPC_ARG_INTEGER,
            .key = (char *)GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL,
            .value.integer = 1},
        {.type = GRPC_ARG_STRING,
            .key = (char *)GRPC_ARG_DEFAULT_AUTHORITY,
            .value.string = (char *)"localhost"},
    };
    grpc_channel_args args = {.num_args = countof(arguments), .args = arguments};
    scoped_free char *target = memory_format("unix:%s", socket);
    grpc_channel_credentials *credentials = grpc_insecure_credentials_create();
    grpc_channel *channel = grpc_channel_create(target, credentials, &args);
    grpc_channel_credentials_release(credentials);
    return channel;
}

static void read_next(struct call *call)
{
    grpc_op op = {.op = GRPC_OP_RECV_MESSAGE};
    op.data.recv_message.recv_message = &call->received;
    grpc_call_start_batch(call->call, &op, 1, call, NULL);
}

static void send(struct call *call, const cJSON *request)
{
    ProtobufCMessage *message = encode_message(request_of(call->method), request);
    grpc_byte_buffer *bytes = message_pack(message);
    grpc_op ops[5] = {{.op = GRPC_OP_SEND_INITIAL_METADATA}, {.op = GRPC_OP_SEND_MESSAGE},
        {.op = GRPC_OP_SEND_CLOSE_FROM_CLIENT}, {.op = GRPC_OP_RECV_INITIAL_METADATA},
        {.op = GRPC_OP_RECV_MESSAGE}};
    ops[1].data.send_message.send_message = bytes;
    ops[3].data.recv_initial_metadata.recv_initial_metadata = &call->initial;
    ops[4].data.recv_message.recv_message = &call->received;
    grpc_call_start_batch(call->call, ops, countof(ops), call, NULL);
    grpc_byte_buffer_destroy(bytes);
    protobuf_c_message_free_unpacked(message, NULL);
}

static gpr_timespec from_now(int64_t ms)
{
    return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_millis(ms, GPR_TIMESPAN));
}

/* One connection for all calls, made anew with each daemon: a connection a call costs more than the
 * call. */
static grpc_channel *shared;

void caller_disconnect(void)
{
    if (shared)
        grpc_channel_destroy(shared);
    shared = NULL;
}

struct call *call_begin(const char *socket, enum kanto_method method, const cJSON *request,
    int64_t deadline_ms, int64_t hang_up_ms)
{
    struct call *call = memory_zeroed(1, sizeof(*call));
    grpc_slice path = grpc_slice_from_static_string(method_row(method)->path);
    call->method = method;
    call->details = grpc_empty_slice();
    call->reading = true;
    call->responses = cJSON_CreateArray();
    call->hang_up_at_ms = hang_up_ms ? clock_now_ms() + hang_up_ms : 0;
    if (!shared)
        shared = connect_to(socket);
    call->queue = grpc_completion_queue_create_for_next(NULL);
    grpc_metadata_array_init(&call->initial);
    grpc_metadata_array_init(&call->trailing);
    call->call = grpc_channel_create_call(shared, NULL, GRPC_PROPAGATE_DEFAULTS, call->queue, path,
        NULL, from_now(deadline_ms ? deadline_ms : PATIENT_MS), NULL);
    send(call, request);
    return call;
}

static void take(struct call *call)
{
    ProtobufCMessage *message = message_unpack(method_row(call->method)->response, call->received);
    cJSON_AddItemToArray(
        call->responses, message ? json_message(message) : cJSON_CreateString("no such message"));
    if (message)
        protobuf_c_message_free_unpacked(message, NULL);
    grpc_byte_buffer_destroy(call->received);
    call->received = NULL;
}

static void ask_status(struct call *call)
{
    grpc_op op = {.op = GRPC_OP_RECV_STATUS_ON_CLIENT};
    op.data.recv_status_on_client.trailing_metadata = &call->trailing;
    op.data.recv_status_on_client.status = &call->status;
    op.data.recv_status_on_client.status_details = &call->details;
    call->reading = false;
    grpc_call_start_batch(call->call, &op, 1, call, NULL);
}

bool call_has_ended(struct call *call, int64_t wait_ms)
{
    int64_t until = clock_now_ms() + wait_ms;
    while (!call->over) {
        int64_t left = until - clock_now_ms();
        grpc_event event =
            grpc_completion_queue_next(call->queue, from_now(left > 0 ? left : 0), NULL);
        if (event.type != GRPC_OP_COMPLETE) {
            if (call->hang_up_at_ms && clock_now_ms() >= call->hang_up_at_ms)
                grpc_call_cancel(call->call, NULL);
            return false;
        }
        if (!call->reading) {
            call->over = true;
        } else if (call->received) {
            take(call);
            read_next(call);
        } else {
            ask_status(call);
        }
    }
    return true;
}

void call_end(struct call *call, struct call_result *ret_result)
{
    while (!call_has_ended(call, 10))
        ;
    *ret_result = (struct call_result){.code = (int)call->status,
        .message =
            memory_bytes(GRPC_SLICE_START_PTR(call->details), GRPC_SLICE_LENGTH(call->details)),
        .responses = call->responses};
    grpc_metadata_array_destroy(&call->initial);
    grpc_metadata_array_destroy(&call->trailing);
    grpc_slice_unref(call->details);
    grpc_call_unref(call->call);
    grpc_completion_queue_shutdown(call->queue);
    while (
        grpc_completion_queue_next(call->queue, from_now(1000), NULL).type != GRPC_QUEUE_SHUTDOWN)
        ;
    grpc_completion_queue_destroy(call->queue);
    free(call);
}

void call_result_finish(struct call_result *result)
{
    free(result->message);
    cJSON_Delete(result->responses);
}
