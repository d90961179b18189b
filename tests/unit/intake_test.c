/* What a helper says, from memory: a plugin shares the helper's address space and may write to its
 * descriptor what it likes. */
#include "source/intake.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"
#include "suite.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#define LONG ((size_t)5000) /* more than any text may have */

static const struct source_options options = {
    .name = "m", .plugin = "m.so", .deadline_ms = 1000, .kept_folder = NULL};
static struct intake intake;
static struct frame_out frame;
static char *long_text;
static int taken; /* of the last frame; it stays negative */

static void setup(void)
{
    intake = (struct intake){
        .options = &options, .held = true, .frames = -1, .output = -1, .process = -1};
    long_text = memory_zeroed(LONG + 1, 1);
    memset(long_text, 'a', LONG);
    taken = 0;
}

static void teardown(void)
{
    source_set_finish(&intake.set);
    intake_finish(&intake);
    frame_out_finish(&frame);
    free(long_text);
}

/* The frame that was begun. */
static void hand(void)
{
    uint32_t payload = (uint32_t)(frame.length - FRAME_HEADER);
    ck_assert(!frame.overflow);
    memcpy(frame.bytes, &payload, sizeof(payload));
    int result = pump_bytes(&intake, frame.bytes, frame.length);
    taken = taken < 0 ? taken : result;
}

static void number(enum frame_type type, int64_t value)
{
    frame_begin(&frame, type);
    frame_put_number(&frame, value);
    hand();
}

static void texts(enum frame_type type, const char *a, const char *b, const char *c, const char *d)
{
    const char *const all[] = {a, b, c, d};
    frame_begin(&frame, type);
    for (size_t i = 0; i < countof(all) && all[i]; i++)
        frame_put_text(&frame, all[i]);
    hand();
}

static void describe(void)
{
    texts(FRAME_HELLO, FRAME_BUILD, NULL, NULL, NULL);
    number(FRAME_PHASE, PHASE_DESCRIBE);
    frame_begin(&frame, FRAME_DESCRIBE);
    frame_put_text(&frame, "m");
    frame_put_text(&frame, "1");
    frame_put_text(&frame, "says it");
    frame_put_number(&frame, 0);
    frame_put_number(&frame, 0);
    hand();
}

static void describe_setting(const char *name, int64_t type, const char *fallback, const char *help)
{
    frame_begin(&frame, FRAME_INFO);
    frame_put_text(&frame, name);
    frame_put_number(&frame, type);
    frame_put_number(&frame, 0);
    frame_put_text(&frame, fallback);
    frame_put_number(&frame, fallback != NULL);
    frame_put_text(&frame, help);
    hand();
}

static void reconcile(void)
{
    describe();
    texts(FRAME_DESCRIBED, NULL, NULL, NULL, NULL);
    number(FRAME_PHASE, PHASE_INIT);
    number(FRAME_PHASE, PHASE_RECONCILE);
    ck_assert_msg(taken == 0, "%s", intake.set.reason);
}

static void expect_reason(const char *part)
{
    ck_assert_msg(taken < 0 && intake.set.reason && strstr(intake.set.reason, part),
        "got %d, \"%s\", expected \"%s\"", taken, intake.set.reason ? intake.set.reason : "none",
        part);
    ck_assert_uint_eq(intake.set.count, 0);
}

START_TEST(a_whole_set_is_taken)
{
    reconcile();
    texts(FRAME_ITEM, "a.json", "/a.json", "1", "{}");
    texts(FRAME_ITEM, "b.json", "", "", "{}");
    texts(FRAME_ERROR, "c.json", "", "Input/output error", NULL);
    texts(FRAME_REVISION, "r", NULL, NULL, NULL);
    texts(FRAME_MEMO, "m", NULL, NULL, NULL);
    number(FRAME_NEXT, 7);
    number(FRAME_RESULT, KD_COMPLETE);
    ck_assert_msg(taken == 0, "%s", intake.set.reason);
    ck_assert_int_eq(intake.set.result, SOURCE_COMPLETE);
    ck_assert_uint_eq(intake.set.count, 2);
    ck_assert_str_eq(intake.set.items[1].origin, "b.json");
    ck_assert_str_eq(intake.set.faults[0].text, "Input/output error");
}
END_TEST

/* The frames that a reconcile may say, with one field that is too long. */
static const struct {
    enum frame_type type;
    int fields, longest; /* fields: those that are texts */
} long_fields[] = {{FRAME_ITEM, 4, 0}, {FRAME_ITEM, 4, 1}, {FRAME_ITEM, 4, 2}, {FRAME_ERROR, 3, 0},
    {FRAME_ERROR, 3, 1}, {FRAME_ERROR, 3, 2}, {FRAME_REVISION, 1, 0}, {FRAME_MEMO, 1, 0},
    {FRAME_REFUSED, 1, 0}};

START_TEST(every_field_has_its_limit)
{
    const char *all[4] = {"a", "b", "c", "d"};
    all[long_fields[_i].longest] = long_text;
    for (int i = long_fields[_i].fields; i < 4; i++)
        all[i] = NULL;
    reconcile();
    texts(long_fields[_i].type, all[0], all[1], all[2], all[3]);
    if (long_fields[_i].type != FRAME_REFUSED)
        expect_reason("sent a damaged frame of type");
    ck_assert_int_lt(taken, 0);
    ck_assert_uint_lt(strlen(intake.set.reason), 200);
}
END_TEST

START_TEST(a_description_has_its_limits)
{
    describe();
    if (_i == 0)
        describe_setting(long_text, KD_TYPE_STRING, NULL, "help");
    else
        describe_setting(
            "name", KD_TYPE_STRING, _i == 1 ? long_text : NULL, _i == 1 ? "help" : long_text);
    expect_reason("sent a damaged frame of type");
}
END_TEST

/* Fields that are missing, and one too many. */
START_TEST(a_frame_is_taken_whole)
{
    static const enum frame_type types[] = {FRAME_ITEM, FRAME_ERROR, FRAME_REVISION, FRAME_MEMO,
        FRAME_NEXT, FRAME_RESULT, FRAME_PHASE, FRAME_LOG, FRAME_CHANGED};
    enum frame_type type = types[_i / 2];
    bool spare = _i % 2 || type == FRAME_CHANGED;
    reconcile();
    frame_begin(&frame, type);
    for (int i = 0; spare && i < 5; i++)
        if (type == FRAME_NEXT || type == FRAME_RESULT || type == FRAME_PHASE)
            frame_put_number(&frame, i ? 0 : PHASE_SHUTDOWN);
        else
            frame_put_text(&frame, "a");
    hand();
    ck_assert_int_lt(taken, 0);
}
END_TEST

static const struct {
    const char *name;
    int64_t type;
    const char *fallback, *reason;
} rows[] = {
    {"token", KD_TYPE_FILE, "/etc/shadow", "token is of type file and has a fallback"},
    {"token", KD_TYPE_FILE, "", "token is of type file and has a fallback"},
    {"", KD_TYPE_STRING, NULL, "no word of a-z, 0-9 and _"},
    {"a b", KD_TYPE_STRING, NULL, "no word of a-z, 0-9 and _"},
    {"\033[31m", KD_TYPE_STRING, NULL, "no word of a-z, 0-9 and _"},
    {"first", KD_TYPE_STRING, NULL, "its setting first is there twice"},
};

START_TEST(a_description_is_held_against_the_rules)
{
    describe();
    describe_setting("first", KD_TYPE_FILE, NULL, "a file without a fallback");
    ck_assert_int_eq(taken, 0);
    describe_setting(rows[_i].name, rows[_i].type, rows[_i].fallback, "help");
    expect_reason(rows[_i].reason);
}
END_TEST

START_TEST(no_more_settings_than_the_header_says)
{
    describe();
    for (unsigned i = 0; i <= KD_SETTINGS_MAX; i++) {
        scoped_free char *name = memory_format("s%u", i);
        ck_assert_int_eq(taken, 0);
        describe_setting(name, KD_TYPE_STRING, NULL, "help");
    }
    expect_reason("more than 64 settings");
}
END_TEST

START_TEST(frames_have_an_order)
{
    switch (_i) {
    case 0:
        number(FRAME_PHASE, PHASE_LOAD); /* before the hello */
        break;
    case 1:
        describe();
        describe(); /* a second table */
        break;
    case 2:
        texts(FRAME_HELLO, FRAME_BUILD, NULL, NULL, NULL);
        number(FRAME_PHASE, PHASE_DESCRIBE);
        describe_setting("first", KD_TYPE_STRING, NULL, "help"); /* before its table */
        break;
    case 3:
        reconcile();
        number(FRAME_RESULT, KD_COMPLETE);
        texts(FRAME_ITEM, "late.json", "", "", "{}");
        break;
    case 4:
        reconcile();
        number(FRAME_RESULT, KD_COMPLETE);
        number(FRAME_RESULT, KD_COMPLETE);
        break;
    case 5:
        reconcile();
        number(FRAME_PHASE, PHASE_INIT); /* back */
        break;
    case 6:
        reconcile();
        texts(FRAME_DONE, NULL, NULL, NULL, NULL);
        break;
    case 7:
        reconcile();
        number(FRAME_FINDING, 0); /* it is no probe */
        break;
    case 8:
        reconcile();
        number(FRAME_JOB, 0); /* the other direction */
        break;
    default:
        describe();
        number(FRAME_RESULT, KD_COMPLETE);
    }
    ck_assert_int_lt(taken, 0);
    ck_assert_msg(strstr(intake.set.reason, "out of order") != NULL, "%s", intake.set.reason);
}
END_TEST

START_TEST(what_comes_after_the_end_is_not_heard)
{
    reconcile();
    number(FRAME_RESULT, KD_COMPLETE);
    number(FRAME_PHASE, PHASE_END);
    texts(FRAME_DONE, NULL, NULL, NULL, NULL);
    texts(FRAME_LOG, long_text, NULL, NULL, NULL);
    ck_assert(intake.done);
    ck_assert_ptr_null(intake.set.reason);
}
END_TEST

/* Every text of a set counts, not its items' bytes alone. */
START_TEST(all_that_is_stated_has_one_bound)
{
    unsigned i = 0;
    long_text[KD_ORIGIN_MAX] = '\0';
    reconcile();
    for (; i < KD_ITEMS_MAX && taken == 0; i++) {
        scoped_free char *key = memory_format("%u.json", i);
        texts(FRAME_ITEM, key, long_text, long_text + KD_ORIGIN_MAX - KD_TEXT_MAX, "{}");
    }
    for (i = 0; i < KD_ITEMS_MAX && taken == 0; i++)
        texts(FRAME_ERROR, "bad.json", long_text, long_text + KD_ORIGIN_MAX - KD_TEXT_MAX, NULL);
    expect_reason("stated more than 67108864 bytes");
    ck_assert_uint_gt(i, 1000);
}
END_TEST

/* What is said a million times is kept a few times. */
START_TEST(what_is_said_again_and_again_fills_no_memory)
{
    reconcile();
    long_text[KD_TEXT_MAX] = '\0';
    size_t before = mallinfo2().uordblks;
    for (int i = 0; i < 100000; i++) {
        frame_begin(&frame, FRAME_LOG);
        frame_put_number(&frame, KD_LOG_WARNING);
        frame_put_text(&frame, long_text);
        hand();
        texts(FRAME_REVISION, long_text, NULL, NULL, NULL);
        texts(FRAME_MEMO, long_text, NULL, NULL, NULL);
        texts(FRAME_CHANGED, NULL, NULL, NULL, NULL);
        number(FRAME_NEXT, i);
        intake_output(&intake, "printed\n", 8);
    }
    ck_assert_int_eq(taken, 0);
    ck_assert_uint_lt(mallinfo2().uordblks - before, (size_t)1 << 20);
    number(FRAME_RESULT, KD_COMPLETE);
    ck_assert_int_eq(intake.set.result, SOURCE_COMPLETE);
}
END_TEST

/* A probe's helper holds the same plugin. */
START_TEST(the_findings_of_a_probe_are_bounded)
{
    struct source_options probe = options;
    probe.probe = "items";
    intake.options = &probe;
    describe();
    for (int i = 0; i < 100000; i++) {
        frame_begin(&frame, FRAME_FINDING);
        frame_put_number(&frame, i % 2 ? FOUND_FAILED : FOUND_TRYING);
        frame_put_text(&frame, "behaviour.items");
        frame_put_text(&frame, "again");
        hand();
    }
    ck_assert_int_eq(taken, 0);
    ck_assert_uint_le(intake.set.finding_count, 1000);
    frame_begin(&frame, FRAME_FINDING);
    frame_put_number(&frame, FOUND_FAILED);
    frame_put_text(&frame, long_text);
    frame_put_text(&frame, "text");
    hand();
    expect_reason("damaged frame");
}
END_TEST

/* Nobody asked it, and no deadline runs: it may print so much, then its pipe fills. */
START_TEST(one_that_waits_is_not_read_for_ever)
{
    struct pollfd polls[PUMP_POLLS];
    intake.output = 77;
    intake.waits = true;
    pump_wait_for(&intake, polls);
    ck_assert_int_eq(polls[1].fd, 77);
    for (size_t i = 0; i < INTAKE_OUTPUT_MAX / 8; i++)
        intake_output(&intake, "printed\n", 8);
    pump_wait_for(&intake, polls);
    ck_assert_int_eq(polls[1].fd, -1);
    intake.waits = false; /* it is asked: until its deadline its pipe is emptied */
    pump_wait_for(&intake, polls);
    ck_assert_int_eq(polls[1].fd, 77);
}
END_TEST

START_TEST(bytes_come_one_by_one)
{
    scoped(text_finish) struct text all = {0};
    frame_begin(&frame, FRAME_HELLO);
    frame_put_text(&frame, FRAME_BUILD);
    uint32_t payload = (uint32_t)(frame.length - FRAME_HEADER);
    memcpy(frame.bytes, &payload, sizeof(payload));
    for (size_t i = 0; i < frame.length; i++) {
        ck_assert(!intake.hello);
        ck_assert_int_eq(pump_bytes(&intake, frame.bytes + i, 1), 0);
    }
    ck_assert(intake.hello);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("intake");
    TCase *cases = tcase_create("intake");
    tcase_set_timeout(cases, 60);
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, a_whole_set_is_taken);
    tcase_add_loop_test(cases, every_field_has_its_limit, 0, countof(long_fields));
    tcase_add_loop_test(cases, a_description_has_its_limits, 0, 3);
    tcase_add_loop_test(cases, a_frame_is_taken_whole, 0, 18);
    tcase_add_loop_test(cases, a_description_is_held_against_the_rules, 0, countof(rows));
    tcase_add_test(cases, no_more_settings_than_the_header_says);
    tcase_add_loop_test(cases, frames_have_an_order, 0, 10);
    tcase_add_test(cases, what_comes_after_the_end_is_not_heard);
    tcase_add_test(cases, all_that_is_stated_has_one_bound);
    tcase_add_test(cases, what_is_said_again_and_again_fills_no_memory);
    tcase_add_test(cases, the_findings_of_a_probe_are_bounded);
    tcase_add_test(cases, one_that_waits_is_not_read_for_ever);
    tcase_add_test(cases, bytes_come_one_by_one);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
