#include "person.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "daemon.h"
#include "kanto/message.h"

#include <stdlib.h>
#include <string.h>

#define GRACE_S       1
#define DEFAULT_IMAGE "localhost:5000/sleeper:1"
#define LAST          "@last"

static const struct act {
    const char *word;
    enum kanto_method method;
    bool needs_more;
} acts[] = {
    {"stop", KANTO_STOP, false}, {"start", KANTO_START, false}, {"pause", KANTO_PAUSE, false},
    {"unpause", KANTO_UNPAUSE, false}, {"remove", KANTO_REMOVE, false},
    {"rename", KANTO_RENAME, true}, {"create", KANTO_CREATE, false},
    {"run", KANTO_CREATE, false}, /* create, then start */
};

static const char *const whens[PERSON_WHENS] = {"before", "after"};

struct person {
    char *text; /* the rest points into it */
    const char *method, *holds;
    int nth, met;
    const struct act *act;
    enum person_when when;
    const char *whom, *more; /* "": nothing */
    /* while acting */
    struct operation operation;
    struct message message;
    Kanto__Container container;
    Kanto__Image image;
    Kanto__StopOptions stop;
    char *id, *policy;
    FILE *log;
    void (*done)(void *context);
    void *context;
};

/* ---- what is told of one ---- */

static char *cut_at(char *text, char separator)
{
    char *at = strchr(text, separator);
    if (at)
        *at++ = '\0';
    return at ? at : text + strlen(text);
}

static bool parse_act(struct person *person, char *text)
{
    const char *when = cut_at(text, '-');
    size_t act = 0;
    int moment = 0;
    while (act < countof(acts) && strcmp(acts[act].word, text) != 0)
        act++;
    while (moment < PERSON_WHENS && strcmp(whens[moment], when) != 0)
        moment++;
    if (act == countof(acts) || moment == PERSON_WHENS)
        return false;
    person->act = &acts[act];
    person->when = (enum person_when)moment;
    return true;
}

static bool parse(struct person *person)
{
    char *act = cut_at(person->text, '=');
    char *whom = cut_at(act, ' ');
    person->more = cut_at(whom, ' ');
    person->whom = whom;
    person->holds = cut_at(person->text, ':');
    const char *nth = cut_at(person->text, '#');
    person->nth = *nth ? atoi(nth) : 1;
    person->method = person->text;
    return person->nth > 0 && *whom && parse_act(person, act) &&
           (*person->more || !person->act->needs_more);
}

int persons_give(struct persons *persons, const char *text)
{
    struct person *person = memory_zeroed(1, sizeof(*person));
    person->text = memory_string(text);
    if (persons->count == PERSONS_MAX || !parse(person)) {
        person_free(person);
        return -1;
    }
    persons->waiting[persons->count++] = person;
    return 0;
}

void persons_forget(struct persons *persons)
{
    while (persons->count > 0)
        person_free(persons->waiting[--persons->count]);
}

/* ---- the call ---- */

static bool holds(const char *text, const char *part)
{
    return text && strstr(text, part);
}

static bool fits(
    const struct person *person, enum kanto_method method, const struct subject *subject)
{
    return (!*person->method || strcmp(person->method, kanto_method_name(method)) == 0) &&
           (!*person->holds || holds(subject->id, person->holds) ||
               holds(subject->name, person->holds) || holds(subject->image, person->holds));
}

void persons_meet(struct persons *persons, enum kanto_method method, const struct subject *subject,
    struct person *ret_met[PERSON_WHENS])
{
    size_t left = 0;
    for (size_t i = 0; i < persons->count; i++) {
        struct person *person = persons->waiting[i];
        bool free_moment = !ret_met[person->when];
        if (free_moment && fits(person, method, subject) && ++person->met == person->nth)
            ret_met[person->when] = person;
        else
            persons->waiting[left++] = person;
    }
    persons->count = left;
}

/* ---- the act ---- */

/* An id, else a name: of several the one that was made first, with "@last" the one made last. */
static struct box *find(const struct daemon *daemon, const char *whom)
{
    size_t length = strlen(whom), tail = strlen(LAST);
    bool last = length > tail && strcmp(whom + length - tail, LAST) == 0;
    scoped_free char *name = memory_bytes(whom, last ? length - tail : length);
    struct box *found = daemon_find(daemon, name);
    for (size_t i = 0; i < daemon->count && !found; i++)
        if (strcmp(container_name(daemon->boxes[i]->container), name) == 0)
            found = daemon->boxes[i];
    for (size_t i = 0; i < daemon->count; i++) {
        const Kanto__Container *one = daemon->boxes[i]->container;
        if (found && strcmp(container_name(one), name) == 0 &&
            (strcmp(one->created, found->container->created) > 0) == last)
            found = daemon->boxes[i];
    }
    return found;
}

static void log_act(const struct person *person, const char *message)
{
    if (!person->log)
        return;
    cJSON *line = cJSON_CreateObject();
    cJSON_AddStringToObject(line, "person", person->act->word);
    cJSON_AddStringToObject(line, "whom", person->whom);
    cJSON_AddStringToObject(line, "id", person->id ? person->id : "");
    cJSON_AddStringToObject(line, "policy", person->policy ? person->policy : "");
    cJSON_AddStringToObject(line, "more", person->more);
    cJSON_AddStringToObject(line, "at", whens[person->when]);
    cJSON_AddStringToObject(line, "of", person->method);
    cJSON_AddStringToObject(line, "message", message);
    char *text = cJSON_PrintUnformatted(line);
    fprintf(person->log, "%s\n", text);
    fflush(person->log);
    cJSON_free(text);
    cJSON_Delete(line);
}

void person_free(struct person *person)
{
    if (!person)
        return;
    free(person->id);
    free(person->policy);
    free(person->text);
    free(person);
}

static void end(struct person *person, const char *message)
{
    void (*done)(void *context) = person->done;
    void *context = person->context;
    log_act(person, message);
    person_free(person);
    done(context);
}

static void call(struct person *person, enum kanto_method method);

static void answered(struct operation *operation, const struct reply *reply)
{
    struct person *person = operation->context;
    operation->daemon->working--;
    bool made = reply->status == 0 && operation->method == KANTO_CREATE;
    if (made) {
        const Kanto__CreateContainerResponse *response =
            (const Kanto__CreateContainerResponse *)reply->responses[0];
        person->id = memory_string(response->container->id);
    }
    if (made && strcmp(person->act->word, "run") == 0)
        call(person, KANTO_START);
    else
        end(person, reply->message);
}

static void call(struct person *person, enum kanto_method method)
{
    struct daemon *daemon = person->operation.daemon;
    struct error err = {0};
    const struct kanto_request request = {.method = method,
        .id = person->id,
        .name = person->more,
        .container = &person->container,
        .force = true,
        .stop = &person->stop};
    if (message_build(&request, &person->message, &err) < 0) {
        end(person, err.text);
        return;
    }
    person->operation = (struct operation){.daemon = daemon,
        .method = method,
        .request = person->message.base,
        .answer = answered,
        .context = person};
    daemon->working++;
    daemon_begin(daemon, &person->operation);
}

static void prepare(struct person *person)
{
    kanto__container__init(&person->container);
    kanto__image__init(&person->image);
    kanto__stop_options__init(&person->stop);
    person->container.name = (char *)person->whom;
    person->container.image = &person->image;
    person->image.name = (char *)(*person->more ? person->more : DEFAULT_IMAGE);
    person->stop.has_timeout = person->stop.has_force = person->stop.force = true;
    person->stop.timeout = GRACE_S;
}

void person_act(struct person *person, struct daemon *daemon, FILE *log,
    void (*done)(void *context), void *context)
{
    bool creates = person->act->method == KANTO_CREATE;
    const struct box *box = creates ? NULL : find(daemon, person->whom);
    person->operation.daemon = daemon;
    person->log = log;
    person->done = done;
    person->context = context;
    person->id = box ? memory_string(container_id(box->container)) : NULL;
    person->policy = box ? memory_string(container_policy(box->container)) : NULL;
    prepare(person);
    if (box || creates)
        call(person, person->act->method);
    else
        end(person, "there is no such container");
}
