/* What the host says, as its helper takes it. */
#include "target.h"

#include "base/cleanup.h"
#include "frames.h"
#include "loader/job.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    scoped(text_finish) struct text frames = {0};
    scoped(frame_buffer_finish) struct frame_buffer buffer = {0};
    scoped(job_finish) struct job job = {0};
    struct frame_in in;
    uint32_t found;
    int fd = -1;
    frames_make(bytes, length, &frames);
    frame_buffer_add(&buffer, text_get(&frames), frames.length);
    while (frame_next(&buffer, &in, &found) > 0 && job_take(&job, &in, &fd) == JOB_TAKEN) {
        target_expect(
            job.plugin && job.user && job.memo && job.revision, "a job that is not whole");
        target_expect(job.count <= KD_SETTINGS_MAX, "%u settings", job.count);
        target_expect(job.path_count <= FRAME_PATHS_MAX, "%zu paths", job.path_count);
    }
    return 0;
}
