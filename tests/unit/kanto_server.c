#include "kanto_server.h"

#include "base/memory.h"

#include <check.h>
#include <fcntl.h>
#include <grpc/byte_buffer.h>
#include <grpc/byte_buffer_reader.h>
#include <grpc/grpc.h>
#include <grpc/grpc_posix.h>
#include <grpc/grpc_security.h>
#include <grpc/slice.h>
#include <grpc/support/alloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define CONNECTIONS_MAX 16
#define MESSAGE_MAX     (256 << 20)

struct kanto_server {
    kanto_server_answer *answer;
    void *context;
    int listener;
    pthread_t accepting, serving;
    grpc_server *server;
    grpc_completion_queue *queue;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    int connections[CONNECTIONS_MAX]; /* duplicates of gRPC's descriptors */
    unsigned connection_count;
    unsigned call_count;
};

struct incoming;

struct tag {
    struct incoming *incoming;
    bool closed; /* the batch that says that the call is over */
};

/* One call. Its batches follow one another, but for `closed`, which is open from the start. */
struct incoming {
    struct tag step, closed;
    grpc_call *call; /* NULL: not arrived */
    grpc_call_details details;
    grpc_metadata_array metadata;
    grpc_byte_buffer *received;
    struct kanto_server_reply reply;
    int cancelled;
    unsigned open_batches;
    unsigned sent;
    enum { ARRIVING, READING, SENDING, DONE } stage;
};

static void request_call(struct kanto_server *server)
{
    struct incoming *incoming = memory_zeroed(1, sizeof(*incoming));
    grpc_call_details_init(&incoming->details);
    grpc_metadata_array_init(&incoming->metadata);
    incoming->open_batches = 1;
    incoming->step.incoming = incoming->closed.incoming = incoming;
    incoming->closed.closed = true;
    grpc_server_request_call(server->server, &incoming->call, &incoming->details,
        &incoming->metadata, server->queue, server->queue, &incoming->step);
}

static void release(struct incoming *incoming)
{
    if (incoming->open_batches > 0)
        return;
    grpc_call_details_destroy(&incoming->details);
    grpc_metadata_array_destroy(&incoming->metadata);
    if (incoming->received)
        grpc_byte_buffer_destroy(incoming->received);
    if (incoming->call)
        grpc_call_unref(incoming->call);
    free(incoming);
}

static void start(struct incoming *incoming, const grpc_op *ops, size_t count, struct tag *tag)
{
    incoming->open_batches++;
    ck_assert_int_eq(grpc_call_start_batch(incoming->call, ops, count, tag, NULL), GRPC_CALL_OK);
}

static void read_request(struct kanto_server *server, struct incoming *incoming)
{
    grpc_op closed = {.op = GRPC_OP_RECV_CLOSE_ON_SERVER};
    closed.data.recv_close_on_server.cancelled = &incoming->cancelled;
    start(incoming, &closed, 1, &incoming->closed);
    grpc_op message = {.op = GRPC_OP_RECV_MESSAGE};
    message.data.recv_message.recv_message = &incoming->received;
    incoming->stage = READING;
    start(incoming, &message, 1, &incoming->step);
    request_call(server);
}

static void ask(struct kanto_server *server, struct incoming *incoming)
{
    grpc_byte_buffer_reader reader;
    grpc_slice bytes = grpc_empty_slice();
    if (incoming->received && grpc_byte_buffer_reader_init(&reader, incoming->received)) {
        bytes = grpc_byte_buffer_reader_readall(&reader);
        grpc_byte_buffer_reader_destroy(&reader);
    }
    char *path = grpc_slice_to_c_string(incoming->details.method);
    incoming->reply = server->answer(
        server->context, path, GRPC_SLICE_START_PTR(bytes), GRPC_SLICE_LENGTH(bytes));
    gpr_free(path);
    grpc_slice_unref(bytes);
    pthread_mutex_lock(&server->lock);
    server->call_count++;
    pthread_cond_broadcast(&server->changed);
    pthread_mutex_unlock(&server->lock);
}

/* One message a batch; the last batch has the status. */
static void send_next(struct incoming *incoming)
{
    const struct kanto_server_reply *reply = &incoming->reply;
    unsigned copies = !reply->bytes ? 0 : reply->copies ? reply->copies : 1;
    grpc_slice details = grpc_slice_from_copied_string(reply->message ? reply->message : "");
    grpc_byte_buffer *bytes = NULL;
    grpc_op ops[3] = {0};
    size_t count = 0;
    if (incoming->sent == 0)
        ops[count++].op = GRPC_OP_SEND_INITIAL_METADATA;
    if (incoming->sent < copies) {
        grpc_slice slice = grpc_slice_from_copied_buffer(reply->bytes, reply->length);
        bytes = grpc_raw_byte_buffer_create(&slice, 1);
        grpc_slice_unref(slice);
        ops[count].op = GRPC_OP_SEND_MESSAGE;
        ops[count++].data.send_message.send_message = bytes;
    }
    incoming->sent++;
    if (incoming->sent >= copies) {
        ops[count].op = GRPC_OP_SEND_STATUS_FROM_SERVER;
        ops[count].data.send_status_from_server.status = (grpc_status_code)reply->status;
        ops[count++].data.send_status_from_server.status_details = &details;
    }
    incoming->stage = incoming->sent >= copies ? DONE : SENDING;
    start(incoming, ops, count, &incoming->step);
    grpc_slice_unref(details);
    if (bytes)
        grpc_byte_buffer_destroy(bytes);
}

static void proceed(struct kanto_server *server, const struct tag *tag, bool success)
{
    struct incoming *incoming = tag->incoming;
    incoming->open_batches--;
    if (tag->closed)
        ; /* only counted */
    else if (incoming->stage == ARRIVING && success && incoming->call) {
        read_request(server, incoming);
    } else if (incoming->stage == READING) {
        ask(server, incoming);
        if (!incoming->reply.hang)
            send_next(incoming);
    } else if (incoming->stage == SENDING && success) {
        send_next(incoming);
    }
    release(incoming);
}

static void *serve(void *context)
{
    struct kanto_server *server = context;
    for (;;) {
        grpc_event event =
            grpc_completion_queue_next(server->queue, gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL);
        if (event.type != GRPC_OP_COMPLETE)
            return NULL;
        if (event.tag == server) /* the shutdown is complete: nothing more can come */
            grpc_completion_queue_shutdown(server->queue);
        else
            proceed(server, event.tag, event.success != 0);
    }
}

static void take(struct kanto_server *server, int fd)
{
    grpc_server_credentials *credentials = grpc_insecure_server_credentials_create();
    ck_assert_int_eq(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    pthread_mutex_lock(&server->lock);
    ck_assert_uint_lt(server->connection_count, CONNECTIONS_MAX);
    server->connections[server->connection_count++] = dup(fd);
    pthread_mutex_unlock(&server->lock);
    grpc_server_add_channel_from_fd(server->server, fd, credentials);
    grpc_server_credentials_release(credentials);
}

static void *accept_all(void *context)
{
    struct kanto_server *server = context;
    for (;;) {
        int fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0)
            return NULL;
        take(server, fd);
    }
}

struct kanto_server *kanto_server_start(
    const char *socket_path, kanto_server_answer *answer, void *context)
{
    struct kanto_server *server = memory_zeroed(1, sizeof(*server));
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    grpc_arg most = {.type = GRPC_ARG_INTEGER,
        .key = (char *)GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH,
        .value.integer = MESSAGE_MAX};
    grpc_channel_args args = {.num_args = 1, .args = &most};
    server->answer = answer;
    server->context = context;
    pthread_mutex_init(&server->lock, NULL);
    pthread_cond_init(&server->changed, NULL);
    grpc_init();
    server->queue = grpc_completion_queue_create_for_next(NULL);
    server->server = grpc_server_create(&args, NULL);
    grpc_server_register_completion_queue(server->server, server->queue, NULL);
    grpc_server_start(server->server);
    request_call(server);
    server->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", socket_path);
    ck_assert_int_eq(bind(server->listener, (const struct sockaddr *)&address, sizeof(address)), 0);
    ck_assert_int_eq(listen(server->listener, 8), 0);
    ck_assert_int_eq(pthread_create(&server->serving, NULL, serve, server), 0);
    ck_assert_int_eq(pthread_create(&server->accepting, NULL, accept_all, server), 0);
    return server;
}

unsigned kanto_server_connections(struct kanto_server *server)
{
    pthread_mutex_lock(&server->lock);
    unsigned count = server->connection_count;
    pthread_mutex_unlock(&server->lock);
    return count;
}

void kanto_server_wait_calls(struct kanto_server *server, unsigned count)
{
    pthread_mutex_lock(&server->lock);
    while (server->call_count < count)
        pthread_cond_wait(&server->changed, &server->lock);
    pthread_mutex_unlock(&server->lock);
}

void kanto_server_cut(struct kanto_server *server)
{
    pthread_mutex_lock(&server->lock);
    for (unsigned i = 0; i < server->connection_count; i++)
        shutdown(server->connections[i], SHUT_RDWR);
    pthread_mutex_unlock(&server->lock);
}

void kanto_server_stop(struct kanto_server *server)
{
    if (!server)
        return;
    shutdown(server->listener, SHUT_RDWR); /* ends accept() */
    pthread_join(server->accepting, NULL);
    close(server->listener);
    grpc_server_shutdown_and_notify(server->server, server->queue, server);
    grpc_server_cancel_all_calls(server->server);
    pthread_join(server->serving, NULL);
    grpc_server_destroy(server->server);
    grpc_completion_queue_destroy(server->queue);
    for (unsigned i = 0; i < server->connection_count; i++)
        close(server->connections[i]);
    pthread_cond_destroy(&server->changed);
    pthread_mutex_destroy(&server->lock);
    grpc_shutdown();
    free(server);
}
