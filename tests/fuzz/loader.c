/* What the host says, as its helper takes it. The helper ends itself over what it does not
 * understand; the linker puts a jump in _exit's place. */
#include "target.h"

#include "base/cleanup.h"
#include "frames.h"
#include "loader/job.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BYTES_MAX ((size_t)64 << 10) /* below what a socket holds */

static jmp_buf over;
static volatile bool running;

_Noreturn void __wrap__exit(int status);
_Noreturn void __real__exit(int status);
void __wrap__exit(int status)
{
    if (running)
        longjmp(over, 1);
    __real__exit(status);
}

static void finish(struct job *job)
{
    free(job->plugin);
    free(job->user);
    free(job->revision);
    free(job->memo);
    free(job->probe);
    for (uint32_t i = 0; i < job->count; i++) {
        free((char *)job->settings[i].name);
        free((char *)job->settings[i].text);
        if (job->settings[i].fd >= 0)
            close(job->settings[i].fd);
    }
    *job = (struct job){0};
}

static void live(struct frame_buffer *buffer, struct job *job)
{
    running = true;
    if (setjmp(over) == 0) {
        job_read(buffer, job);
        target_expect(job->plugin && job->user && job->memo, "a job that is not whole");
        job_read_settings(buffer, job);
        target_expect(job->count <= KD_SETTINGS_MAX, "%u settings", job->count);
        while (job_wait(buffer, job))
            ;
    }
    running = false;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static struct job job;
    scoped(text_finish) struct text frames = {0};
    struct frame_buffer buffer = {0};
    int pair[2];
    frames_make(bytes, length, &frames);
    target_expect(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) == 0,
        "no sockets");
    size_t size = frames.length < BYTES_MAX ? frames.length : BYTES_MAX;
    if (size > 0)
        (void)!write(pair[1], frames.data, size);
    shutdown(pair[1], SHUT_WR);
    if (pair[0] != FRAME_FD)
        dup2(pair[0], FRAME_FD);
    live(&buffer, &job);
    finish(&job);
    frame_buffer_finish(&buffer);
    if (pair[0] != FRAME_FD)
        close(FRAME_FD);
    close(pair[0]);
    close(pair[1]);
    return 0;
}
