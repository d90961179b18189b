/* Archives that were made to do harm, or broke on their way: each is refused for its own reason,
 * and nothing of it is stated. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "desk.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MIB ((size_t)1 << 20)

static struct tape tape;

static void make_fine(void)
{
    tape_manifest(&tape, "good");
    tape_file(&tape, "VERSION", "1.4.2\n");
    tape_manifest(&tape, "better");
    tape_end(&tape);
}

static void make_two_versions(void)
{
    tape_file(&tape, "VERSION", "2\n");
    tape_file(&tape, "./VERSION", "1\n");
    tape_end(&tape);
}

static void add_block(size_t length, const char *name)
{
    scoped_free char *zeros = memory_zeroed(length, 1);
    tape_member(&tape, name, '0', NULL, zeros, length);
}

static void make_large_member(void)
{
    tape_manifest(&tape, "good");
    add_block(MIB + 1, "large.json");
    tape_end(&tape);
}

static void make_large_other(void)
{
    tape_manifest(&tape, "good");
    add_block(2 * MIB, "README");
    tape_end(&tape);
}

static void make_many(size_t count, char type)
{
    for (size_t i = 0; i < count; i++) {
        char name[32];
        snprintf(name, sizeof(name), "m%zu%s", i, type == '0' ? ".json" : "");
        tape_member(&tape, name, type, NULL, "{}", type == '0' ? 2 : 0);
    }
    tape_end(&tape);
}

static void make_ten_thousand_and_one(void)
{
    make_many(10001, '0');
}

static void make_five(void)
{
    make_many(5, '0');
}

static void make_five_folders(void)
{
    make_many(5, '5');
}

static void make_mebibytes(size_t count, const char *how)
{
    tape_manifest(&tape, "good");
    for (size_t i = 0; i < count; i++) {
        char name[32];
        snprintf(name, sizeof(name), "z%zu.json", i);
        add_block(MIB, name);
    }
    tape_end(&tape);
    tape_pack(&tape, how);
}

static void make_gzip_bomb(void)
{
    make_mebibytes(70, "gzip");
}

static void make_xz_bomb(void)
{
    make_mebibytes(70, "xz");
}

static void make_zstd_bomb(void)
{
    make_mebibytes(70, "zstd");
}

static void make_bare_three(void)
{
    make_mebibytes(3, "");
}

/* Zeros behind the end are padding, until they are a bomb. */
static void make_long_end(void)
{
    make_fine();
    tape_add_zeros(&tape, 70 * MIB);
    tape_pack(&tape, "gzip");
}

static void make_announced(unsigned long long size)
{
    tape_manifest(&tape, "good");
    tape_header(&tape, "announced.json", '0', NULL, size);
    tape_end(&tape);
}

static void make_announced_8g(void)
{
    make_announced(077777777777ULL);
}

static void make_binary_size(unsigned char first, unsigned char rest)
{
    make_announced(0);
    unsigned char *size = tape.bytes + 1024 + 124;
    memset(size, rest, 12);
    size[0] = first;
    tape_sum(&tape, 1024);
}

static void make_negative(void)
{
    make_binary_size(0xff, 0xfe);
}

static void make_huge(void)
{
    make_binary_size(0x80, 0x7f);
}

static void make_pax_size(void)
{
    tape_manifest(&tape, "good");
    tape_pax(&tape, 'x', "size", "9223372036854775807");
    tape_file(&tape, "x.json", "{}");
    tape_end(&tape);
}

static void make_pax_path(const char *path)
{
    tape_manifest(&tape, "good");
    tape_pax(&tape, 'x', "path", path);
    tape_file(&tape, "harmless.json", "{}");
    tape_end(&tape);
}

static void make_pax_up(void)
{
    make_pax_path("../../etc/x.json");
}

static void make_pax_absolute(void)
{
    make_pax_path("/etc/x.json");
}

static void make_pax_twin(void)
{
    make_pax_path("good.json");
}

static void make_pax_long(void)
{
    char path[300];
    memset(path, 'n', sizeof(path));
    memcpy(path + sizeof(path) - 6, ".json", 6);
    make_pax_path(path);
}

static void make_pax_link(void)
{
    tape_manifest(&tape, "good");
    tape_pax(&tape, 'x', "linkpath", "/etc/shadow");
    tape_member(&tape, "x.json", '2', "good.json", "", 0);
    tape_end(&tape);
}

static void make_pax_sparse(void)
{
    tape_manifest(&tape, "good");
    tape_pax(&tape, 'x', "GNU.sparse.map", "0,1,1000,1");
    tape_file(&tape, "x.json", "{}");
    tape_end(&tape);
}

static void make_pax_damaged(void)
{
    tape_manifest(&tape, "good");
    tape_member(&tape, "pax", 'x', NULL, "99999 path=x\n", 13);
    tape_file(&tape, "x.json", "{}");
    tape_end(&tape);
}

static void make_pax_large(void)
{
    scoped_free char *value = memory_zeroed(3 * MIB, 1);
    memset(value, 'v', 3 * MIB - 1);
    make_pax_path(value);
}

static void make_pax_chain(void)
{
    tape_manifest(&tape, "good");
    for (int i = 0; i < 20000; i++)
        tape_pax(&tape, 'g', "comment", "x");
    tape_file(&tape, "x.json", "{}");
    tape_end(&tape);
}

static void make_gnu_long(void)
{
    tape_manifest(&tape, "good");
    tape_member(&tape, "././@LongLink", 'L', NULL, "../x.json", 10);
    tape_file(&tape, "harmless.json", "{}");
    tape_end(&tape);
}

static void make_bad_sum(void)
{
    make_fine();
    tape.bytes[1024 + 10] ^= 1;
}

static void make_cut(size_t off, const char *how)
{
    make_fine();
    tape_pack(&tape, how);
    tape.length -= off;
}

static void make_cut_member(void)
{
    make_cut(1024 + 500, "");
}

static void make_cut_header(void)
{
    make_cut(2048 + 100, "");
}

static void make_no_end(void)
{
    make_cut(1024, "");
}

static void make_half_end(void)
{
    make_cut(512, "");
}

static void make_cut_gzip(void)
{
    make_cut(40, "gzip");
}

static void make_cut_gzip_sum(void)
{
    make_cut(4, "gzip");
}

static void make_cut_xz(void)
{
    make_cut(40, "xz");
}

static void make_cut_zstd(void)
{
    make_cut(40, "zstd");
}

static void make_behind(void)
{
    make_fine();
    make_five();
}

static void make_gzip_sum(void)
{
    make_cut(0, "gzip");
    tape.bytes[tape.length - 6] ^= 1;
}

static void make_behind_packed(const char *how, const char *text, size_t zeros)
{
    make_cut(0, how);
    tape_text(&tape, text);
    tape_add_zeros(&tape, zeros);
}

static void make_gzip_behind(void)
{
    make_behind_packed("gzip", "something else", 0);
}

static void make_xz_behind(void)
{
    make_behind_packed("xz", "something else", 0);
}

static void make_zstd_behind(void)
{
    make_behind_packed("zstd", "something else", 0);
}

/* As a partition or a block has them. */
static void make_gzip_padded(void)
{
    make_behind_packed("gzip", "", 512);
}

static void make_xz_padded(void)
{
    make_behind_packed("xz", "", 512);
}

static void make_zstd_padded(void)
{
    make_behind_packed("zstd", "", 512);
}

/* Two streams, of which `first` is packed from `empty` or from half of the archive. */
static void make_two(const char *how, bool empty)
{
    struct tape first = {0}, second = {0};
    make_fine();
    size_t half = empty ? 0 : 1024;
    tape_add(&first, tape.bytes, half);
    tape_add(&second, tape.bytes + half, tape.length - half);
    tape_pack(&first, how);
    tape_pack(&second, how);
    tape_finish(&tape);
    tape = (struct tape){0};
    tape_add(&tape, first.bytes, first.length);
    tape_add(&tape, second.bytes, second.length);
    tape_finish(&first);
    tape_finish(&second);
}

static void make_two_gzip(void)
{
    make_two("gzip", false);
}

static void make_two_xz(void)
{
    make_two("xz", false);
}

static void make_two_zstd(void)
{
    make_two("zstd", false);
}

static void make_empty_gzip_first(void)
{
    make_two("gzip", true);
}

static void make_empty_xz_first(void)
{
    make_two("xz", true);
}

static void make_empty_zstd_first(void)
{
    make_two("zstd", true);
}

static void make_xz_in_gzip(void)
{
    make_cut(0, "xz");
    tape_pack(&tape, "gzip");
}

static void make_xz_damaged(void)
{
    make_cut(0, "xz");
    tape.bytes[tape.length / 2] ^= 1;
}

static void make_twice_packed(void)
{
    make_cut(0, "gzip");
    tape_pack(&tape, "gzip");
}

static void make_zstd_window(void) /* announces a window of 3.75 TiB */
{
    tape_add(&tape, "\x28\xb5\x2f\xfd\x00\xff\x01\x00\x00", 9);
}

static void make_gzip_of_nothing(void)
{
    tape_pack(&tape, "gzip");
}

static void make_zeros(void)
{
    tape_add_zeros(&tape, 10240);
}

static void make_text(void)
{
    for (int i = 0; i < 100; i++)
        tape_text(&tape, "this is no archive\n");
}

static void make_json(void)
{
    tape_text(&tape, "{\"name\": \"x\", \"image\": {\"name\": \"x\"}}");
}

static void make_zip(void)
{
    tape_add(&tape, "PK\003\004\024\0\0\0\0\0", 10);
    tape_add_zeros(&tape, 1000);
}

static const struct {
    const char *name;
    void (*make)(void);
    const char *settings[3];
    enum source_result result;
    const char *told;
} archives[] = {
    {"two versions", make_two_versions, {0}, SOURCE_FATAL, "./VERSION: found a second member"},
    {"a member over the item's limit", make_large_member, {0}, SOURCE_FATAL,
        "large.json: found 1048577 bytes, expected at most 1048576 (max_bytes)"},
    {"what is no manifest counts", make_large_other, {0}, SOURCE_FATAL,
        "README: found 2097152 bytes, expected at most 1048576 (max_bytes)"},
    {"a smaller limit of members' bytes", make_fine, {"max_bytes", "60"}, SOURCE_FATAL,
        "good.json: found 64 bytes, expected at most 60 (max_bytes)"},
    {"10001 members", make_ten_thousand_and_one, {0}, SOURCE_FATAL,
        "m10000.json: found more than 10000 members, expected at most that (max_members)"},
    {"a smaller limit of members", make_five, {"max_members", "4"}, SOURCE_FATAL,
        "m4.json: found more than 4 members, expected at most that (max_members)"},
    {"folders are members", make_five_folders, {"max_members", "4"}, SOURCE_FATAL,
        "m4: found more than 4 members, expected at most that (max_members)"},
    {"a gzip bomb", make_gzip_bomb, {0}, SOURCE_FATAL,
        ".json: found more than 250 bytes unpacked from each byte, expected at most that "
        "(max_ratio)"},
    {"an xz bomb", make_xz_bomb, {0}, SOURCE_FATAL, "(max_ratio)"},
    {"a zstd bomb", make_zstd_bomb, {0}, SOURCE_FATAL, "(max_ratio)"},
    {"a gzip bomb, by all of its bytes", make_gzip_bomb, {"max_ratio", "100000"}, SOURCE_FATAL,
        ".json: found more than 67108864 bytes unpacked, expected at most that (max_total)"},
    {"an xz bomb, by all of its bytes", make_xz_bomb, {"max_ratio", "1000000"}, SOURCE_FATAL,
        "(max_total)"},
    {"a zstd bomb, by all of its bytes", make_zstd_bomb, {"max_ratio", "1000000"}, SOURCE_FATAL,
        "(max_total)"},
    {"a bomb that is not packed", make_bare_three, {"max_total", "2M"}, SOURCE_FATAL,
        "z1.json: found more than 2097152 bytes unpacked, expected at most that (max_total)"},
    {"a bomb behind the end", make_long_end, {0}, SOURCE_FATAL, "better.json: found more than 250"},
    {"a file over its limit", make_bare_three, {"max_file", "2M"}, SOURCE_FATAL,
        "expected at most 2097152 (max_file)"},
    {"8 GiB announced", make_announced_8g, {0}, SOURCE_FATAL,
        "announced.json: found 8589934591 bytes, expected at most 1048576 (max_bytes)"},
    {"a negative size", make_negative, {0}, SOURCE_FATAL, "behind good.json: "},
    {"a size beyond all numbers", make_huge, {0}, SOURCE_FATAL, "behind good.json: "},
    {"pax: a size", make_pax_size, {0}, SOURCE_FATAL,
        "behind good.json: Tar size attribute overflow"},
    {"pax: a path that leads up", make_pax_up, {0}, SOURCE_FATAL,
        "../../etc/x.json: found \"..\" in its path"},
    {"pax: an absolute path", make_pax_absolute, {0}, SOURCE_FATAL,
        "/etc/x.json: found an absolute path"},
    {"pax: a second name", make_pax_twin, {0}, SOURCE_FATAL,
        "good.json: found a second member of that name"},
    {"pax: a long name", make_pax_long, {0}, SOURCE_FATAL,
        "found a name of 299 bytes, expected at most 255"},
    {"pax: a link", make_pax_link, {0}, SOURCE_FATAL, "x.json: found a symbolic link"},
    {"pax: a sparse file", make_pax_sparse, {0}, SOURCE_FATAL, "x.json: found a sparse file"},
    {"pax: a damaged header", make_pax_damaged, {0}, SOURCE_FATAL, "behind good.json: "},
    {"pax: a header of 3 MiB", make_pax_large, {0}, SOURCE_FATAL, "behind good.json: "},
    {"pax: 20000 headers", make_pax_chain, {0}, SOURCE_FATAL, "behind good.json: "},
    {"GNU: a long name that leads up", make_gnu_long, {0}, SOURCE_FATAL,
        "../x.json: found \"..\" in its path"},
    {"a header that is damaged", make_bad_sum, {0}, SOURCE_FATAL,
        "behind good.json: Damaged tar archive"},
    {"cut in a member", make_cut_member, {0}, SOURCE_RETRY, "better.json: Truncated"},
    {"cut in a header", make_cut_header, {0}, SOURCE_RETRY, "behind VERSION: Truncated"},
    {"without an end", make_no_end, {0}, SOURCE_RETRY, "the end of the archive is missing"},
    {"with half an end", make_half_end, {0}, SOURCE_RETRY, "the end of the archive is missing"},
    {"gzip, cut", make_cut_gzip, {0}, SOURCE_RETRY, "gzip: its end is missing"},
    {"gzip, cut in its checksum", make_cut_gzip_sum, {0}, SOURCE_RETRY, "gzip: its end is missing"},
    {"xz, cut", make_cut_xz, {0}, SOURCE_RETRY, "xz: its end is missing"},
    {"zstd, cut", make_cut_zstd, {0}, SOURCE_RETRY, "zstd: its end is missing"},
    {"a second archive behind the first", make_behind, {0}, SOURCE_FATAL,
        "better.json: found bytes behind the end of the archive"},
    {"gzip, another checksum", make_gzip_sum, {0}, SOURCE_FATAL, "gzip: found another checksum"},
    {"gzip, bytes behind it", make_gzip_behind, {0}, SOURCE_FATAL,
        "gzip: found 14 bytes behind its end"},
    {"xz, bytes behind it", make_xz_behind, {0}, SOURCE_FATAL, "xz: found 14 bytes behind its end"},
    {"zstd, bytes behind it", make_zstd_behind, {0}, SOURCE_FATAL,
        "zstd: found 14 bytes behind its end"},
    {"gzip, padded", make_gzip_padded, {0}, SOURCE_FATAL,
        "gzip: found 512 bytes behind its end, all of them zero"},
    {"xz, padded", make_xz_padded, {0}, SOURCE_FATAL,
        "xz: found 512 bytes behind its end, all of them zero"},
    {"zstd, padded", make_zstd_padded, {0}, SOURCE_FATAL,
        "zstd: found 512 bytes behind its end, all of them zero"},
    {"two of gzip", make_two_gzip, {0}, SOURCE_FATAL, "bytes behind its end, which begin as gzip"},
    {"two of xz", make_two_xz, {0}, SOURCE_FATAL, "bytes behind its end, which begin as xz"},
    {"two of zstd", make_two_zstd, {0}, SOURCE_FATAL, "bytes behind its end, which begin as zstd"},
    {"two of gzip, the first is empty", make_empty_gzip_first, {0}, SOURCE_FATAL,
        "bytes behind its end, which begin as gzip"},
    {"two of xz, the first is empty", make_empty_xz_first, {0}, SOURCE_FATAL,
        "bytes behind its end, which begin as xz"},
    {"two of zstd, the first is empty", make_empty_zstd_first, {0}, SOURCE_FATAL,
        "bytes behind its end, which begin as zstd"},
    {"xz in gzip", make_xz_in_gzip, {0}, SOURCE_FATAL, "gzip: found it packed twice"},
    {"xz, damaged", make_xz_damaged, {0}, SOURCE_FATAL, "xz: "},
    {"packed twice", make_twice_packed, {0}, SOURCE_FATAL, "gzip: found it packed twice"},
    {"zstd, a window of 3.75 TiB", make_zstd_window, {0}, SOURCE_FATAL, "zstd: "},
    {"an empty file", NULL, {0}, SOURCE_RETRY, "it is empty"},
    {"gzip of nothing", make_gzip_of_nothing, {0}, SOURCE_RETRY, "gzip: found nothing in it"},
    {"zeros", make_zeros, {0}, SOURCE_FATAL, "found no member"},
    {"a text", make_text, {0}, SOURCE_FATAL, "found no tar archive"},
    {"one manifest", make_json, {0}, SOURCE_RETRY, "found no tar archive"},
    {"zip", make_zip, {0}, SOURCE_FATAL, "found no tar archive"},
};

START_TEST(a_bad_archive_is_refused)
{
    if (archives[_i].make)
        archives[_i].make();
    desk_write(&tape);
    desk_run(archives[_i].settings);
    const char *reason = desk.set.reason ? desk.set.reason : "none";
    ck_assert_msg(desk.set.result == archives[_i].result && strstr(reason, archives[_i].told),
        "%s: found result %d, reason \"%s\"; expected %d, \"%s\"", archives[_i].name,
        desk.set.result, reason, archives[_i].result, archives[_i].told);
    ck_assert_uint_eq(desk.set.count, 0);
}
END_TEST

/* So that what is refused above is refused for its fault, and not for the way it was made. */
START_TEST(without_a_fault_it_is_taken)
{
    static const char *const packings[] = {"", "gzip", "xz", "zstd"};
    make_fine();
    tape_pack(&tape, packings[_i]);
    desk_write(&tape);
    desk_run(NULL);
    desk_expect_keys("good.json better.json");
}
END_TEST

START_TEST(what_is_no_file_is_refused)
{
    ck_assert_int_eq(mkfifo(desk.path, 0600), 0);
    desk_run(NULL);
    desk_expect_refused(SOURCE_FATAL, "bundle: found no regular file");
    ck_assert_int_eq(remove(desk.path), 0);
    ck_assert_int_eq(mkdir(desk.path, 0700), 0);
    desk_run(NULL);
    desk_expect_refused(SOURCE_FATAL, "bundle: found no regular file");
    ck_assert_int_eq(remove(desk.path), 0);
    desk_run(NULL);
    desk_expect_refused(SOURCE_RETRY, "bundle: No such file or directory");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("malice");
    TCase *cases = tcase_create("malice");
    tcase_set_timeout(cases, 60);
    tcase_add_checked_fixture(cases, desk_setup, desk_teardown);
    tcase_add_loop_test(cases, a_bad_archive_is_refused, 0, countof(archives));
    tcase_add_loop_test(cases, without_a_fault_it_is_taken, 0, 4);
    tcase_add_test(cases, what_is_no_file_is_refused);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
