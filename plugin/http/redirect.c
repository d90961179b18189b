#include "http/redirect.h"

#include "http/copy.h"
#include "http/url.h"

#include <strings.h>

bool redirect_is(const struct transfer *transfer)
{
    long status = transfer->response->status;
    return *transfer->header.location &&
           (status == 301 || status == 302 || status == 303 || status == 307 || status == 308);
}

static bool is_plain(const char *url)
{
    return strncasecmp(url, "http:", 5) == 0;
}

int redirect_follow(struct transfer *transfer)
{
    char url[TRANSFER_URL_MAX], to[512];
    struct error err = {0};
    /* From https never back to http, whatever is allowed at the start. */
    bool http = is_plain(transfer->url) && transfer->http->settings->accept_http;
    if (transfer->header.torn ||
        url_resolve(transfer->url, transfer->header.location, url, sizeof(url)) < 0) {
        transfer_refuse(transfer, "redirects to what is no URL, or to several");
        return -1;
    }
    url_plain(url, to, sizeof(to));
    if ((is_plain(url) && !http) || (!is_plain(url) && strncasecmp(url, "https:", 6) != 0))
        transfer_refuse(transfer, "redirects to %s, expected https://", to);
    else if (url_has_user(url))
        transfer_refuse(transfer, "redirects to a URL with a user in it, expected one without");
    else if (url_check("the redirect", url, http, &err) < 0)
        transfer_refuse(transfer, "%s", err.text);
    if (transfer->refused)
        return -1;
    copy_text(transfer->url, sizeof(transfer->url), url);
    if (!url_same_origin(transfer->request->url, url))
        transfer->response->elsewhere = true;
    copy_text(transfer->response->from, sizeof(transfer->response->from), to);
    return 0;
}
