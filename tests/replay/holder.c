#include "holder.h"

#include "base/memory.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int listen_on(const char *port)
{
    char *end = NULL;
    unsigned long number = strtoul(port, &end, 10);
    bool udp = strcmp(end, "/udp") == 0;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)number)};
    int fd = socket(AF_INET, (udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);
    if (fd >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
        (udp || listen(fd, 1) == 0))
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

bool holder_hold(struct holder *holder, const char *port)
{
    int fd = holder->count < HOLDER_MAX ? listen_on(port) : -1;
    if (fd < 0)
        return false;
    holder->list[holder->count++] = (struct held){.port = memory_string(port), .fd = fd};
    return true;
}

static void let_go(struct holder *holder, size_t at)
{
    close(holder->list[at].fd);
    free(holder->list[at].port);
    holder->list[at] = holder->list[--holder->count];
}

bool holder_free(struct holder *holder, const char *port)
{
    for (size_t i = 0; i < holder->count; i++) {
        if (strcmp(holder->list[i].port, port) != 0)
            continue;
        let_go(holder, i);
        return true;
    }
    return false;
}

void holder_finish(struct holder *holder)
{
    while (holder->count > 0)
        let_go(holder, 0);
}
