/* What the host asks of its helper: which plugin, as whom, with which settings. Read from the
 * frames' descriptor; what is wrong with it ends the process, whose only work it is. */
#ifndef KD_LOADER_JOB_H
#define KD_LOADER_JOB_H

#include "frame/frame.h"

#include <kanto-deployer/source.h>

#include <sys/types.h>

enum job_state {
    JOB_NEW,    /* FRAME_JOB comes next */
    JOB_CHOSEN, /* then its settings, up to FRAME_GO */
    JOB_RUNS,   /* then FRAME_AGAIN, as often as the host likes */
    JOB_ENDS,   /* FRAME_END came */
};

struct job {
    enum job_state state;
    uid_t caller; /* who this process was when it read the job: whose word on the plugin counts */
    char *plugin;
    char *user;   /* "": none is named */
    uint32_t uid; /* then it is this one; 0: it stays */
    char *revision;
    void *memo;
    size_t memo_size;
    char *probe; /* of the probe: what it tries; "" for the loader */
    bool describe_only;
    bool stay; /* a resident plugin is asked again, until the host says the end */
    bool sandbox;
    int64_t network; /* enum frame_network */
    char **paths;    /* what it may read */
    size_t path_count;
    struct kd_setting settings[KD_SETTINGS_MAX];
    uint32_t count;
};

/* Takes the host's next frame. *fd: a descriptor that came along, or -1 (it becomes a setting's). */
enum job_taken { JOB_TAKEN, JOB_FOREIGN /* another build's */, JOB_DAMAGED };
enum job_taken job_take(struct job *job, struct frame_in *in, int *fd);
void job_finish(struct job *job); /* only tests do: a job's process ends with it */

void job_read(struct frame_buffer *buffer, struct job *job);
void job_read_settings(struct frame_buffer *buffer, struct job *job);
/* Waits for what comes next. True: another reconcile, with the revision and memo that the job has
 * now; false: the end. */
bool job_wait(struct frame_buffer *buffer, struct job *job);

/* Looks at the file, without running anything of it: the flags of its note. */
uint32_t job_look(const struct job *job);
/* Loads it: constructors run. The handle is never closed. */
void *job_open(const struct job *job);
/* The plugin's table, with all that must be in it. */
const struct kd_source *job_describe(void *handle);

/* Tells the host why there is nothing to load, and ends the process. */
_Noreturn void job_refuse(const char *sentence);

#endif
