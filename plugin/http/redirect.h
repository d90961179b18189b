/* Where an answer sends, and whether one goes there. Private to the room. */
#ifndef KD_HTTP_REDIRECT_H
#define KD_HTTP_REDIRECT_H

#include "http/transfer.h"

/* Whether the answer sends elsewhere. */
bool redirect_is(const struct transfer *transfer);

/* Makes where it sends to the transfer's URL, and remembers where that is another host. -1, and
 * refused: not to http:// from https://, to no other protocol, to no URL with a user in it. */
int redirect_follow(struct transfer *transfer);

#endif
