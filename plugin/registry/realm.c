#include "registry/realm.h"

#include "http/copy.h"
#include "http/url.h"
#include "registry/reference.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define HOST_MAX 256
#define BETWEEN  " \t,"

/* The next one of the list into `host`; "" when it is too long. False: there is none. */
static bool next_host(const char **at, char host[HOST_MAX])
{
    *at += strspn(*at, BETWEEN);
    size_t length = strcspn(*at, BETWEEN);
    copy_part(host, HOST_MAX, *at, length);
    *at += length;
    return length > 0;
}

int realm_check_hosts(const char *hosts, struct error *err)
{
    char host[HOST_MAX];
    for (const char *at = hosts ? hosts : ""; next_host(&at, host);)
        if (!reference_is_host(host))
            return error_set(err, ERROR_INVALID,
                "auth_hosts: found \"%.100s\", expected HOST or HOST:PORT, with blanks between them",
                host);
    return 0;
}

int realm_check(const char *realm, const char *registry_url, const char *hosts, bool accept_http,
    struct error *err)
{
    char host[HOST_MAX], url[HOST_MAX + 16], plain[512];
    if (url_check("the registry's realm for tokens", realm, accept_http, err) < 0)
        return -1;
    if (url_same_origin(realm, registry_url))
        return 0;
    for (const char *at = hosts ? hosts : ""; next_host(&at, host);) {
        snprintf(url, sizeof(url), "%s://%s/",
            strncasecmp(realm, "https:", 6) == 0 ? "https" : "http", host);
        if (*host && url_same_origin(realm, url))
            return 0;
    }
    url_plain(realm, plain, sizeof(plain));
    return error_set(err, ERROR_INVALID,
        "the registry's realm for tokens: found %.300s, which is another host; expected its own, or "
        "one that the conf names (auth_hosts)",
        plain);
}
