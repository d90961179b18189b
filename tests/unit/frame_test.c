#include "frame/frame.h"
#include "suite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int pair[2];
static struct frame_buffer buffer;

static void setup(void)
{
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
}

static void teardown(void)
{
    frame_buffer_finish(&buffer);
    close(pair[0]);
    close(pair[1]);
}

START_TEST(fields_arrive_as_they_were_sent)
{
    struct frame_out out = {0};
    struct frame_in in;
    uint32_t found;
    size_t length;
    frame_begin(&out, FRAME_ITEM);
    frame_put_text(&out, "key");
    frame_put(&out, "a\0b", 3);
    frame_put_number(&out, -5);
    ck_assert_int_eq(frame_send(&out, pair[0], -1), 0);
    frame_out_finish(&out);
    ck_assert_int_gt(frame_fill(&buffer, pair[1], NULL), 0);
    ck_assert_int_eq(frame_next(&buffer, &in, &found), 1);
    ck_assert_int_eq(in.type, FRAME_ITEM);
    ck_assert_str_eq(frame_take_text(&in, 100), "key");
    ck_assert_mem_eq(frame_take(&in, 100, &length), "a\0b", 4);
    ck_assert_uint_eq(length, 3);
    ck_assert_int_eq(frame_take_number(&in), -5);
    ck_assert(!in.bad);
    frame_take_text(&in, 100);
    ck_assert(in.bad);
}
END_TEST

START_TEST(a_descriptor_comes_along)
{
    struct frame_out out = {0};
    int fd = -1, null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    frame_begin(&out, FRAME_SETTING);
    ck_assert_int_eq(frame_send(&out, pair[0], null), 0);
    frame_out_finish(&out);
    ck_assert_int_gt(frame_fill(&buffer, pair[1], &fd), 0);
    ck_assert_int_ge(fd, 0);
    close(fd);
    close(null);
}
END_TEST

static int open_descriptors(void)
{
    int count = 0;
    for (int fd = 0; fd < 256; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

/* One byte, and `count` descriptors with it. */
static void pass(int count)
{
    int fds[8], null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    union {
        char room[CMSG_SPACE(sizeof(fds))];
        struct cmsghdr align;
    } control = {0};
    struct iovec part = {.iov_base = (void *)"x", .iov_len = 1};
    struct msghdr message = {.msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = control.room,
        .msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)count)};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int) * (size_t)count);
    for (int i = 0; i < count; i++)
        fds[i] = null;
    memcpy(CMSG_DATA(header), fds, sizeof(int) * (size_t)count);
    ck_assert_int_eq(sendmsg(pair[0], &message, 0), 1);
    close(null);
}

/* However many come, and however often: none stays open but the one that belongs there. */
START_TEST(no_descriptor_stays_that_does_not_belong)
{
    int before = open_descriptors();
    for (int count = 1; count <= 8; count++) {
        int fd = -1;
        pass(count);
        ck_assert_int_eq(frame_fill(&buffer, pair[1], NULL), -EPROTO);
        ck_assert_int_eq(open_descriptors(), before);
        pass(count);
        ck_assert_int_eq(frame_fill(&buffer, pair[1], &fd), count == 1 ? 1 : -EPROTO);
        ck_assert_int_eq(open_descriptors(), before + (count == 1));
        if (count > 1)
            continue;
        pass(1); /* where one is there already */
        ck_assert_int_eq(frame_fill(&buffer, pair[1], &fd), -EPROTO);
        ck_assert_int_eq(open_descriptors(), before);
    }
}
END_TEST

START_TEST(a_field_has_its_limit_and_a_frame_its_end)
{
    struct frame_out out = {0};
    struct frame_in in;
    uint32_t found;
    frame_begin(&out, FRAME_LOG);
    frame_put_text(&out, "four");
    frame_put_text(&out, "four");
    ck_assert_int_eq(frame_send(&out, pair[0], -1), 0);
    frame_out_finish(&out);
    ck_assert_int_gt(frame_fill(&buffer, pair[1], NULL), 0);
    ck_assert_int_eq(frame_next(&buffer, &in, &found), 1);
    struct frame_in again = in;
    ck_assert_str_eq(frame_take_text(&in, 4), "four");
    ck_assert_str_eq(frame_take_text(&in, 3), "");
    ck_assert(in.bad);
    ck_assert_str_eq(frame_take_text(&again, 4), "four");
    ck_assert(!frame_taken(&again)); /* there is more */
    ck_assert(again.bad);
}
END_TEST

START_TEST(too_large_is_not_sent)
{
    struct frame_out out = {0};
    char *large = calloc(1, FRAME_MAX + 1);
    frame_begin(&out, FRAME_ITEM);
    frame_put(&out, large, FRAME_MAX + 1);
    ck_assert_int_lt(frame_send(&out, pair[0], -1), 0);
    frame_out_finish(&out);
    free(large);
}
END_TEST

/* Every single byte of a frame turned into every other value: no crash, no read beyond the end. */
START_TEST(damaged_frames_are_noticed_or_harmless)
{
    struct frame_out out = {0};
    frame_begin(&out, FRAME_ITEM);
    frame_put_text(&out, "key");
    frame_put_text(&out, "origin");
    frame_put_number(&out, 1);
    ck_assert_int_eq(frame_send(&out, pair[0], -1), 0);
    ck_assert_int_gt(frame_fill(&buffer, pair[1], NULL), 0);
    size_t whole = buffer.length;
    for (size_t at = 0; at < whole; at++) {
        for (int value = 0; value < 256; value++) {
            struct frame_buffer damaged = {
                .bytes = malloc(whole), .length = whole, .capacity = whole};
            struct frame_in in;
            uint32_t found;
            memcpy(damaged.bytes, buffer.bytes, whole);
            damaged.bytes[at] = (unsigned char)value;
            if (frame_next(&damaged, &in, &found) == 1) {
                ck_assert_uint_le(strlen(frame_take_text(&in, 100)), whole);
                ck_assert_uint_le(strlen(frame_take_text(&in, 100)), whole);
                frame_take_number(&in);
            }
            frame_buffer_finish(&damaged);
        }
    }
    frame_out_finish(&out);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("frame");
    TCase *cases = tcase_create("frame");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, fields_arrive_as_they_were_sent);
    tcase_add_test(cases, a_descriptor_comes_along);
    tcase_add_test(cases, no_descriptor_stays_that_does_not_belong);
    tcase_add_test(cases, a_field_has_its_limit_and_a_frame_its_end);
    tcase_add_test(cases, too_large_is_not_sent);
    tcase_add_test(cases, damaged_frames_are_noticed_or_harmless);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
