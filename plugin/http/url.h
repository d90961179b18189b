/* URLs as settings and messages have them (libcurl's parser does the work). */
#ifndef KD_HTTP_URL_H
#define KD_HTTP_URL_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

/* 0, or -1 and an error that begins with `name`: no URL, another scheme than https (and http
 * where it is allowed), a user or password in it, which the error does not tell. */
int url_check(const char *name, const char *url, bool accept_http, struct error *err);

/* Without user, query and fragment, which may hold secrets: for messages and origins. Cut to size. */
void url_plain(const char *url, char *text, size_t size);

/* The last part of its path, decoded, as a key: "" when there is none, or when it holds anything
 * but letters, digits and "._-+". Cut to size. */
void url_file_name(const char *url, char *name, size_t size);

/* Whether there is a user or a password in it. */
bool url_has_user(const char *url);

/* Whether its host is the machine itself, so that nobody can listen. */
bool url_is_loopback(const char *url);

/* Where a Location leads that was found at `base`. -1: nowhere, or its URL has no room. */
int url_resolve(const char *base, const char *location, char *text, size_t size);

/* Whether both have the same scheme, host and port. */
bool url_same_origin(const char *a, const char *b);

/* The URL with NAME=VALUE (encoded) in its query; an empty value adds nothing. `text` may be `url`.
 * -1: too long. */
int url_add_query(const char *url, const char *name, const char *value, char *text, size_t size);

#endif
