#include "plan/sentence.h"

#include "base/cleanup.h"

#include <string.h>

/* All three parts must be there: the beginning, something in the middle, the end ("" fits always).
 */
static const struct row {
    enum action_kind action;
    const char *begins;
    const char *holds;
    const char *ends;
    enum result result;
} rows[] = {
    {ACTION_CREATE, "container with id = ", "", " already exists", RESULT_TAKEN},
    {ACTION_CREATE, "snapshot ", "", "already exists", RESULT_TAKEN},
    {ACTION_CREATE, "failed to create containerIO", "", "", RESULT_TAKEN},
    {ACTION_START, "container with ID = ", "", " already exists", RESULT_UNUSABLE},
    /* The daemon's first second: its network is not up yet. */
    {ACTION_START, "no network controller", "", "", RESULT_TRANSIENT},
    {ACTION_START, "no network [", "", "", RESULT_TRANSIENT},
    /* The registry could not be reached. It answering "not found" is final. */
    {ACTION_CREATE, "failed to resolve reference", "dial tcp", "", RESULT_TRANSIENT},
    {ACTION_CREATE, "failed to resolve reference", "i/o timeout", "", RESULT_TRANSIENT},
    {ACTION_CREATE, "failed to resolve reference", "TLS handshake timeout", "", RESULT_TRANSIENT},
    {ACTION_CREATE, "failed to copy", "", "", RESULT_TRANSIENT},
    {ACTION_CREATE, "", "connection reset by peer", "", RESULT_TRANSIENT},
    {ACTION_CREATE, "", "unexpected EOF", "", RESULT_TRANSIENT},
    {ACTION_CREATE, "", "no such host", "", RESULT_TRANSIENT},
    {ACTION_CREATE, "", "network is unreachable", "", RESULT_TRANSIENT},
    {ACTION_CREATE, "", "temporary failure in name resolution", "", RESULT_TRANSIENT},
    {ACTION_CREATE, "", "503 Service Unavailable", "", RESULT_TRANSIENT},
    {ACTION_CREATE, "", "429 Too Many Requests", "", RESULT_TRANSIENT},
    {ACTION_CREATE, "", "no space left on device", "", RESULT_LATER},
    {ACTION_START, "", "no space left on device", "", RESULT_LATER},
    /* The daemon missed the end of the process (kill-race). */
    {ACTION_STOP, "could not stop container with ID = ", " with SIG", "", RESULT_STUCK},
    {ACTION_STOP, "process already finished: not found", "", "", RESULT_STUCK},
    {ACTION_UPDATE, "cannot update a stopped container", "", "", RESULT_STUCK},
    {ACTION_REMOVE, "could not stop container with ID = ", " with SIG", "", RESULT_STUCK},
};

static bool fits(const struct row *row, enum action_kind action, const char *message)
{
    size_t length = strlen(message), ending = strlen(row->ends);
    return row->action == action && strncmp(message, row->begins, strlen(row->begins)) == 0 &&
           strstr(message, row->holds) && length >= ending &&
           strcmp(message + length - ending, row->ends) == 0;
}

enum result sentence_result(enum action_kind action, const char *message)
{
    for (size_t i = 0; message && i < countof(rows); i++)
        if (fits(&rows[i], action, message))
            return rows[i].result;
    return RESULT_REFUSED;
}
