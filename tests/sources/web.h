/* A tiny HTTP server that does what no server should: a thread that answers one connection after
 * the other with what a handler writes. Plain HTTP on the loopback. */
#ifndef KD_TESTS_WEB_H
#define KD_TESTS_WEB_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#define WEB_REQUESTS_MAX 64
#define WEB_REQUEST_MAX  8192

struct web;

/* Answers request number `number` (from 0): line and header fields are in `request`, complete.
 * Writes with web_say or web_send. The connection is closed behind it. */
typedef void web_handler(struct web *web, int fd, const char *request, unsigned number);

struct web {
    int port;
    const void *ctx; /* the test's */
    /* private but for reading after web_stop, or within the handler */
    web_handler *handler;
    int fd;
    pthread_t thread;
    unsigned count;
    char requests[WEB_REQUESTS_MAX][WEB_REQUEST_MAX];
    char url[64]; /* http://127.0.0.1:PORT */
};

void web_start(struct web *web, web_handler *handler, const void *ctx);
void web_start_at(struct web *web, int port, web_handler *handler, const void *ctx);
void web_stop(struct web *web);

/* False when the other side is gone. */
bool web_send(int fd, const void *bytes, size_t length);
bool web_say(int fd, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A whole answer: status as "200 OK", further fields ("" or each with \r\n), body. */
void web_answer(int fd, const char *status, const char *fields, const char *body);

/* Whether the request's path is this. */
bool web_is(const char *request, const char *path);
/* Whether it has this header line (without its end). */
bool web_has(const char *request, const char *line);

#endif
