/* What the host says, as its helper takes it. */
#include "target.h"

#include "base/cleanup.h"
#include "frames.h"
#include "loader/job.h"

#include <string.h>

static void expect_whole(const struct job *job)
{
    target_expect(job->plugin && job->user && job->memo, "a job that is not whole");
    target_expect(job->count <= KD_SETTINGS_MAX, "%u settings", job->count);
    for (uint32_t i = 0; i < job->count; i++)
        target_expect(job->settings[i].name && job->settings[i].text, "a setting without a text");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static struct job job;
    scoped(text_finish) struct text frames = {0};
    struct frame_buffer buffer = {0};
    struct frame_in in;
    uint32_t found = 0;
    int fd = -1;
    frames_make(bytes, length, &frames);
    target_expect(frame_buffer_add(&buffer, text_get(&frames), frames.length) == 0, "no memory");
    job = (struct job){0};
    while (frame_next(&buffer, &in, &found) > 0 && job_take(&job, &in, &fd) == JOB_TAKEN)
        expect_whole(&job);
    job_finish(&job);
    frame_buffer_finish(&buffer);
    return 0;
}
