/* The header fields of an answer that matter here, taken line by line as they come, and what their
 * values say. Bytes of a server: bounded, and never believed. Needs no network. Private to the room.
 */
#ifndef KD_HTTP_HEADER_H
#define KD_HTTP_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define HEADER_BYTES_MAX ((size_t)256 << 10) /* all lines of one request, interim answers too */

/* "": not sent, longer than there is room, or with a control character in it. */
struct header {
    size_t bytes;  /* of all lines so far */
    bool complete; /* the empty line came: what follows is another answer, or trailers */
    bool torn;     /* a field of which there is one came twice, with two values */
    char etag[256], last_modified[64], encoding[64], range[128], digest[128];
    char retry_after[64], date[64], length[32];
    char location[4096];
    char challenge[2048]; /* WWW-Authenticate, all of them, joined by ", " */
};

/* Takes one line, with its end or without. "HTTP/…" begins a new answer, and what was before is
 * forgotten. 0; -1: more than HEADER_BYTES_MAX came. */
int header_take(struct header *header, const char *line, size_t length);

/* Content-Range of a 206: "bytes FIRST-LAST/TOTAL". */
struct header_range {
    uint64_t first, last;
    uint64_t total; /* 0: "*" */
};

/* Whether it is one, of which the numbers fit together. */
bool header_range(const char *value, struct header_range *ret_range);

/* Retry-After, in seconds or as a date, which is held against Date (the server's clock), or `now`
 * where there is none. 0 to HEADER_AFTER_MAX_MS; -1: there is none, or it makes no sense. */
#define HEADER_AFTER_MAX_MS ((int64_t)24 * 3600 * 1000)
int64_t header_retry_after_ms(const struct header *header, time_t now);

#endif
