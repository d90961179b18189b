/* The kept set's bytes: a line that names the format, a head, the set as the very frames that the
 * loader sends, a SHA-256. What is read back goes through the same limits and checks as what a
 * plugin states. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "base/sha256.h"
#include "source/intake.h"
#include "source/kept.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define MAGIC_SIZE 40
#define HOW_MAX    ((size_t)KD_SETTINGS_MAX * (KD_KEY_MAX + 1))

/* They lie on disks: another number is another KEPT_FORMAT. */
_Static_assert(FRAME_HELLO == 4 && FRAME_ITEM == 11 && FRAME_ERROR == 12 && FRAME_REVISION == 13 &&
                   FRAME_MEMO == 14 && FRAME_RESULT == 17,
    "frames of the kept set");

static void magic(char text[MAGIC_SIZE])
{
    snprintf(text, MAGIC_SIZE, "kanto-deployer kept set %d\n", KEPT_FORMAT);
}

/* All of it was in a frame before: only for want of memory does it not fit. */
static void finish_frame(struct frame_out *frame, struct text *out)
{
    memory_held(frame->overflow ? NULL : frame->bytes);
    uint32_t payload = (uint32_t)(frame->length - FRAME_HEADER);
    memcpy(frame->bytes, &payload, sizeof(payload));
    text_add_bytes(out, frame->bytes, frame->length);
}

static void write_items(const struct source_set *set, struct frame_out *frame, struct text *out)
{
    for (size_t i = 0; i < set->count; i++) {
        const struct source_item *item = &set->items[i];
        frame_begin(frame, FRAME_ITEM);
        frame_put_text(frame, item->key);
        frame_put_text(frame, item->origin);
        frame_put_text(frame, item->revision);
        frame_put(frame, item->bytes, item->length);
        finish_frame(frame, out);
    }
    for (size_t i = 0; i < set->fault_stated; i++) {
        const struct source_fault *fault = &set->faults[i];
        frame_begin(frame, FRAME_ERROR);
        frame_put_text(frame, fault->key);
        frame_put_text(frame, fault->origin);
        frame_put_text(frame, fault->text);
        finish_frame(frame, out);
    }
}

void kept_write_set(const struct source_set *set, struct text *out)
{
    scoped(frame_out_finish) struct frame_out frame = {0};
    out->max = KEPT_BYTES_MAX;
    frame_begin(&frame, FRAME_REVISION);
    frame_put_text(&frame, set->revision);
    finish_frame(&frame, out);
    frame_begin(&frame, FRAME_MEMO);
    frame_put(&frame, set->memo ? set->memo : "", set->memo_size);
    finish_frame(&frame, out);
    write_items(set, &frame, out);
    /* What is cut off behind a whole frame has no such end. */
    frame_begin(&frame, FRAME_RESULT);
    frame_put_number(&frame, KD_COMPLETE);
    finish_frame(&frame, out);
}

void kept_write(const struct source_set *set, const struct stamp *stamp, const char *question,
    const char *how, struct text *out)
{
    scoped(frame_out_finish) struct frame_out frame = {0};
    unsigned char sum[SHA256_SIZE];
    char line[MAGIC_SIZE];
    out->max = KEPT_BYTES_MAX;
    magic(line);
    text_add(out, line);
    frame_begin(&frame, FRAME_HELLO);
    frame_put_text(&frame, question);
    frame_put_text(&frame, stamp->boot);
    frame_put_number(&frame, stamp->boottime_ms);
    frame_put_number(&frame, stamp->wall_ms);
    frame_put_number(&frame, stamp->synchronised);
    if (how)
        frame_put_text(&frame, how);
    finish_frame(&frame, out);
    kept_write_set(set, out);
    sha256_of(text_get(out), out->length, sum);
    text_add_bytes(out, sum, sizeof(sum));
}

static int check_sum(const char *bytes, size_t length, struct error *err)
{
    unsigned char sum[SHA256_SIZE];
    char line[MAGIC_SIZE];
    magic(line);
    size_t head = strlen(line);
    if (length < head || memcmp(bytes, line, head) != 0)
        return error_set(err, ERROR_INVALID, "it is no kept set of format %d", KEPT_FORMAT);
    if (length < head + sizeof(sum))
        return error_set(err, ERROR_INVALID, "it is cut off after %zu bytes", length);
    sha256_of(bytes, length - sizeof(sum), sum);
    if (memcmp(bytes + length - sizeof(sum), sum, sizeof(sum)) != 0)
        return error_set(err, ERROR_INVALID, "its bytes are not those of its SHA-256");
    return 0;
}

static bool read_head(struct frame_in *in, struct kept *kept, char question[KEPT_QUESTION_SIZE])
{
    struct stamp *stamp = &kept->stamp;
    const char *how = "";
    if (in->type != FRAME_HELLO)
        return false;
    snprintf(question, KEPT_QUESTION_SIZE, "%s", frame_take_text(in, KEPT_QUESTION_SIZE - 1));
    snprintf(stamp->boot, sizeof(stamp->boot), "%s", frame_take_text(in, sizeof(stamp->boot) - 1));
    stamp->boottime_ms = frame_take_number(in);
    stamp->wall_ms = frame_take_number(in);
    stamp->synchronised = frame_take_number(in) != 0;
    if (!in->bad && in->at < in->end) /* a newer file has it */
        how = frame_take_text(in, HOW_MAX);
    kept->how = memory_string(how);
    return frame_taken(in);
}

/* The frames of a reconcile, taken as those of a helper are. */
static int read_set(struct frame_buffer *buffer, struct intake *intake, struct error *err)
{
    struct frame_in in;
    uint32_t found = 0;
    while (frame_next(buffer, &in, &found) > 0)
        if (intake_take(intake, &in) < 0)
            return error_set(err, ERROR_INVALID, "it %s", intake->set.reason);
    if (!intake->settled || intake->set.result != SOURCE_COMPLETE || buffer->used != buffer->length)
        return error_set(err, ERROR_INVALID, "its frames have no end");
    return 0;
}

int kept_read(const char *bytes, size_t length, struct kept *ret_kept,
    char ret_question[KEPT_QUESTION_SIZE], struct error *err)
{
    static const struct source_options nobody = {.name = "kept"};
    struct intake intake = {.options = &nobody, .hello = true, .phase = PHASE_RECONCILE};
    struct kept kept = {0};
    struct frame_in head;
    char line[MAGIC_SIZE];
    uint32_t found = 0;
    if (check_sum(bytes, length, err) < 0)
        return -1;
    magic(line);
    /* Only read: nothing of it grows or is freed. */
    struct frame_buffer buffer = {.bytes = (unsigned char *)bytes + strlen(line),
        .length = length - strlen(line) - SHA256_SIZE};
    int result = -1;
    if (frame_next(&buffer, &head, &found) <= 0 || !read_head(&head, &kept, ret_question))
        error_set(err, ERROR_INVALID, "its head is no head");
    else
        result = read_set(&buffer, &intake, err);
    if (result == 0) {
        kept.set = intake.set;
        intake.set = (struct source_set){0};
        *ret_kept = kept;
    } else {
        kept_finish(&kept);
    }
    source_set_finish(&intake.set);
    intake_finish(&intake);
    return result;
}
