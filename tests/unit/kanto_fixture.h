/* What the tests of the client share: a folder, a server that answers by a function, a client. */
#ifndef KD_TESTS_KANTO_FIXTURE_H
#define KD_TESTS_KANTO_FIXTURE_H

#include "kanto/client.h"
#include "kanto_server.h"

extern char folder[32], socket_path[48], trace_path[48];
extern struct kanto_server *server; /* NULL: none */
extern struct kanto *kanto;         /* NULL: not connected */

void setup(void);
void teardown(void);
void connect_now(const char *trace); /* trace: NULL, or its path */
void disconnect(void);
void begin(kanto_server_answer *answer, void *context); /* server and client */

void submit(const struct kanto_request *request);
struct kanto_answer next_answer(void);
struct kanto_answer call(const struct kanto_request *request);

/* A request with what every method needs; overwritten by the next one. */
struct kanto_request request_of(enum kanto_method method);

/* Answers everything with the struct kanto_server_reply that is the context. */
kanto_server_answer same;

#endif
