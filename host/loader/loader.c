/* kanto-deployer-loader: loads one plugin, in a process of its own, and speaks frames on
 * descriptor 3. Started by kanto-deployer only. */
#include "loader/jail.h"
#include "loader/job.h"
#include "loader/relay.h"

#include <stdlib.h>
#include <unistd.h>

static void reconcile(const struct kd_source *source, const struct job *job, void *state)
{
    struct kd_have have = {.size = sizeof(have),
        .memo_size = (uint32_t)job->memo_size,
        .revision = job->revision,
        .memo = job->memo};
    relay_reconcile();
    relay_number(FRAME_RESULT, source->reconcile(state, &have, &relay_out));
}

static bool wait_idle(struct frame_buffer *buffer, struct job *job)
{
    relay_phase(PHASE_IDLE);
    return job_wait(buffer, job);
}

static void run(const struct kd_source *source, struct frame_buffer *buffer, struct job *job)
{
    void *state = NULL;
    bool stays = job->stay && (source->flags & KD_FLAG_RESIDENT);
    relay_host.flags = stays ? KD_HOST_STAYS : 0;
    relay_phase(PHASE_INIT);
    int32_t result = source->init(&relay_host, job->settings, job->count, &state);
    if (result == KD_OK) {
        do
            reconcile(source, job, state);
        while (stays && wait_idle(buffer, job));
        relay_phase(PHASE_SHUTDOWN);
        source->shutdown(state);
    } else {
        relay_number(FRAME_RESULT, result == KD_RETRY ? KD_RETRY : KD_FATAL);
    }
    relay_phase(PHASE_END);
    relay_empty(FRAME_DONE);
}

int main(void)
{
    static struct job job;
    struct frame_buffer buffer = {0};
    struct error err = {0};
    relay_text(FRAME_HELLO, FRAME_BUILD);
    job_read(&buffer, &job);
    if (jail_enter(&job, &err) < 0)
        job_refuse(err.text);
    uint32_t flags = job_look(&job);
    jail_seal(&job, flags);
    const struct kd_source *source = job_describe(job_open(&job));
    relay_describe(source, flags);
    if (job.describe_only)
        relay_empty(FRAME_DONE);
    else {
        job_read_settings(&buffer, &job);
        run(source, &buffer, &job);
    }
    /* No destructors: they are the plugin's, and nobody waits for them. */
    _exit(EXIT_SUCCESS);
}
