#include "journal/failure.h"

#include "base/memory.h"
#include "journal/journal.h"

#include <stdlib.h>
#include <string.h>

#define WAIT_FIRST_MS 60000
#define WAIT_MAX_MS   3600000
#define SKIP_MAX      15U
#define DOUBLINGS_MAX 6 /* beyond, both bounds are met */

static struct journal_failure *failure_of(const struct journal *journal, const char *name)
{
    size_t place = 0;
    return index_find(&journal->failed_names, name, &place) ? &journal->failures[place] : NULL;
}

const struct journal_failure *journal_failure(const struct journal *journal, const char *name)
{
    return failure_of(journal, name);
}

const struct journal_failure *journal_failure_for(
    const struct journal *journal, const char *name, const char *digest)
{
    const struct journal_failure *failure = failure_of(journal, name);
    return failure && strcmp(failure->digest, digest) == 0 ? failure : NULL;
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

bool journal_failure_due(
    const struct journal_failure *failure, const char *boot_id, int64_t boottime_ms)
{
    unsigned doublings = failure->attempts > 1 ? failure->attempts - 1 : 0;
    doublings = doublings > DOUBLINGS_MAX ? DOUBLINGS_MAX : doublings;
    int64_t wait_ms = least((int64_t)WAIT_FIRST_MS << doublings, WAIT_MAX_MS);
    bool known = *boot_id && *failure->at.boot;
    if (failure->final || !failure->costly)
        return !failure->final;
    if (known && strcmp(boot_id, failure->at.boot) == 0) {
        int64_t age_ms = boottime_ms - failure->at.boottime_ms;
        return age_ms < 0 || age_ms >= wait_ms; /* < 0: no clock to count by */
    }
    /* It failed before this boot began, so at least this boot's length ago. */
    return failure->skipped >= least((1 << doublings) - 1, SKIP_MAX) ||
           (known && boottime_ms >= wait_ms);
}

void journal_failure_finish(struct journal_failure *failure)
{
    free(failure->name);
    free(failure->digest);
    free(failure->reason);
    free(failure->message);
    free(failure->log);
}

/* The last lines of a log, as many as have room. */
static const char *end_of_log(const char *log)
{
    size_t length = log ? strlen(log) : 0;
    if (length <= FAILURE_LOG_MAX)
        return log;
    const char *end = log + length - FAILURE_LOG_MAX, *newline = strchr(end - 1, '\n');
    return newline && newline[1] ? newline + 1 : end;
}

void journal_failure_put(struct journal *journal, struct journal_failure failure)
{
    struct journal_failure *place = failure_of(journal, failure.name);
    if (place) {
        index_remove(&journal->failed_names, place->name, (size_t)(place - journal->failures));
        journal_failure_finish(place);
    } else {
        memory_grow(
            &journal->failures, &journal->failure_capacity, journal->failure_count, sizeof(*place));
        place = &journal->failures[journal->failure_count++];
    }
    *place = failure;
    index_put(&journal->failed_names, place->name, (size_t)(place - journal->failures));
    journal->changed = true;
}

void journal_fail(struct journal *journal, const struct journal_failure *failure)
{
    const struct journal_failure *last =
        journal_failure_for(journal, failure->name, failure->digest);
    struct journal_failure copy = *failure;
    copy.costly = failure->costly || (last && last->costly);
    copy.attempts = last && last->costly == copy.costly ? last->attempts + 1 : 1;
    copy.skipped = 0;
    *copy.skipped_boot = '\0';
    copy.name = memory_string(failure->name);
    copy.digest = memory_string(failure->digest);
    copy.reason = memory_string(failure->reason);
    copy.message = memory_string(failure->message);
    copy.log = memory_string(end_of_log(failure->log));
    journal_failure_put(journal, copy);
}

void journal_failure_skip(struct journal *journal, const char *name)
{
    struct journal_failure *failure = failure_of(journal, name);
    const char *boot = journal->boot;
    if (!failure || (*boot && (strcmp(boot, failure->at.boot) == 0 ||
                                  strcmp(boot, failure->skipped_boot) == 0)))
        return;
    failure->skipped++;
    memcpy(failure->skipped_boot, boot, sizeof(failure->skipped_boot));
    journal->changed = true;
}

void journal_absolve(struct journal *journal, const char *name)
{
    struct journal_failure *failure = failure_of(journal, name);
    if (!failure)
        return;
    size_t place = (size_t)(failure - journal->failures), last = --journal->failure_count;
    index_remove(&journal->failed_names, failure->name, place);
    journal_failure_finish(failure);
    journal->changed = true;
    if (place == last)
        return;
    *failure = journal->failures[last];
    index_remove(&journal->failed_names, failure->name, last);
    index_put(&journal->failed_names, failure->name, place);
}
