#include "story/story.h"

#include "base/memory.h"
#include "model/container.h"

#include <stdlib.h>
#include <string.h>

struct story_row *story_begin(struct story *story, const struct story_row *row)
{
    memory_grow(&story->rows, &story->capacity, story->count, sizeof(*story->rows));
    struct story_row *place = &story->rows[story->count++];
    *place = (struct story_row){
        .step = row->step,
        .name = row->name,
        .action = row->action,
        .role = row->role,
        .ran = row->ran,
        .id = memory_string(row->id),
        .image = memory_string(row->image),
        .result = RESULT_PENDING,
        .began_ms = row->began_ms,
        .failure = row->failure,
        .fault = row->fault,
    };
    return place;
}

void story_end(struct story *story, enum result result, const char *message,
    Kanto__Container *answer, char *log, int64_t elapsed_ms)
{
    struct story_row *row = &story->rows[story->count - 1];
    row->result = result;
    row->message = memory_string(message);
    row->answer = answer;
    row->log = log;
    row->elapsed_ms = elapsed_ms;
}

void story_cut(struct story *story)
{
    story->since = story->count;
}

void story_settle(struct story *story, enum verdict verdict, const char *reason, int64_t now_ms)
{
    char *copy = memory_string(reason);
    free(story->reason);
    story->verdict = verdict;
    story->reason = copy;
    story->ended_ms = now_ms;
}

static void forget_former(struct story *story)
{
    struct former_failure *former = story->failed_before;
    if (!former)
        return;
    free(former->reason);
    free(former->message);
    free(former->log);
    free(former);
    story->failed_before = NULL;
}

void story_recall(struct story *story, const struct former_failure *failure)
{
    forget_former(story);
    if (!failure)
        return;
    struct former_failure *copy = memory_zeroed(1, sizeof(*copy));
    *copy = *failure;
    copy->reason = memory_string(failure->reason);
    copy->message = memory_string(failure->message);
    copy->log = memory_string(failure->log);
    story->failed_before = copy;
}

void story_finish(struct story *story)
{
    for (size_t i = 0; i < story->count; i++) {
        free(story->rows[i].id);
        free(story->rows[i].image);
        free(story->rows[i].message);
        free(story->rows[i].log);
        container_free(story->rows[i].answer);
    }
    free(story->rows);
    free(story->reason);
    free(story->id);
    free(story->waits_for);
    forget_former(story);
    differences_finish(&story->differences);
    *story = (struct story){0};
}

const struct story_row *story_last(const struct story *story)
{
    return story->count ? &story->rows[story->count - 1] : NULL;
}

bool story_is_in_flight(const struct story *story)
{
    const struct story_row *last = story_last(story);
    return last && last->result == RESULT_PENDING;
}

int64_t story_began_ms(const struct story *story)
{
    return story->count ? story->rows[0].began_ms : 0;
}

bool story_has(const struct story *story, enum action action)
{
    for (size_t i = 0; i < story->count; i++)
        if (story->rows[i].action == action)
            return true;
    return false;
}

bool story_changes(const struct story *story)
{
    for (size_t i = 0; i < story->count; i++)
        if (action_changes(story->rows[i].action))
            return true;
    return false;
}

const struct story_row *story_failure(const struct story *story)
{
    for (size_t i = story->count; i > story->since; i--)
        if (story->rows[i - 1].failure)
            return &story->rows[i - 1];
    return NULL;
}

static bool overcomes(const struct story_row *row)
{
    return row->result == RESULT_OK && action_changes(row->action);
}

static const struct story_row *refusal_before(const struct story *story, size_t end)
{
    for (size_t i = end; i > 0 && !overcomes(&story->rows[i - 1]); i--)
        if (story->rows[i - 1].message)
            return &story->rows[i - 1];
    return NULL;
}

const struct story_row *story_refusal(const struct story *story)
{
    const struct story_row *failure = story_failure(story);
    const struct story_row *refusal = refusal_before(story, story->count);
    return failure && refusal && refusal < failure ? NULL : refusal; /* that one is its cause */
}

const char *story_cause(const struct story *story)
{
    const struct story_row *failure = story_failure(story);
    if (!failure)
        return NULL;
    const struct story_row *row = refusal_before(story, (size_t)(failure - story->rows));
    return row ? row->message : NULL;
}

/* The first row by which the new one was changed after it had been given up: what it looks like from
 * then on is not how it ended (recorded: an Update that ends a crash loop clears the exit code). */
static size_t undoing_begins(const struct story *story)
{
    const struct story_row *failure = story_failure(story);
    size_t at = failure ? (size_t)(failure - story->rows) : story->count;
    while (at < story->count &&
           (story->rows[at].role != ROLE_NEW || !action_changes(story->rows[at].action)))
        at++;
    return at;
}

static bool has_new_one(const struct story *story)
{
    for (size_t i = story->since; i < story->count; i++)
        if (story->rows[i].role == ROLE_NEW)
            return true;
    return false;
}

const Kanto__State *story_failed_state(const struct story *story)
{
    bool replaces = story_failure(story) || has_new_one(story);
    for (size_t i = undoing_begins(story); i > 0; i--) {
        const struct story_row *row = &story->rows[i - 1];
        bool looked = row->action == ACTION_LOOK || row->action == ACTION_SOAK;
        bool other = replaces ? row->role != ROLE_NEW : row->role == ROLE_OLD;
        if (looked && !other && row->answer && row->answer->state)
            return row->answer->state;
    }
    return NULL;
}

const char *story_log(const struct story *story)
{
    for (size_t i = story->count; i > 0; i--)
        if (story->rows[i - 1].log)
            return story->rows[i - 1].log;
    return NULL;
}

static bool is_foreseen(const struct story *story)
{
    return story->count > 0 && story->rows[0].began_ms == 0;
}

/* Of a stop or an end alone nothing new is learnt. */
static bool was_tried(const struct story *story)
{
    return story_has(story, ACTION_CREATE) || story_has(story, ACTION_START) ||
           story_has(story, ACTION_UPDATE) || story_has(story, ACTION_LOGS);
}

const struct former_failure *story_former_failure(const struct story *story)
{
    bool foreseen = is_foreseen(story);
    bool well = verdict_is_well(story->verdict) && !(foreseen && story_changes(story));
    return well || (was_tried(story) && !foreseen) ? NULL : story->failed_before;
}

/* The old one stopped running here, also where the daemon missed that. */
static bool ends_old(const struct story_row *row)
{
    bool stops = row->action == ACTION_STOP || row->action == ACTION_REMOVE;
    bool ended = row->result == RESULT_OK || row->result == RESULT_STUCK ||
                 row->result == RESULT_MISSED || row->result == RESULT_NO_ANSWER;
    return stops && row->role == ROLE_OLD && row->ran && ended;
}

int64_t story_downtime_ms(const struct story *story)
{
    const struct story_row *stop = NULL;
    bool started = false;
    int64_t downtime = -1;
    for (size_t i = 0; i < story->count; i++) {
        const struct story_row *row = &story->rows[i];
        bool starts = row->action == ACTION_START && row->result == RESULT_OK;
        if (!stop && row->result == RESULT_MISSED)
            return -1; /* it had ended before, nobody knows when */
        if (!stop && ends_old(row)) {
            stop = row;
            if (started)
                return 0;
        }
        if (starts && stop && row->role != ROLE_SINGLE) /* the last one that had to be */
            downtime = row->began_ms + row->elapsed_ms - stop->began_ms;
        started = started || (starts && row->role == ROLE_NEW);
    }
    return downtime;
}
