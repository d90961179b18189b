/* The machine around the daemon: ports that its programs hold, and its addresses. */
#ifndef KD_SIM_HOST_H
#define KD_SIM_HOST_H

#include "ports.h"

#define HOST_ADDRESSES_MAX 16

struct host {
    struct ports held;
    uint32_t addresses[HOST_ADDRESSES_MAX]; /* beside 127.0.0.0/8 */
    size_t address_count;
};

/* PORT[/tcp|/udp]: a program listens on it, on every address, or has ended. Negative: it is not of
 * that form, or no more can be held. */
int host_hold_port(struct host *host, const char *text);
int host_free_port(struct host *host, const char *text);

/* A network comes up, or goes. Negative: it is no address of IPv4, or there are too many. */
int host_add_address(struct host *host, const char *text);
int host_drop_address(struct host *host, const char *text);
bool host_has_address(const struct host *host, uint32_t address);

#endif
