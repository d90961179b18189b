#include "persons.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/memory.h"
#include "model/container.h"
#include "model/id.h"

#include <check.h>
#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

/* A call may follow a look within so many lines of the log: what a person does in between, nobody
 * can see. As many calls as are in flight, and their answers' followers. */
#define MOMENT 8

static void forget(struct persons *persons, size_t at)
{
    free(persons->deeds[at].id);
    persons->deeds[at] = persons->deeds[--persons->count];
}

void persons_begin(struct persons *persons)
{
    while (persons->count > 0)
        forget(persons, persons->count - 1);
    for (size_t i = 0; i < persons->look_count; i++)
        free(persons->looks[i].id);
    free(persons->deeds);
    free(persons->looks);
    *persons = (struct persons){0};
}

static struct look *find_look(struct persons *persons, const char *id)
{
    for (size_t i = 0; i < persons->look_count; i++)
        if (strcmp(persons->looks[i].id, id) == 0)
            return &persons->looks[i];
    memory_grow(
        &persons->looks, &persons->look_capacity, persons->look_count, sizeof(*persons->looks));
    struct look *look = &persons->looks[persons->look_count++];
    *look = (struct look){.id = memory_string(id)};
    return look;
}

/* One of ours is there, or is there no more. */
static void count_as_ours(struct persons *persons, const char *id, unsigned name, bool ours)
{
    struct look *look = find_look(persons, id);
    if (name == NAMES_MAX || look->ours == ours)
        return;
    look->ours = ours;
    persons->ours[name] += ours ? 1U : -1U;
}

void persons_enter(struct persons *persons, const Kanto__ListContainersResponse *list, bool faulty)
{
    memset(persons->meddled, 0, sizeof(persons->meddled));
    memset(persons->ours, 0, sizeof(persons->ours));
    for (size_t i = 0; i < persons->look_count; i++)
        persons->looks[i].ours = false;
    persons->faulty = faulty;
    for (size_t i = 0; i < list->n_containers; i++) {
        unsigned name = wanted_index(container_name(list->containers[i]));
        const struct deed *deed = persons_find(persons, container_id(list->containers[i]));
        bool forgotten =
            persons->journal_lost && name == wanted_index(container_id(list->containers[i]));
        bool theirs = deed && deed->kind != DEED_STOPPED && deed->kind != DEED_TAKEN;
        if (!forgotten && !theirs)
            count_as_ours(persons, container_id(list->containers[i]), name, true);
    }
}

/* ---- what they will do ---- */

/* One that is started by a person in the middle of its replacement keeps its port, and the new one
 * fails for it: nothing of a gentle history. */
static void arm_one(struct persons *persons, struct chance *chance, const struct wanted *wanted,
    bool gentle, struct stage *stage)
{
    static const char *const methods[] = {"List", "List", "Create", "Create", "Create", "Start",
        "Start", "Start", "Stop", "Stop", "Update", "Remove", "Get", "Get", "Logs"};
    static const char *const whens[] = {"before", "after"};
    static const char *const acts[] = {
        "stop", "stop", "stop", "remove", "remove", "rename", "rename", "start", "run", "create"};
    const char *act = acts[chance_below(chance, countof(acts))];
    act = gentle && strcmp(act, "start") == 0 ? "stop" : act;
    const char *method = methods[chance_below(chance, countof(methods))];
    unsigned nth = chance_in(chance, 80) ? 1 : 2 + chance_below(chance, 2);
    /* A call that is about that very name; a List is about none. */
    bool about = chance_in(chance, 50) && strcmp(method, "List") != 0;
    const char *when = whens[chance_below(chance, 2)];
    unsigned any = chance_below(chance, wanted->names);
    const char *name = wanted_name(chance_in(chance, 60) ? wanted->edited : any);
    bool last = *act != 'c' && strcmp(act, "run") != 0 && chance_in(chance, 30);
    scoped_free char *kept =
        strcmp(act, "rename") == 0 ? memory_format(" kept-%u", ++persons->kept) : NULL;
    scoped_free char *line = memory_format("%s#%u%s%s=%s-%s %s%s%s", method, nth, about ? ":" : "",
        about ? name : "", act, when, name, last ? "@last" : "", kept ? kept : "");
    stage_note(stage, "  person %s", line);
    harness_tell(&stage->harness, "person %s", line);
}

void persons_arm(struct persons *persons, struct chance *chance, const struct wanted *wanted,
    bool gentle, struct stage *stage)
{
    unsigned count = 1 + chance_below(chance, 3);
    for (unsigned i = 0; i < count; i++)
        arm_one(persons, chance, wanted, gentle, stage);
}

/* ---- what they did ---- */

static size_t find_deed(const struct persons *persons, const char *id)
{
    size_t at = 0;
    while (at < persons->count && strcmp(persons->deeds[at].id, id) != 0)
        at++;
    return at;
}

const struct deed *persons_find(const struct persons *persons, const char *id)
{
    size_t at = find_deed(persons, id);
    return at < persons->count ? &persons->deeds[at] : NULL;
}

static struct deed *add_deed(struct persons *persons, const char *id)
{
    size_t at = find_deed(persons, id);
    if (at < persons->count)
        forget(persons, at);
    memory_grow(&persons->deeds, &persons->capacity, persons->count, sizeof(*persons->deeds));
    struct deed *deed = &persons->deeds[persons->count++];
    *deed = (struct deed){.id = memory_string(id), .name = NAMES_MAX};
    return deed;
}

static bool stays_stopped(const char *policy)
{
    return strcmp(policy, "no") == 0 || strcmp(policy, "unless-stopped") == 0;
}

/* The program had looked at it right before: what it calls next it may call. */
static bool is_looked_at(struct persons *persons, const char *id)
{
    const struct look *look = find_look(persons, id);
    unsigned last = look->at > persons->listed ? look->at : persons->listed;
    return last > 0 && persons->line - last <= MOMENT;
}

static void add_stopped(struct persons *persons, const struct wanted *wanted, const char *id,
    unsigned name, const char *policy)
{
    const struct spec *spec = name < NAMES_MAX ? wanted_spec(wanted, name) : NULL;
    size_t at = find_deed(persons, id);
    struct deed before = at < persons->count ? persons->deeds[at] : (struct deed){0};
    bool known = at < persons->count;
    if (name == NAMES_MAX || (known && before.kind == DEED_KEPT))
        return; /* it is theirs all the same */
    struct deed *deed = add_deed(persons, id);
    deed->kind = known && before.kind == DEED_MADE ? DEED_MADE : DEED_STOPPED;
    deed->made = known && before.made;
    deed->stopped = true;
    deed->name = name;
    deed->unchanged = spec != NULL;
    deed->loose = !stays_stopped(policy);
    deed->since = persons->line;
    deed->looked = is_looked_at(persons, id);
    unsigned made = find_look(persons, id)->made;
    deed->fresh = made > 0 && persons->line - made <= MOMENT;
    if (spec)
        deed->spec = *spec;
}

/* What a person made stays known as such. */
static void drop_deed(struct persons *persons, size_t at)
{
    struct deed *deed = &persons->deeds[at];
    if (!deed->made)
        forget(persons, at);
    else if (deed->kind == DEED_STOPPED)
        deed->kind = DEED_TAKEN;
    else
        deed->stopped = false;
}

/* It stands for the name now, and counts as ours. */
static void let_go(struct deed *deed)
{
    deed->kind = deed->stopped ? DEED_STOPPED : DEED_TAKEN;
}

void persons_stopped(
    struct persons *persons, const struct wanted *wanted, const Kanto__Container *container)
{
    struct look *look = find_look(persons, container_id(container));
    look->hands++;
    /* A Stop of the program that was not answered: whose this one is cannot be known either. */
    add_stopped(persons, wanted, container_id(container), wanted_index(container_name(container)),
        look->stops ? "" : container_policy(container));
}

void persons_mistaken(
    struct persons *persons, const struct wanted *wanted, const Kanto__Container *container)
{
    add_stopped(
        persons, wanted, container_id(container), wanted_index(container_name(container)), "");
}

void persons_notice(struct persons *persons, const struct wanted *wanted)
{
    for (size_t i = 0; i < persons->count; i++) {
        struct deed *deed = &persons->deeds[i];
        const struct spec *spec = deed->stopped ? wanted_spec(wanted, deed->name) : NULL;
        if (spec && memcmp(spec, &deed->spec, sizeof(*spec)) != 0)
            deed->unchanged = false;
    }
}

static const char *text_of(const cJSON *object, const char *key)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
    return text ? text : "";
}

static unsigned name_of(const cJSON *line)
{
    scoped_free char *whom = memory_string(text_of(line, "whom"));
    char *last = strchr(whom, '@');
    if (last)
        *last = '\0';
    return wanted_index(whom);
}

/* The program's own Stop is under way, or was never answered; or it was about to stop it, and may
 * have ended right then: whose it was cannot be known. */
static bool is_known_for_a_persons(
    const struct persons *persons, const cJSON *line, const struct look *look)
{
    bool meets_stop =
        strcmp(text_of(line, "of"), "Stop") == 0 && strcmp(text_of(line, "at"), "before") == 0;
    bool about = look->got > 0 && persons->line - look->got <= MOMENT;
    if (persons->faulty && about)
        return false;
    return look->stops == 0 || (look->stops == 1 && meets_stop && !persons->faulty);
}

static void take_over(struct persons *persons, const char *id, unsigned name, bool made)
{
    bool looked = is_looked_at(persons, id);
    struct deed *deed = add_deed(persons, id);
    deed->kind = made ? DEED_MADE : DEED_KEPT;
    deed->made = made;
    deed->name = made ? name : NAMES_MAX;
    deed->since = persons->line;
    deed->looked = !made && looked;
}

static void read_person(struct persons *persons, const struct wanted *wanted, const cJSON *line)
{
    const char *act = text_of(line, "person"), *id = text_of(line, "id");
    bool meets_update = strcmp(text_of(line, "of"), "Update") == 0;
    unsigned name = name_of(line);
    if (*text_of(line, "message") || !*id || name == NAMES_MAX)
        return;
    bool makes = strcmp(act, "run") == 0 || strcmp(act, "create") == 0;
    persons->meddled[name] = true;
    persons->doubled[name] = persons->doubled[name] || makes || strcmp(act, "start") == 0;
    size_t at = find_deed(persons, id);
    if (strcmp(act, "remove") == 0 || strcmp(act, "rename") == 0)
        count_as_ours(persons, id, name, false);
    if (strcmp(act, "stop") == 0) {
        bool known = is_known_for_a_persons(persons, line, find_look(persons, id));
        add_stopped(
            persons, wanted, id, name, meets_update || !known ? "" : text_of(line, "policy"));
    } else if (strcmp(act, "rename") == 0 || makes) {
        take_over(persons, id, name, makes);
    } else if (at < persons->count && strcmp(act, "remove") == 0) {
        forget(persons, at);
    } else if (at < persons->count && persons->deeds[at].stopped) {
        drop_deed(persons, at); /* started by a person */
    }
}

static bool is_excused(const struct persons *persons, const struct deed *deed)
{
    return deed->looked && persons->line - deed->since <= MOMENT;
}

/* Where the program looked, and what it made. What it has just started it may give its policy. */
static void note_look(struct persons *persons, const char *call, const cJSON *request)
{
    const char *id = text_of(request, "id");
    const char *made = text_of(cJSON_GetObjectItemCaseSensitive(request, "container"), "id");
    bool starts = strcmp(call, "Start") == 0;
    if (strcmp(call, "List") == 0)
        persons->listed = persons->line;
    if (strcmp(call, "Create") == 0 && *made)
        find_look(persons, made)->made = persons->line;
    if (!*id)
        return;
    struct look *look = find_look(persons, id);
    if (strcmp(call, "Get") == 0)
        look->got = persons->line;
    if (strcmp(call, "Get") == 0 || starts)
        look->at = persons->line;
    look->stops = starts ? 0 : look->stops + (strcmp(call, "Stop") == 0);
}

/* A Stop by a person between two passes. */
static bool is_by_hand(struct persons *persons, const char *call, const char *id)
{
    struct look *look = strcmp(call, "Stop") == 0 ? find_look(persons, id) : NULL;
    if (!look || look->hands == 0)
        return false;
    look->hands--;
    return true;
}

/* None of its name was ours, and it is taken over. */
static bool is_taken_over(const struct persons *persons, const struct deed *deed)
{
    return deed->kind == DEED_MADE && persons->ours[deed->name] == 0;
}

/* A new one is made to replace it: it is taken over from now on, whatever that pass comes to. */
static void read_create(struct persons *persons, const cJSON *request)
{
    const cJSON *container = cJSON_GetObjectItemCaseSensitive(request, "container");
    const char *id = text_of(container, "id");
    struct id_replaced was;
    for (size_t i = 0; i < persons->count; i++) {
        struct deed *deed = &persons->deeds[i];
        if (is_taken_over(persons, deed) && id_replaces(id, deed->id, &was))
            let_go(deed);
    }
    if (*id)
        count_as_ours(persons, id, wanted_index(text_of(container, "name")), true);
}

/* One of ours goes; should it be the new one of a replacement that is undone, what was taken over
 * for that is a person's again. */
static void read_remove(struct persons *persons, const char *id)
{
    struct id_replaced was;
    for (size_t i = 0; i < persons->count; i++) {
        struct deed *deed = &persons->deeds[i];
        if (!deed->made || deed->kind != DEED_TAKEN || !id_replaces(id, deed->id, &was))
            continue;
        deed->kind = DEED_MADE;
        count_as_ours(persons, deed->id, deed->name, false);
    }
    for (unsigned name = 0; name < NAMES_MAX; name++)
        if (id_is_for_name(id, wanted_name(name)) || strcmp(id, wanted_name(name)) == 0)
            count_as_ours(persons, id, name, false);
}

/* What it was just made for goes on. */
static bool is_started_at_once(
    const struct persons *persons, const struct deed *deed, const char *call)
{
    bool at_once = deed->fresh && persons->line - deed->since <= MOMENT;
    return deed->kind == DEED_STOPPED && at_once && strcmp(call, "Start") == 0;
}

static void read_call(struct persons *persons, const cJSON *line, struct stage *stage)
{
    const char *call = text_of(line, "call");
    const cJSON *request = cJSON_GetObjectItemCaseSensitive(line, "request");
    const char *id = text_of(request, "id");
    bool starts = strcmp(call, "Start") == 0, updates = strcmp(call, "Update") == 0;
    bool changes = updates || strcmp(call, "Stop") == 0 || strcmp(call, "Remove") == 0;
    if (*id && is_by_hand(persons, call, id))
        return;
    note_look(persons, call, request);
    if (strcmp(call, "Create") == 0)
        read_create(persons, request);
    if (strcmp(call, "Remove") == 0)
        read_remove(persons, id);
    size_t at = *id ? find_deed(persons, id) : persons->count;
    struct deed *deed = at < persons->count ? &persons->deeds[at] : NULL;
    if (!deed || (!starts && !changes))
        return;
    if (is_taken_over(persons, deed) && !starts)
        let_go(deed);
    if (is_started_at_once(persons, deed, call)) {
        drop_deed(persons, at);
        return;
    }
    /* A policy that was given in that moment starts it; and where the program's own Stop came right
     * behind, and its answer may be lost, nobody can know whose it was. */
    bool blurs = persons->faulty && strcmp(call, "Stop") == 0;
    deed->loose = deed->loose || ((updates || blurs) && is_excused(persons, deed));
    if (deed->kind == DEED_STOPPED && starts && deed->unchanged && !deed->loose)
        stage_wrong(stage, "%s was stopped by a person, and is started", id);
    if (deed->kind == DEED_KEPT && changes && !is_excused(persons, deed))
        stage_wrong(stage, "%s was renamed by a person, and has a %s", id, call);
}

void persons_read(struct persons *persons, const struct wanted *wanted, struct stage *stage)
{
    scoped_free char *log = NULL;
    size_t length = 0;
    if (file_read(stage->harness.log, (size_t)64 << 20, &log, &length, NULL) < 0)
        return;
    for (char *at = log + persons->read; at < log + length;) {
        char *end = strchr(at, '\n');
        if (!end)
            break;
        *end = '\0';
        cJSON *line = cJSON_Parse(at);
        persons->line++;
        if (line && cJSON_HasObjectItem(line, "person"))
            read_person(persons, wanted, line);
        else if (line && cJSON_HasObjectItem(line, "call"))
            read_call(persons, line, stage);
        cJSON_Delete(line);
        at = end + 1;
        persons->read = (size_t)(at - log);
    }
}

/* ---- whether they were let alone ---- */

static const Kanto__Container *find(const Kanto__ListContainersResponse *list, const char *id)
{
    for (size_t i = 0; i < list->n_containers; i++)
        if (strcmp(container_id(list->containers[i]), id) == 0)
            return list->containers[i];
    return NULL;
}

void persons_check(
    struct persons *persons, const Kanto__ListContainersResponse *list, struct stage *stage)
{
    for (size_t i = persons->count; i-- > 0;) {
        const struct deed *deed = &persons->deeds[i];
        const Kanto__Container *one = find(list, deed->id);
        if (!one && deed->kind == DEED_KEPT && !deed->looked)
            stage_wrong(stage, "%s was renamed by a person, and is gone", deed->id);
        bool up = one && container_status(one) == STATUS_RUNNING;
        bool made = deed->kind == DEED_MADE;
        if (!one && made && persons->ours[deed->name] > 0 && !persons->meddled[deed->name])
            stage_wrong(stage, "%s was made by a person beside ours, and is gone", deed->id);
        bool raced = deed->fresh && up && !one->manually_stopped;
        if (up && deed->kind == DEED_STOPPED && deed->unchanged && !deed->loose && !raced)
            stage_wrong(stage, "%s was stopped by a person, and runs", deed->id);
        /* Its policy may have started it again: until a client does, it was stopped by a person, and
         * should the daemon end, it stays down. */
        if (!one)
            forget(persons, i);
        else if (deed->stopped && up && !one->manually_stopped)
            drop_deed(persons, i);
    }
}

static unsigned count_made(const struct persons *persons, const Kanto__ListContainersResponse *list,
    const char *name, bool all)
{
    unsigned count = 0;
    for (size_t i = 0; i < list->n_containers; i++) {
        const struct deed *deed = persons_find(persons, container_id(list->containers[i]));
        count += deed && deed->made && (all || deed->kind == DEED_MADE) &&
                 strcmp(container_name(list->containers[i]), name) == 0;
    }
    return count;
}

unsigned persons_count_made(
    const struct persons *persons, const Kanto__ListContainersResponse *list, const char *name)
{
    return count_made(persons, list, name, false);
}

unsigned persons_count_all(
    const struct persons *persons, const Kanto__ListContainersResponse *list, const char *name)
{
    return count_made(persons, list, name, true);
}
