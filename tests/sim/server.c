#include "server.h"

#include "base/cleanup.h"
#include "base/duration.h"
#include "base/memory.h"
#include "boot.h"
#include "kanto/message.h"
#include "kanto/method.h"
#include "kanto/trace.h"
#include "listen.h"
#include "peer.h"

#include <grpc/grpc.h>
#include <grpc/grpc_posix.h>
#include <grpc/grpc_security.h>
#include <grpc/support/alloc.h>
#include <grpc/support/log.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MESSAGE_MAX (64 << 20)
#define REQUEST_MAX ((size_t)4 << 20) /* gRPC's default, which kanto-cm has */
#define TICK_MS     4

/* One call, from its arrival to its end. */
struct incoming {
    struct operation operation;
    struct server *server;
    grpc_call *call;
    grpc_call_details details;
    grpc_metadata_array metadata;
    grpc_byte_buffer *received;
    int cancelled;
    enum kanto_method method;
    ProtobufCMessage *request;
    struct fault fault; /* its texts belong to the faults, and may go with them */
    char *refusal;      /* FAULT_MESSAGE */
    struct person *persons[PERSON_WHENS];
    bool visited; /* a person acts: it waits */
    struct timer latency;
    /* The answer: packed at once, sent message by message. */
    grpc_byte_buffer **bytes;
    size_t bytes_count, sent;
    grpc_slice status_text;
    int status;
    int open_batches;
    bool working; /* the daemon has it */
    bool over;    /* nothing more will be sent */
};

/* The tags of the queue: which batch of which call has ended. */
enum event_kind {
    EVENT_ARRIVED,
    EVENT_READ,
    EVENT_CLOSED,
    EVENT_SENT_ONE,
    EVENT_SENT,
    EVENT_SHUTDOWN,
};

struct tag {
    struct incoming *incoming;
    enum event_kind kind;
};

struct server {
    struct daemon *daemon;
    const struct server_options *options;
    grpc_server *server;
    grpc_completion_queue *queue;
    bool down;  /* the shutdown is complete */
    bool ended; /* at once: crash, power cut */
    enum server_end end;
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
    incoming->server = server;
    incoming->status_text = grpc_empty_slice();
    grpc_call_details_init(&incoming->details);
    grpc_metadata_array_init(&incoming->metadata);
    grpc_server_request_call(server->server, &incoming->call, &incoming->details,
        &incoming->metadata, server->queue, server->queue, tag_of(incoming, EVENT_ARRIVED));
}

static void drop_bytes(struct incoming *incoming)
{
    for (size_t i = 0; i < incoming->bytes_count; i++)
        grpc_byte_buffer_destroy(incoming->bytes[i]);
    free(incoming->bytes);
    incoming->bytes = NULL;
    incoming->bytes_count = 0;
}

/* Frees what neither gRPC nor the daemon needs any longer. */
static void release(struct incoming *incoming)
{
    if (incoming->open_batches > 0 || incoming->working || incoming->visited ||
        (incoming->call && !incoming->over))
        return;
    clock_unset(&incoming->server->daemon->clock, &incoming->latency);
    grpc_call_details_destroy(&incoming->details);
    grpc_metadata_array_destroy(&incoming->metadata);
    grpc_slice_unref(incoming->status_text);
    free(incoming->refusal);
    for (int when = 0; when < PERSON_WHENS; when++)
        person_free(incoming->persons[when]);
    drop_bytes(incoming);
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
    grpc_op read = {.op = GRPC_OP_RECV_MESSAGE}, closed = {.op = GRPC_OP_RECV_CLOSE_ON_SERVER};
    read.data.recv_message.recv_message = &incoming->received;
    closed.data.recv_close_on_server.cancelled = &incoming->cancelled;
    start(incoming, &read, 1, EVENT_READ);
    start(incoming, &closed, 1, EVENT_CLOSED);
}

/* ---- answers ---- */

/* One message a batch, the status with the last: errors are trailers alone. */
static void send_next(struct incoming *incoming)
{
    grpc_op ops[3] = {{0}};
    size_t count = 0;
    bool has = incoming->sent < incoming->bytes_count;
    bool last = incoming->sent + 1 >= incoming->bytes_count;
    if (incoming->sent == 0)
        ops[count++].op = GRPC_OP_SEND_INITIAL_METADATA;
    if (has) {
        ops[count].op = GRPC_OP_SEND_MESSAGE;
        ops[count++].data.send_message.send_message = incoming->bytes[incoming->sent++];
    }
    if (last) {
        ops[count].op = GRPC_OP_SEND_STATUS_FROM_SERVER;
        ops[count].data.send_status_from_server.status = (grpc_status_code)incoming->status;
        ops[count++].data.send_status_from_server.status_details = &incoming->status_text;
        incoming->over = true;
    }
    start(incoming, ops, count, last ? EVENT_SENT : EVENT_SENT_ONE);
}

static void pack(struct incoming *incoming, const struct reply *reply)
{
    incoming->status = reply->status;
    incoming->status_text = grpc_slice_from_copied_string(reply->message);
    incoming->bytes_count = reply->response_count;
    incoming->bytes = memory_zeroed(reply->response_count + 1, sizeof(grpc_byte_buffer *));
    for (size_t i = 0; i < reply->response_count; i++)
        incoming->bytes[i] = message_pack(reply->responses[i]);
}

static void answer(struct incoming *incoming, const struct reply *reply)
{
    pack(incoming, reply);
    send_next(incoming);
}

static void end_at_once(struct server *server, enum server_end end)
{
    server->ended = true;
    server->end = end;
    clock_stop(&server->daemon->clock);
}

/* The daemon's work on it ends here, as when its client goes away. */
static void cut(struct incoming *incoming)
{
    struct daemon *daemon = incoming->server->daemon;
    if (!incoming->working || incoming->operation.cut || !daemon_cut(daemon, &incoming->operation))
        return;
    incoming->working = false;
    daemon->working--;
}

static const struct reply expired = {
    .status = GRPC_STATUS_DEADLINE_EXCEEDED, .message = "context deadline exceeded"};

/* What befalls it in place of an answer. */
static void befall(struct incoming *incoming)
{
    switch (incoming->fault.kind) {
    case FAULT_EXPIRE:
        cut(incoming);
        answer(incoming, &expired);
        break;
    case FAULT_DROP:
        cut(incoming);
        peer_drop(incoming->call);
        break;
    case FAULT_KILL:
        peer_kill(incoming->call);
        cut(incoming);
        break;
    case FAULT_CRASH:
        end_at_once(incoming->server, SERVER_CRASHED);
        break;
    case FAULT_POWER_CUT:
        end_at_once(incoming->server, SERVER_POWER_CUT);
        break;
    default: /* silence */
        break;
    }
}

static bool befalls_before(const struct incoming *incoming)
{
    enum fault_kind kind = incoming->fault.kind;
    if (kind == FAULT_NONE || kind == FAULT_MESSAGE || kind == FAULT_LOSE)
        return false;
    return incoming->fault.when == FAULT_BEFORE;
}

/* Whoever was not met in the middle is met at the end. */
static bool befalls_after(const struct incoming *incoming)
{
    enum fault_kind kind = incoming->fault.kind;
    return kind == FAULT_LOSE || (kind > FAULT_LOSE && incoming->fault.when != FAULT_BEFORE);
}

static void befall_during(void *context)
{
    befall(context);
}

/* In the middle of the work, however long this process was kept from running meanwhile. */
static void set_during(struct incoming *incoming, int64_t began_ms)
{
    struct daemon *daemon = incoming->server->daemon;
    int64_t due_ms = began_ms + faults_work(&daemon->faults, incoming->method) / 2;
    clock_set(&daemon->clock, &incoming->latency, due_ms - clock_now(&daemon->clock), befall_during,
        incoming);
}

/* ---- persons ---- */

/* Goes on when the person that waits for this moment, if there is one, has acted. */
static void visit(struct incoming *incoming, enum person_when when, void (*go_on)(void *context))
{
    struct server *server = incoming->server;
    struct person *person = incoming->persons[when];
    if (!person) {
        go_on(incoming);
        return;
    }
    incoming->persons[when] = NULL;
    incoming->visited = true;
    person_act(person, server->daemon, server->options->log, go_on, incoming);
}

static void conclude(void *context)
{
    struct incoming *incoming = context;
    incoming->visited = false;
    if (incoming->over)
        release(incoming);
    else if (befalls_after(incoming))
        befall(incoming);
    else
        send_next(incoming);
}

static void on_answer(struct operation *operation, const struct reply *reply)
{
    struct incoming *incoming = operation->context;
    incoming->working = false;
    incoming->server->daemon->working--;
    clock_unset(&incoming->server->daemon->clock, &incoming->latency);
    if (operation->cut) {
        release(incoming);
        return;
    }
    if (!befalls_after(incoming))
        pack(incoming, reply);
    visit(incoming, PERSON_AFTER, conclude);
}

/* ---- requests ---- */

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
    if (!server->options->log)
        return;
    char *request = trace_request(incoming->request);
    trace_write(server->options->log, kanto_method_name(incoming->method), request, 0, "", NULL, 0);
    free(request);
}

static void enter_now(void *context)
{
    struct incoming *incoming = context;
    struct server *server = incoming->server;
    incoming->visited = false;
    if (incoming->over) { /* its client went away while a person acted */
        release(incoming);
        return;
    }
    if (befalls_before(incoming)) {
        befall(incoming);
        return;
    }
    if (incoming->fault.kind == FAULT_MESSAGE) {
        answer(
            incoming, &(struct reply){.status = GRPC_STATUS_UNKNOWN, .message = incoming->refusal});
        return;
    }
    incoming->operation = (struct operation){.method = incoming->method,
        .request = incoming->request,
        .answer = on_answer,
        .context = incoming};
    incoming->working = true;
    server->daemon->working++;
    int64_t began_ms = clock_now(&server->daemon->clock);
    daemon_begin(server->daemon, &incoming->operation);
    if (incoming->working && incoming->fault.when == FAULT_DURING)
        set_during(incoming, began_ms);
    if (server->daemon->crashed)
        end_at_once(server, SERVER_CRASHED);
}

static void enter(void *context)
{
    visit(context, PERSON_BEFORE, enter_now);
}

/* A request without a message is never answered (recorded: transport). */
static bool read_request(struct incoming *incoming)
{
    if (!find_method(incoming, &incoming->method)) {
        scoped_free char *path = grpc_slice_to_c_string(incoming->details.method);
        scoped_free char *message = memory_format("unknown method %s", path);
        answer(incoming, &(struct reply){.status = GRPC_STATUS_UNIMPLEMENTED, .message = message});
        return false;
    }
    if (!incoming->received)
        return false;
    size_t length = grpc_byte_buffer_length(incoming->received);
    if (length > REQUEST_MAX) {
        scoped_free char *message = memory_format(
            "grpc: received message larger than max (%zu vs. %zu)", length, REQUEST_MAX);
        answer(incoming,
            &(struct reply){.status = GRPC_STATUS_RESOURCE_EXHAUSTED, .message = message});
        return false;
    }
    incoming->request = message_unpack(operation_request(incoming->method), incoming->received);
    if (!incoming->request)
        answer(incoming, &(struct reply){.status = GRPC_STATUS_INTERNAL,
                             .message = "grpc: error unmarshalling request: proto: cannot parse "
                                        "invalid wire-format data"});
    return incoming->request != NULL;
}

/* The request is there: it waits for its latency. */
static void take(struct server *server, struct incoming *incoming)
{
    if (!read_request(incoming))
        return;
    log_call(server, incoming);
    struct subject subject = daemon_subject(server->daemon, incoming->method, incoming->request);
    incoming->fault = *faults_next(&server->daemon->faults, incoming->method, &subject);
    incoming->refusal = memory_string(incoming->fault.message);
    persons_meet(&server->daemon->persons, incoming->method, &subject, incoming->persons);
    int64_t latency = faults_latency(&server->daemon->faults, incoming->method);
    if (latency > 0)
        clock_set(&server->daemon->clock, &incoming->latency, latency, enter, incoming);
    else
        enter(incoming);
}

/* The client is gone, or its deadline is over. */
static void close_call(struct server *server, struct incoming *incoming)
{
    if (!incoming->cancelled || incoming->over)
        return;
    incoming->over = true;
    clock_unset(&server->daemon->clock, &incoming->latency);
    cut(incoming);
}

/* ---- the loop ---- */

static void handle(struct server *server, struct tag *tag, bool success, bool serving)
{
    struct incoming *incoming = tag->incoming;
    if (tag->kind == EVENT_SHUTDOWN) {
        server->down = true;
        return;
    }
    if (tag->kind == EVENT_ARRIVED) {
        if (success) {
            begin(incoming);
            if (serving)
                request_next(server);
            return;
        }
        release(incoming);
        return;
    }
    incoming->open_batches--;
    if (tag->kind == EVENT_READ && !incoming->cancelled && !incoming->over)
        take(server, incoming);
    else if (tag->kind == EVENT_CLOSED)
        close_call(server, incoming);
    else if (tag->kind == EVENT_SENT_ONE && success && !incoming->over)
        send_next(incoming);
    release(incoming);
}

static int64_t patience(const struct server *server)
{
    const struct daemon *daemon = server->daemon;
    int64_t wait = clock_wait_ms(&daemon->clock);
    if (daemon->jumps && daemon->working > 0 && wait >= 0)
        return 0;
    return !daemon->clock.stands && wait >= 0 && wait < TICK_MS ? wait : TICK_MS;
}

/* One event, or the moment at which something is due. Returns whether the queue is still open. */
static bool step(struct server *server, bool serving)
{
    gpr_timespec deadline = gpr_time_add(
        gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_millis(patience(server), GPR_TIMESPAN));
    pthread_mutex_unlock(server->options->lock);
    grpc_event event = grpc_completion_queue_next(server->queue, deadline, NULL);
    pthread_mutex_lock(server->options->lock);
    clock_run(&server->daemon->clock); /* what was due before the event came first */
    if (event.type == GRPC_OP_COMPLETE) {
        handle(server, event.tag, event.success, serving);
        free(event.tag);
    } else if (server->daemon->jumps && server->daemon->working > 0) {
        clock_jump(&server->daemon->clock); /* somebody waits, and nothing else happens */
    }
    clock_run(&server->daemon->clock);
    return event.type != GRPC_QUEUE_SHUTDOWN;
}

static bool wants_to_end(struct server *server)
{
    if (server->daemon->crashed)
        end_at_once(server, SERVER_CRASHED);
    if (*server->options->cut)
        end_at_once(server, SERVER_POWER_CUT);
    if (server->ended)
        return true;
    if (!*server->options->stop)
        return false;
    /* From here on it is deaf, as the real one in its deadlock. */
    if (!server->daemon->stopping && !boot_down(server->daemon))
        for (;;)
            pause();
    return true;
}

static grpc_server *make_server(grpc_completion_queue *queue)
{
    grpc_arg arguments[] = {{.type = GRPC_ARG_INTEGER,
        .key = (char *)GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH,
        .value.integer = MESSAGE_MAX}};
    grpc_channel_args args = {.num_args = 1, .args = arguments};
    grpc_server *server = grpc_server_create(&args, NULL);
    grpc_server_register_completion_queue(server, queue, NULL);
    grpc_server_start(server);
    return server;
}

static void close_down(struct server *server)
{
    grpc_server_shutdown_and_notify(server->server, server->queue, tag_of(NULL, EVENT_SHUTDOWN));
    grpc_server_cancel_all_calls(server->server);
    while (!server->down)
        step(server, false);
    grpc_completion_queue_shutdown(server->queue);
    while (step(server, false))
        ;
    grpc_server_destroy(server->server);
    grpc_completion_queue_destroy(server->queue);
}

int server_run(struct daemon *daemon, const struct server_options *options)
{
    struct server server = {.daemon = daemon, .options = options, .end = SERVER_STOPPED};
    struct listener *listener;
    grpc_init();
    server.queue = grpc_completion_queue_create_for_next(NULL);
    server.server = make_server(server.queue);
    listener = listener_start(server.server, options->socket, options->log, options->lock);
    if (!listener)
        return -1;
    pthread_mutex_lock(options->lock);
    request_next(&server);
    puts("ready");
    fflush(stdout);
    while (!wants_to_end(&server))
        step(&server, true);
    if (server.end != SERVER_STOPPED)
        return server.end;               /* nothing is closed in order: the process ends now */
    pthread_mutex_unlock(options->lock); /* who accepts may want it for a last time */
    listener_stop(listener);
    pthread_mutex_lock(options->lock);
    close_down(&server);
    pthread_mutex_unlock(options->lock);
    grpc_shutdown();
    return SERVER_STOPPED;
}
