#include "source/intake.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "source/kept.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOTES_MAX       200
#define FINDINGS_MAX    1000
#define IDLE_FRAMES_MAX 10000

const char *intake_phase_words(enum frame_phase phase)
{
    static const char *const words[PHASE_COUNT] = {
        [PHASE_START] = "before it was loaded",
        [PHASE_LOAD] = "while it was loaded (in a constructor)",
        [PHASE_DESCRIBE] = "in kd_source_v1",
        [PHASE_INIT] = "in init",
        [PHASE_RECONCILE] = "in reconcile",
        [PHASE_IDLE] = "between two reconciles",
        [PHASE_SHUTDOWN] = "in shutdown",
        [PHASE_END] = "at its end",
    };
    return words[phase];
}

void intake_fail(struct intake *intake, enum source_result result, const char *format, ...)
{
    if (intake->set.reason)
        return;
    va_list args;
    va_start(args, format);
    char *text = memory_formatv(format, args);
    va_end(args);
    intake->set.reason = text;
    intake->set.result = result;
    source_set_drop(&intake->set);
}

void intake_fault(struct intake *intake, const char *format, ...)
{
    struct source_set *set = &intake->set;
    va_list args;
    va_start(args, format);
    char *text = memory_formatv(format, args);
    va_end(args);
    memory_grow(&set->faults, &set->fault_capacity, set->fault_count, sizeof(*set->faults));
    set->faults[set->fault_count++] = (struct source_fault){
        .key = memory_string(""),
        .origin = memory_format("source %s", intake->options->name),
        .text = text,
    };
}

static void log_line(struct intake *intake, enum severity severity, const char *text, size_t length)
{
    struct source_set *set = &intake->set;
    if (set->note_count > NOTES_MAX)
        return;
    memory_grow(&set->notes, &set->note_capacity, set->note_count, sizeof(*set->notes));
    bool last = set->note_count == NOTES_MAX;
    set->notes[set->note_count++] = (struct source_note){
        .severity = last ? SEVERITY_WARNING : severity,
        .text = last ? memory_string("says more than is kept") : memory_bytes(text, length),
    };
}

void intake_output(struct intake *intake, const char *bytes, size_t length)
{
    if (intake->output_bytes >= INTAKE_OUTPUT_MAX)
        return;
    intake->output_bytes += length;
    while (length > 0) {
        const char *end = memchr(bytes, '\n', length);
        size_t line = end ? (size_t)(end - bytes) : length;
        if (line > 0)
            log_line(intake, SEVERITY_NOTE, bytes, line);
        size_t used = end ? line + 1 : line;
        bytes += used;
        length -= used;
    }
}

/* Every byte of what is kept of a set counts, as the frames of a kept set have it. */
#define STATED(fields) (FRAME_HEADER + (size_t)(fields)*FRAME_FIELD)

static int count_bytes(struct intake *intake, size_t size)
{
    intake->total_bytes += size;
    if (intake->total_bytes <= KD_SET_BYTES_MAX)
        return 0;
    intake_fail(intake, SOURCE_FATAL, "stated more than %u bytes", KD_SET_BYTES_MAX);
    return -1;
}

static int take_item(struct intake *intake, struct frame_in *in)
{
    struct source_set *set = &intake->set;
    size_t length = 0;
    /* One byte more than allowed comes through, so that it is told what was wrong. */
    const char *key = frame_take_text(in, KD_KEY_MAX + 1);
    const char *origin = frame_take_text(in, KD_ORIGIN_MAX);
    const char *revision = frame_take_text(in, KD_TEXT_MAX);
    const void *bytes = frame_take(in, KD_ITEM_BYTES_MAX + 1, &length);
    if (in->bad || set->reason) /* it was late, and was asked to end */
        return 0;
    origin = *origin ? origin : key;
    size_t size = STATED(4) + strlen(key) + strlen(origin) + strlen(revision) + length;
    if (!*key || strlen(key) > KD_KEY_MAX)
        intake_fail(intake, SOURCE_FATAL,
            "stated an item with a key of %zu bytes, expected 1 to %u", strlen(key), KD_KEY_MAX);
    else if (index_find(&intake->keys, key, &(size_t){0}))
        intake_fail(intake, SOURCE_FATAL, "stated the key \"%s\" twice", key);
    else if (set->count >= KD_ITEMS_MAX)
        intake_fail(intake, SOURCE_FATAL, "stated more than %u items", KD_ITEMS_MAX);
    else if (length > KD_ITEM_BYTES_MAX)
        intake_fail(intake, SOURCE_FATAL, "stated an item \"%s\" of more than %u bytes", key,
            KD_ITEM_BYTES_MAX);
    if (set->reason || count_bytes(intake, size) < 0)
        return -1;
    memory_grow(&set->items, &set->capacity, set->count, sizeof(*set->items));
    set->items[set->count++] = (struct source_item){
        .key = memory_string(key),
        .origin = memory_string(origin),
        .revision = memory_string(revision),
        .bytes = memory_bytes(bytes, length),
        .length = length,
    };
    index_put(&intake->keys, set->items[set->count - 1].key, 0);
    return 0;
}

static int take_fault(struct intake *intake, struct frame_in *in)
{
    struct source_set *set = &intake->set;
    const char *key = frame_take_text(in, KD_KEY_MAX);
    const char *origin = frame_take_text(in, KD_ORIGIN_MAX);
    const char *text = frame_take_text(in, KD_TEXT_MAX);
    if (in->bad || set->reason)
        return 0;
    origin = *origin ? origin : key;
    size_t size = STATED(3) + strlen(key) + strlen(origin) + strlen(text);
    if (set->fault_count >= KD_ITEMS_MAX)
        intake_fail(intake, SOURCE_FATAL, "stated more than %u errors", KD_ITEMS_MAX);
    if (set->reason || count_bytes(intake, size) < 0)
        return -1;
    memory_grow(&set->faults, &set->fault_capacity, set->fault_count, sizeof(*set->faults));
    set->faults[set->fault_count++] = (struct source_fault){
        .key = memory_string(key),
        .origin = memory_string(origin),
        .text = memory_string(text),
    };
    set->fault_stated = set->fault_count;
    return 0;
}

static bool has_something(const struct kept *kept)
{
    return kept && ((kept->set.revision && *kept->set.revision) || kept->set.memo_size > 0);
}

static void take_unchanged(struct intake *intake)
{
    struct source_set *set = &intake->set;
    if (!has_something(intake->kept)) {
        intake_fail(intake, SOURCE_FATAL, "said \"unchanged\" although nothing of it is kept here");
        return;
    }
    source_set_drop(set);
    set->result = SOURCE_UNCHANGED;
}

static void take_result(struct intake *intake, struct frame_in *in)
{
    struct source_set *set = &intake->set;
    int64_t result = frame_take_number(in);
    intake->settled = true;
    if (set->reason || !frame_taken(in)) /* it was late, and was asked to end */
        return;
    const char *last = NULL; /* the last error that it logged is the best reason there is */
    for (size_t i = 0; i < set->note_count; i++)
        if (set->notes[i].severity == SEVERITY_ERROR)
            last = set->notes[i].text;
    if (result == KD_COMPLETE && intake->phase == PHASE_RECONCILE)
        set->result = SOURCE_COMPLETE;
    else if (result == KD_UNCHANGED && intake->phase == PHASE_RECONCILE)
        take_unchanged(intake);
    else if (result == KD_RETRY)
        intake_fail(intake, SOURCE_RETRY, "%s", last ? last : "asks to be tried again later");
    else if (result == KD_FATAL)
        intake_fail(intake, SOURCE_FATAL, "%s", last ? last : "failed, and did not say why");
    else
        intake_fail(intake, SOURCE_FATAL,
            "returned %" PRId64 " from reconcile, which means nothing", result);
}

static int take_described(struct intake *intake)
{
    intake->described_all = true;
    if (intake->describe_only)
        return 0;
    if (mistakes_find(intake) < 0)
        return -1;
    if (intake->held) {
        intake->until_ms = INT64_MAX; /* it waits for others */
        return 0;
    }
    return settings_send(intake);
}

static int take_hello(struct intake *intake, struct frame_in *in)
{
    const char *build = frame_take_text(in, FRAME_WORD_MAX);
    intake->hello = strcmp(build, FRAME_BUILD) == 0;
    if (intake->hello)
        return 0;
    intake_fail(
        intake, SOURCE_FATAL, "host and loader are of different builds; install both again");
    return -1;
}

/* Which frames may come in which phase: a plugin that writes to the descriptor itself is caught
 * here or by a field that is not there. */
static bool in_order(const struct intake *intake, enum frame_type type)
{
    if (!intake->hello)
        return type == FRAME_HELLO;
    switch (type) {
    case FRAME_DESCRIBE:
        return intake->phase == PHASE_DESCRIBE && !intake->id;
    case FRAME_INFO:
    case FRAME_DESCRIBED:
        return intake->phase == PHASE_DESCRIBE && intake->id && !intake->described_all;
    case FRAME_ITEM:
    case FRAME_ERROR:
    case FRAME_REVISION:
    case FRAME_MEMO:
    case FRAME_NEXT:
        return intake->phase == PHASE_RECONCILE && !intake->settled;
    case FRAME_RESULT:
        return (intake->phase == PHASE_RECONCILE || intake->phase == PHASE_INIT) &&
               !intake->settled;
    case FRAME_FINDING:
        return intake->options->probe != NULL;
    case FRAME_DONE:
        if (intake->options->probe)
            return true;
        return intake->describe_only
                   ? intake->phase == PHASE_DESCRIBE
                   : (intake->settled || intake->ending) && intake->phase == PHASE_END;
    case FRAME_REFUSED:
        return intake->phase <= PHASE_DESCRIBE ||
               (intake->phase == PHASE_RECONCILE && !intake->settled);
    case FRAME_PHASE:
    case FRAME_LOG:
    case FRAME_CHANGED:
        return true;
    default:
        return false;
    }
}

static int take_phase(struct intake *intake, struct frame_in *in)
{
    int64_t phase = frame_take_number(in);
    /* A probe lives many lives. */
    int64_t least = intake->options->probe ? 0 : (int64_t)intake->phase + 1;
    /* One that stays goes round. */
    if (intake->stay && intake->phase == PHASE_IDLE && !intake->waits)
        least = PHASE_RECONCILE;
    if (phase < least || phase >= PHASE_COUNT) {
        intake_fail(intake, SOURCE_FATAL, "sent a phase out of order %s",
            intake_phase_words(intake->phase));
        return -1;
    }
    intake->phase = (enum frame_phase)phase;
    return 0;
}

/* The interface numbers them the other way round. */
static enum severity severity_of(int64_t level)
{
    return level == KD_LOG_ERROR     ? SEVERITY_ERROR
           : level == KD_LOG_WARNING ? SEVERITY_WARNING
                                     : SEVERITY_NOTE;
}

static void take_log(struct intake *intake, struct frame_in *in)
{
    enum severity severity = severity_of(frame_take_number(in));
    const char *text = frame_take_text(in, KD_TEXT_MAX);
    if (!in->bad)
        log_line(intake, severity, text, strlen(text));
}

static void take_finding(struct intake *intake, struct frame_in *in)
{
    struct source_set *set = &intake->set;
    int64_t kind = frame_take_number(in);
    const char *check = frame_take_text(in, KD_KEY_MAX);
    const char *text = frame_take_text(in, KD_TEXT_MAX);
    if (in->bad || kind < 0 || kind >= FOUND_KINDS)
        return;
    /* Of what it was trying only the last is of interest. */
    struct source_finding *last =
        set->finding_count ? &set->findings[set->finding_count - 1] : NULL;
    if (last && kind == FOUND_TRYING && last->kind == FOUND_TRYING) {
        free(last->text);
        last->text = memory_string(text);
        return;
    }
    if (set->finding_count == FINDINGS_MAX)
        return;
    memory_grow(&set->findings, &set->finding_capacity, set->finding_count, sizeof(*set->findings));
    set->findings[set->finding_count++] = (struct source_finding){
        .kind = (int)kind, .check = memory_string(check), .text = memory_string(text)};
}

static void take_memo(struct intake *intake, struct frame_in *in)
{
    struct source_set *set = &intake->set;
    size_t length = 0;
    const void *bytes = frame_take(in, KD_MEMO_MAX, &length);
    if (in->bad)
        return;
    free(set->memo);
    set->memo = memory_bytes(bytes, length);
    set->memo_size = length;
}

static int take_typed(struct intake *intake, struct frame_in *in)
{
    switch (in->type) {
    case FRAME_HELLO:
        return take_hello(intake, in);
    case FRAME_PHASE:
        return take_phase(intake, in);
    case FRAME_REFUSED:
        intake_fail(intake, SOURCE_FATAL, "%s%s",
            intake->phase == PHASE_RECONCILE ? "" : "was not loaded: ",
            frame_take_text(in, KD_TEXT_MAX));
        return -1;
    case FRAME_DESCRIBE:
        description_take(intake, in);
        return 0;
    case FRAME_INFO:
        return description_take_setting(intake, in);
    case FRAME_DESCRIBED:
        return take_described(intake);
    case FRAME_LOG:
        take_log(intake, in);
        return 0;
    case FRAME_ITEM:
        return take_item(intake, in);
    case FRAME_ERROR:
        return take_fault(intake, in);
    case FRAME_REVISION:
        free(intake->set.revision);
        intake->set.revision = memory_string(frame_take_text(in, KD_TEXT_MAX));
        return 0;
    case FRAME_MEMO:
        take_memo(intake, in);
        return 0;
    case FRAME_NEXT:
        intake->set.next_ms = frame_take_number(in);
        return 0;
    case FRAME_RESULT:
        take_result(intake, in);
        return 0;
    case FRAME_FINDING:
        take_finding(intake, in);
        return 0;
    case FRAME_DONE:
        intake->done = true;
        return 0;
    case FRAME_CHANGED:
        intake->changed = true;
        return 0;
    default:
        return 0;
    }
}

int intake_take(struct intake *intake, struct frame_in *in)
{
    if (!in_order(intake, in->type)) {
        intake_fail(intake, SOURCE_FATAL, "sent a frame of type %d out of order %s", in->type,
            intake_phase_words(intake->phase));
        return -1;
    }
    /* Nobody asked, and no deadline runs. */
    if (intake->waits && ++intake->idle_frames > IDLE_FRAMES_MAX) {
        intake_fail(intake, SOURCE_FATAL, "said more than %d things %s", IDLE_FRAMES_MAX,
            intake_phase_words(intake->phase));
        return -1;
    }
    if (take_typed(intake, in) < 0)
        return -1;
    if (!intake->set.reason && !frame_taken(in)) {
        intake_fail(intake, SOURCE_FATAL, "sent a damaged frame of type %d %s", in->type,
            intake_phase_words(intake->phase));
        return -1;
    }
    return 0;
}

void intake_finish(struct intake *intake)
{
    frame_buffer_finish(&intake->buffer);
    index_finish(&intake->keys);
    description_finish(intake);
}
