#include "peer.h"

#include <grpc/support/alloc.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>

/* The descriptor is gRPC's; it is open as long as a call on it is. */
static int descriptor_of(grpc_call *call)
{
    char *peer = grpc_call_get_peer(call);
    int fd = -1;
    if (!peer || sscanf(peer, "fd:%d", &fd) != 1)
        fd = -1;
    gpr_free(peer);
    return fd;
}

void peer_drop(grpc_call *call)
{
    int fd = descriptor_of(call);
    if (fd >= 0)
        shutdown(fd, SHUT_RDWR);
}

void peer_kill(grpc_call *call)
{
    struct ucred peer = {0};
    socklen_t size = sizeof(peer);
    int fd = descriptor_of(call);
    if (fd >= 0 && getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.pid > 1)
        kill(peer.pid, SIGKILL);
}
