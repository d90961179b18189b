/* What the host says, as its helper takes it: from memory, frame by frame. */
#include "loader/job.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "suite.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct job job;
static struct frame_buffer buffer;
static struct frame_out frame;

static void setup(void)
{
    job = (struct job){0};
    buffer = (struct frame_buffer){0};
    frame = (struct frame_out){0};
}

static void teardown(void)
{
    job_finish(&job);
    frame_out_finish(&frame);
    frame_buffer_finish(&buffer);
}

/* The frame that was begun; *fd comes along. */
static enum job_taken hand(int *fd)
{
    struct frame_in in;
    uint32_t payload = (uint32_t)(frame.length - FRAME_HEADER), found;
    memcpy(frame.bytes, &payload, sizeof(payload));
    ck_assert_int_eq(frame_buffer_add(&buffer, frame.bytes, frame.length), 0);
    ck_assert_int_eq(frame_next(&buffer, &in, &found), 1);
    return job_take(&job, &in, fd);
}

static enum job_taken empty(enum frame_type type)
{
    frame_begin(&frame, type);
    return hand(NULL);
}

#define BAD_COUNT 9
#define BAD_PATH  10

/* Of a job's fields the one at `at` is `text`; none: -1. */
static enum job_taken begin(int at, const char *text)
{
    static const char *const fields[] = {
        FRAME_BUILD, "/m.so", "nobody", "", "r1", "m1", "", "1", "1"};
    frame_begin(&frame, FRAME_JOB);
    for (int i = 0; i < (int)countof(fields); i++)
        frame_put_text(&frame, i == at ? text : fields[i]);
    frame_put_number(&frame, 0);
    frame_put_number(&frame, 1);
    frame_put_number(&frame, at == BAD_COUNT ? FRAME_PATHS_MAX + 1 : 1);
    frame_put_text(&frame, at == BAD_PATH ? text : "/m");
    return hand(NULL);
}

static enum job_taken setting(const char *name, int64_t type, const char *text, int *fd)
{
    frame_begin(&frame, FRAME_SETTING);
    frame_put_text(&frame, name);
    frame_put_number(&frame, type);
    frame_put_text(&frame, text);
    frame_put_number(&frame, 0);
    return hand(fd);
}

START_TEST(a_life_is_taken)
{
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC), given = fd;
    ck_assert_int_eq(begin(-1, NULL), JOB_TAKEN);
    ck_assert_str_eq(job.plugin, "/m.so");
    ck_assert_str_eq(job.revision, "r1");
    ck_assert(job.stay && !job.describe_only);
    ck_assert_int_eq(setting("word", KD_TYPE_STRING, "x", &fd), JOB_TAKEN);
    ck_assert_int_eq(job.settings[0].fd, -1);
    ck_assert_int_eq(setting("token", KD_TYPE_FILE, "/token", &fd), JOB_TAKEN);
    ck_assert_int_eq(job.settings[1].fd, given);
    ck_assert_int_eq(fd, -1);
    ck_assert_int_eq(empty(FRAME_GO), JOB_TAKEN);
    ck_assert_int_eq(job.state, JOB_RUNS);
    frame_begin(&frame, FRAME_AGAIN);
    frame_put_text(&frame, "r2");
    frame_put(&frame, "a\0b", 3);
    ck_assert_int_eq(hand(NULL), JOB_TAKEN);
    ck_assert_str_eq(job.revision, "r2");
    ck_assert_uint_eq(job.memo_size, 3);
    ck_assert_int_eq(empty(FRAME_END), JOB_TAKEN);
    ck_assert_int_eq(job.state, JOB_ENDS);
    ck_assert_int_eq(empty(FRAME_END), JOB_DAMAGED);
}
END_TEST

START_TEST(another_build_is_told)
{
    ck_assert_int_eq(begin(0, "kanto-deployer-frames-0"), JOB_FOREIGN);
}
END_TEST

START_TEST(each_field_of_a_job_has_its_limit)
{
    scoped_free char *text = memory_zeroed(5001, 1);
    memset(text, 'a', 5000);
    ck_assert_int_ne(begin(_i, text), JOB_TAKEN);
}
END_TEST

START_TEST(a_setting_has_its_limits)
{
    scoped_free char *text = memory_zeroed(FRAME_SETTING_MAX + 2, 1);
    memset(text, 'a', FRAME_SETTING_MAX + 1);
    ck_assert_int_eq(begin(-1, NULL), JOB_TAKEN);
    ck_assert_int_eq(setting("word", KD_TYPE_STRING, text + 1, NULL), JOB_TAKEN);
    ck_assert_int_eq(setting("word", KD_TYPE_STRING, text, NULL), JOB_DAMAGED);
}
END_TEST

START_TEST(no_more_settings_than_the_header_says)
{
    ck_assert_int_eq(begin(-1, NULL), JOB_TAKEN);
    for (unsigned i = 0; i < KD_SETTINGS_MAX; i++)
        ck_assert_int_eq(setting("word", KD_TYPE_STRING, "x", NULL), JOB_TAKEN);
    ck_assert_int_eq(setting("word", KD_TYPE_STRING, "x", NULL), JOB_DAMAGED);
}
END_TEST

START_TEST(frames_have_an_order)
{
    for (int type = FRAME_JOB; type < FRAME_TYPES; type++) {
        if (type == FRAME_JOB)
            continue;
        ck_assert_int_ne(empty((enum frame_type)type), JOB_TAKEN);
    }
    ck_assert_int_eq(begin(-1, NULL), JOB_TAKEN);
    ck_assert_int_eq(begin(-1, NULL), JOB_DAMAGED);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("job");
    TCase *cases = tcase_create("job");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, a_life_is_taken);
    tcase_add_test(cases, another_build_is_told);
    tcase_add_loop_test(cases, each_field_of_a_job_has_its_limit, 0, BAD_PATH + 1);
    tcase_add_test(cases, a_setting_has_its_limits);
    tcase_add_test(cases, no_more_settings_than_the_header_says);
    tcase_add_test(cases, frames_have_an_order);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
