/* The cloud source: its settings, its pace, and (in the other files) its servers. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "cloud_parts.h"
#include "folder.h"
#include "http/header.h"
#include "http/pace.h"
#include "http/url.h"
#include "suite.h"
#include "visit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DEVICES 10000

static const struct {
    const char *key, *value, *told;
} mistakes[] = {
    {"url", "http://example.org/m.json", "url: found http://, expected https://"},
    {"url", "ftp://example.org/m.json",
        "url: found \"ftp://example.org/m.json\", expected https://"},
    {"url", "https://me:hidden@example.org/",
        "url: found a user in it, expected that in a file (credentials)"},
    {"url", "ftp://me:hidden@example.org/", "url: found an @ in it (not shown)"},
    {"url", "me:hidden@example.org/", "url: found an @ in it (not shown)"},
    {"url", "https://me:hid/den@example.org/", "url: found a user in it"},
    {"url", "ftp://example.org/?signed=hidden", "url: found \"ftp://example.org/\""},
    {"url", "https://example.org/a b", "found byte 0x20 in it"},
    {"url", "", "url: found \"\", expected https://"},
    {"signature", "http://example.org/m.sig", "signature: found http://"},
    {"jitter", "101", "jitter: found \"101\", expected 0 to 100"},
    {"poll", "10ms", "poll: found \"10ms\", expected 1000 to"},
    {"attempts", "0", "attempts: found \"0\", expected 1 to 20"},
    {"redirects", "-1", "redirects: found \"-1\", expected 0 to 20"},
    {"proxy", "squid:3128", "proxy: found \"squid:3128\", expected http://"},
    {"proxy", "me:hidden@squid:3128", "expected that in a file (proxy_credentials)"},
    {"proxy", "ftp://me:hidden@squid:3128", "expected that in a file (proxy_credentials)"},
    {"proxy", "http://me:hidden@squid:3128", "expected that in a file (proxy_credentials)"},
    {"ca", "/etc/hostname", "ca: found no \"-----BEGIN \", expected PEM"},
    {"client_key", "FOLDER/pem", "client_key: found without client_certificate"},
    {"bearer_token", "FOLDER/empty", "bearer_token: the file is empty"},
    {"bearer_token", "FOLDER/lines", "found byte 5 of the file to be 0x0d, expected one line"},
    {"bearer_token", "FOLDER/none", "expected a file that can be opened"},
    {"credentials", "FOLDER/word", "credentials: found no colon"},
    {"conect_timeout", "1s", "did you mean \"connect_timeout\"?"},
};

START_TEST(a_mistake_in_the_conf_is_named)
{
    char folder[FOLDER_NAME];
    folder_make(folder);
    folder_write_text(folder, "empty", "\n");
    folder_write_text(folder, "word", "secret\n");
    folder_write_text(folder, "lines", "token\r\nX-Evil: yes\n");
    folder_write_text(folder, "pem", "-----BEGIN PRIVATE KEY-----\n");
    bool ours = strncmp(mistakes[_i].value, "FOLDER/", 7) == 0;
    const char *value = ours ? folder_path(folder, mistakes[_i].value + 7) : mistakes[_i].value;
    bool url = strcmp(mistakes[_i].key, "url") == 0;
    const char *const pairs[] = {
        mistakes[_i].key, value, "url", url ? NULL : "https://example.org/m.json", NULL};
    scoped(source_set_finish) struct source_set set = visit("cloud", NULL, pairs);
    visit_expect_failure(&set, SOURCE_FATAL, mistakes[_i].told);
    ck_assert_msg(!visit_noted(&set, "hid"), "it tells the secret");
    ck_assert_msg(!set.reason || !strstr(set.reason, "hid"), "it tells the secret: %s", set.reason);
    folder_remove(folder);
}
END_TEST

/* Tenths of the interval, and how many devices poll in each. */
START_TEST(a_fleet_polls_spread_out)
{
    unsigned tenths[10] = {0};
    double sum = 0;
    for (int i = 0; i < DEVICES; i++) {
        scoped_free char *device = memory_format("vehicle-%06d", i);
        struct http_settings settings = {.device = device, .poll_ms = 900000, .jitter = 20};
        uint64_t delay = pace_poll_ms(&settings, "https://example.org/m.json");
        ck_assert_uint_ge(delay, 810000);
        ck_assert_uint_lt(delay, 990000);
        ck_assert_uint_eq(delay, pace_poll_ms(&settings, "https://example.org/m.json"));
        tenths[(delay - 810000) / 18000]++;
        sum += (double)delay;
    }
    for (int i = 0; i < 10; i++)
        ck_assert_msg(tenths[i] > DEVICES / 12 && tenths[i] < DEVICES / 8,
            "%u devices of %d in tenth %d", tenths[i], DEVICES, i);
    ck_assert_msg(sum / DEVICES > 898000 && sum / DEVICES < 902000, "mean %f", sum / DEVICES);
}
END_TEST

START_TEST(a_server_in_need_is_asked_later)
{
    struct http_settings settings = {.poll_ms = 900000};
    for (int i = 0; i < 100; i++) {
        uint64_t asked = pace_retry_ms(&settings, 120000), plain = pace_retry_ms(&settings, -1);
        uint64_t year = pace_retry_ms(&settings, (int64_t)365 * 24 * 3600 * 1000);
        ck_assert_msg(asked >= 120000 && asked < 134000, "%llu", (unsigned long long)asked);
        ck_assert_msg(plain >= 30000 && plain <= 60000, "%llu", (unsigned long long)plain);
        ck_assert_uint_le(year, 96400000);
    }
    for (unsigned attempt = 1; attempt < 20; attempt++)
        ck_assert_int_le(pace_attempt_ms(attempt), 30000);
    ck_assert_int_le(pace_attempt_ms(1), 500);
    ck_assert_int_ge(pace_attempt_ms(19), 15000);
}
END_TEST

/* ---- What is read of a server's bytes */

static void take_lines(struct header *header, const char *const *lines)
{
    *header = (struct header){0};
    for (; *lines; lines++)
        ck_assert_int_eq(header_take(header, *lines, strlen(*lines)), 0);
}

START_TEST(header_fields_are_read)
{
    struct header header;
    take_lines(&header,
        (const char *const[]){"HTTP/1.1 103 Early Hints\r\n", "ETag: \"0\"\r\n", "\r\n",
            "HTTP/1.1 200 OK\r\n", "etag:\t \"1\" \r\n", "ETag: \"1\"\r\n", "X-ETag: \"2\"\r\n",
            "Date", "Docker-Content-Digest: a\x01z\r\n", "WWW-Authenticate: Basic\r\n",
            "WWW-Authenticate: Bearer x=\"y\"\n", "\r\n", "Last-Modified: never\r\n", NULL});
    ck_assert_str_eq(header.etag, "\"1\"");
    ck_assert_str_eq(header.digest, "");
    ck_assert_str_eq(header.last_modified, "");
    ck_assert_str_eq(header.challenge, "Basic, Bearer x=\"y\"");
    ck_assert(!header.torn);
    take_lines(&header, (const char *const[]){"ETag: \"1\"", "ETag: \"2\"", NULL});
    ck_assert(header.torn);
}
END_TEST

START_TEST(header_fields_have_an_end)
{
    struct header header = {0};
    scoped_free char *line = memory_format("ETag: %01000d", 7);
    size_t taken = 0;
    while (header_take(&header, line, strlen(line)) == 0)
        taken += strlen(line);
    ck_assert_uint_le(taken, HEADER_BYTES_MAX);
    ck_assert_str_eq(header.etag, "");
}
END_TEST

static const struct {
    const char *text;
    bool good;
    uint64_t first, last, total;
} ranges[] = {
    {"bytes 1-2/3", true, 1, 2, 3},
    {"BYTES 0-0/*", true, 0, 0, 0},
    {"bytes 2-1/3", false, 0, 0, 0},
    {"bytes 1-3/3", false, 0, 0, 0},
    {"bytes 1-2/3 ", false, 0, 0, 0},
    {"bytes 1-2/", false, 0, 0, 0},
    {"bytes */3", false, 0, 0, 0},
    {"bytes +1-2/3", false, 0, 0, 0},
    {"bytes 1000000000000000000-1000000000000000001/1000000000000000002", false, 0, 0, 0},
    {"bytes=1-2/3", false, 0, 0, 0},
    {"", false, 0, 0, 0},
};

START_TEST(a_range_is_read)
{
    struct header_range range = {0};
    ck_assert_int_eq(header_range(ranges[_i].text, &range), ranges[_i].good);
    ck_assert_uint_eq(range.first, ranges[_i].first);
    ck_assert_uint_eq(range.last, ranges[_i].last);
    ck_assert_uint_eq(range.total, ranges[_i].total);
}
END_TEST

static const struct {
    const char *base, *location, *leads; /* NULL: nowhere */
} locations[] = {
    {"https://a/b/c", "d", "https://a/b/d"},
    {"https://a/b/c", "/d?e#f", "https://a/d?e#f"},
    {"https://a/b/c", "//d/e", "https://d/e"},
    {"https://a/b/c", "file:///etc/passwd", "file:///etc/passwd"},
    {"https://a/b/c", "https://me:x@d/", "https://me:x@d/"},
    {"https://a/b/c", "https://", NULL},
    {"https://a/b/c", "https://d:99999/", NULL},
};

START_TEST(a_location_is_resolved)
{
    char url[256] = "";
    int result = url_resolve(locations[_i].base, locations[_i].location, url, sizeof(url));
    ck_assert_int_eq(result, locations[_i].leads ? 0 : -1);
    ck_assert_str_eq(url, locations[_i].leads ? locations[_i].leads : "");
}
END_TEST

static const struct {
    const char *url, *plain;
    bool user;
} plains[] = {
    {"https://a/b?c#d", "https://a/b", false},
    {"https://me:x@a/b", "https://a/b", true},
    {"https://me:x@y@a/b?c@d", "https://a/b", true},
    {"https://a/@scope/b", "https://a/@scope/b", false},
    {"https://a:443/@scope/b", "https://a:443/@scope/b", false},
    {"https://[::1]:443/@scope", "https://[::1]:443/@scope", false},
    {"https://me:x/y@a/b", "https://me:x/y@a/b", true},
    {"me:x@a/b", "a/b", true},
    {"", "", false},
};

START_TEST(a_url_is_told_without_its_secrets)
{
    char text[64];
    url_plain(plains[_i].url, text, sizeof(text));
    ck_assert_str_eq(text, plains[_i].plain);
    ck_assert_int_eq(url_has_user(plains[_i].url), plains[_i].user);
}
END_TEST

START_TEST(every_setting_is_documented)
{
    visit_expect_documented("cloud", "cloud.md", "bundle.md");
}
END_TEST

int main(void)
{
    umask(022);
    Suite *suite = suite_create("cloud");
    TCase *plain = tcase_create("plain"), *nginx = tcase_create("nginx"),
          *hostile = tcase_create("hostile"), *resume = tcase_create("resume"),
          *boot = tcase_create("boot"), *trust = tcase_create("trust");
    tcase_set_timeout(plain, 60);
    tcase_add_test(plain, every_setting_is_documented);
    tcase_add_loop_test(plain, a_mistake_in_the_conf_is_named, 0, countof(mistakes));
    tcase_add_test(plain, a_fleet_polls_spread_out);
    tcase_add_test(plain, a_server_in_need_is_asked_later);
    tcase_add_test(plain, header_fields_are_read);
    tcase_add_test(plain, header_fields_have_an_end);
    tcase_add_loop_test(plain, a_range_is_read, 0, countof(ranges));
    tcase_add_loop_test(plain, a_location_is_resolved, 0, countof(locations));
    tcase_add_loop_test(plain, a_url_is_told_without_its_secrets, 0, countof(plains));
    tcase_set_timeout(nginx, 120);
    add_nginx_tests(nginx);
    tcase_set_timeout(hostile, 120);
    add_hostile_tests(hostile);
    add_watch_tests(hostile);
    tcase_set_timeout(resume, 60);
    add_resume_tests(resume);
    tcase_set_timeout(boot, 60);
    add_boot_tests(boot);
    tcase_set_timeout(trust, 60);
    add_trust_tests(trust);
    suite_add_tcase(suite, resume);
    suite_add_tcase(suite, boot);
    suite_add_tcase(suite, trust);
    suite_add_tcase(suite, plain);
    suite_add_tcase(suite, nginx);
    suite_add_tcase(suite, hostile);
    return suite_run(suite);
}
