/* A gRPC server that answers what a test's function says, byte by byte, and counts connections. It
 * knows no method and keeps no containers: that is the simulation's business. */
#ifndef KD_TESTS_KANTO_SERVER_H
#define KD_TESTS_KANTO_SERVER_H

#include <stdbool.h>
#include <stddef.h>

struct kanto_server_reply {
    int status; /* gRPC status code */
    const char *message;
    const void *bytes; /* of one response; NULL: none is sent */
    size_t length;
    unsigned copies; /* send it that often; 0 is 1 */
    bool hang;       /* never answer */
};

/* Called in the server's thread; what the reply points to must outlive the call. */
typedef struct kanto_server_reply kanto_server_answer(
    void *context, const char *path, const void *request, size_t length);

struct kanto_server;

/* Listens when it returns. */
struct kanto_server *kanto_server_start(
    const char *socket_path, kanto_server_answer *answer, void *context);
unsigned kanto_server_connections(struct kanto_server *server);            /* so far */
void kanto_server_wait_calls(struct kanto_server *server, unsigned count); /* until so many came */
void kanto_server_cut(struct kanto_server *server); /* every connection ends, without a word */
void kanto_server_stop(struct kanto_server *server);

#endif
