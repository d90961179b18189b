#include "web.h"

#include "base/cleanup.h"

#include <arpa/inet.h>
#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

bool web_send(int fd, const void *bytes, size_t length)
{
    for (const char *at = bytes; length > 0;) {
        ssize_t sent = send(fd, at, length, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        at += sent;
        length -= (size_t)sent;
    }
    return true;
}

bool web_say(int fd, const char *format, ...)
{
    char *text = NULL;
    va_list args;
    va_start(args, format);
    int length = vasprintf(&text, format, args);
    va_end(args);
    bool sent = length >= 0 && web_send(fd, text, (size_t)length);
    free(text);
    return sent;
}

void web_answer(int fd, const char *status, const char *fields, const char *body)
{
    web_say(fd, "HTTP/1.1 %s\r\nContent-Length: %zu\r\nConnection: close\r\n%s\r\n", status,
        strlen(body), fields);
    web_send(fd, body, strlen(body));
}

static bool read_request(int fd, char request[WEB_REQUEST_MAX])
{
    size_t length = 0;
    request[0] = '\0';
    while (length + 1 < WEB_REQUEST_MAX) {
        ssize_t got = recv(fd, request + length, WEB_REQUEST_MAX - 1 - length, 0);
        if (got <= 0)
            return false;
        length += (size_t)got;
        request[length] = '\0';
        if (strstr(request, "\r\n\r\n"))
            return true;
    }
    return false;
}

static void *serve(void *argument)
{
    struct web *web = argument;
    int fd;
    while ((fd = accept4(web->fd, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
        /* A client that says nothing must not hold the others up. */
        struct timeval patience = {.tv_sec = 10};
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
        char *request = web->requests[web->count % WEB_REQUESTS_MAX];
        if (read_request(fd, request)) {
            unsigned number = web->count++;
            web->handler(web, fd, request, number);
            /* What the client may still say is read, or its last answer would be lost in a reset.
             */
            shutdown(fd, SHUT_WR);
        }
        close(fd);
    }
    return NULL;
}

void web_start(struct web *web, web_handler *handler, const void *ctx)
{
    web_start_at(web, 0, handler, ctx);
}

void web_start_at(struct web *web, int port, web_handler *handler, const void *ctx)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof(address);
    memset(web, 0, sizeof(*web));
    web->handler = handler;
    web->ctx = ctx;
    web->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(web->fd, (struct sockaddr *)&address, size), 0);
    ck_assert_int_eq(listen(web->fd, 16), 0);
    ck_assert_int_eq(getsockname(web->fd, (struct sockaddr *)&address, &size), 0);
    web->port = ntohs(address.sin_port);
    snprintf(web->url, sizeof(web->url), "http://127.0.0.1:%d", web->port);
    ck_assert_int_eq(pthread_create(&web->thread, NULL, serve, web), 0);
}

void web_stop(struct web *web)
{
    if (web->fd < 0)
        return;
    shutdown(web->fd, SHUT_RDWR);
    pthread_join(web->thread, NULL);
    close(web->fd);
    web->fd = -1;
}

bool web_is(const char *request, const char *path)
{
    const char *at = strchr(request, ' ');
    size_t length = strlen(path);
    return at && strncmp(at + 1, path, length) == 0 &&
           (at[1 + length] == ' ' || at[1 + length] == '?');
}

bool web_has(const char *request, const char *line)
{
    char wanted[1024];
    snprintf(wanted, sizeof(wanted), "\r\n%s\r\n", line);
    return strcasestr(request, wanted) != NULL;
}
