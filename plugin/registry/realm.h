/* Which token service gets the credentials. A registry may name any; that of another host is believed
 * only where the conf has it in auth_hosts. */
#ifndef KD_REGISTRY_REALM_H
#define KD_REGISTRY_REALM_H

#include "base/error.h"

#include <stdbool.h>

/* auth_hosts: HOST or HOST:PORT, with blanks or commas between them. NULL: none. */
int realm_check_hosts(const char *hosts, struct error *err);

/* Whether the realm is a URL of the registry's own scheme, host and port, or of one of the hosts
 * (https, or http where it is accepted; a host without a port has the scheme's). */
int realm_check(const char *realm, const char *registry_url, const char *hosts, bool accept_http,
    struct error *err);

#endif
