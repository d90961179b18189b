/* A 206 is believed only where it is the rest of the very file whose beginning is there. */
#include "http/transfer.h"

#include <inttypes.h>
#include <string.h>

static int fail(struct transfer *transfer)
{
    transfer->unusable = true;
    return -1;
}

/* A field that the first answer did not have is no proof, and no contradiction where it is missing
 * in the second one: with If-Range a server may leave it out. */
static bool contradicts(const char *first, const char *second)
{
    return *second && strcmp(first, second) != 0;
}

int transfer_check_part(struct transfer *transfer)
{
    const struct header *header = &transfer->header;
    const struct http_response *first = transfer->response;
    struct header_range range;
    if (!header_range(header->range, &range) || range.first != transfer->resumed) {
        transfer_refuse(transfer, "asked for the bytes from %zu on, and others came (%s)",
            transfer->resumed, *header->range ? header->range : "no Content-Range");
        return fail(transfer);
    }
    if (header->torn || contradicts(first->etag, header->etag) ||
        contradicts(first->last_modified, header->last_modified) || *header->encoding ||
        (transfer->total && range.total && range.total != transfer->total)) {
        transfer_refuse(transfer,
            "asked for the bytes from %zu on, and those of another file came (ETag %s, "
            "Last-Modified %s, %" PRIu64 " bytes in all)",
            transfer->resumed, *header->etag ? header->etag : "none",
            *header->last_modified ? header->last_modified : "none", range.total);
        return fail(transfer);
    }
    if (!range.total && (!transfer->total || (!*header->etag && !*header->last_modified))) {
        transfer_refuse(transfer,
            "asked for the bytes from %zu on, and found no total in Content-Range that would tell "
            "whether they are the same file's",
            transfer->resumed);
        return fail(transfer);
    }
    if (range.total)
        transfer->total = range.total;
    return 0;
}
