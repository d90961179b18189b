#include "listen.h"

#include "base/memory.h"
#include "unix_socket.h"

#include <fcntl.h>
#include <grpc/grpc_posix.h>
#include <grpc/grpc_security.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct listener {
    grpc_server *server;
    grpc_server_credentials *credentials;
    const char *path;
    int fd;
    pthread_t thread;
    FILE *log;
    pthread_mutex_t *lock;
    unsigned connections;
};

static void log_connection(struct listener *listener)
{
    listener->connections++;
    if (!listener->log)
        return;
    pthread_mutex_lock(listener->lock);
    fprintf(listener->log, "{\"connection\":%u}\n", listener->connections);
    fflush(listener->log);
    pthread_mutex_unlock(listener->lock);
}

static void *accept_all(void *context)
{
    struct listener *listener = context;
    int fd;
    while ((fd = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
        log_connection(listener);
        grpc_server_add_channel_from_fd(listener->server, fd, listener->credentials);
    }
    return NULL;
}

struct listener *listener_start(
    grpc_server *server, const char *path, FILE *log, pthread_mutex_t *lock)
{
    struct listener *listener = memory_zeroed(1, sizeof(*listener));
    listener->server = server;
    listener->path = path;
    listener->log = log;
    listener->lock = lock;
    listener->credentials = grpc_insecure_server_credentials_create();
    listener->fd = unix_socket_listen(path);
    if (listener->fd >= 0 && pthread_create(&listener->thread, NULL, accept_all, listener) == 0)
        return listener;
    free(listener);
    return NULL;
}

void listener_stop(struct listener *listener)
{
    unlink(listener->path);
    shutdown(listener->fd, SHUT_RDWR); /* ends accept */
    pthread_join(listener->thread, NULL);
    close(listener->fd);
    grpc_server_credentials_release(listener->credentials);
    free(listener);
}
