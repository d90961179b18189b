#include "base/cleanup.h"
#include "base/file.h"
#include "base/memory.h"
#include "config/config.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[32];
static struct config config;

static void setup(void)
{
    snprintf(folder, sizeof(folder), "/tmp/kd-config-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    config_init(&config);
}

static void teardown(void)
{
    config_finish(&config);
    scoped_free char *command = memory_format("rm -rf %s", folder);
    ck_assert_int_eq(system(command), 0);
}

static char *write_file(const char *name, const char *text)
{
    char *path = memory_format("%s/%s", folder, name);
    struct error err = {0};
    ck_assert_msg(file_write_atomic(path, text, strlen(text), 0600, &err) == 0, "%s", err.text);
    return path;
}

#define SOURCE "[source m]\nplugin = directory\n"

static const struct {
    const char *text;
    const char *mistakes; /* without "FILE:"; NULL: none */
} files[] = {
    {"", NULL},
    {"# a comment\n; another\n\n  [deployer]  \n  socket =  /run/x ; y # z  \r\n" SOURCE, NULL},
    {"[deployer]\nsokcet = /x\n",
        "2: found key \"sokcet\", which [deployer] does not have; did you mean \"socket\"?"},
    {"[deployer]\nparallel = 0\n",
        "2: parallel: found \"0\", expected a whole number from 1 to 64"},
    {"[deployer]\nsource_users = 999-2000\n",
        "2: source_users: found \"999-2000\", expected two numbers of users as FIRST-LAST, from "
        "1000 to 4294967294"},
    {"[deployer]\nsource_users = 3000-2000\n",
        "2: source_users: found \"3000-2000\", expected two numbers of users as FIRST-LAST, from 1000 to 4294967294"},
    {"[deployer]\nsource_users = 70000-4294967295\n",
        "2: source_users: found \"70000-4294967295\", expected two numbers of users as FIRST-LAST, from 1000 to 4294967294"},
    {"[deployer]\nsource_users =\n" SOURCE, NULL},
    {SOURCE "network = interned\n", "3: network: found \"interned\", expected declared, no, "
                                    "internet or all; did you mean \"internet\"?"},
    {SOURCE "read = data\n",
        "3: read: found \"data\", expected no, yes, or absolute paths without \"..\", with blanks between them"},
    {"[deployer]\nparallel = 4x\n",
        "2: parallel: found \"4x\", expected a whole number from 1 to 64"},
    {"[deployer]\nexisting = updat\n",
        "2: existing: found \"updat\", expected ignore, start or update; did you mean \"update\"?"},
    {"[deployer]\ntimeout = 5\n", "2: timeout: found \"5\", expected a duration: a whole number "
                                  "with ms, s, min or h, as 500ms, 30s, 5min"},
    {"[deployer]\nsocket =\n", "2: socket: found nothing, expected a path"},
    {"[deployer]\nsocket = /a\nsocket = /b\n",
        "3: found key \"socket\" a second time in [deployer], the first is on line 2"},
    {"[deploy]\nsocket = /a\n", "2: found section [deploy], expected [deployer], [source NAME] or "
                                "[container NAME]; did you mean \"deployer\"?"},
    {"[deployer]\nreplace = start\n",
        "2: replace: found \"start\", expected create-first or start-first"},
    {"[deployer]\nsoak =\n", "2: soak: found \"\", expected a duration: a whole number with ms, s, "
                             "min or h, as 500ms, 30s, 5min"},
    {SOURCE "prune = on\n", "3: prune: found \"on\", expected yes or no"},
    {SOURCE "prune_limit = 0\n",
        "3: prune_limit: found \"0\", expected a whole number from 1 to 1000"},
    {SOURCE "prune_limits = 3\n",
        "3: found key \"prune_limits\", which [source NAME] does not have; "
        "did you mean \"prune_limit\"?"},
    {SOURCE "allow_privilegd = yes\n", "3: found key \"allow_privilegd\", which [source NAME] does "
                                       "not have; did you mean \"allow_privileged\"?"},
    {SOURCE "allow_hooks = /bin/true\n", "3: allow_hooks: found \"/bin/true\", expected yes or no"},
    {SOURCE "allow_mounts = /data ../etc\n", "3: allow_mounts: found \"../etc\", expected no, yes, "
                                             "or absolute paths without \"..\", with "
                                             "blanks between them"},
    {SOURCE "allow_mounts = /data/../etc\n", "3: allow_mounts: found \"/data/../etc\", expected "
                                             "no, yes, or absolute paths without \"..\", "
                                             "with blanks between them"},
    {SOURCE "allow_mounts = /a:/b\n", "3: allow_mounts: found \"/a:/b\", expected no, yes, or "
                                      "absolute paths without \"..\", with "
                                      "blanks between them"},
    {SOURCE "allow_devices = yes /dev/null\n",
        "3: allow_devices: found \"yes\", expected no, yes, or absolute paths without \"..\", with "
        "blanks between them"},
    {SOURCE "allow_registries = library/influxdb\n",
        "3: allow_registries: found \"library/influxdb\", expected no, yes, or registries with "
        "blanks "
        "between them, as docker.io/library ghcr.io"},
    {SOURCE "allow_registries = https://ghcr.io\n",
        "3: allow_registries: found \"https://ghcr.io\", expected no, yes, or registries with "
        "blanks "
        "between them, as docker.io/library ghcr.io"},
    {SOURCE "allow_registries =\n",
        "3: allow_registries: found nothing, expected no, yes, or registries with blanks between "
        "them, as docker.io/library ghcr.io"},
    {SOURCE "allow_capabilities = NET_ADMIN\n",
        "3: allow_capabilities: found \"NET_ADMIN\", expected no, yes, or capabilities with blanks "
        "between them, as CAP_NET_ADMIN"},
    {"[container -x]\ncritical = yes\n",
        "2: found container name \"-x\", expected letters, digits, "
        "_ . - (the first one no . or -)"},
    {"[container web]\nafter = db, cache\n",
        "2: after: found \"db,\", expected names of containers with blanks between them"},
    {"[container web]\nrestart_with = db cache\n",
        "2: restart_with: found \"db cache\", expected the name of one container"},
    {"[container web]\nafter = db web\n",
        "2: [container web] waits for itself, expected other names "
        "in after and restart_with"},
    {"[container web]\nafer = db\n", "2: found key \"afer\", which [container NAME] does not have; "
                                     "did you mean \"after\"?"},
    {SOURCE "renamed_from = Old Name\n",
        "3: renamed_from: found \"Old Name\", expected a source's name: 1 to 32 of a-z 0-9 _ -"},
    {SOURCE "renamed_form = old\n",
        "3: found key \"renamed_form\", which [source NAME] does not have; "
        "did you mean \"renamed_from\"?"},
    {SOURCE "renamed_from = m\n",
        "2: [source m] renamed_from: found \"m\", expected a name that no "
        "source has now"},
    {SOURCE "renamed_from = o\n[source n]\nplugin = directory\nrenamed_from = o\n",
        "5: [source n] renamed_from: found \"o\", which [source m] has too, expected another name"},
    {"[deployer]\npull_timeout = 2\n",
        "2: pull_timeout: found \"2\", expected a duration: a whole number with ms, s, min or h, as "
        "500ms, 30s, 5min"},
    {"[source Bad Name]\nplugin = directory\n",
        "2: found source name \"Bad Name\", expected 1 to 32 of a-z 0-9 _ -"},
    {"[source m]\npath = /x\n",
        "2: [source m] has no plugin, expected plugin = directory or another"},
    {"nonsense\n", "1: found \"nonsense\", expected [section], key = value, or a comment with #"},
};

/* All mistakes of a file have the file's name before them. */
START_TEST(mistakes_are_told_with_their_place)
{
    scoped_free char *path = write_file("k.conf", files[_i].text);
    struct error err = {0};
    int result = config_load(&config, path, &err);
    scoped_free char *expected =
        files[_i].mistakes ? memory_format("%s:%s", path, files[_i].mistakes) : NULL;
    ck_assert_str_eq(err.text, expected ? expected : "");
    ck_assert_int_eq(result, expected ? -1 : 0);
    ck_assert_int_eq(err.kind, expected ? ERROR_CONFIG : ERROR_NONE);
}
END_TEST

START_TEST(all_mistakes_are_told_at_once)
{
    scoped_free char *path =
        write_file("k.conf", "[deployer]\nparallel = 0\nfoo = 1\n[source m]\ntimeout = x\n");
    struct error err = {0};
    ck_assert_int_eq(config_load(&config, path, &err), -1);
    size_t lines = 1;
    for (const char *at = err.text; (at = strchr(at, '\n')); at++)
        lines++;
    ck_assert_msg(lines == 4, "%s", err.text);
}
END_TEST

START_TEST(values_are_kept_as_they_are)
{
    scoped_free char *path =
        write_file("k.conf", "[deployer]\nsocket = /a b ; c # d\nconnect_timeout=500ms\nexisting = "
                             "update\n[source m]\nplugin = directory\n"
                             "path = /x = y\nuser=root\ntimeout = 2s\n");
    struct error err = {0};
    ck_assert_msg(config_load(&config, path, &err) == 0, "%s", err.text);
    ck_assert_str_eq(config.socket, "/a b ; c # d");
    ck_assert_int_eq(config.connect_timeout_ms, 500);
    ck_assert_int_eq(config.existing, EXISTING_UPDATE);
    ck_assert_int_eq(config.parallel, 4);
    ck_assert_uint_eq(config.count, 1);
    ck_assert_str_eq(config.sources[0].user, "root");
    ck_assert_int_eq(config.sources[0].timeout_ms, 2000);
    ck_assert_uint_eq(config.sources[0].count, 1);
    ck_assert_str_eq(config.sources[0].settings[0].value, "/x = y");
    scoped_free char *where = memory_format("%s:7", path);
    ck_assert_str_eq(config.sources[0].settings[0].where, where);
}
END_TEST

START_TEST(a_key_that_is_not_set_has_its_default)
{
    scoped_free char *path = write_file("k.conf", SOURCE "[container web]\ncritical = yes\n");
    struct error err = {0};
    ck_assert_msg(config_load(&config, path, &err) == 0, "%s", err.text);
    ck_assert_int_eq(config.soak_ms, 3000);
    ck_assert_int_eq(config.pull_timeout_ms, 120000);
    ck_assert_int_eq(config.replace, REPLACE_CREATE_FIRST);
    ck_assert_str_eq(config.hold, "");
    const struct config_source *source = &config.sources[0];
    ck_assert_ptr_null(source->user);
    ck_assert_ptr_null(source->renamed_from);
    ck_assert_int_eq(source->timeout_ms, 30000);
    ck_assert_int_eq(source->soak_ms, CONFIG_UNSET);
    ck_assert_int_eq(source->replace, CONFIG_UNSET);
    ck_assert(!source->prune && !source->prune_empty);
    ck_assert_int_eq(source->prune_limit, 5);
    ck_assert(!source->allow_privileged && !source->allow_host_network && !source->allow_hooks);
    const struct config_grant *grants[] = {&source->allow_mounts, &source->allow_registries,
        &source->allow_devices, &source->allow_capabilities, &source->allow_runtimes,
        &source->allow_decrypt, &source->allow_logs};
    for (size_t i = 0; i < countof(grants); i++)
        ck_assert(!grants[i]->all && grants[i]->list.count == 0);
    const struct config_container *container = config_container(&config, "web");
    ck_assert(container && container->critical && container->after.count == 0);
    ck_assert_ptr_null(container->restart_with);
    ck_assert_int_eq(container->soak_ms, CONFIG_UNSET);
    ck_assert_ptr_null(config_container(&config, "db"));
}
END_TEST

START_TEST(sources_and_containers_have_keys_of_their_own)
{
    scoped_free char *path = write_file("k.conf",
        "[deployer]\nsoak = 0\npull_timeout = 0\nhold = /run/drives\n" SOURCE
        "renamed_from = old-m\nsoak = 10s\nreplace = start-first\nprune = yes\nprune_limit = 1000\n"
        "allow_mounts = /data  /run/x/\nallow_registries = ghcr.io/org localhost:5000\n"
        "allow_devices = yes\nallow_hooks = yes\n"
        "[container web.1]\nafter = db  cache\nrestart_with = db\nsoak = 1min\n");
    struct error err = {0};
    ck_assert_msg(config_load(&config, path, &err) == 0, "%s", err.text);
    ck_assert_int_eq(config.soak_ms, 0);
    ck_assert_int_eq(config.pull_timeout_ms, 0);
    ck_assert_str_eq(config.hold, "/run/drives");
    const struct config_source *source = &config.sources[0];
    ck_assert_str_eq(source->renamed_from, "old-m");
    ck_assert_int_eq(source->soak_ms, 10000);
    ck_assert_int_eq(source->replace, REPLACE_START_FIRST);
    ck_assert(source->prune && source->allow_hooks && source->allow_devices.all);
    ck_assert_int_eq(source->prune_limit, 1000);
    ck_assert(!source->allow_mounts.all);
    ck_assert_uint_eq(source->allow_mounts.list.count, 2);
    ck_assert_str_eq(source->allow_mounts.list.items[1], "/run/x/");
    ck_assert_str_eq(source->allow_registries.list.items[1], "localhost:5000");
    ck_assert_uint_eq(source->count, 0);
    const struct config_container *container = config_container(&config, "web.1");
    ck_assert_ptr_nonnull(container);
    ck_assert_uint_eq(container->after.count, 2);
    ck_assert_str_eq(container->after.items[1], "cache");
    ck_assert_str_eq(container->restart_with, "db");
    ck_assert_int_eq(container->soak_ms, 60000);
}
END_TEST

/* A drop-in takes back what the file before it says: the wider section's value, nobody, nothing. */
START_TEST(a_drop_in_can_take_back)
{
    scoped_free char *path = write_file("k.conf",
        SOURCE "soak = 10s\nallow_mounts = yes\n[container web]\nafter = db\nrestart_with = db\n");
    scoped_free char *drop_ins = memory_format("%s.d", path);
    ck_assert_int_eq(mkdir(drop_ins, 0755), 0);
    scoped_free char *a = write_file("k.conf.d/a.conf",
        "[source m]\nsoak =\nallow_mounts = /data\n[container web]\nafter =\nrestart_with =\n");
    struct error err = {0};
    ck_assert_msg(config_load(&config, path, &err) == 0, "%s", err.text);
    ck_assert_int_eq(config.sources[0].soak_ms, CONFIG_UNSET);
    ck_assert(!config.sources[0].allow_mounts.all);
    ck_assert_uint_eq(config.sources[0].allow_mounts.list.count, 1);
    ck_assert_uint_eq(config.containers[0].after.count, 0);
    ck_assert_ptr_null(config.containers[0].restart_with);
}
END_TEST

START_TEST(drop_ins_win_in_lexical_order)
{
    scoped_free char *path =
        write_file("k.conf", "[deployer]\nsocket = /main\n" SOURCE "path = /1\n");
    scoped_free char *drop_ins = memory_format("%s.d", path);
    ck_assert_int_eq(mkdir(drop_ins, 0755), 0);
    scoped_free char *a = write_file("k.conf.d/20-b.conf", "[deployer]\nsocket = /second\n");
    scoped_free char *b =
        write_file("k.conf.d/10-a.conf", "[deployer]\nsocket = /first\nparallel = 7\n");
    scoped_free char *c = write_file("k.conf.d/ignored.txt", "nonsense\n");
    scoped_free char *d =
        write_file("k.conf.d/30-c.conf", "[source m]\npath = /2\n[source n]\nplugin = /x/y.so\n");
    struct error err = {0};
    ck_assert_msg(config_load(&config, path, &err) == 0, "%s", err.text);
    ck_assert_str_eq(config.socket, "/second");
    ck_assert_int_eq(config.parallel, 7);
    ck_assert_uint_eq(config.count, 2);
    ck_assert_str_eq(config.sources[0].settings[0].value, "/2");
    ck_assert_str_eq(config.sources[1].name, "n");
}
END_TEST

START_TEST(a_file_that_others_may_write_is_refused)
{
    scoped_free char *path = write_file("k.conf", SOURCE);
    struct error err = {0};
    ck_assert_int_eq(chmod(path, 0666), 0);
    ck_assert_int_eq(config_load(&config, path, &err), -1);
    ck_assert_msg(strstr(err.text, "only the owner may write") != NULL, "%s", err.text);
}
END_TEST

START_TEST(a_missing_file_is_told)
{
    struct error err = {0};
    ck_assert_int_eq(config_load(&config, "/nonexistent/k.conf", &err), -1);
    ck_assert_int_eq(err.kind, ERROR_CONFIG);
    ck_assert(strstr(err.text, "--config FILE") != NULL);
}
END_TEST

START_TEST(long_lines_and_zero_bytes_are_refused)
{
    scoped_free char *many = memory_zeroed(1200, 1);
    memset(many, 'x', 1100);
    scoped_free char *path = write_file("k.conf", many);
    struct error err = {0};
    ck_assert_int_eq(config_load(&config, path, &err), -1);
    ck_assert_msg(strstr(err.text, ":1: found 1100 bytes") != NULL, "%s", err.text);
    ck_assert_int_eq(file_write_atomic(path, "a = b\n\0\n", 8, 0600, &err), 0);
    ck_assert_int_eq(config_load(&config, path, &err), -1);
    ck_assert_msg(strstr(err.text, ":2: found a zero byte") != NULL, "%s", err.text);
}
END_TEST

/* "key = fallback" as a comment, or the key with a value in force. */
static void expect_key(const char *bytes, const struct config_key *key)
{
    scoped_free char *line = memory_format("\n#%s = %s\n", key->name, key->fallback);
    scoped_free char *in_force = memory_format("\n%s = ", key->name);
    ck_assert_msg(strstr(bytes, line) || strstr(bytes, in_force),
        "the shipped file lacks \"%s\" and \"%s…\"", line + 1, in_force + 1);
}

START_TEST(the_shipped_file_shows_every_key)
{
    struct error err = {0};
    const char *path = suite_source("conf/kanto-deployer.conf");
    scoped_free char *bytes = NULL;
    size_t length = 0, count = 0;
    ck_assert_msg(file_read(path, 1 << 20, &bytes, &length, &err) == 0, "%s", err.text);
    scoped_free char *copy =
        write_file("shipped.conf", bytes); /* a checkout may be writable for a group */
    ck_assert_msg(config_load(&config, copy, &err) == 0, "%s", err.text);
    static const enum config_section sections[] = {
        SECTION_DEPLOYER, SECTION_SOURCE, SECTION_CONTAINER};
    static const char *const begins[] = {"[deployer]", "[source manifests]", "#[container NAME]"};
    for (size_t i = 0; i < countof(sections); i++) {
        const char *begin = strstr(bytes, begins[i]);
        const char *end = i + 1 < countof(begins) ? strstr(bytes, begins[i + 1]) : bytes + length;
        ck_assert_msg(begin && end && begin < end, "the shipped file lacks %s", begins[i]);
        scoped_free char *part = memory_bytes(begin, (size_t)(end - begin));
        const struct config_key *keys = config_keys(sections[i], &count);
        for (size_t j = 0; j < count; j++)
            expect_key(part, &keys[j]);
    }
}
END_TEST

/* The text from a heading "## [TITLE]" to the next one. */
static char *chapter(const char *bytes, const char *title)
{
    scoped_free char *heading = memory_format("\n## [%s]\n", title);
    const char *begin = strstr(bytes, heading);
    ck_assert_msg(begin != NULL, "the page lacks %s", heading);
    const char *end = strstr(begin + 1, "\n## ");
    return memory_bytes(begin, end ? (size_t)(end - begin) : strlen(begin));
}

static size_t count_rows(const char *text)
{
    size_t count = 0;
    bool inside = false; /* the table of keys, not another one of the chapter */
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (*line != '|')
            inside = false;
        else if (strncmp(line, "| key | value |", 15) == 0)
            inside = true;
        count += inside && strncmp(line, "| `", 3) == 0;
    }
    return count;
}

static const struct {
    enum config_section section;
    const char *title;
} chapters[] = {{SECTION_DEPLOYER, "deployer"}, {SECTION_SOURCE, "source NAME"},
    {SECTION_CONTAINER, "container NAME"}};

/* Each key with its value and default, and no other. */
START_TEST(the_manual_has_every_key)
{
    struct error err = {0};
    scoped_free char *bytes = NULL;
    size_t length = 0, count = 0;
    const char *path = suite_source("docs/configuration.md");
    ck_assert_msg(file_read(path, 1 << 20, &bytes, &length, &err) == 0, "%s", err.text);
    scoped_free char *text = chapter(bytes, chapters[_i].title);
    const struct config_key *keys = config_keys(chapters[_i].section, &count);
    for (size_t i = 0; i < count; i++) {
        const char *quote = *keys[i].fallback ? "`" : "";
        scoped_free char *row = memory_format("\n| `%s` | %s | %s%s%s | ", keys[i].name,
            keys[i].value, quote, *keys[i].fallback ? keys[i].fallback : "–", quote);
        ck_assert_msg(strstr(text, row) != NULL, "the page lacks \"%s\"", row + 1);
    }
    ck_assert_uint_eq(count_rows(text), count);
}
END_TEST

START_TEST(the_shipped_directory_may_do_everything)
{
    struct error err = {0};
    scoped_free char *bytes = NULL;
    size_t length = 0;
    ck_assert_int_eq(
        file_read(suite_source("conf/kanto-deployer.conf"), 1 << 20, &bytes, &length, &err), 0);
    scoped_free char *copy = write_file("shipped.conf", bytes);
    ck_assert_msg(config_load(&config, copy, &err) == 0, "%s", err.text);
    ck_assert_uint_eq(config.count, 1);
    const struct config_source *source = &config.sources[0];
    ck_assert_str_eq(source->settings[0].value, "/var/containers/manifests");
    ck_assert(source->allow_privileged && source->allow_host_network && source->allow_hooks);
    ck_assert(source->allow_mounts.all && source->allow_registries.all);
    ck_assert(source->allow_devices.all && source->allow_capabilities.all);
    ck_assert(source->allow_decrypt.all && source->allow_logs.all);
    ck_assert(source->allow_runtimes.all && !source->prune);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("config");
    TCase *cases = tcase_create("config");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_loop_test(cases, mistakes_are_told_with_their_place, 0, countof(files));
    tcase_add_test(cases, all_mistakes_are_told_at_once);
    tcase_add_test(cases, values_are_kept_as_they_are);
    tcase_add_test(cases, a_key_that_is_not_set_has_its_default);
    tcase_add_test(cases, sources_and_containers_have_keys_of_their_own);
    tcase_add_test(cases, a_drop_in_can_take_back);
    tcase_add_test(cases, drop_ins_win_in_lexical_order);
    tcase_add_test(cases, a_file_that_others_may_write_is_refused);
    tcase_add_test(cases, a_missing_file_is_told);
    tcase_add_test(cases, long_lines_and_zero_bytes_are_refused);
    tcase_add_test(cases, the_shipped_file_shows_every_key);
    tcase_add_loop_test(cases, the_manual_has_every_key, 0, countof(chapters));
    tcase_add_test(cases, the_shipped_directory_may_do_everything);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
