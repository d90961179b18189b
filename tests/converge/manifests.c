#include "manifests.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "model/container.h"

#include <check.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct image {
    const char *name;
    const char *command; /* JSON, or NULL */
    enum fate fate, fate_when_restarted;
} images[] = {
    {"sleeper:1", NULL, FATE_RUNS, FATE_RUNS},
    {"sleeper:2", NULL, FATE_RUNS, FATE_RUNS},
    {"web:1", NULL, FATE_RUNS, FATE_RUNS},
    {"sleeper:1", "[\"sh\", \"-c\", \"trap 'exit 0' TERM; while :; do sleep 0.1; done\"]",
        FATE_RUNS, FATE_RUNS},
    {"sleeper:2", "[\"sh\", \"-c\", \"trap 'exit 7' TERM; while :; do sleep 0.1; done\"]",
        FATE_RUNS, FATE_RUNS},
    {"oneshot:1", NULL, FATE_ENDS, FATE_FAILS},
    {"crasher:1", NULL, FATE_FAILS, FATE_FAILS},
    {"nosuch:1", NULL, FATE_FAILS, FATE_FAILS},
    {"sleeper:2", "[\"/no/such\"]", FATE_FAILS, FATE_FAILS},
};
#define GOOD_IMAGES WANTED_GOOD_IMAGES

static const char *const policies[] = {"no", "on-failure", "always", "unless-stopped"};
static const char *const memories[] = {NULL, "100M", "200M"};
static const char *const names[NAMES_MAX] = {"ant", "bee", "cat", "dog", "elk"};

const char *wanted_name(unsigned name)
{
    return names[name];
}

unsigned wanted_index(const char *name)
{
    unsigned index = 0;
    while (index < NAMES_MAX && strcmp(names[index], name) != 0)
        index++;
    return index;
}

const char *wanted_image(unsigned index)
{
    return images[index].name;
}

/* ---- chance ---- */

static void edit(struct wanted *wanted, struct spec *spec)
{
    struct chance *chance = wanted->chance;
    spec->there = true;
    switch (chance_below(chance, 4)) {
    case 0:
        spec->policy = chance_below(chance, countof(policies));
        break;
    case 1:
        spec->memory = chance_below(chance, countof(memories));
        break;
    default:
        spec->image = chance_below(chance, chance_in(chance, 75) ? GOOD_IMAGES : countof(images));
        break;
    }
}

static void make(struct wanted *wanted, struct spec *spec, unsigned name)
{
    struct chance *chance = wanted->chance;
    spec->policy = chance_below(chance, countof(policies));
    spec->id = chance_in(chance, 25);
    spec->port = !wanted->start_first[name] && chance_in(chance, 25) ? 1 + name : 0;
    spec->peer = chance_in(chance, 25) ? (int)chance_below(chance, wanted->names) : -1;
    edit(wanted, spec);
    if (spec->peer == (int)name)
        spec->peer = -1;
}

void wanted_begin(struct wanted *wanted, struct chance *chance)
{
    *wanted = (struct wanted){.chance = chance, .names = 2 + chance_below(chance, NAMES_MAX - 1)};
    for (unsigned i = 0; i < wanted->names; i++) {
        wanted->start_first[i] = chance_in(chance, 25);
        wanted->with[i] = chance_in(chance, 15) ? (int)chance_below(chance, wanted->names) : -1;
        wanted->after[i] = chance_in(chance, 15) ? (int)chance_below(chance, wanted->names) : -1;
    }
    for (unsigned i = 0; i < SOURCES; i++)
        wanted->prune[i] = chance_in(chance, 50);
    for (unsigned i = 0; i < wanted->names; i++)
        if (chance_in(chance, 80))
            make(wanted, &wanted->specs[chance_below(chance, SOURCES)][i], i);
}

static void move(struct wanted *wanted, unsigned name, struct stage *stage)
{
    struct spec one = wanted->specs[0][name];
    stage_note(stage, "  %s moves", names[name]);
    wanted->specs[0][name] = wanted->specs[1][name];
    wanted->specs[1][name] = one;
}

/* Two exchange their ports; where one has none, it takes the other's. */
static void exchange(struct wanted *wanted, struct stage *stage)
{
    unsigned a = chance_below(wanted->chance, wanted->names);
    unsigned b = chance_below(wanted->chance, wanted->names);
    struct spec *one = (struct spec *)wanted_spec(wanted, a);
    struct spec *other = (struct spec *)wanted_spec(wanted, b);
    if (wanted->keeps_ports || !one || !other || a == b || wanted->start_first[a] ||
        wanted->start_first[b])
        return;
    if (!one->port && !other->port)
        one->port = 1 + a;
    unsigned port = one->port;
    one->port = other->port;
    other->port = port;
    stage_note(stage, "  %s and %s exchange their ports", names[a], names[b]);
}

/* ---- sources that come and go ---- */

void wanted_disturb(struct wanted *wanted, struct stage *stage)
{
    struct chance *chance = wanted->chance;
    unsigned source = chance_below(chance, SOURCES);
    enum health *health = &wanted->health[source];
    unsigned what = chance_below(chance, 100);
    bool carries = chance_in(chance, 50) && wanted->can_carry;
    wanted->unreadable[source] = chance_below(chance, wanted->names);
    if (*health != HEALTH_WELL && what < 60) {
        stage_note(stage, "  source %u is well again", source);
        *health = HEALTH_WELL;
    } else if (*health == HEALTH_WELL && what < 35) {
        stage_note(stage, "  source %u is away", source);
        *health = HEALTH_AWAY;
    } else if (*health == HEALTH_WELL && what < 75) {
        stage_note(
            stage, "  %s of source %u is unreadable", names[wanted->unreadable[source]], source);
        *health = HEALTH_SYNTAX;
    } else if (*health == HEALTH_WELL) {
        wanted->section[source]++;
        wanted->carries[source] = carries;
        wanted->orphans = wanted->orphans || !carries || wanted->section[source] > 1;
        stage_note(stage, "  source %u has another name%s", source, carries ? ", and says so" : "");
    }
}

void wanted_mend(struct wanted *wanted)
{
    for (unsigned i = 0; i < SOURCES; i++)
        wanted->health[i] = HEALTH_WELL;
}

bool wanted_is_source_whole(const struct wanted *wanted, unsigned source)
{
    switch (wanted->health[source]) {
    case HEALTH_AWAY:
        return false;
    case HEALTH_SYNTAX:
        return !wanted->specs[source][wanted->unreadable[source]].there;
    default:
        return true;
    }
}

bool wanted_is_whole(const struct wanted *wanted)
{
    return wanted_is_source_whole(wanted, 0) && wanted_is_source_whole(wanted, 1);
}

void wanted_change(struct wanted *wanted, struct stage *stage)
{
    struct chance *chance = wanted->chance;
    unsigned name = chance_below(chance, wanted->names), source = chance_below(chance, SOURCES);
    struct spec *spec = &wanted->specs[source][name];
    unsigned what = chance_below(chance, 100);
    wanted->edited = name;
    if (what < 15) {
        move(wanted, name, stage);
    } else if (what < 30) {
        stage_note(stage, "  %s is deleted from source %u", names[name], source);
        spec->there = false;
    } else if (what < 37) {
        wanted->prune[source] = !wanted->prune[source];
        stage_note(stage, "  prune of source %u: %d", source, wanted->prune[source]);
    } else if (what < 44) {
        wanted->hold = !wanted->hold;
        stage_note(stage, "  hold: %d", wanted->hold);
    } else if (what < 54) {
        exchange(wanted, stage);
    } else if (spec->there) {
        edit(wanted, spec);
        stage_note(stage, "  %s in source %u is edited", names[name], source);
    } else {
        make(wanted, spec, name);
        stage_note(stage, "  %s in source %u is made", names[name], source);
    }
}

/* ---- files ---- */

static void write_file(const char *path, const char *text)
{
    scoped_file FILE *file = fopen(path, "we");
    ck_assert_msg(file && fputs(text, file) >= 0 && fchmod(fileno(file), 0600) == 0, "%s", path);
}

static void add_host(const struct spec *spec, struct text *text)
{
    text_add_format(
        text, ", \"host_config\": {\"restart_policy\": {\"type\": \"%s\"}", policies[spec->policy]);
    if (memories[spec->memory])
        text_add_format(text, ", \"resources\": {\"memory\": \"%s\"}", memories[spec->memory]);
    if (spec->port)
        text_add_format(text, ", \"port_mappings\": [{\"host_port\": %u, \"container_port\": 80}]",
            PORT_FIRST + spec->port - 1);
    if (spec->peer >= 0)
        text_add_format(text, ", \"extra_hosts\": [\"peer:container_%s-host\"]", names[spec->peer]);
    text_add(text, "}");
}

static void print_manifest(const struct spec *spec, unsigned name, struct text *text)
{
    text_add_format(text, "{\"name\": \"%s\", \"image\": {\"name\": \"localhost:5000/%s\"}",
        names[name], images[spec->image].name);
    if (spec->id)
        text_add_format(text, ", \"id\": \"%s\"", names[name]);
    if (images[spec->image].command)
        text_add_format(text, ", \"config\": {\"cmd\": %s}", images[spec->image].command);
    add_host(spec, text);
    text_add(text, "}\n");
}

/* The folder is where the conf says, or beside it. Returns where it is; free() it. */
static char *place_folder(const struct wanted *wanted, struct stage *stage, unsigned source)
{
    scoped_free char *there = memory_format("%s/%u", stage->harness.manifests, source);
    scoped_free char *away = memory_format("%s/%u.away", stage->harness.manifests, source);
    bool is_away = wanted->health[source] == HEALTH_AWAY;
    rename(is_away ? there : away, is_away ? away : there);
    mkdir(is_away ? away : there, 0700);
    return steal(is_away ? &away : &there);
}

static void write_source(const struct wanted *wanted, struct stage *stage, unsigned source)
{
    scoped_free char *folder = place_folder(wanted, stage, source);
    for (unsigned name = 0; name < wanted->names; name++) {
        const struct spec *spec = &wanted->specs[source][name];
        scoped_free char *path = memory_format("%s/%s.json", folder, names[name]);
        scoped_text struct text text = {0};
        unlink(path);
        if (!spec->there)
            continue;
        print_manifest(spec, name, &text);
        if (wanted->health[source] == HEALTH_SYNTAX && wanted->unreadable[source] == name)
            text_add(&text, "{");
        stage_note(stage, "    %u: %s", source, text_get(&text));
        write_file(path, text_get(&text));
    }
}

static void add_section_name(unsigned source, unsigned section, struct text *conf)
{
    text_add_format(conf, "s%u", source);
    if (section)
        text_add_format(conf, "-%u", section);
}

static void add_source(
    const struct wanted *wanted, struct stage *stage, unsigned source, struct text *conf)
{
    const struct passwd *me = getpwuid(geteuid());
    ck_assert_ptr_nonnull(me);
    text_add(conf, "[source ");
    add_section_name(source, wanted->section[source], conf);
    text_add_format(conf,
        "]\nplugin = directory\nuser = %s\npath = %s/%u\nallow_registries = localhost:5000\n"
        "prune = %s\nprune_empty = yes\n",
        me->pw_name, stage->harness.manifests, source, wanted->prune[source] ? "yes" : "no");
    if (!wanted->carries[source])
        return;
    text_add(conf, "renamed_from = ");
    add_section_name(source, wanted->section[source] - 1, conf);
    text_add(conf, "\n");
}

static void add_container(const struct wanted *wanted, unsigned name, struct text *conf)
{
    text_add_format(conf, "[container %s]\n", names[name]);
    if (wanted->start_first[name])
        text_add(conf, "replace = start-first\n");
    if (wanted->with[name] >= 0 && wanted->with[name] != (int)name)
        text_add_format(conf, "restart_with = %s\n", names[wanted->with[name]]);
    if (wanted->after[name] >= 0 && wanted->after[name] != (int)name)
        text_add_format(conf, "after = %s\n", names[wanted->after[name]]);
}

void wanted_write(const struct wanted *wanted, struct stage *stage)
{
    scoped_free char *path = memory_format("%s/conf", stage->harness.folder);
    scoped_free char *hold = memory_format("%s/hold", stage->harness.folder);
    scoped_text struct text conf = {0};
    text_add_format(&conf, "[deployer]\nhold = %s\n", hold);
    for (unsigned i = 0; i < SOURCES; i++) {
        write_source(wanted, stage, i);
        add_source(wanted, stage, i, &conf);
    }
    for (unsigned i = 0; i < wanted->names; i++)
        add_container(wanted, i, &conf);
    write_file(path, text_get(&conf));
    if (wanted->hold)
        write_file(hold, "");
    else
        unlink(hold);
}

/* ---- what follows from them ---- */

const struct spec *wanted_spec(const struct wanted *wanted, unsigned name)
{
    for (unsigned i = 0; i < SOURCES; i++)
        if (wanted->specs[i][name].there)
            return &wanted->specs[i][name];
    return NULL;
}

static enum fate own_fate(const struct spec *spec)
{
    const struct image *image = &images[spec->image];
    bool ends = strcmp(policies[spec->policy], "no") == 0 ||
                strcmp(policies[spec->policy], "on-failure") == 0;
    return ends ? image->fate : image->fate_when_restarted;
}

/* Another one that counts has the same port: one of them fails, and which one is left open. */
static bool is_contested(const struct wanted *wanted, unsigned name)
{
    const struct spec *spec = wanted_spec(wanted, name);
    for (unsigned i = 0; i < wanted->names; i++) {
        const struct spec *other = wanted_spec(wanted, i);
        if (i != name && spec->port && other && other->port == spec->port)
            return true;
    }
    return false;
}

static bool fails_alone(const struct wanted *wanted, unsigned name)
{
    return own_fate(wanted_spec(wanted, name)) == FATE_FAILS || wanted->blocked[name] ||
           is_contested(wanted, name);
}

/* Those that one waits for, at most `depth` of them in a row. */
static bool waits_for_failure(const struct wanted *wanted, unsigned name, unsigned depth)
{
    const struct spec *spec = wanted_spec(wanted, name);
    const int on[] = {spec->peer, wanted->with[name], wanted->after[name]};
    for (size_t i = 0; i < countof(on); i++) {
        const struct spec *other = on[i] >= 0 ? wanted_spec(wanted, (unsigned)on[i]) : NULL;
        if (!other || on[i] == (int)name)
            continue;
        if (fails_alone(wanted, (unsigned)on[i]) ||
            (depth > 0 && waits_for_failure(wanted, (unsigned)on[i], depth - 1)))
            return true;
    }
    return false;
}

enum fate wanted_fate(const struct wanted *wanted, unsigned name)
{
    bool fails = fails_alone(wanted, name) || waits_for_failure(wanted, name, NAMES_MAX);
    return fails ? FATE_FAILS : own_fate(wanted_spec(wanted, name));
}

bool wanted_twice(const struct wanted *wanted)
{
    for (unsigned i = 0; i < wanted->names; i++)
        if (wanted->specs[0][i].there && wanted->specs[1][i].there)
            return true;
    return false;
}

bool wanted_is_solid(const Kanto__Container *container)
{
    for (size_t i = 0; i < GOOD_IMAGES; i++)
        if (strcmp(container_image(container) + strlen("localhost:5000/"), images[i].name) == 0)
            return true;
    return false;
}

static const char *memory_of(const Kanto__Container *container)
{
    const Kanto__Resources *resources =
        container->host_config ? container->host_config->resources : NULL;
    return resources && resources->memory ? resources->memory : "";
}

/* PORT_FIRST + n - 1 → n; 0: none. */
unsigned wanted_port_of(const Kanto__Container *container)
{
    const Kanto__HostConfig *host = container->host_config;
    return host && host->n_port_mappings
               ? (unsigned)host->port_mappings[0]->host_port - PORT_FIRST + 1
               : 0;
}

bool wanted_is_but_for_place(const struct spec *spec, const Kanto__Container *container)
{
    bool has_command = container->config && container->config->n_cmd > 0;
    return strcmp(container_image(container) + strlen("localhost:5000/"),
               images[spec->image].name) == 0 &&
           has_command == (images[spec->image].command != NULL) &&
           spec->port == wanted_port_of(container);
}

bool wanted_is(const struct spec *spec, const Kanto__Container *container)
{
    const char *memory = memories[spec->memory] ? memories[spec->memory] : "";
    return wanted_is_but_for_place(spec, container) &&
           strcmp(container_policy(container), policies[spec->policy]) == 0 &&
           strcmp(memory_of(container), memory) == 0;
}
