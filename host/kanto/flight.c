#include "kanto/flight.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"
#include "kanto/json.h"
#include "kanto/message.h"
#include "kanto/method.h"
#include "kanto/trace.h"

#include <grpc/slice.h>
#include <grpc/support/log.h>
#include <stdlib.h>
#include <string.h>

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
    bool garbage;    /* a stream that held bytes which are no such message */
    FILE *trace;
    char *request;   /* for the trace */
    cJSON *messages; /* of a stream, for the trace */
    int64_t began_ms;
};

static void flight_destroy(struct flight *flight)
{
    if (flight->received)
        grpc_byte_buffer_destroy(flight->received);
    grpc_metadata_array_destroy(&flight->initial);
    grpc_metadata_array_destroy(&flight->trailing);
    grpc_slice_unref(flight->details);
    grpc_call_unref(flight->call);
    text_finish(&flight->log);
    free(flight->request);
    cJSON_Delete(flight->messages);
    free(flight);
}

static void must_start(struct flight *flight, const grpc_op *ops, size_t count)
{
    /* The only errors are those of the program: batches that overlap, bad flags. */
    grpc_call_error error = grpc_call_start_batch(flight->call, ops, count, flight, NULL);
    GPR_ASSERT(error == GRPC_CALL_OK);
}

static grpc_op receive_message(struct flight *flight)
{
    grpc_op op = {.op = GRPC_OP_RECV_MESSAGE};
    op.data.recv_message.recv_message = &flight->received;
    return op;
}

static grpc_op receive_status(struct flight *flight)
{
    grpc_op op = {.op = GRPC_OP_RECV_STATUS_ON_CLIENT};
    op.data.recv_status_on_client.trailing_metadata = &flight->trailing;
    op.data.recv_status_on_client.status = &flight->status;
    op.data.recv_status_on_client.status_details = &flight->details;
    return op;
}

/* A unary call is one batch. A stream's status is asked for only at its end. */
static void take_off(struct flight *flight, grpc_byte_buffer *request)
{
    grpc_op ops[6] = {{.op = GRPC_OP_SEND_INITIAL_METADATA}, {.op = GRPC_OP_SEND_MESSAGE},
        {.op = GRPC_OP_SEND_CLOSE_FROM_CLIENT}, {.op = GRPC_OP_RECV_INITIAL_METADATA}};
    size_t count = 4;
    ops[1].data.send_message.send_message = request;
    ops[3].data.recv_initial_metadata.recv_initial_metadata = &flight->initial;
    ops[count++] = receive_message(flight);
    if (!flight->reading)
        ops[count++] = receive_status(flight);
    must_start(flight, ops, count);
}

void flight_start(grpc_call *call, const struct kanto_request *request,
    const ProtobufCMessage *message, FILE *trace)
{
    struct flight *flight = memory_zeroed(1, sizeof(*flight));
    flight->method = request->method;
    flight->tag = request->tag;
    flight->call = call;
    flight->began_ms = clock_now_ms();
    flight->details = grpc_empty_slice();
    flight->log.max = KANTO_LOG_MAX;
    flight->reading = method_row(request->method)->stream;
    flight->trace = trace;
    flight->request = trace ? trace_request(message) : NULL;
    flight->messages = trace && flight->reading ? cJSON_CreateArray() : NULL;
    grpc_metadata_array_init(&flight->initial);
    grpc_metadata_array_init(&flight->trailing);
    grpc_byte_buffer *bytes = message_pack(message);
    take_off(flight, bytes);
    grpc_byte_buffer_destroy(bytes);
}

/* Every message ends with a line end in the answer; the daemon gives some without one. */
static void add_log(struct text *log, const char *lines)
{
    size_t length = lines ? strlen(lines) : 0;
    if (length == 0)
        return;
    text_add_bytes(log, lines, length);
    if (lines[length - 1] != '\n')
        text_add(log, "\n");
}

static void take_message(struct flight *flight)
{
    ProtobufCMessage *message =
        message_unpack(method_row(flight->method)->response, flight->received);
    if (!message) {
        flight->garbage = true;
    } else {
        if (flight->method == KANTO_LOGS)
            add_log(&flight->log, ((const Kanto__GetLogsResponse *)message)->log);
        if (flight->messages)
            cJSON_AddItemToArray(flight->messages, json_message(message));
        protobuf_c_message_free_unpacked(message, NULL);
    }
    grpc_byte_buffer_destroy(flight->received);
    flight->received = NULL;
}

bool flight_goes_down(struct flight *flight)
{
    grpc_op op;
    if (!flight->reading)
        return true;
    bool ended = !flight->received;
    if (!ended)
        take_message(flight);
    if (ended || flight->garbage || flight->log.truncated) {
        if (!ended) /* streams only read: the one kind of call that may be cut */
            grpc_call_cancel(flight->call, NULL);
        flight->reading = false;
        op = receive_status(flight);
    } else {
        op = receive_message(flight);
    }
    must_start(flight, &op, 1);
    return false;
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

/* Did the daemon itself say no? gRPC makes up a status for lost and reset streams and for peers
 * that speak something else (RST_STREAM gives 13 and 8, HTTP pages give 12), and nothing in its
 * interface tells these apart. So: an operation of the daemon fails with UNKNOWN and a sentence;
 * its own gRPC layer begins its sentences with "grpc: " or says which method it does not know. A
 * registry that cannot be dialled is answered with DEADLINE_EXCEEDED, as that error counts as one in
 * Go. */
static bool is_daemons_word(grpc_status_code status, const char *message)
{
    switch (status) {
    case GRPC_STATUS_UNKNOWN:
        return strcmp(message, "No status received") != 0 && strcmp(message, "Stream removed") != 0;
    case GRPC_STATUS_UNIMPLEMENTED:
        return strncmp(message, "unknown ", 8) == 0;
    case GRPC_STATUS_INTERNAL:
    case GRPC_STATUS_RESOURCE_EXHAUSTED:
        return strncmp(message, "grpc: ", 6) == 0;
    case GRPC_STATUS_DEADLINE_EXCEEDED:
        return strncmp(message, "failed to ", 10) == 0 && strstr(message, ": i/o timeout");
    default:
        return false;
    }
}

static void judge_error(const struct flight *flight, struct kanto_answer *answer)
{
    answer->message =
        memory_bytes(GRPC_SLICE_START_PTR(flight->details), GRPC_SLICE_LENGTH(flight->details));
    if (!is_daemons_word(flight->status, answer->message)) {
        answer->outcome = KANTO_UNKNOWN;
        return;
    }
    answer->outcome = KANTO_REFUSED;
}

static void conclude(struct flight *flight, struct kanto_answer *answer)
{
    const struct method *row = method_row(flight->method);
    bool cut_by_us = flight->log.truncated && flight->status == GRPC_STATUS_CANCELLED;
    ProtobufCMessage *message = NULL;
    if (!flight->garbage && !cut_by_us && flight->status != GRPC_STATUS_OK) {
        judge_error(flight, answer);
    } else if (row->stream && !flight->garbage) {
        answer->log = text_steal(&flight->log);
    } else if (!row->stream && (message = message_unpack(row->response, flight->received))) {
        take_response(answer, message);
    } else {
        answer->outcome = KANTO_UNKNOWN;
        answer->message =
            memory_format("kanto-cm's answer to %s is no message of that kind", row->name);
    }
}

static void write_trace(struct flight *flight, const struct kanto_answer *answer)
{
    const struct method *row = method_row(flight->method);
    if (row->stream) {
        trace_write_stream(flight->trace, row->name, flight->request, answer->status,
            answer->message, steal(&flight->messages), answer->elapsed_ms);
        return;
    }
    ProtobufCMessage *response =
        answer->status == GRPC_STATUS_OK ? message_unpack(row->response, flight->received) : NULL;
    trace_write(flight->trace, row->name, flight->request, answer->status, answer->message,
        response, answer->elapsed_ms);
    if (response)
        protobuf_c_message_free_unpacked(response, NULL);
}

void flight_land(struct flight *flight, struct kanto_answer *ret_answer)
{
    struct kanto_answer answer = {
        .tag = flight->tag,
        .method = flight->method,
        .status = (int)flight->status,
        .elapsed_ms = clock_now_ms() - flight->began_ms,
    };
    conclude(flight, &answer);
    if (flight->trace)
        write_trace(flight, &answer);
    flight_destroy(flight);
    *ret_answer = answer;
}
