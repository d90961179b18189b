/* The host's frames, one after the other, into the job. */
#include "loader/job.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static enum job_taken whole(struct frame_in *in)
{
    return frame_taken(in) ? JOB_TAKEN : JOB_DAMAGED;
}

/* NULL: no memory; the frame then counts as damaged. */
static char *copy(struct frame_in *in, size_t most)
{
    char *made = strdup(frame_take_text(in, most));
    in->bad = in->bad || !made;
    return made;
}

static bool take_flag(struct frame_in *in)
{
    return *frame_take_text(in, 1) != '\0';
}

/* What is kept of the source. */
static void take_have(struct frame_in *in, struct job *job)
{
    free(job->revision);
    free(job->memo);
    job->revision = copy(in, KD_TEXT_MAX);
    const void *memo = frame_take(in, KD_MEMO_MAX, &job->memo_size);
    job->memo = malloc(job->memo_size + 1);
    if (job->memo)
        memcpy(job->memo, memo, job->memo_size);
    else
        in->bad = true;
}

static void take_paths(struct frame_in *in, struct job *job)
{
    int64_t count = frame_take_number(in);
    in->bad = in->bad || count < 0 || count > FRAME_PATHS_MAX;
    if (in->bad)
        return;
    job->paths = calloc((size_t)count + 1, sizeof(*job->paths));
    in->bad = !job->paths;
    while (!in->bad && job->path_count < (size_t)count)
        job->paths[job->path_count++] = copy(in, FRAME_PATH_MAX);
}

static enum job_taken take_job(struct frame_in *in, struct job *job)
{
    if (in->type != FRAME_JOB || strcmp(frame_take_text(in, FRAME_WORD_MAX), FRAME_BUILD) != 0)
        return JOB_FOREIGN;
    job->state = JOB_CHOSEN;
    job->plugin = copy(in, FRAME_PATH_MAX);
    job->user = copy(in, FRAME_WORD_MAX);
    job->describe_only = take_flag(in);
    take_have(in, job);
    job->probe = copy(in, FRAME_WORD_MAX);
    job->stay = take_flag(in);
    job->sandbox = take_flag(in);
    job->network = frame_take_number(in);
    job->uid = (uint32_t)frame_take_number(in);
    take_paths(in, job);
    return whole(in);
}

static enum job_taken take_setting(struct frame_in *in, struct job *job, int *fd)
{
    if (job->count == KD_SETTINGS_MAX)
        return JOB_DAMAGED;
    struct kd_setting *setting = &job->settings[job->count++];
    setting->size = sizeof(*setting);
    setting->name = copy(in, KD_KEY_MAX);
    setting->type = (uint32_t)frame_take_number(in);
    setting->text = copy(in, FRAME_SETTING_MAX);
    setting->number = frame_take_number(in);
    setting->fd = -1;
    if (setting->type == KD_TYPE_FILE && fd) {
        setting->fd = *fd;
        *fd = -1;
    }
    return whole(in);
}

static enum job_taken take_chosen(struct frame_in *in, struct job *job, int *fd)
{
    if (in->type == FRAME_SETTING)
        return take_setting(in, job, fd);
    job->state = JOB_RUNS;
    return in->type == FRAME_GO ? whole(in) : JOB_DAMAGED;
}

static enum job_taken take_word(struct frame_in *in, struct job *job)
{
    if (in->type == FRAME_AGAIN)
        take_have(in, job);
    else
        job->state = JOB_ENDS;
    return in->type == FRAME_AGAIN || in->type == FRAME_END ? whole(in) : JOB_DAMAGED;
}

enum job_taken job_take(struct job *job, struct frame_in *in, int *fd)
{
    switch (job->state) {
    case JOB_NEW:
        return take_job(in, job);
    case JOB_CHOSEN:
        return take_chosen(in, job, fd);
    case JOB_RUNS:
        return take_word(in, job);
    default:
        return JOB_DAMAGED;
    }
}

void job_finish(struct job *job)
{
    for (uint32_t i = 0; i < job->count; i++) {
        free((char *)job->settings[i].name);
        free((char *)job->settings[i].text);
        if (job->settings[i].fd >= 0)
            close(job->settings[i].fd);
    }
    for (size_t i = 0; i < job->path_count; i++)
        free(job->paths[i]);
    free(job->paths);
    free(job->plugin);
    free(job->user);
    free(job->revision);
    free(job->memo);
    free(job->probe);
    *job = (struct job){0};
}
