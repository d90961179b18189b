#include "frames.h"

#include "frame/frame.h"
#include "target.h"

#include <stdlib.h>
#include <string.h>

static void make_one(struct target_text *text, struct frame_out *frame, struct text *out)
{
    frame_begin(frame, (enum frame_type)target_text_choice(text, FRAME_TYPES + 1));
    for (const char *field; (field = target_text_field(text));)
        if (*field == '#')
            frame_put_number(frame, strtoll(field + 1, NULL, 10));
        else if (strcmp(field, "@") == 0)
            frame_put_text(frame, FRAME_BUILD);
        else
            frame_put_text(frame, field);
    uint32_t payload = (uint32_t)(frame->length - FRAME_HEADER);
    memcpy(frame->bytes, &payload, sizeof(payload));
    text_add_bytes(out, frame->bytes, frame->length);
}

void frames_make(const uint8_t *bytes, size_t length, struct text *out)
{
    struct target_text text;
    struct frame_out frame = {0};
    if (length > 0 && bytes[0] == 0) {
        text_add_bytes(out, bytes + 1, length - 1);
        return;
    }
    target_text_begin(&text, bytes, length);
    while (!target_text_is_over(&text)) {
        make_one(&text, &frame, out);
        target_text_line(&text);
    }
    frame_out_finish(&frame);
    target_text_finish(&text);
}
